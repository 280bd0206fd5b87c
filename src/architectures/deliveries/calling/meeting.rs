//! What the members of a conference send, and what they hear of each other.

use super::super::super::Timer;
use super::call::Stage;
use super::conference::{Conference, ConferenceWay};
use super::talking::{SAMPLE, terms};
use super::{Calling, CallingMessage, CallingTimer, MOST_SILENCE};
use crate::architectures::finders::Finder;
use crate::architectures::{Composition, Message};
use crate::engine::{Envelope, Job, StreamTerms, TransferId, World};
use crate::metrics::Passage;
use crate::model::StationId;
use crate::network::NodeId;
use crate::units::{Bytes, Duration};

impl<E: Envelope> Calling<E> {
    /// Begins and ends streams, so that all who are in send what the others are to hear, and nobody else does.
    pub(super) fn connect<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        number: u32,
    ) {
        let Some(mut conference) = self.conferences.remove(&number) else { return };
        self.connect_all(world, &mut conference);
        self.conferences.insert(number, conference);
    }

    pub(super) fn connect_all<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        conference: &mut Conference,
    ) {
        let is_talking = conference.stage == Stage::Talking && !conference.is_bridge_lost;
        let mut is_in = vec![false; conference.members.len()];
        let present = conference.present();
        if is_talking && present.len() > 1 {
            present.iter().for_each(|&place| is_in[place] = true);
        }
        let terms = terms(&Self::media(world, conference.workload));
        match (conference.bridge, self.settings.conferences.way) {
            (None, _) => self.connect_each_other(world, conference, &is_in, terms),
            (Some(bridge), way) => {
                let mixes = way == ConferenceWay::Mixing;
                self.connect_with(world, conference, (bridge, mixes), &is_in, terms);
            }
        }
    }

    fn connect_each_other<F: Finder>(
        &self,
        world: &mut World<'_, Composition<F, Self>>,
        conference: &mut Conference,
        is_in: &[bool],
        terms: StreamTerms,
    ) {
        let ways = self.ways.as_ref().expect("made in on_start");
        for from in 0..is_in.len() {
            for to in (0..is_in.len()).filter(|&to| to != from) {
                let nodes = (conference.members[from].node, conference.members[to].node);
                let direction = *conference.direction(from, to);
                let is_wanted = is_in[from] && is_in[to] && !direction.is_cut;
                match (direction.stream, nodes) {
                    (None, (Some(speaker), Some(listener))) if is_wanted => {
                        // Both directions go the same way.
                        let (first, second) =
                            if from < to { (speaker, listener) } else { (listener, speaker) };
                        let Some(way) = ways.between(world, first, second) else { continue };
                        let stream = begin(world, (speaker, listener), way.media, terms);
                        let direction = conference.direction(from, to);
                        (direction.stream, direction.relay) = (Some(stream), way.media);
                    }
                    (Some(stream), _) if !is_wanted => {
                        let arrived = world.cancel(stream);
                        conference.turnout.sent += arrived;
                        if direction.relay.is_some() {
                            conference.turnout.passed_on += arrived;
                        }
                        conference.direction(from, to).stream = None;
                    }
                    _ => {}
                }
            }
        }
    }

    fn connect_with<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        conference: &mut Conference,
        (bridge, mixes): (NodeId, bool),
        is_in: &[bool],
        terms: StreamTerms,
    ) {
        let streams_before = conference.bridge_streams();
        for place in 0..is_in.len() {
            let member = &mut conference.members[place];
            let Some(node) = member.node else { continue };
            match member.up {
                None if is_in[place] => {
                    member.up = Some(begin(world, (node, bridge), None, terms));
                }
                Some(stream) if !is_in[place] => {
                    member.up = None;
                    conference.turnout.sent += world.cancel(stream);
                }
                _ => {}
            }
            if mixes {
                let to_all = (&mut conference.members[place].down, is_in[place]);
                let ends = ((bridge, node), terms);
                conference.turnout.passed_on += begin_or_end(world, to_all, ends);
                continue;
            }
            for from in (0..is_in.len()).filter(|&from| from != place) {
                let is_wanted = is_in[from] && is_in[place];
                let ends = ((bridge, node), terms);
                let stream = &mut conference.direction(from, place).stream;
                let arrived = begin_or_end(world, (stream, is_wanted), ends);
                conference.turnout.passed_on += arrived;
            }
        }
        let load = self.bridge_streams.entry(bridge).or_default();
        *load = *load + conference.bridge_streams() - streams_before;
    }

    /// A look at what all hear of each other.
    pub(super) fn listen<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        number: u32,
    ) {
        let Some(mut conference) = self.conferences.remove(&number) else { return };
        if !conference.goes_on() {
            self.conferences.insert(number, conference);
            return;
        }
        let (keeper, is_talking) = (conference.keeper(), conference.stage == Stage::Talking);
        let cut_off = self.sample_directions(world, &mut conference);
        self.drop_dead_streams(world, &mut conference);
        let present = conference.present().len();
        self.work_of_bridge(world, &conference);
        let is_keeper_cut_off = cut_off.contains(&conference.keeper);
        let are_others_left = present >= cut_off.len() + 2;
        if is_talking && are_others_left {
            for &place in &cut_off {
                conference.leaves(place, world.now());
            }
        }
        self.conferences.insert(number, conference);
        if is_talking && !cut_off.is_empty() {
            if !are_others_left {
                world.wake(
                    keeper,
                    SAMPLE,
                    Timer::Delivery(CallingTimer::Listen { conference: number }),
                );
                return self.break_up(world, number);
            }
            cut_off.iter().for_each(|&place| self.release_member(number, place));
            if is_keeper_cut_off {
                self.connect(world, number);
                return self.hand_over(world, number);
            }
        }
        // Streams that have had no way for long are begun again.
        self.connect(world, number);
        world.wake(keeper, SAMPLE, Timer::Delivery(CallingTimer::Listen { conference: number }));
    }

    /// Places of those who have neither heard anybody nor been heard for long.
    fn sample_directions<F: Finder>(
        &self,
        world: &mut World<'_, Composition<F, Self>>,
        conference: &mut Conference,
    ) -> Vec<usize> {
        let buffer = self.settings.buffer.secs();
        let codec = Self::media(world, conference.workload).codec;
        let present = conference.present();
        if present.len() < 2 {
            return Vec::new();
        }
        let mixes = self.settings.conferences.way == ConferenceWay::Mixing;
        let processed = self.processed_share(world, conference.bridge);
        let mut is_connected = vec![false; conference.members.len()];
        let mut leg = |stream: Option<TransferId>| stream.and_then(|stream| world.passage(stream));
        let legs: Vec<[Option<Passage>; 2]> =
            conference.members.iter().map(|member| [leg(member.up), leg(member.down)]).collect();
        for &from in &present {
            for &to in present.iter().filter(|&&to| to != from) {
                let own = leg(conference.direction(from, to).stream);
                let passage = match conference.bridge {
                    None => own,
                    Some(_) => {
                        let up = legs[from][0]
                            .map(|up| if mixes { up.mixed(&codec, buffer) } else { up });
                        let down = if mixes { legs[to][1] } else { own };
                        let at_bridge = Passage { loss: 1.0 - processed, ..Passage::default() };
                        up.zip(down).map(|(up, down)| up.then(at_bridge).then(down))
                    }
                };
                is_connected[from] |= passage.is_some();
                is_connected[to] |= passage.is_some();
                let direction = conference.direction(from, to);
                direction.heard.sample(passage, buffer);
                direction.silence = if passage.is_none() { direction.silence + 1 } else { 0 };
            }
        }
        for &place in &present {
            let member = &mut conference.members[place];
            member.silence = if is_connected[place] { 0 } else { member.silence + 1 };
        }
        let is_cut_off = |&place: &usize| conference.members[place].silence >= MOST_SILENCE;
        present.into_iter().filter(is_cut_off).collect()
    }

    /// Those that have had no way for long, and may have been given up.
    fn drop_dead_streams<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        conference: &mut Conference,
    ) {
        let streams_before = conference.bridge_streams();
        let count = conference.members.len();
        for (from, to) in (0..count).flat_map(|from| (0..count).map(move |to| (from, to))) {
            if conference.direction(from, to).silence < MOST_SILENCE {
                continue;
            }
            let direction = conference.direction(from, to);
            direction.silence = 0;
            let (own, relay) = (direction.stream.take(), direction.relay);
            let own = own.map_or(Bytes::ZERO, |stream| world.cancel(stream));
            let [up, down] =
                [conference.members[from].up.take(), conference.members[to].down.take()]
                    .map(|stream| stream.map_or(Bytes::ZERO, |stream| world.cancel(stream)));
            let turnout = &mut conference.turnout;
            turnout.sent += up;
            turnout.passed_on += down;
            match conference.bridge {
                Some(_) => turnout.passed_on += own,
                None => turnout.sent += own,
            }
            if relay.is_some() {
                turnout.passed_on += own;
            }
        }
        if let Some(bridge) = conference.bridge {
            let load = self.bridge_streams.entry(bridge).or_default();
            *load = *load + conference.bridge_streams() - streams_before;
        }
    }

    /// The share of what a bridge is to send for which its processors suffice.
    fn processed_share<F: Finder>(
        &self,
        world: &World<'_, Composition<F, Self>>,
        bridge: Option<NodeId>,
    ) -> f64 {
        let Some(bridge) = bridge else { return 1.0 };
        let streams = self.bridge_streams.get(&bridge).copied().unwrap_or(0);
        let offered = self.settings.conferences.stream_work.secs() * streams as f64;
        match world.capacity_at(bridge, StationId::CPU) {
            Some(capacity) if offered > capacity => capacity / offered,
            Some(_) | None => 1.0,
        }
    }

    /// The next second keeps the processors of the bridge busy.
    fn work_of_bridge<F: Finder>(
        &self,
        world: &mut World<'_, Composition<F, Self>>,
        conference: &Conference,
    ) {
        let Some(bridge) = conference.bridge.filter(|&bridge| world.is_up(bridge)) else { return };
        let each = self.settings.conferences.stream_work;
        let work = each.scaled(conference.bridge_streams() as f64);
        if work > Duration::ZERO && world.capacity_at(bridge, StationId::CPU).is_some() {
            let job = Job { station: StationId::CPU, work, priority: 0 };
            world.serve(bridge, job, Message::Delivery(CallingMessage::Media));
        }
    }
}

fn begin<F: Finder, E: Envelope>(
    world: &mut World<'_, Composition<F, Calling<E>>>,
    ends: (NodeId, NodeId),
    relay: Option<NodeId>,
    terms: StreamTerms,
) -> TransferId {
    world.begin_stream(ends, relay, terms, Message::Delivery(CallingMessage::Media))
}

/// A stream that is wanted, or not; what has come of it where it ends.
fn begin_or_end<F: Finder, E: Envelope>(
    world: &mut World<'_, Composition<F, Calling<E>>>,
    (stream, is_wanted): (&mut Option<TransferId>, bool),
    (ends, terms): ((NodeId, NodeId), StreamTerms),
) -> Bytes {
    if is_wanted {
        stream.get_or_insert_with(|| begin(world, ends, None, terms));
        return Bytes::ZERO;
    }
    stream.take().map_or(Bytes::ZERO, |stream| world.cancel(stream))
}
