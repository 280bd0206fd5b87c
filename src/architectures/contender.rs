//! What a scenario compares: an architecture, or several at once, each for some of the workloads.
//!
//! Those meet in the network, at the stations and in the faults: nodes are there once, and whatever one architecture has
//! them send or work on is in the way of the others. Beyond that they know nothing of each other.

use std::borrow::Cow;

use super::Preset;
use super::purpose::{Join, Run};
use crate::engine::{
    Architecture, Bare, Control, Envelope, Exit, Loss, Overlay, Parcel, RequestId, Shared,
    Simulation, World,
};
use crate::metrics::{Role, RunRecord};
use crate::model::Model;
use crate::network::NodeId;
use crate::units::{Bytes, Duration};

/// Architectures at once: as many as the parcels of their messages can tell apart.
pub const MOST_PARTS: usize = 256;

/// An architecture of a scenario, ready to be run on its model.
#[derive(Clone, Debug)]
pub struct Contender {
    /// As the scenario calls it.
    pub name: String,
    parts: Vec<Preset>,
    /// By workload: the one that serves it; empty where one serves all.
    by_workload: Vec<u8>,
}

/// One architecture of those that are a contender, under its name.
#[derive(Clone, Debug)]
pub struct Single {
    pub name: String,
    pub preset: Preset,
}

impl Contender {
    /// One architecture, for everything.
    pub fn alone(name: String, preset: Preset) -> Contender {
        Contender { name, parts: vec![preset], by_workload: Vec::new() }
    }

    /// Several; `by_workload`: the place of the one that serves it.
    ///
    /// # Panics
    /// When a workload is served by none of `parts`, or there are none or more than [`MOST_PARTS`].
    pub fn mixed(name: String, parts: Vec<Preset>, by_workload: Vec<u8>) -> Contender {
        assert!((1..=MOST_PARTS).contains(&parts.len()), "{} parts", parts.len());
        assert!(by_workload.iter().all(|&part| usize::from(part) < parts.len()), "no such part");
        Contender { name, parts, by_workload }
    }

    /// What it consists of; one where it is alone.
    pub fn parts(&self) -> &[Preset] {
        &self.parts
    }

    /// Its kind, or the kinds of all that are at work at once.
    pub fn kinds(&self) -> String {
        self.parts.iter().map(Preset::kind).collect::<Vec<_>>().join(" + ")
    }

    /// The parts under its name.
    pub fn singles(&self) -> impl Iterator<Item = Single> {
        self.parts.iter().map(|preset| Single { name: self.name.clone(), preset: preset.clone() })
    }

    /// Each part with the model as it sees it.
    pub fn views<'m>(&self, model: &'m Model) -> impl Iterator<Item = (&Preset, Cow<'m, Model>)> {
        let serves = |part: usize, workload: usize| {
            self.by_workload.get(workload).is_none_or(|&place| usize::from(place) == part)
        };
        self.parts.iter().enumerate().map(move |(part, preset)| match self.parts.len() {
            1 => (preset, Cow::Borrowed(model)),
            _ => (preset, Cow::Owned(model.seen_by(|workload| serves(part, workload)))),
        })
    }

    /// Runs one replication; every contender meets the same nodes and demand in it.
    pub fn simulate(&self, model: &Model, replication: u32, control: &Control) -> RunRecord {
        if let [alone] = &self.parts[..] {
            return alone.build(model, Run { model, replication, control });
        }
        let views: Vec<Model> = self.views(model).map(|(_, view)| view.into_owned()).collect();
        let parts = self.parts.iter().zip(&views).map(|(preset, view)| preset.build(view, Join));
        let together = Together { parts: parts.collect(), by_workload: self.by_workload.clone() };
        Simulation::of_parts(model, &views, replication, together).run(control)
    }
}

/// The parts of a contender, at work.
pub struct Together {
    parts: Vec<Box<dyn Part>>,
    by_workload: Vec<u8>,
}

impl Together {
    fn each(&mut self) -> impl Iterator<Item = (u8, &mut Box<dyn Part>)> {
        (0..).zip(&mut self.parts)
    }

    /// The part that serves `request`.
    fn of_request(
        &mut self,
        world: &World<'_, Together>,
        request: RequestId,
    ) -> (u8, &mut dyn Part) {
        let part = self.by_workload[world.request(request).workload as usize];
        (part, &mut *self.parts[usize::from(part)])
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
        for (number, part) in self.each() {
            nodes().for_each(|node| world.declare(node, Role::Client));
            part.on_start(world, number);
            for (node, role) in nodes().zip(&mut roles) {
                let own = world.role(node);
                *role = if own.rank() > role.rank() { own } else { *role };
            }
        }
        // A node is told by that part in which it does most for others.
        nodes().zip(roles).for_each(|(node, role)| world.declare(node, role));
    }

    fn on_request(&mut self, world: &mut World<'_, Self>, node: NodeId, request: RequestId) {
        let (number, part) = self.of_request(world, request);
        part.on_request(world, number, node, request);
    }

    fn on_message(
        &mut self,
        world: &mut World<'_, Self>,
        to: NodeId,
        from: NodeId,
        message: Parcel,
    ) {
        self.parts[usize::from(message.part)].on_message(world, to, from, message);
    }

    fn on_sent(&mut self, world: &mut World<'_, Self>, from: NodeId, to: NodeId, message: &Parcel) {
        self.parts[usize::from(message.part)].on_sent(world, from, to, message);
    }

    fn on_undelivered(
        &mut self,
        world: &mut World<'_, Self>,
        from: NodeId,
        to: NodeId,
        message: Parcel,
        why: Loss,
    ) {
        self.parts[usize::from(message.part)].on_undelivered(world, (from, to), message, why);
    }

    fn on_broken(
        &mut self,
        world: &mut World<'_, Self>,
        to: NodeId,
        from: NodeId,
        message: Parcel,
        arrived: Bytes,
    ) {
        self.parts[usize::from(message.part)].on_broken(world, (from, to), message, arrived);
    }

    fn on_leaving(&mut self, world: &mut World<'_, Self>, node: NodeId) {
        self.each().for_each(|(number, part)| part.on_leaving(world, number, node));
    }

    fn on_exit(&mut self, world: &mut World<'_, Self>, node: NodeId, exit: Exit) {
        self.each().for_each(|(number, part)| part.on_exit(world, number, node, exit));
    }

    fn on_down(&mut self, world: &mut World<'_, Self>, node: NodeId) {
        self.each().for_each(|(number, part)| part.on_down(world, number, node));
    }

    fn on_up(&mut self, world: &mut World<'_, Self>, node: NodeId) {
        self.each().for_each(|(number, part)| part.on_up(world, number, node));
    }

    fn on_ways_changed(&mut self, world: &mut World<'_, Self>) {
        self.each().for_each(|(number, part)| part.on_ways_changed(world, number));
    }

    fn on_timer(&mut self, world: &mut World<'_, Self>, node: NodeId, timer: Parcel) {
        self.parts[usize::from(timer.part)].on_timer(world, node, timer);
    }

    fn on_abandoned(&mut self, world: &mut World<'_, Self>, request: RequestId) {
        let (number, part) = self.of_request(world, request);
        part.on_abandoned(world, number, request);
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
        self.each().for_each(|(number, part)| part.on_closing(world, number));
    }

    fn on_end(&mut self, world: &mut World<'_, Self>) {
        self.each().for_each(|(number, part)| part.on_end(world, number));
    }
}

/// An architecture of whatever type that shares its world; `number`: its own. The handlers are those of [`Architecture`].
pub trait Part {
    fn on_start(&mut self, world: &mut World<'_, Together>, number: u8);

    fn on_request(
        &mut self,
        world: &mut World<'_, Together>,
        number: u8,
        node: NodeId,
        request: RequestId,
    );

    fn on_message(
        &mut self,
        world: &mut World<'_, Together>,
        to: NodeId,
        from: NodeId,
        message: Parcel,
    );

    fn on_sent(
        &mut self,
        world: &mut World<'_, Together>,
        from: NodeId,
        to: NodeId,
        message: &Parcel,
    );

    fn on_undelivered(
        &mut self,
        world: &mut World<'_, Together>,
        way: (NodeId, NodeId),
        message: Parcel,
        why: Loss,
    );

    fn on_broken(
        &mut self,
        world: &mut World<'_, Together>,
        way: (NodeId, NodeId),
        message: Parcel,
        arrived: Bytes,
    );

    fn on_leaving(&mut self, world: &mut World<'_, Together>, number: u8, node: NodeId);

    fn on_exit(&mut self, world: &mut World<'_, Together>, number: u8, node: NodeId, exit: Exit);

    fn on_down(&mut self, world: &mut World<'_, Together>, number: u8, node: NodeId);

    fn on_up(&mut self, world: &mut World<'_, Together>, number: u8, node: NodeId);

    fn on_ways_changed(&mut self, world: &mut World<'_, Together>, number: u8);

    fn on_timer(&mut self, world: &mut World<'_, Together>, node: NodeId, timer: Parcel);

    fn on_abandoned(&mut self, world: &mut World<'_, Together>, number: u8, request: RequestId);

    fn overlay(&self) -> Vec<(NodeId, NodeId)>;

    fn overlay_members(&self) -> Vec<NodeId>;

    fn unsettled(&self) -> usize;

    fn longest_wait(&self) -> Duration;

    fn on_closing(&mut self, world: &mut World<'_, Together>, number: u8);

    fn on_end(&mut self, world: &mut World<'_, Together>, number: u8);
}

impl<A: Architecture<Envelope = Shared>> Part for A {
    fn on_start(&mut self, world: &mut World<'_, Together>, number: u8) {
        Architecture::on_start(self, world.for_part(number));
    }

    fn on_request(
        &mut self,
        world: &mut World<'_, Together>,
        number: u8,
        node: NodeId,
        request: RequestId,
    ) {
        Architecture::on_request(self, world.for_part(number), node, request);
    }

    fn on_message(
        &mut self,
        world: &mut World<'_, Together>,
        to: NodeId,
        from: NodeId,
        message: Parcel,
    ) {
        let world = world.for_part(message.part);
        Architecture::on_message(self, world, to, from, Shared::open(message));
    }

    fn on_sent(
        &mut self,
        world: &mut World<'_, Together>,
        from: NodeId,
        to: NodeId,
        message: &Parcel,
    ) {
        let world = world.for_part(message.part);
        Architecture::on_sent(self, world, from, to, Shared::look(message));
    }

    fn on_undelivered(
        &mut self,
        world: &mut World<'_, Together>,
        (from, to): (NodeId, NodeId),
        message: Parcel,
        why: Loss,
    ) {
        let world = world.for_part(message.part);
        Architecture::on_undelivered(self, world, from, to, Shared::open(message), why);
    }

    fn on_broken(
        &mut self,
        world: &mut World<'_, Together>,
        (from, to): (NodeId, NodeId),
        message: Parcel,
        arrived: Bytes,
    ) {
        let world = world.for_part(message.part);
        Architecture::on_broken(self, world, to, from, Shared::open(message), arrived);
    }

    fn on_leaving(&mut self, world: &mut World<'_, Together>, number: u8, node: NodeId) {
        Architecture::on_leaving(self, world.for_part(number), node);
    }

    fn on_exit(&mut self, world: &mut World<'_, Together>, number: u8, node: NodeId, exit: Exit) {
        Architecture::on_exit(self, world.for_part(number), node, exit);
    }

    fn on_down(&mut self, world: &mut World<'_, Together>, number: u8, node: NodeId) {
        Architecture::on_down(self, world.for_part(number), node);
    }

    fn on_up(&mut self, world: &mut World<'_, Together>, number: u8, node: NodeId) {
        Architecture::on_up(self, world.for_part(number), node);
    }

    fn on_ways_changed(&mut self, world: &mut World<'_, Together>, number: u8) {
        Architecture::on_ways_changed(self, world.for_part(number));
    }

    fn on_timer(&mut self, world: &mut World<'_, Together>, node: NodeId, timer: Parcel) {
        let world = world.for_part(timer.part);
        Architecture::on_timer(self, world, node, Shared::open(timer));
    }

    fn on_abandoned(&mut self, world: &mut World<'_, Together>, number: u8, request: RequestId) {
        Architecture::on_abandoned(self, world.for_part(number), request);
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

    fn on_closing(&mut self, world: &mut World<'_, Together>, number: u8) {
        Architecture::on_closing(self, world.for_part(number));
    }

    fn on_end(&mut self, world: &mut World<'_, Together>, number: u8) {
        Architecture::on_end(self, world.for_part(number));
    }
}
