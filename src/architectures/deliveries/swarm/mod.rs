//! Swarm: everybody who has a piece sends it to whoever lacks it.
//!
//! The peer protocol of BitTorrent. A peer connects to some of those that the tracker named,
//! tells its neighbours which pieces it has, asks those that let it for the rarest ones, and
//! lets those ask that have given it most lately (tit for tat), and one more on trial
//! (optimistic unchoke). What a peer knows of others it has been told by messages, each of which
//! takes its latency. Sources: Cohen, "Incentives build robustness in BitTorrent", P2PECON 2003;
//! BEP 3; for seeds Legout, Urvoy-Keller and Michiardi, "Rarest first and choke algorithms are
//! enough", IMC 2006, section 2.
//!
//! Coarser than the protocol: a request is for the rest of a piece instead of for a block of
//! 16 KiB, so that a transfer is worth its events. When a peer stops sending, the receiver
//! keeps what has arrived and asks for the rest elsewhere. Left out: hash failures, snubbing,
//! super-seeding, and the size of control messages.

mod bitfield;
mod choking;
mod connection;
mod looking;
mod message;
mod peer;
mod protocol;
mod requesting;
mod restarting;
mod settings;

pub use message::{SwarmMessage, SwarmTimer};
pub use settings::{PieceSelection, SwarmSettings, UploadSlots};

use std::marker::PhantomData;

use rustc_hash::FxHashMap;

use self::choking::Lists;
use self::connection::{Connection, ConnectionIndex, End, PieceRequest, State};
use self::message::{Broken, Reminder, What};
use self::peer::{Peer, PeerIndex, Pieces};
use super::super::finders::{Finder, Found};
use super::super::rooms::Rooms;
use super::super::{Composition, Message, Timer};
use super::{Delivery, Outcome};
use crate::engine::{Bare, Envelope, Exit, Loss, World};
use crate::metrics::{Answer, Role};
use crate::model::{Demand, ObjectId, Wants};
use crate::network::{Bottleneck, NodeId};
use crate::units::{Bytes, Duration, Rate, Time};

#[derive(Debug)]
pub struct Swarm<E = Bare> {
    envelope: PhantomData<E>,
    settings: SwarmSettings,
    seeds: Vec<NodeId>,
    /// Seeds of which the tracker knows that they are away.
    withdrawn: Vec<NodeId>,
    peers: Vec<Peer>,
    index: FxHashMap<(NodeId, ObjectId), PeerIndex>,
    /// In ascending order; to be looked up alone.
    at_node: FxHashMap<NodeId, Vec<PeerIndex>>,
    connections: Vec<Connection>,
    lists: Lists,
    rooms: Rooms,
}

impl<E: Envelope> Swarm<E> {
    pub fn new(seeds: Vec<NodeId>, settings: SwarmSettings) -> Swarm<E> {
        Swarm {
            envelope: PhantomData,
            settings,
            seeds,
            withdrawn: Vec::new(),
            peers: Vec::new(),
            index: FxHashMap::default(),
            at_node: FxHashMap::default(),
            connections: Vec::new(),
            lists: Lists::default(),
            rooms: Rooms::default(),
        }
    }

    fn add_peer<F: Finder>(
        &mut self,
        world: &World<'_, Composition<F, Self>>,
        node: NodeId,
        object: ObjectId,
        pieces: Pieces,
    ) -> PeerIndex {
        let index = self.peers.len() as PeerIndex;
        let purpose = format!("swarm of object {}", object.0);
        let offered = if world.offers(node) { world.uplink(node) } else { Rate::ZERO };
        self.peers.push(Peer {
            node,
            object,
            is_active: false,
            is_interrupted: false,
            session: 0,
            neighbours: Vec::new(),
            accounts: Vec::new(),
            serves: Vec::new(),
            served_by: Vec::new(),
            finishing: Vec::new(),
            slots: self.settings.upload_slots.for_uplink(offered),
            optimistic: None,
            rechokes: 0,
            started: None,
            last_announce: Time::ZERO,
            stream: world.stream(&purpose, node),
            limits: Vec::new(),
            pieces,
        });
        self.index.insert((node, object), index);
        self.at_node.entry(node).or_default().push(index);
        index
    }

    fn join<F: Finder>(&mut self, world: &mut World<'_, Composition<F, Self>>, index: PeerIndex) {
        let peer = &mut self.peers[index as usize];
        peer.is_active = true;
        peer.session += 1;
        peer.started = None;
        peer.last_announce = world.now();
        let timer = SwarmTimer { peer: index, session: peer.session, what: Reminder::Rechoke };
        world.wake(peer.node, self.settings.rechoke_interval, Timer::Delivery(timer));
    }

    /// The peer of `node`; a seed comes to life when somebody first calls it.
    fn peer_called<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        node: NodeId,
        object: ObjectId,
    ) -> Option<PeerIndex> {
        if let Some(&index) = self.index.get(&(node, object)) {
            return Some(index);
        }
        if !self.seeds.contains(&node) || world.is_leaving(node) {
            return None;
        }
        let pieces = Pieces::all(world.object_size(object), self.settings.piece_size);
        let index = self.add_peer(world, node, object, pieces);
        self.join(world, index);
        Some(index)
    }

    /// The end at `side` sends nothing at the moment: its last piece is through, if it was one.
    fn no_longer_sends(&mut self, connection: ConnectionIndex, side: usize) {
        let index = self.connections[connection as usize].ends[side].peer;
        self.peers[index as usize].finishing.retain(|&other| other != connection);
    }

    /// Says `what` over a connection from the end at `side`.
    fn say<F: Finder>(
        &self,
        world: &mut World<'_, Composition<F, Self>>,
        connection: ConnectionIndex,
        side: usize,
        what: What,
    ) {
        let ends = &self.connections[connection as usize].ends;
        let message = Message::Delivery(SwarmMessage { connection, what });
        // A connection is one of TCP, which sends lost packets again.
        world.send_on_connection(ends[side].node, ends[1 - side].node, message);
    }
}

impl<E: Envelope> Delivery for Swarm<E> {
    type Envelope = E;
    type Message = SwarmMessage;
    type Timer = SwarmTimer;

    const WAITS_FOR_OTHERS: bool = true;

    fn publish<F: Finder>(&self, finder: &mut F, world: &World<'_, Composition<F, Self>>) {
        for &seed in &self.seeds {
            for object in world.model().downloaded_objects().into_iter().flatten() {
                finder.publish(seed, ObjectId(object));
            }
        }
    }

    fn on_start<F: Finder>(&mut self, finder: &mut F, world: &mut World<'_, Composition<F, Self>>) {
        for workload in world.model().served() {
            match &workload.demand {
                Demand::Drawn { askers, wants: Wants::Download(_), .. } => {
                    for &node in askers {
                        world.declare(node, Role::Peer);
                    }
                }
                Demand::Drawn { .. } => {}
                Demand::Trace { entries, .. } => {
                    for entry in entries {
                        world.declare(entry.node, Role::Peer);
                    }
                }
            }
        }
        for &seed in &self.seeds {
            world.declare(seed, Role::Server);
        }
        self.call_out(finder, world);
    }

    fn holds(&self, node: NodeId, _object: ObjectId) -> bool {
        self.seeds.contains(&node)
    }

    fn takes_part(&self, node: NodeId, object: ObjectId) -> bool {
        let peer = self.index.get(&(node, object));
        peer.is_some_and(|&index| self.peers[index as usize].is_active)
    }

    fn rooms_mut(&mut self) -> Option<&mut Rooms> {
        Some(&mut self.rooms)
    }

    /// Its peer says goodbye, and who asks for the object again begins as one that has nothing.
    fn discard<F: Finder>(
        &mut self,
        finder: &mut F,
        world: &mut World<'_, Composition<F, Self>>,
        node: NodeId,
        object: ObjectId,
    ) {
        self.forget(finder, world, node, object);
    }

    fn deliver<F: Finder>(
        &mut self,
        finder: &mut F,
        world: &mut World<'_, Composition<F, Self>>,
        found: Found,
    ) -> Option<Outcome> {
        let Found { node, object, providers, .. } = found;
        let index = self.peer_called(world, node, object).unwrap_or_else(|| {
            let pieces = Pieces::none(world.object_size(object), self.settings.piece_size);
            self.add_peer(world, node, object, pieces)
        });
        let peer = &self.peers[index as usize];
        if !peer.is_active {
            // A peer that has left while it served is not called back by a late answer.
            if peer.pieces.is_complete() {
                return None;
            }
            self.join(world, index);
            finder.joined(world, node, object);
        }
        for provider in providers {
            self.connect(world, index, provider);
        }
        None
    }

    fn abandon<F: Finder>(
        &mut self,
        finder: &mut F,
        world: &mut World<'_, Composition<F, Self>>,
        node: NodeId,
        object: ObjectId,
    ) {
        match self.index.get(&(node, object)) {
            Some(&index) if self.peers[index as usize].is_active => {
                self.leave(finder, world, index);
            }
            // It was still looking for others.
            _ => finder.withdraw(world, node, object),
        }
    }

    fn on_message<F: Finder>(
        &mut self,
        finder: &mut F,
        world: &mut World<'_, Composition<F, Self>>,
        to: NodeId,
        from: NodeId,
        message: SwarmMessage,
    ) -> Option<Outcome> {
        let SwarmMessage { connection, what } = message;
        let side = self.connections[connection as usize].side(to);
        match what {
            What::Connect => self.on_connect(world, connection, from),
            What::Accept => self.on_accept(world, connection),
            What::Refuse => {
                self.named_in_vain(finder, world, connection, side);
                self.close(world, connection, side);
            }
            // What was said before the other end heard of a closing.
            _ if self.connections[connection as usize].ends[side].state != State::Open => {
                match what {
                    What::Piece(request) => {
                        let peer = self.connections[connection as usize].ends[side].peer;
                        world.wasted(self.peers[peer as usize].pieces.bytes_of(request));
                    }
                    What::Choke(Some(broken)) | What::Bye(Some(broken)) => {
                        world.wasted(broken.arrived);
                    }
                    _ => {}
                }
                self.answer_lost(world, connection, side);
            }
            What::Have(piece) => self.on_have(world, connection, side, piece),
            What::Interested => self.on_interested(world, connection, side),
            What::NotInterested => self.on_not_interested(world, connection, side),
            What::Unchoke => self.on_unchoke(world, connection, side),
            What::Choke(broken) => self.on_choke(world, connection, side, broken),
            What::LastPiece(piece) => self.on_last_piece(world, connection, side, piece),
            What::Request(request) => self.on_piece_request(world, connection, side, request),
            What::Suggest(piece) => self.on_suggest(connection, side, piece),
            What::Cancel(piece) => self.on_cancel(world, connection, side, piece),
            What::Piece(request) => {
                return self.on_piece(finder, world, connection, side, request);
            }
            What::Bye(broken) => {
                self.on_choke(world, connection, side, broken);
                self.close(world, connection, side);
            }
        }
        None
    }

    fn on_sent<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        from: NodeId,
        _to: NodeId,
        message: &SwarmMessage,
    ) {
        let connection = message.connection;
        let side = self.connections[connection as usize].side(from);
        let upload = &mut self.connections[connection as usize].ends[side].upload;
        if let Some((_, request)) = upload.sending.take() {
            upload.suggested.retain(|&piece| piece != request.piece);
        }
        self.no_longer_sends(connection, side);
        self.send_next(world, connection, side);
    }

    fn on_undelivered<F: Finder>(
        &mut self,
        finder: &mut F,
        world: &mut World<'_, Composition<F, Self>>,
        from: NodeId,
        to: NodeId,
        message: SwarmMessage,
        why: Loss,
    ) -> Option<Outcome> {
        // No way to that neighbour, or it is down: the others remain.
        let connection = message.connection;
        let side = self.connections[connection as usize].side(from);
        let was_open = self.connections[connection as usize].ends[side].state != State::Closed;
        self.named_in_vain(finder, world, connection, side);
        self.close(world, connection, side);
        if why == Loss::Unreachable && was_open {
            // Which the other end finds out by itself, in time.
            let message = SwarmMessage { connection, what: What::Bye(None) };
            world.break_connection(from, to, Message::Delivery(message));
        }
        None
    }

    fn on_broken<F: Finder>(
        &mut self,
        _finder: &mut F,
        world: &mut World<'_, Composition<F, Self>>,
        to: NodeId,
        message: SwarmMessage,
        arrived: Bytes,
    ) -> Option<Outcome> {
        let SwarmMessage { connection, what } = message;
        let side = self.connections[connection as usize].side(to);
        let piece = match what {
            What::Piece(PieceRequest { piece, .. }) => piece,
            What::Bye(_)
                if self.connections[connection as usize].ends[side].state == State::Open =>
            {
                self.on_choke(world, connection, side, None);
                self.close(world, connection, side);
                return None;
            }
            _ => return None,
        };
        if self.connections[connection as usize].ends[side].state == State::Open {
            self.on_choke(world, connection, side, Some(Broken { piece, arrived }));
            self.close(world, connection, side);
        } else {
            world.wasted(arrived);
        }
        None
    }

    fn on_leaving<F: Finder>(
        &mut self,
        finder: &mut F,
        world: &mut World<'_, Composition<F, Self>>,
        node: NodeId,
    ) {
        self.stop_seeding(finder, world, node);
    }

    fn on_exit<F: Finder>(
        &mut self,
        finder: &mut F,
        world: &mut World<'_, Composition<F, Self>>,
        node: NodeId,
        exit: Exit,
    ) {
        match exit {
            Exit::Goodbye => self.say_goodbye(finder, world, node),
            Exit::Crash => self.forget_what_is_lacking(finder, node),
        }
    }

    fn on_down<F: Finder>(&mut self, world: &mut World<'_, Composition<F, Self>>, node: NodeId) {
        self.crash(world, node);
    }

    fn on_up<F: Finder>(
        &mut self,
        finder: &mut F,
        world: &mut World<'_, Composition<F, Self>>,
        node: NodeId,
    ) {
        self.restart(finder, world, node);
    }

    fn overlay(&self) -> Vec<(NodeId, NodeId)> {
        let is_open = |end: &End| end.state == State::Open;
        let open = self.connections.iter().filter(|connection| connection.ends.iter().all(is_open));
        open.map(|connection| (connection.ends[0].node, connection.ends[1].node)).collect()
    }

    fn overlay_members(&self) -> Vec<NodeId> {
        // Who has everything needs nobody.
        let wants = |peer: &&Peer| peer.is_active && !peer.pieces.is_complete();
        self.peers.iter().filter(wants).map(|peer| peer.node).collect()
    }

    fn on_timer<F: Finder>(
        &mut self,
        finder: &mut F,
        world: &mut World<'_, Composition<F, Self>>,
        _node: NodeId,
        timer: SwarmTimer,
    ) {
        let peer = &self.peers[timer.peer as usize];
        if !peer.is_active || peer.session != timer.session {
            return;
        }
        match timer.what {
            Reminder::Rechoke => {
                self.rechoke(world, timer.peer);
                self.look_for_late_pieces(world, timer.peer);
                self.look_for_more(finder, world, timer.peer);
                let node = self.peers[timer.peer as usize].node;
                world.wake(node, self.settings.rechoke_interval, Timer::Delivery(timer));
            }
            Reminder::Leave => self.leave(finder, world, timer.peer),
        }
    }
}
