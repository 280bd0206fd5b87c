//! The peer protocol: connections, interest, requests and pieces.

use super::peer::Neighbour;
use super::{
    Answer, Bottleneck, Broken, Bytes, Composition, Connection, ConnectionIndex, Duration, End,
    Finder, Message, NodeId, Outcome, PeerIndex, PieceRequest, State, Swarm, SwarmMessage, What,
    World,
};
use crate::engine::Envelope;

impl<E: Envelope> Swarm<E> {
    /// Asks `provider` for a connection, unless there is one or there are enough.
    pub(super) fn connect<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        index: PeerIndex,
        provider: NodeId,
    ) {
        let peer = &self.peers[index as usize];
        let is_known = peer.connection_with(provider).is_some();
        if is_known || provider == peer.node || peer.neighbours.len() >= self.settings.neighbours {
            return;
        }
        if !world.accepts(peer.node, provider) {
            // It may connect itself when it hears of this one.
            return;
        }
        let connection = self.connections.len() as ConnectionIndex;
        let mut other = End::new(provider, PeerIndex::MAX, State::Closed);
        // The bitfield travels with the question; later pieces follow as messages.
        other.known = peer.pieces.have.clone();
        let own = End::new(peer.node, index, State::Asking);
        self.connections.push(Connection { ends: [own, other] });
        self.peers[index as usize].add_neighbour(connection, provider);
        self.say(world, connection, 0, What::Connect);
    }

    pub(super) fn on_connect<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        connection: ConnectionIndex,
        from: NodeId,
    ) {
        let ends = &self.connections[connection as usize].ends;
        let (node, object) = (ends[1].node, self.peers[ends[0].peer as usize].object);
        let Some(index) = self.peer_called(world, node, object) else {
            return self.say(world, connection, 1, What::Refuse);
        };
        self.forget_lost(world, index, from);
        let peer = &self.peers[index as usize];
        // When two ask each other at the same time, the lower number's question stands.
        let is_rival = peer.connection_with(from).is_some_and(|rival| {
            let own = &self.connections[rival as usize].ends[0];
            own.state == State::Open || own.node != node || node < from
        });
        let is_crowded = peer.neighbours.len() >= 2 * self.settings.neighbours;
        let known = &self.connections[connection as usize].ends[1].known;
        let is_pointless = peer.pieces.is_complete() && known.count() == peer.pieces.have.count();
        if !peer.is_active || is_rival || is_crowded || is_pointless {
            return self.say(world, connection, 1, What::Refuse);
        }
        let have = peer.pieces.have.clone();
        self.peers[index as usize].add_neighbour(connection, from);
        let ends = &mut self.connections[connection as usize].ends;
        ends[1].peer = index;
        ends[0].known = have;
        self.say(world, connection, 1, What::Accept);
        self.open(world, connection, 1);
    }

    /// `from` asks `index` anew: it has lost the connection that there was, if it was down.
    fn forget_lost<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        index: PeerIndex,
        from: NodeId,
    ) {
        if let Some(old) = self.peers[index as usize].connection_with(from) {
            let side = self.connections[old as usize].side_of(index);
            if self.connections[old as usize].ends[1 - side].state == State::Lost {
                self.close(world, old, side);
            }
        }
    }

    pub(super) fn on_accept<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        connection: ConnectionIndex,
    ) {
        if self.connections[connection as usize].ends[0].state == State::Asking {
            self.open(world, connection, 0);
        } else {
            // It has left while the answer was on its way.
            self.say(world, connection, 0, What::Bye(None));
        }
    }

    /// This end has heard what the other has.
    fn open<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        connection: ConnectionIndex,
        side: usize,
    ) {
        let end = &mut self.connections[connection as usize].ends[side];
        end.state = State::Open;
        end.last_news = world.now();
        let pieces = &mut self.peers[end.peer as usize].pieces;
        pieces.ungiven.subtract(&end.known);
        end.useful = end.known.iter().filter(|&piece| pieces.seen(piece)).count() as u32;
        if end.useful > 0 {
            end.is_interested = true;
            self.say(world, connection, side, What::Interested);
        }
    }

    /// This end forgets the connection; what was asked of the other is wanted again.
    pub(super) fn close<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        connection: ConnectionIndex,
        side: usize,
    ) {
        let end = &mut self.connections[connection as usize].ends[side];
        let state = std::mem::replace(&mut end.state, State::Closed);
        if matches!(state, State::Closed | State::Lost) {
            return;
        }
        let known = std::mem::take(&mut end.known);
        let requested = std::mem::take(&mut end.download.requested);
        end.upload.queue.clear();
        end.download.suggested.clear();
        if let Some((transfer, _)) = end.upload.sending.take() {
            let arrived = world.cancel(transfer);
            world.wasted(arrived);
        }
        self.no_longer_sends(connection, side);
        self.take_back_suggestions(connection, side);
        self.let_ask(connection, side, false);
        self.may_ask(connection, side, false);
        let end = &mut self.connections[connection as usize].ends[side];
        let peer = &mut self.peers[end.peer as usize];
        peer.remove_neighbour(connection);
        if peer.optimistic == Some(connection) {
            peer.optimistic = None;
        }
        if state == State::Open {
            peer.pieces.unseen(&known);
        }
        let index = end.peer;
        if !requested.is_empty() {
            for request in requested {
                peer.pieces.broken_off(request, Bytes::ZERO);
            }
            self.ask_everywhere(world, index);
        }
    }

    pub(super) fn on_have<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        connection: ConnectionIndex,
        side: usize,
        piece: u32,
    ) {
        let end = &mut self.connections[connection as usize].ends[side];
        if !end.known.insert(piece) || !self.peers[end.peer as usize].pieces.seen(piece) {
            return;
        }
        end.useful += 1;
        if !end.is_interested {
            end.is_interested = true;
            self.say(world, connection, side, What::Interested);
        } else if end.may_ask && end.download.requested.len() < end.download.depth {
            self.ask_for_pieces(world, connection, side);
        }
    }

    pub(super) fn on_unchoke<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        connection: ConnectionIndex,
        side: usize,
    ) {
        self.may_ask(connection, side, true);
        let download = &mut self.connections[connection as usize].ends[side].download;
        download.last_arrival = world.now();
        self.ask_for_pieces(world, connection, side);
    }

    pub(super) fn on_choke<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        connection: ConnectionIndex,
        side: usize,
        broken: Option<Broken>,
    ) {
        self.may_ask(connection, side, false);
        let end = &mut self.connections[connection as usize].ends[side];
        end.download.suggested.clear();
        let requested = std::mem::take(&mut end.download.requested);
        let peer = &mut self.peers[end.peer as usize];
        peer.asked(connection, false);
        let mut wasted = Bytes::ZERO;
        if let Some(Broken { piece, arrived }) = broken {
            peer.received(connection, arrived);
            // A piece that was cancelled meanwhile is not among those asked for.
            if !requested.iter().any(|request| request.piece == piece) {
                wasted = arrived;
            }
        }
        let index = end.peer;
        for request in requested {
            let arrived = match broken {
                Some(broken) if broken.piece == request.piece => broken.arrived,
                _ => Bytes::ZERO,
            };
            wasted += peer.pieces.broken_off(request, arrived);
        }
        world.wasted(wasted);
        self.ask_everywhere(world, index);
    }

    /// The other end sends one more piece; all else that was asked of it is wanted again.
    pub(super) fn on_last_piece<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        connection: ConnectionIndex,
        side: usize,
        piece: u32,
    ) {
        self.may_ask(connection, side, false);
        let end = &mut self.connections[connection as usize].ends[side];
        end.download.suggested.clear();
        let index = end.peer;
        let pieces = &mut self.peers[index as usize].pieces;
        end.download.requested.retain(|&request| {
            let is_kept = request.piece == piece;
            if !is_kept {
                pieces.broken_off(request, Bytes::ZERO);
            }
            is_kept
        });
        let is_asked = !end.download.requested.is_empty();
        self.peers[index as usize].asked(connection, is_asked);
        self.ask_everywhere(world, index);
    }

    pub(super) fn on_piece_request<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        connection: ConnectionIndex,
        side: usize,
        request: PieceRequest,
    ) {
        let upload = &mut self.connections[connection as usize].ends[side].upload;
        // The choke that voids this request is on its way to the other end.
        if !upload.is_unchoked {
            return;
        }
        upload.queue.push_back((request, world.now()));
        self.note_given(connection, side, request.piece);
        self.suggest(world, connection, side);
        if self.connections[connection as usize].ends[side].upload.sending.is_none() {
            self.send_next(world, connection, side);
        }
    }

    /// Begins to send what the other end has asked for longest.
    pub(super) fn send_next<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        connection: ConnectionIndex,
        side: usize,
    ) {
        let ends = &mut self.connections[connection as usize].ends;
        let Some((request, asked)) = ends[side].upload.queue.pop_front() else {
            return;
        };
        let (from, to) = (ends[side].node, ends[1 - side].node);
        let size = self.peers[ends[side].peer as usize].pieces.bytes_of(request);
        self.peers[ends[1 - side].peer as usize].started.get_or_insert(world.now());
        let what = What::Piece(request);
        let message = Message::Delivery(SwarmMessage { connection, what });
        let transfer = world.transfer_queued(from, to, size, asked, message);
        ends[side].upload.sending = Some((transfer, request));
    }

    pub(super) fn on_cancel<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        connection: ConnectionIndex,
        side: usize,
        piece: u32,
    ) {
        let upload = &mut self.connections[connection as usize].ends[side].upload;
        upload.queue.retain(|(request, _)| request.piece != piece);
        upload.suggested.retain(|&suggested| suggested != piece);
        match upload.sending {
            Some((transfer, request)) if request.piece == piece => {
                upload.sending = None;
                self.no_longer_sends(connection, side);
                let arrived = world.cancel(transfer);
                world.wasted(arrived);
                // The other end has counted what it got of it.
                let other = self.connections[connection as usize].ends[1 - side].peer;
                self.peers[other as usize].received(connection, arrived);
                self.send_next(world, connection, side);
            }
            _ => {}
        }
    }

    pub(super) fn on_piece<F: Finder>(
        &mut self,
        finder: &mut F,
        world: &mut World<'_, Composition<F, Self>>,
        connection: ConnectionIndex,
        side: usize,
        request: PieceRequest,
    ) -> Option<Outcome> {
        let piece = request.piece;
        let ends = &mut self.connections[connection as usize].ends;
        let (node, sender) = (ends[side].node, ends[1 - side].node);
        let round_trip = 2.0 * world.latency(node, sender).unwrap_or(Duration::ZERO).secs();
        let end = &mut ends[side];
        let index = end.peer;
        let peer = &mut self.peers[index as usize];
        let size = peer.pieces.bytes_of(request);
        peer.received(connection, size);
        end.download.pace(world.now(), size, round_trip);
        if end.download.take_request(piece).is_none() {
            // The last bytes of a piece that was cancelled.
            world.wasted(size);
            return None;
        }
        peer.asked(connection, !end.download.requested.is_empty());
        world.served(sender);
        // What a copy that was broken off has brought of it came twice.
        world.wasted(peer.pieces.come_twice(request));
        if !peer.pieces.completed(piece) {
            world.wasted(size);
            self.ask_for_pieces(world, connection, side);
            return None;
        }
        world.gained();
        let (bottleneck, span) = world.bottleneck();
        peer.limited(bottleneck, span);
        self.spread_news(world, index, piece);
        if !self.peers[index as usize].pieces.is_complete() {
            self.ask_for_pieces(world, connection, side);
            return None;
        }
        Some(self.finish(finder, world, index))
    }

    /// Tells the neighbours of a new piece, and cancels other requests for it.
    fn spread_news<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        index: PeerIndex,
        piece: u32,
    ) {
        let is_asked_twice = self.peers[index as usize].pieces.copies_under_way(piece) > 0;
        for place in 0..self.peers[index as usize].neighbours.len() {
            let Neighbour { connection, is_asked, .. } =
                self.peers[index as usize].neighbours[place];
            let side = self.connections[connection as usize].side_of(index);
            let ends = &mut self.connections[connection as usize].ends;
            let end = &mut ends[side];
            if end.state == State::Open && end.known.contains(piece) {
                end.useful -= 1;
                if is_asked_twice
                    && is_asked
                    && let Some(request) = end.download.take_request(piece)
                {
                    let peer = &mut self.peers[index as usize];
                    peer.asked(connection, !end.download.requested.is_empty());
                    peer.pieces.broken_off(request, Bytes::ZERO);
                    self.say(world, connection, side, What::Cancel(piece));
                    self.ask_for_pieces(world, connection, side);
                }
                let end = &mut self.connections[connection as usize].ends[side];
                if end.useful == 0 {
                    end.is_interested = false;
                    self.say(world, connection, side, What::NotInterested);
                }
            } else {
                end.last_news = world.now();
                self.say(world, connection, side, What::Have(piece));
            }
        }
    }

    /// The peer is complete: it stays to serve for its time.
    fn finish<F: Finder>(
        &mut self,
        finder: &mut F,
        world: &mut World<'_, Composition<F, Self>>,
        index: PeerIndex,
    ) -> Outcome {
        let peer = &self.peers[index as usize];
        let (node, object) = (peer.node, peer.object);
        let started = peer.started.unwrap_or(world.now());
        finder.completed(world, node, object);
        if !self.leave_in_time(world, index) {
            self.leave(finder, world, index);
        }
        let limits = &self.peers[index as usize].limits;
        let most = limits.iter().copied().reduce(|a, b| if b.1 > a.1 { b } else { a });
        let answer = Answer {
            provider: None,
            is_delivery: true,
            started,
            service: Duration::ZERO,
            bottleneck: most.map_or(Bottleneck::Unknown, |(bottleneck, _)| bottleneck),
        };
        Outcome::Delivered { node, object, answer }
    }

    pub(super) fn leave<F: Finder>(
        &mut self,
        finder: &mut F,
        world: &mut World<'_, Composition<F, Self>>,
        index: PeerIndex,
    ) {
        let peer = &mut self.peers[index as usize];
        if !std::mem::replace(&mut peer.is_active, false) {
            return;
        }
        let (node, object) = (peer.node, peer.object);
        for Neighbour { connection, .. } in peer.neighbours.clone() {
            let side = self.connections[connection as usize].side_of(index);
            let broken = self.stop_sending(world, connection, side);
            self.say(world, connection, side, What::Bye(broken));
            self.close(world, connection, side);
        }
        finder.withdraw(world, node, object);
    }

    /// Breaks off what is being sent, and forgets what is asked for.
    pub(super) fn stop_sending<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        connection: ConnectionIndex,
        side: usize,
    ) -> Option<Broken> {
        self.let_ask(connection, side, false);
        let upload = &mut self.connections[connection as usize].ends[side].upload;
        upload.queue.clear();
        let sending = upload.sending.take();
        self.no_longer_sends(connection, side);
        self.take_back_suggestions(connection, side);
        let (transfer, request) = sending?;
        let arrived = world.cancel(transfer);
        Some(Broken { piece: request.piece, arrived })
    }
}
