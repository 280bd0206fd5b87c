//! Several architectures at work in one world: who of them is told of what.

use crate::engine::{
    Architecture, Bare, Envelope, Exit, Loss, Overlay, Parcel, RequestId, Shared, World,
};
use crate::metrics::Role;
use crate::network::NodeId;
use crate::units::{Bytes, Duration};

/// The parts of a contender.
pub struct Together {
    parts: Vec<Box<dyn Part>>,
    /// By workload: the place of the part that serves it.
    by_workload: Vec<u8>,
}

/// An architecture of whatever type that shares its world.
pub trait Part {
    /// Something has happened that is its affair; `number`: its own place.
    fn hear(&mut self, world: &mut World<'_, Together>, number: u8, event: Event<'_>);

    /// See [`Architecture`], as all below.
    fn overlay(&self) -> Vec<(NodeId, NodeId)>;

    fn overlay_members(&self) -> Vec<NodeId>;

    fn unsettled(&self) -> usize;

    fn longest_wait(&self) -> Duration;
}

/// What a handler of [`Architecture`] is called for, with what it is told.
#[derive(Debug)]
pub enum Event<'e> {
    Start,
    Request { node: NodeId, request: RequestId },
    Message { to: NodeId, from: NodeId, message: Parcel },
    Sent { from: NodeId, to: NodeId, message: &'e Parcel },
    Undelivered { from: NodeId, to: NodeId, message: Parcel, why: Loss },
    Broken { to: NodeId, from: NodeId, message: Parcel, arrived: Bytes },
    Leaving(NodeId),
    Exit(NodeId, Exit),
    Down(NodeId),
    Up(NodeId),
    WaysChanged,
    Timer { node: NodeId, timer: Parcel },
    Abandoned(RequestId),
    Closing,
    End,
}

impl<A: Architecture<Envelope = Shared>> Part for A {
    fn hear(&mut self, world: &mut World<'_, Together>, number: u8, event: Event<'_>) {
        let world = world.for_part::<A>(number);
        match event {
            Event::Start => self.on_start(world),
            Event::Request { node, request } => self.on_request(world, node, request),
            Event::Message { to, from, message } => {
                self.on_message(world, to, from, Shared::open(message));
            }
            Event::Sent { from, to, message } => {
                self.on_sent(world, from, to, Shared::look(message));
            }
            Event::Undelivered { from, to, message, why } => {
                self.on_undelivered(world, from, to, Shared::open(message), why);
            }
            Event::Broken { to, from, message, arrived } => {
                self.on_broken(world, to, from, Shared::open(message), arrived);
            }
            Event::Leaving(node) => self.on_leaving(world, node),
            Event::Exit(node, exit) => self.on_exit(world, node, exit),
            Event::Down(node) => self.on_down(world, node),
            Event::Up(node) => self.on_up(world, node),
            Event::WaysChanged => self.on_ways_changed(world),
            Event::Timer { node, timer } => self.on_timer(world, node, Shared::open(timer)),
            Event::Abandoned(request) => self.on_abandoned(world, request),
            Event::Closing => self.on_closing(world),
            Event::End => self.on_end(world),
        }
    }

    fn overlay(&self) -> Vec<(NodeId, NodeId)> {
        Architecture::overlay(self)
    }

    fn overlay_members(&self) -> Vec<NodeId> {
        Architecture::overlay_members(self)
    }

    fn unsettled(&self) -> usize {
        Architecture::unsettled(self)
    }

    fn longest_wait(&self) -> Duration {
        Architecture::longest_wait(self)
    }
}

impl Together {
    pub fn new(parts: Vec<Box<dyn Part>>, by_workload: Vec<u8>) -> Together {
        Together { parts, by_workload }
    }

    fn tell(&mut self, world: &mut World<'_, Together>, number: u8, event: Event<'_>) {
        self.parts[usize::from(number)].hear(world, number, event);
    }

    fn tell_all(&mut self, world: &mut World<'_, Together>, event: impl Fn() -> Event<'static>) {
        for (number, part) in self.parts.iter_mut().enumerate() {
            part.hear(world, number as u8, event());
        }
    }

    /// The part that serves `request`.
    fn part_of(&self, world: &World<'_, Together>, request: RequestId) -> u8 {
        self.by_workload[world.request(request).workload as usize]
    }
}

impl Architecture for Together {
    type Message = Parcel;
    type Timer = Parcel;
    type Envelope = Bare;

    fn on_start(&mut self, world: &mut World<'_, Self>) {
        let count = world.node_count() as u32;
        let nodes = || (0..count).map(NodeId);
        let mut roles = vec![Role::Client; count as usize];
        for (number, part) in self.parts.iter_mut().enumerate() {
            nodes().for_each(|node| world.declare(node, Role::Client));
            part.hear(world, number as u8, Event::Start);
            for (node, role) in nodes().zip(&mut roles) {
                let own = world.role(node);
                *role = if own.rank() > role.rank() { own } else { *role };
            }
        }
        // A node is told by that part in which it does most for others.
        nodes().zip(roles).for_each(|(node, role)| world.declare(node, role));
    }

    fn on_request(&mut self, world: &mut World<'_, Self>, node: NodeId, request: RequestId) {
        let part = self.part_of(world, request);
        self.tell(world, part, Event::Request { node, request });
    }

    fn on_message(
        &mut self,
        world: &mut World<'_, Self>,
        to: NodeId,
        from: NodeId,
        message: Parcel,
    ) {
        self.tell(world, message.part, Event::Message { to, from, message });
    }

    fn on_sent(&mut self, world: &mut World<'_, Self>, from: NodeId, to: NodeId, message: &Parcel) {
        self.tell(world, message.part, Event::Sent { from, to, message });
    }

    fn on_undelivered(
        &mut self,
        world: &mut World<'_, Self>,
        from: NodeId,
        to: NodeId,
        message: Parcel,
        why: Loss,
    ) {
        self.tell(world, message.part, Event::Undelivered { from, to, message, why });
    }

    fn on_broken(
        &mut self,
        world: &mut World<'_, Self>,
        to: NodeId,
        from: NodeId,
        message: Parcel,
        arrived: Bytes,
    ) {
        self.tell(world, message.part, Event::Broken { to, from, message, arrived });
    }

    fn on_leaving(&mut self, world: &mut World<'_, Self>, node: NodeId) {
        self.tell_all(world, || Event::Leaving(node));
    }

    fn on_exit(&mut self, world: &mut World<'_, Self>, node: NodeId, exit: Exit) {
        self.tell_all(world, || Event::Exit(node, exit));
    }

    fn on_down(&mut self, world: &mut World<'_, Self>, node: NodeId) {
        self.tell_all(world, || Event::Down(node));
    }

    fn on_up(&mut self, world: &mut World<'_, Self>, node: NodeId) {
        self.tell_all(world, || Event::Up(node));
    }

    fn on_ways_changed(&mut self, world: &mut World<'_, Self>) {
        self.tell_all(world, || Event::WaysChanged);
    }

    fn on_timer(&mut self, world: &mut World<'_, Self>, node: NodeId, timer: Parcel) {
        self.tell(world, timer.part, Event::Timer { node, timer });
    }

    fn on_abandoned(&mut self, world: &mut World<'_, Self>, request: RequestId) {
        let part = self.part_of(world, request);
        self.tell(world, part, Event::Abandoned(request));
    }

    fn overlay(&self) -> Vec<(NodeId, NodeId)> {
        self.parts.iter().flat_map(|part| part.overlay()).collect()
    }

    fn overlay_members(&self) -> Vec<NodeId> {
        self.parts.iter().flat_map(|part| part.overlay_members()).collect()
    }

    fn overlays(&self) -> Vec<Overlay> {
        let parts = self.parts.iter();
        parts
            .map(|part| Overlay { edges: part.overlay(), members: part.overlay_members() })
            .collect()
    }

    fn unsettled(&self) -> usize {
        self.parts.iter().map(|part| part.unsettled()).sum()
    }

    fn longest_wait(&self) -> Duration {
        self.parts.iter().map(|part| part.longest_wait()).max().unwrap_or(Duration::ZERO)
    }

    fn on_closing(&mut self, world: &mut World<'_, Self>) {
        self.tell_all(world, || Event::Closing);
    }

    fn on_end(&mut self, world: &mut World<'_, Self>) {
        self.tell_all(world, || Event::End);
    }
}
