//! A peer of a swarm: what it has, what it lacks, and which piece it asks for next.

use super::bitfield::Bitfield;
use super::connection::{ConnectionIndex, PieceRequest};
use super::settings::PieceSelection;
use crate::model::ObjectId;
use crate::network::{Bottleneck, NodeId};
use crate::random::Stream;
use crate::units::{Bytes, Duration, Time};

pub type PeerIndex = u32;

#[derive(Debug)]
pub struct Peer {
    pub node: NodeId,
    pub object: ObjectId,
    /// Takes part; a peer that has left keeps its pieces.
    pub is_active: bool,
    /// It took part when its node went down.
    pub is_interrupted: bool,
    /// Counts the times it has joined; voids timers of earlier times.
    pub session: u32,
    pub neighbours: Vec<Neighbour>,
    /// What tit for tat must know of each of them, at the same place.
    pub accounts: Vec<Account>,
    /// Those that it lets ask, and those that let it ask; all others need no look.
    pub serves: Vec<ConnectionIndex>,
    pub served_by: Vec<ConnectionIndex>,
    /// Those that it sends one more piece.
    pub finishing: Vec<ConnectionIndex>,
    pub slots: usize,
    pub optimistic: Option<ConnectionIndex>,
    pub rechokes: u32,
    /// When the first byte for it left somebody.
    pub started: Option<Time>,
    pub last_announce: Time,
    pub stream: Stream,
    /// What limited its pieces, and how long.
    pub limits: Vec<(Bottleneck, Duration)>,
    pub pieces: Pieces,
}

/// A neighbour in few bytes: every rechoke goes through all of them.
#[derive(Clone, Copy, Debug)]
pub struct Neighbour {
    pub connection: ConnectionIndex,
    pub node: NodeId,
    /// It has said that it wants something.
    pub is_wanting: bool,
    /// It is among those that the peer lets ask.
    pub is_served: bool,
    /// Its account may change at the next rechoke.
    pub is_giving: bool,
    /// Something that it was asked for is not yet complete.
    pub is_asked: bool,
}

/// What a neighbour has given.
#[derive(Clone, Copy, Debug, Default)]
pub struct Account {
    /// Bytes from it in finished and broken transfers.
    pub received: Bytes,
    /// Bytes of the transfer that is on its way.
    pub on_its_way: Bytes,
    /// The sum of both at the last two rechokes, the older first.
    pub marks: [Bytes; 2],
}

impl Account {
    /// What it has given in the last two intervals; another interval begins.
    pub fn given(&mut self) -> Bytes {
        let total = self.received + std::mem::take(&mut self.on_its_way);
        let given = total - self.marks[0];
        self.marks = [self.marks[1], total];
        given
    }

    /// Whether the next interval adds nothing, unless more comes: then there is nothing to book.
    pub fn is_at_rest(&self) -> bool {
        self.marks == [self.received; 2]
    }
}

impl Peer {
    pub fn add_neighbour(&mut self, connection: ConnectionIndex, node: NodeId) {
        self.neighbours.push(Neighbour {
            connection,
            node,
            is_wanting: false,
            is_served: false,
            is_giving: false,
            is_asked: false,
        });
        self.accounts.push(Account::default());
    }

    pub fn remove_neighbour(&mut self, connection: ConnectionIndex) {
        if let Some(place) = self.place(connection) {
            self.neighbours.remove(place);
            self.accounts.remove(place);
        }
    }

    /// The neighbour of a connection, while it is one.
    pub fn neighbour(&mut self, connection: ConnectionIndex) -> Option<&mut Neighbour> {
        let place = self.place(connection)?;
        self.neighbours.get_mut(place)
    }

    /// Something that the neighbour was asked for is not yet complete, or nothing is.
    pub fn asked(&mut self, connection: ConnectionIndex, is_asked: bool) {
        if let Some(neighbour) = self.neighbour(connection) {
            neighbour.is_asked = is_asked;
        }
    }

    pub fn connection_with(&self, node: NodeId) -> Option<ConnectionIndex> {
        let neighbour = self.neighbours.iter().find(|neighbour| neighbour.node == node)?;
        Some(neighbour.connection)
    }

    fn place(&self, connection: ConnectionIndex) -> Option<usize> {
        self.neighbours.iter().position(|neighbour| neighbour.connection == connection)
    }

    /// The account of a neighbour that gives something, while it is one.
    fn account_of_giver(&mut self, connection: ConnectionIndex) -> Option<&mut Account> {
        let place = self.place(connection)?;
        self.neighbours[place].is_giving = true;
        self.accounts.get_mut(place)
    }

    /// `bytes` of a transfer of a neighbour have arrived.
    pub fn received(&mut self, connection: ConnectionIndex, bytes: Bytes) {
        if let Some(account) = self.account_of_giver(connection) {
            account.received += bytes;
        }
    }

    /// `bytes` of the transfer that is on its way from a neighbour have arrived so far.
    pub fn receives(&mut self, connection: ConnectionIndex, bytes: Bytes) {
        if let Some(account) = self.account_of_giver(connection) {
            account.on_its_way = bytes;
        }
    }

    /// `bottleneck` limited a piece for this long.
    pub fn limited(&mut self, bottleneck: Bottleneck, span: Duration) {
        match self.limits.iter_mut().find(|(known, _)| *known == bottleneck) {
            Some((_, sum)) => *sum += span,
            None => self.limits.push((bottleneck, span)),
        }
    }
}

/// The pieces of one peer.
#[derive(Debug)]
pub struct Pieces {
    size: Bytes,
    piece_size: Bytes,
    piece_count: u32,
    pub have: Bitfield,
    /// Missing and asked of nobody.
    wanted: Bitfield,
    /// How many neighbours have each piece.
    availability: Vec<u16>,
    /// How many neighbours are asked for each piece.
    in_flight: Vec<u16>,
    /// Pieces begun and broken off, with the bytes that have arrived, oldest first.
    partial: Vec<(u32, u32)>,
    /// Pieces that nobody is known to have besides this seed of the start.
    pub ungiven: Bitfield,
}

impl Pieces {
    pub fn none(size: Bytes, piece_size: Bytes) -> Pieces {
        let piece_count = size.pieces_of(piece_size) as u32;
        Pieces {
            size,
            piece_size,
            piece_count,
            have: Bitfield::empty(piece_count),
            wanted: Bitfield::full(piece_count),
            availability: vec![0; piece_count as usize],
            in_flight: vec![0; piece_count as usize],
            partial: Vec::new(),
            ungiven: Bitfield::empty(piece_count),
        }
    }

    pub fn all(size: Bytes, piece_size: Bytes) -> Pieces {
        let piece_count = size.pieces_of(piece_size) as u32;
        Pieces {
            have: Bitfield::full(piece_count),
            wanted: Bitfield::empty(piece_count),
            ungiven: Bitfield::full(piece_count),
            ..Pieces::none(size, piece_size)
        }
    }

    pub fn is_complete(&self) -> bool {
        self.have.count() == self.piece_count
    }

    /// Bytes that answer `request`.
    pub fn bytes_of(&self, request: PieceRequest) -> Bytes {
        let start = u64::from(request.piece) * self.piece_size.count();
        let length = self.piece_size.count().min(self.size.count() - start);
        Bytes::new(length) - Bytes::new(u64::from(request.offset))
    }

    /// Bytes that are missing of `piece`.
    pub fn rest_of(&self, piece: u32) -> Bytes {
        self.bytes_of(PieceRequest { piece, offset: self.arrived_of(piece) })
    }

    /// One of the pieces that this seed has given to nobody; it counts as given from now on.
    pub fn any_ungiven(&mut self, stream: &mut Stream) -> Option<u32> {
        let count = self.ungiven.count() as usize;
        let place = (count > 0).then(|| stream.below(count))?;
        let piece = self.ungiven.iter().nth(place)?;
        self.ungiven.remove(piece);
        Some(piece)
    }

    /// A neighbour has `piece`; returns whether this peer lacks it.
    pub fn seen(&mut self, piece: u32) -> bool {
        // All but the seeds of the start have none, and need no look.
        if self.ungiven.count() > 0 {
            self.ungiven.remove(piece);
        }
        self.availability[piece as usize] += 1;
        !self.have.contains(piece)
    }

    /// Whether no neighbour is known to have `piece`.
    pub fn is_seen_nowhere(&self, piece: u32) -> bool {
        self.availability[piece as usize] == 0
    }

    /// A neighbour with these pieces has gone.
    pub fn unseen(&mut self, known: &Bitfield) {
        for piece in known.iter() {
            self.availability[piece as usize] -= 1;
        }
    }

    /// The next piece to ask of a neighbour that has `known`.
    ///
    /// First what was broken off, so that few pieces are half done; then by `selection`.
    pub fn choose(
        &mut self,
        known: &Bitfield,
        selection: PieceSelection,
        stream: &mut Stream,
    ) -> Option<PieceRequest> {
        if self.wanted.count() == 0 {
            return None;
        }
        let begun = self
            .partial
            .iter()
            .map(|&(piece, _)| piece)
            .find(|&piece| self.wanted.contains(piece) && known.contains(piece));
        let piece = begun.or_else(|| {
            let candidates = self.wanted.common(known);
            match selection {
                PieceSelection::RarestFirst => {
                    least(candidates, |piece| self.availability[piece as usize], stream)
                }
                PieceSelection::Random => least(candidates, |_| 0, stream),
                PieceSelection::InOrder => self.wanted.common(known).next(),
            }
        });
        piece.map(|piece| self.ask(piece))
    }

    /// The request for what is missing of `piece`.
    pub fn ask(&mut self, piece: u32) -> PieceRequest {
        self.wanted.remove(piece);
        self.in_flight[piece as usize] += 1;
        PieceRequest { piece, offset: self.arrived_of(piece) }
    }

    /// Missing and asked of nobody.
    pub fn is_wanted(&self, piece: u32) -> bool {
        self.wanted.contains(piece)
    }

    /// Whether all that is missing has been asked for: the end game.
    pub fn is_end_game(&self) -> bool {
        self.wanted.count() == 0 && !self.is_complete()
    }

    /// `request` has come to nothing after `arrived` bytes; what has arrived is kept.
    ///
    /// Returns the bytes that are of no use because they have come from somebody else as well.
    pub fn broken_off(&mut self, request: PieceRequest, arrived: Bytes) -> Bytes {
        let PieceRequest { piece, offset } = request;
        self.in_flight[piece as usize] -= 1;
        if self.have.contains(piece) {
            return arrived;
        }
        if self.in_flight[piece as usize] == 0 {
            self.wanted.insert(piece);
        }
        let reached = offset + arrived.count() as u32;
        let before = self.arrived_of(piece);
        if reached <= before {
            return arrived;
        }
        match self.partial.iter_mut().find(|(begun, _)| *begun == piece) {
            Some((_, bytes)) => *bytes = reached,
            None => self.partial.push((piece, reached)),
        }
        arrived - Bytes::new(u64::from(reached - before))
    }

    /// Bytes after the offset of `request` that a copy has brought meanwhile.
    pub fn come_twice(&self, request: PieceRequest) -> Bytes {
        let arrived = self.arrived_of(request.piece);
        Bytes::new(u64::from(arrived.saturating_sub(request.offset)))
    }

    /// `piece` has arrived whole; returns whether it was missing.
    pub fn completed(&mut self, piece: u32) -> bool {
        self.in_flight[piece as usize] -= 1;
        self.partial.retain(|&(begun, _)| begun != piece);
        self.have.insert(piece)
    }

    /// How many neighbours are asked for `piece`.
    pub fn copies_under_way(&self, piece: u32) -> u16 {
        self.in_flight[piece as usize]
    }

    /// Bytes of an unfinished `piece` that have arrived.
    fn arrived_of(&self, piece: u32) -> u32 {
        let begun = self.partial.iter().find(|&&(begun, _)| begun == piece);
        begun.map_or(0, |&(_, bytes)| bytes)
    }
}

/// The candidate with the least key; equals at random.
fn least(
    candidates: impl Iterator<Item = u32>,
    key: impl Fn(u32) -> u16,
    stream: &mut Stream,
) -> Option<u32> {
    let mut best = None;
    let mut best_key = u16::MAX;
    let mut equals = 0;
    for candidate in candidates {
        let key = key(candidate);
        if key < best_key || best.is_none() {
            (best, best_key, equals) = (Some(candidate), key, 1);
        } else if key == best_key {
            equals += 1;
            // Each of n equals is kept with probability 1/n.
            if stream.below(equals) == 0 {
                best = Some(candidate);
            }
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Key;

    fn pieces() -> Pieces {
        // 10 pieces of 64 KiB, the last one of 1,000 bytes.
        Pieces::none(Bytes::new(9 * 65_536 + 1000), Bytes::new(65_536))
    }

    #[test]
    fn the_rarest_piece_comes_first() {
        let mut pieces = pieces();
        let full = Bitfield::full(10);
        for piece in full.iter() {
            pieces.seen(piece);
            if piece != 7 {
                pieces.seen(piece);
            }
        }
        let mut stream = Key::root(1, 0).stream();
        let chosen = pieces.choose(&full, PieceSelection::RarestFirst, &mut stream);
        assert_eq!(chosen, Some(PieceRequest { piece: 7, offset: 0 }));
    }

    #[test]
    fn a_broken_piece_goes_on_where_it_stopped() {
        let mut pieces = pieces();
        let full = Bitfield::full(10);
        let mut stream = Key::root(1, 0).stream();
        let first = pieces.choose(&full, PieceSelection::InOrder, &mut stream).unwrap();
        assert_eq!(pieces.bytes_of(first), Bytes::new(65_536));
        assert_eq!(pieces.broken_off(first, Bytes::new(40_000)), Bytes::ZERO);
        let again = pieces.choose(&full, PieceSelection::RarestFirst, &mut stream);
        assert_eq!(again, Some(PieceRequest { piece: 0, offset: 40_000 }));
        assert_eq!(pieces.bytes_of(again.unwrap()), Bytes::new(25_536));
        assert_eq!(pieces.bytes_of(PieceRequest { piece: 9, offset: 0 }), Bytes::new(1000));
    }

    #[test]
    fn of_two_copies_under_way_the_longer_one_is_kept() {
        let mut pieces = Pieces::none(Bytes::new(1000), Bytes::new(1000));
        let full = Bitfield::full(1);
        let mut stream = Key::root(1, 0).stream();
        let mut choose = |pieces: &mut Pieces| {
            pieces.choose(&full, PieceSelection::RarestFirst, &mut stream).unwrap()
        };
        let (first, second) = (choose(&mut pieces), pieces.ask(0));
        assert_eq!(pieces.broken_off(first, Bytes::new(300)), Bytes::ZERO);
        // 700 bytes have come, 300 of them for the second time.
        assert_eq!(pieces.broken_off(second, Bytes::new(700)), Bytes::new(300));
        assert_eq!(choose(&mut pieces), PieceRequest { piece: 0, offset: 700 });
    }

    #[test]
    fn nothing_is_chosen_twice() {
        let mut pieces = pieces();
        let full = Bitfield::full(10);
        let mut stream = Key::root(1, 0).stream();
        let mut choose = || {
            let chosen = pieces.choose(&full, PieceSelection::Random, &mut stream);
            chosen.map(|request| request.piece)
        };
        let mut chosen: Vec<u32> = (0..10).filter_map(|_| choose()).collect();
        chosen.sort_unstable();
        assert_eq!(chosen, (0..10).collect::<Vec<_>>());
        assert_eq!(choose(), None);
        assert!(pieces.is_end_game());
    }

    #[test]
    fn a_seed_names_each_piece_once() {
        let mut pieces = Pieces::all(Bytes::new(9 * 65_536 + 1000), Bytes::new(65_536));
        let mut stream = Key::root(1, 0).stream();
        let mut named: Vec<u32> = std::iter::from_fn(|| pieces.any_ungiven(&mut stream)).collect();
        named.sort_unstable();
        assert_eq!(named, (0..10).collect::<Vec<_>>());
    }
}
