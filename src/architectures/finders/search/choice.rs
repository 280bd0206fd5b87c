//! Who of those that were named is asked.

use rustc_hash::FxHashMap;

use crate::engine::{Architecture, World};
use crate::network::NodeId;
use crate::random::Stream;
use crate::units::Duration;

/// What the choice goes by; of equals it is who was named first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Choose {
    /// Who was named first.
    #[default]
    First,
    Random,
    /// The least latency.
    Nearest,
    /// The fewest downloads that it is at work for.
    LeastLoaded,
    /// The fastest uplink.
    Fastest,
}

#[derive(Clone, Copy, Debug, Default)]
pub struct ChoiceSettings {
    pub choose: Choose,
    /// How long who looks waits for more to choose from, when the first ones have been named.
    pub gather: Duration,
}

#[derive(Debug, Default)]
pub struct Choice {
    pub settings: ChoiceSettings,
    /// Downloads that a provider is at work for, where that matters.
    loads: FxHashMap<NodeId, u32>,
    draws: Option<Stream>,
}

impl Choice {
    pub fn is_of_first(&self) -> bool {
        self.settings.choose == Choose::First
    }

    /// The place of whom `asker` asks among `named`, in the order of naming; `None` when there is nobody.
    pub fn pick<A: Architecture>(
        &mut self,
        world: &mut World<'_, A>,
        asker: NodeId,
        named: &[NodeId],
    ) -> Option<usize> {
        let places = 0..named.len();
        match self.settings.choose {
            _ if named.len() < 2 => places.last(),
            Choose::First => Some(0),
            Choose::Random => {
                let draws = self
                    .draws
                    .get_or_insert_with(|| world.key().text("choice of providers").stream());
                Some(draws.below(named.len()))
            }
            // Who cannot be reached is the last choice.
            Choose::Nearest => places.min_by_key(|&place| {
                world.latency(asker, named[place]).unwrap_or(Duration::FOREVER)
            }),
            Choose::LeastLoaded => places.min_by_key(|&place| self.load(named[place])),
            Choose::Fastest => {
                let uplink = |place: usize| world.uplink(named[place]).bits_per_second();
                places.reduce(|best, place| if uplink(place) > uplink(best) { place } else { best })
            }
        }
    }

    fn load(&self, provider: NodeId) -> u32 {
        self.loads.get(&provider).copied().unwrap_or(0)
    }

    /// `provider` begins to work for a download.
    pub fn begins(&mut self, provider: NodeId) {
        if self.settings.choose == Choose::LeastLoaded {
            *self.loads.entry(provider).or_default() += 1;
        }
    }

    pub fn ends(&mut self, provider: NodeId) {
        if let Some(load) = self.loads.get_mut(&provider) {
            *load = load.saturating_sub(1);
            if *load == 0 {
                self.loads.remove(&provider);
            }
        }
    }
}
