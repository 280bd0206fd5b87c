//! What a peer asks of whom: by selection, what a seed suggests, and late pieces a second time.

use super::connection::{ConnectionIndex, Download};
use super::peer::{Neighbour, PeerIndex, Pieces};
use super::{Bytes, Composition, Finder, PieceSelection, Swarm, What, World};
use crate::engine::Envelope;

/// How much longer than a copy a piece under way must have taken, and must still need, before a
/// copy is asked for: rates are known from the last piece only.
const WORTH_A_COPY: f64 = 2.0;

/// A piece that somebody has been asked for; seconds.
struct UnderWay {
    piece: u32,
    /// Until all that was asked of this neighbour will have come.
    left: f64,
    /// Since something whole came from it.
    waited: f64,
}

impl<E: Envelope> Swarm<E> {
    /// Keeps enough requests under way over an unchoked connection.
    pub(super) fn ask_for_pieces<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        connection: ConnectionIndex,
        side: usize,
    ) {
        loop {
            let end = &mut self.connections[connection as usize].ends[side];
            let download = &mut end.download;
            if !end.may_ask || download.requested.len() >= download.depth {
                return;
            }
            let peer = &mut self.peers[end.peer as usize];
            let suggested = std::iter::from_fn(|| download.suggested.pop_front())
                .find(|&piece| peer.pieces.is_wanted(piece));
            let chosen = match suggested {
                Some(piece) => Some(peer.pieces.ask(piece)),
                None => {
                    let selection = self.settings.piece_selection;
                    peer.pieces.choose(&end.known, selection, &mut peer.stream)
                }
            };
            let Some(request) = chosen.or_else(|| {
                let piece = self.late_piece(world, connection, side)?;
                let index = self.connections[connection as usize].ends[side].peer;
                Some(self.peers[index as usize].pieces.ask(piece))
            }) else {
                return;
            };
            let end = &mut self.connections[connection as usize].ends[side];
            if end.download.requested.is_empty() {
                // A pause without requests says nothing of how fast the neighbour is.
                end.download.last_arrival = world.now();
                self.peers[end.peer as usize].asked(connection, true);
            }
            end.download.requested.push(request);
            self.say(world, connection, side, What::Request(request));
        }
    }

    /// Pieces are wanted again: whoever could send more is asked.
    pub(super) fn ask_everywhere<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        index: PeerIndex,
    ) {
        // To ask changes nothing of who may be asked.
        for place in 0..self.peers[index as usize].served_by.len() {
            let connection = self.peers[index as usize].served_by[place];
            let side = self.connections[connection as usize].side_of(index);
            self.ask_for_pieces(world, connection, side);
        }
    }

    /// In the end game a piece may have become late since its neighbours were last asked.
    pub(super) fn look_for_late_pieces<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        index: PeerIndex,
    ) {
        if self.settings.end_game && self.peers[index as usize].pieces.is_end_game() {
            self.ask_everywhere(world, index);
        }
    }

    /// In the end game, a piece that the idle `connection` would probably bring before those who
    /// have been asked for it.
    ///
    /// Clients ask everybody for the last blocks and cancel all but the first. A piece is many
    /// blocks: it is asked for twice only when whoever has been asked for it is much slower.
    fn late_piece<F: Finder>(
        &self,
        world: &mut World<'_, Composition<F, Self>>,
        connection: ConnectionIndex,
        side: usize,
    ) -> Option<u32> {
        let end = &self.connections[connection as usize].ends[side];
        let index = end.peer;
        let peer = &self.peers[index as usize];
        let is_idle = end.download.requested.is_empty();
        if !self.settings.end_game || !is_idle || !peer.pieces.is_end_game() {
            return None;
        }
        let other = self.connections[connection as usize].ends[1 - side].node;
        let round_trip = 2.0 * world.latency(end.node, other)?.secs();
        let rate = end.download.rate(world.now(), Bytes::ZERO);
        let of_copy = |piece| match rate {
            Some(rate) => round_trip + peer.pieces.rest_of(piece).bits() / rate,
            // Nobody knows how fast it is: it gets the benefit of the doubt after as long as tit
            // for tat takes to judge.
            None => 2.0 * self.settings.rechoke_interval.secs(),
        };
        // Most of the time nothing has waited long enough, and how much has come of each transfer
        // need not be known.
        let may_be_late = |neighbour: &Neighbour| {
            let download = self.download_from(index, neighbour);
            let waited = world.now().since(download.last_arrival).secs();
            let mut pieces = download.requested.iter().map(|request| request.piece);
            pieces.any(|piece| end.known.contains(piece) && WORTH_A_COPY * of_copy(piece) < waited)
        };
        if !peer.neighbours.iter().any(|neighbour| neighbour.is_asked && may_be_late(neighbour)) {
            return None;
        }
        let mut under_way = self.pieces_under_way(world, index);
        // Of several who send the same piece the first one counts.
        under_way.sort_by(|a, b| a.piece.cmp(&b.piece).then(a.left.total_cmp(&b.left)));
        under_way.dedup_by_key(|piece| piece.piece);
        under_way
            .into_iter()
            .filter(|late| end.known.contains(late.piece))
            .filter(|late| WORTH_A_COPY * of_copy(late.piece) < late.waited.min(late.left))
            .max_by(|a, b| a.left.total_cmp(&b.left))
            .map(|late| late.piece)
    }

    /// What `index` has asked for, and how long it will take at the rate of the connection.
    fn pieces_under_way<F: Finder>(
        &self,
        world: &World<'_, Composition<F, Self>>,
        index: PeerIndex,
    ) -> Vec<UnderWay> {
        let peer = &self.peers[index as usize];
        let mut under_way = Vec::new();
        for neighbour in peer.neighbours.iter().filter(|neighbour| neighbour.is_asked) {
            let download = self.download_from(index, neighbour);
            let connection = &self.connections[neighbour.connection as usize];
            let ends = &connection.ends;
            let side = connection.side_of(index);
            let sending = ends[1 - side].upload.sending;
            let arrived = sending.map_or(Bytes::ZERO, |(transfer, _)| world.progress(transfer));
            let asked: Bytes = download.requested.iter().map(|&r| peer.pieces.bytes_of(r)).sum();
            let rate = download.rate(world.now(), arrived).unwrap_or(0.0);
            let left = (asked - arrived).bits() / rate;
            let waited = world.now().since(download.last_arrival).secs();
            under_way.extend(download.requested.iter().map(|r| UnderWay {
                piece: r.piece,
                left,
                waited,
            }));
        }
        under_way
    }

    fn download_from(&self, index: PeerIndex, neighbour: &Neighbour) -> &Download {
        let connection = &self.connections[neighbour.connection as usize];
        &connection.ends[connection.side_of(index)].download
    }

    /// Tells whom a seed of the start serves of a piece that it has given to nobody.
    ///
    /// BEP 6, "suggest piece": the peers of a swarm cannot see which pieces others are just
    /// getting from the seed, and ask for the same ones. BEP 16 says that a seed without such a
    /// remedy sends 1.5 to 2 times the file before the first copy is whole elsewhere.
    pub(super) fn suggest<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        connection: ConnectionIndex,
        side: usize,
    ) {
        let is_rarest_first = self.settings.piece_selection == PieceSelection::RarestFirst;
        if !self.settings.suggest_pieces || !is_rarest_first {
            return;
        }
        let end = &mut self.connections[connection as usize].ends[side];
        let peer = &mut self.peers[end.peer as usize];
        let Some(piece) = peer.pieces.any_ungiven(&mut peer.stream) else {
            return;
        };
        end.upload.suggested.push(piece);
        self.say(world, connection, side, What::Suggest(piece));
    }

    pub(super) fn on_suggest(&mut self, connection: ConnectionIndex, side: usize, piece: u32) {
        let download = &mut self.connections[connection as usize].ends[side].download;
        download.suggested.push_back(piece);
    }

    /// A seed is asked for `piece`: it suggests it to nobody else.
    pub(super) fn note_given(&mut self, connection: ConnectionIndex, side: usize, piece: u32) {
        let end = &mut self.connections[connection as usize].ends[side];
        if self.peers[end.peer as usize].pieces.ungiven.remove(piece) {
            end.upload.suggested.push(piece);
        }
    }

    /// What was suggested over this connection and is not being sent can be suggested to others.
    pub(super) fn take_back_suggestions(&mut self, connection: ConnectionIndex, side: usize) {
        let end = &mut self.connections[connection as usize].ends[side];
        let sending = end.upload.sending.map(|(_, request)| request.piece);
        let pieces: &mut Pieces = &mut self.peers[end.peer as usize].pieces;
        end.upload.suggested.retain(|&piece| {
            let is_kept = Some(piece) == sending;
            if !is_kept && pieces.is_seen_nowhere(piece) {
                pieces.ungiven.insert(piece);
            }
            is_kept
        });
    }
}
