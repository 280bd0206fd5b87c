//! Whom a peer serves: tit for tat while it lacks pieces, turn and turn about when it has all.

use super::connection::ConnectionIndex;
use super::{Bytes, Composition, Duration, Finder, PeerIndex, State, Swarm, What, World};

impl Swarm {
    /// Decides anew whom `index` serves.
    pub(super) fn rechoke<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        index: PeerIndex,
    ) {
        self.peers[index as usize].rechokes += 1;
        if self.peers[index as usize].slots == 0 {
            return;
        }
        if self.peers[index as usize].pieces.is_complete() {
            self.close_to_complete(world, index);
            self.take_turns(world, index);
        } else {
            self.reciprocate(world, index);
        }
    }

    /// Tit for tat: those who gave most in the last two intervals, and one on trial.
    fn reciprocate<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        index: PeerIndex,
    ) {
        let mut wanting: Vec<(Bytes, bool, ConnectionIndex)> = Vec::new();
        for &connection in &self.peers[index as usize].connections {
            let side = self.connections[connection as usize].side_of(index);
            let ends = &mut self.connections[connection as usize].ends;
            let on_its_way = match ends[1 - side].upload.sending {
                Some((transfer, _)) => world.progress(transfer),
                None => Bytes::ZERO,
            };
            let end = &mut ends[side];
            let total = end.download.received + on_its_way;
            let given = total - end.download.marks[0];
            end.download.marks = [end.download.marks[1], total];
            if end.upload.is_wanted {
                wanting.push((given, end.upload.is_unchoked, connection));
            }
        }
        let peer = &mut self.peers[index as usize];
        // Equals in random order, but whoever is served already before others.
        peer.stream.shuffle(&mut wanting);
        wanting.sort_by(|a, b| b.0.cmp(&a.0).then(b.1.cmp(&a.1)));
        let regular = wanting.len().min(peer.slots - 1);
        let (chosen, rest) = wanting.split_at(regular);
        let is_trial_over = peer.rechokes.is_multiple_of(self.settings.optimistic_rounds);
        let keeps_trial = !is_trial_over
            && rest.iter().any(|&(_, _, connection)| peer.optimistic == Some(connection));
        if !keeps_trial {
            // Somebody who is not served yet, so that everybody gets a chance.
            let waiting: Vec<ConnectionIndex> =
                rest.iter().filter(|(_, served, _)| !served).map(|&(.., c)| c).collect();
            let fallback = rest.first().map(|&(.., connection)| connection);
            peer.optimistic = peer.stream.choose(&waiting).copied().or(fallback);
        }
        let mut served: Vec<ConnectionIndex> = chosen.iter().map(|&(.., c)| c).collect();
        served.extend(peer.optimistic);
        self.serve_only(world, index, &served);
    }

    /// A seed gives each who wants a turn: while somebody waits, whoever was served longest
    /// makes room in two of three rounds.
    fn take_turns<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        index: PeerIndex,
    ) {
        let peer = &self.peers[index as usize];
        let mut served = Vec::new();
        let mut waiting = Vec::new();
        for &connection in &peer.connections {
            let ends = &self.connections[connection as usize].ends;
            let upload = &ends[usize::from(ends[0].peer != index)].upload;
            if upload.is_wanted && upload.is_unchoked {
                served.push((upload.unchoked_since, connection));
            } else if upload.is_wanted {
                waiting.push(connection);
            }
        }
        served.sort_unstable();
        let mut served: Vec<ConnectionIndex> = served.into_iter().map(|(_, c)| c).collect();
        let is_turn = !peer.rechokes.is_multiple_of(3);
        if served.len() >= peer.slots && !waiting.is_empty() && is_turn {
            served.remove(0);
        }
        let peer = &mut self.peers[index as usize];
        while served.len() < peer.slots && !waiting.is_empty() {
            served.push(waiting.swap_remove(peer.stream.below(waiting.len())));
        }
        self.serve_only(world, index, &served);
    }

    /// Chokes all neighbours but `served`, and unchokes those.
    fn serve_only<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        index: PeerIndex,
        served: &[ConnectionIndex],
    ) {
        for place in 0..self.peers[index as usize].connections.len() {
            let connection = self.peers[index as usize].connections[place];
            let side = self.connections[connection as usize].side_of(index);
            let ends = &self.connections[connection as usize].ends;
            let is_unchoked = ends[side].upload.is_unchoked;
            match (is_unchoked, served.contains(&connection)) {
                (true, false) => self.choke(world, connection, side),
                (false, true) => self.unchoke(world, connection, side),
                (true, true) | (false, false) => {}
            }
        }
    }

    /// A seed lets the piece at hand finish: it may be the only one who has it, and half a piece
    /// is of no use to anybody.
    fn choke<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        connection: ConnectionIndex,
        side: usize,
    ) {
        let end = &mut self.connections[connection as usize].ends[side];
        let is_seed = self.peers[end.peer as usize].pieces.is_complete();
        match end.upload.sending {
            Some((_, request)) if is_seed => {
                end.upload.is_unchoked = false;
                end.upload.queue.clear();
                self.take_back_suggestions(connection, side);
                self.say(world, connection, side, What::LastPiece(request.piece));
            }
            _ => {
                let broken = self.stop_sending(world, connection, side);
                self.say(world, connection, side, What::Choke(broken));
            }
        }
    }

    fn unchoke<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        connection: ConnectionIndex,
        side: usize,
    ) {
        let upload = &mut self.connections[connection as usize].ends[side].upload;
        upload.is_unchoked = true;
        upload.unchoked_since = world.now();
        // So that it is known when the other end may ask.
        self.suggest(world, connection, side);
        self.say(world, connection, side, What::Unchoke);
    }

    /// A neighbour wants something: it is served at once when a slot is free.
    pub(super) fn on_interested<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        connection: ConnectionIndex,
        side: usize,
    ) {
        let end = &mut self.connections[connection as usize].ends[side];
        end.upload.is_wanted = true;
        let (index, is_unchoked) = (end.peer, end.upload.is_unchoked);
        if !is_unchoked && self.served_count(index) < self.peers[index as usize].slots {
            self.unchoke(world, connection, side);
        }
    }

    /// A neighbour wants nothing more: its slot goes to somebody who waits.
    pub(super) fn on_not_interested<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        connection: ConnectionIndex,
        side: usize,
    ) {
        let end = &mut self.connections[connection as usize].ends[side];
        end.upload.is_wanted = false;
        let index = end.peer;
        if !end.upload.is_unchoked {
            return;
        }
        let broken = self.stop_sending(world, connection, side);
        self.say(world, connection, side, What::Choke(broken));
        let peer = &self.peers[index as usize];
        let waiting: Vec<(ConnectionIndex, usize)> = peer
            .connections
            .iter()
            .filter_map(|&connection| {
                let side = self.connections[connection as usize].side_of(index);
                let ends = &self.connections[connection as usize].ends;
                let upload = &ends[side].upload;
                (upload.is_wanted && !upload.is_unchoked).then_some((connection, side))
            })
            .collect();
        if self.served_count(index) < self.peers[index as usize].slots
            && let Some(&(connection, side)) = self.peers[index as usize].stream.choose(&waiting)
        {
            self.unchoke(world, connection, side);
        }
    }

    /// How many neighbours are being served.
    fn served_count(&self, index: PeerIndex) -> usize {
        let is_served = |&&connection: &&ConnectionIndex| {
            let ends = &self.connections[connection as usize].ends;
            let upload = &ends[usize::from(ends[0].peer != index)].upload;
            upload.is_unchoked && upload.is_wanted
        };
        self.peers[index as usize].connections.iter().filter(is_served).count()
    }

    /// Two complete peers have nothing to say to each other.
    fn close_to_complete<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        index: PeerIndex,
    ) {
        for connection in self.peers[index as usize].connections.clone() {
            let side = self.connections[connection as usize].side_of(index);
            let ends = &self.connections[connection as usize].ends;
            // Who lacks anything is interested in a complete peer, as soon as it has heard of its
            // last piece and its answer has come back.
            let end = &ends[side];
            let latency = world.latency(end.node, ends[1 - side].node).unwrap_or(Duration::ZERO);
            let is_answered = world.now().since(end.last_news) > latency.scaled(2.5);
            if end.state == State::Open && !end.upload.is_wanted && is_answered {
                let broken = self.stop_sending(world, connection, side);
                self.say(world, connection, side, What::Bye(broken));
                self.close(world, connection, side);
            }
        }
    }
}
