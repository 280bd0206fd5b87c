//! Whom a peer serves: tit for tat while it lacks pieces, turn and turn about when it has all.

use super::connection::{ConnectionIndex, listed};
use super::peer::Neighbour;
use super::{Bytes, Composition, Duration, Finder, PeerIndex, State, Swarm, Time, What, World};
use crate::engine::Envelope;

/// Room for the lists of a rechoke, empty between two of them.
#[derive(Debug, Default)]
pub struct Lists {
    /// Who gives and wants, with what it has given and whether it is served.
    givers: Vec<(Bytes, bool, ConnectionIndex)>,
    /// Who is served already, with the instant since when.
    turns: Vec<(Time, ConnectionIndex)>,
    familiar: Vec<ConnectionIndex>,
    strange: Vec<ConnectionIndex>,
    /// Who is to be served.
    served: Vec<ConnectionIndex>,
    /// Who was served before.
    before: Vec<ConnectionIndex>,
}

impl Lists {
    fn clear(&mut self) {
        let Lists { givers, turns, familiar, strange, served, before } = self;
        givers.clear();
        turns.clear();
        for list in [familiar, strange, served, before] {
            list.clear();
        }
    }
}

impl<E: Envelope> Swarm<E> {
    /// The end at `side` lets the other ask for pieces from now on, or no longer.
    pub(super) fn let_ask(&mut self, connection: ConnectionIndex, side: usize, is_unchoked: bool) {
        let end = &mut self.connections[connection as usize].ends[side];
        if end.upload.is_unchoked != is_unchoked {
            end.upload.is_unchoked = is_unchoked;
            let peer = &mut self.peers[end.peer as usize];
            listed(&mut peer.serves, connection, is_unchoked);
            if let Some(neighbour) = peer.neighbour(connection) {
                neighbour.is_served = is_unchoked;
            }
        }
    }

    /// The end at `side` may ask for pieces from now on, or no longer.
    pub(super) fn may_ask(&mut self, connection: ConnectionIndex, side: usize, is_unchoked: bool) {
        let end = &mut self.connections[connection as usize].ends[side];
        if end.may_ask != is_unchoked {
            end.may_ask = is_unchoked;
            listed(&mut self.peers[end.peer as usize].served_by, connection, is_unchoked);
        }
    }

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
        // Taken out, because who decides and who is decided upon are parts of the swarm as well.
        let mut lists = std::mem::take(&mut self.lists);
        if self.peers[index as usize].pieces.is_complete() {
            self.close_to_complete(world, index);
            self.take_turns(index, &mut lists);
        } else {
            self.account_for_what_comes(world, index);
            self.reciprocate(index, &mut lists);
        }
        self.serve_only(world, index, &mut lists);
        lists.clear();
        self.lists = lists;
    }

    /// Tit for tat: those who gave most in the last two intervals, and one on trial.
    fn reciprocate(&mut self, index: PeerIndex, lists: &mut Lists) {
        let Lists { givers, familiar, strange, served, .. } = lists;
        let peer = &mut self.peers[index as usize];
        let mut is_optimistic_wanting = false;
        for (neighbour, account) in peer.neighbours.iter_mut().zip(&mut peer.accounts) {
            let mut given = Bytes::ZERO;
            if neighbour.is_giving {
                given = account.given();
                neighbour.is_giving = !account.is_at_rest();
            }
            if !neighbour.is_wanting {
                continue;
            }
            let connection = neighbour.connection;
            is_optimistic_wanting |= peer.optimistic == Some(connection);
            if given > Bytes::ZERO {
                givers.push((given, neighbour.is_served, connection));
            } else if neighbour.is_served {
                familiar.push(connection);
            } else {
                strange.push(connection);
            }
        }
        // Equals in random order, but whoever is served already before others.
        peer.stream.shuffle(givers);
        givers.sort_by(|a, b| b.0.cmp(&a.0).then(b.1.cmp(&a.1)));
        let regular = (givers.len() + familiar.len() + strange.len()).min(peer.slots - 1);
        let (best, beaten) = givers.split_at(givers.len().min(regular));
        served.extend(best.iter().map(|&(.., connection)| connection));
        for equals in [&mut *familiar, &mut *strange] {
            while served.len() < regular && !equals.is_empty() {
                served.push(equals.swap_remove(peer.stream.below(equals.len())));
            }
        }
        let is_trial_over = peer.rechokes.is_multiple_of(self.settings.optimistic_rounds);
        let is_optimistic_regular =
            peer.optimistic.is_some_and(|connection| served.contains(&connection));
        if is_trial_over || !is_optimistic_wanting || is_optimistic_regular {
            // Somebody who is not served yet, so that everybody gets a chance.
            let beaten_waiting = || beaten.iter().filter(|(_, is_served, _)| !is_served);
            let beaten_count = beaten_waiting().count();
            let count = beaten_count + strange.len();
            let place = (count > 0).then(|| peer.stream.below(count));
            let chosen = place.and_then(|place| match place.checked_sub(beaten_count) {
                None => beaten_waiting().nth(place).map(|&(.., connection)| connection),
                Some(place) => strange.get(place).copied(),
            });
            let first = || beaten.first().map(|&(.., connection)| connection);
            peer.optimistic = chosen.or_else(first).or(familiar.first().copied());
        }
        served.extend(peer.optimistic);
    }

    /// Books what is on its way from those that let `index` ask.
    fn account_for_what_comes<F: Finder>(
        &mut self,
        world: &World<'_, Composition<F, Self>>,
        index: PeerIndex,
    ) {
        let Swarm { peers, connections, .. } = self;
        let peer = &mut peers[index as usize];
        for place in 0..peer.served_by.len() {
            let connection = peer.served_by[place];
            let ends = &connections[connection as usize].ends;
            let other = &ends[usize::from(ends[0].peer == index)];
            if let Some((transfer, _)) = other.upload.sending {
                peer.receives(connection, world.progress(transfer));
            }
        }
    }

    /// A seed gives each who wants a turn: while somebody waits, whoever was served longest
    /// makes room in two of three rounds.
    fn take_turns(&mut self, index: PeerIndex, lists: &mut Lists) {
        let Lists { turns, strange: waiting, served, .. } = lists;
        let peer = &mut self.peers[index as usize];
        for neighbour in peer.neighbours.iter().filter(|neighbour| neighbour.is_wanting) {
            let connection = neighbour.connection;
            if neighbour.is_served {
                let ends = &self.connections[connection as usize].ends;
                let upload = &ends[usize::from(ends[0].peer != index)].upload;
                turns.push((upload.unchoked_since, connection));
            } else {
                waiting.push(connection);
            }
        }
        turns.sort_unstable();
        let is_turn = !peer.rechokes.is_multiple_of(3);
        let is_one_out = turns.len() >= peer.slots && !waiting.is_empty() && is_turn;
        let stay = turns.iter().skip(usize::from(is_one_out));
        served.extend(stay.map(|&(_, connection)| connection));
        while served.len() < peer.slots && !waiting.is_empty() {
            served.push(waiting.swap_remove(peer.stream.below(waiting.len())));
        }
    }

    /// Chokes all neighbours but those that are to be served, and unchokes those.
    fn serve_only<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        index: PeerIndex,
        lists: &mut Lists,
    ) {
        let Lists { served, before, .. } = lists;
        before.extend(&self.peers[index as usize].serves);
        for &connection in before.iter().filter(|connection| !served.contains(connection)) {
            let side = self.connections[connection as usize].side_of(index);
            self.choke(world, connection, side);
        }
        // Who is being sent a last piece keeps its place until it has it.
        let peer = &self.peers[index as usize];
        let room = (peer.slots + 1).saturating_sub(peer.serves.len() + peer.finishing.len());
        let newcomers = served.iter().filter(|connection| !before.contains(connection));
        for &connection in newcomers.take(room) {
            let side = self.connections[connection as usize].side_of(index);
            self.unchoke(world, connection, side);
        }
    }

    /// The piece at hand is finished: half a piece is of no use to anybody, and whoever sends it
    /// may be the only one who has it.
    fn choke<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        connection: ConnectionIndex,
        side: usize,
    ) {
        let end = &mut self.connections[connection as usize].ends[side];
        let index = end.peer;
        match end.upload.sending {
            Some((_, request)) => {
                end.upload.queue.clear();
                self.let_ask(connection, side, false);
                self.peers[index as usize].finishing.push(connection);
                self.take_back_suggestions(connection, side);
                self.say(world, connection, side, What::LastPiece(request.piece));
            }
            None => {
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
        self.let_ask(connection, side, true);
        let upload = &mut self.connections[connection as usize].ends[side].upload;
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
        let end = &self.connections[connection as usize].ends[side];
        let (index, is_unchoked) = (end.peer, end.upload.is_unchoked);
        if let Some(neighbour) = self.peers[index as usize].neighbour(connection) {
            neighbour.is_wanting = true;
        }
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
        let end = &self.connections[connection as usize].ends[side];
        let (index, is_unchoked) = (end.peer, end.upload.is_unchoked);
        if let Some(neighbour) = self.peers[index as usize].neighbour(connection) {
            neighbour.is_wanting = false;
        }
        if !is_unchoked {
            return;
        }
        let broken = self.stop_sending(world, connection, side);
        self.say(world, connection, side, What::Choke(broken));
        if self.served_count(index) >= self.peers[index as usize].slots {
            return;
        }
        let peer = &mut self.peers[index as usize];
        let waiting = || {
            peer.neighbours.iter().filter(|neighbour| neighbour.is_wanting && !neighbour.is_served)
        };
        let count = waiting().count();
        if count > 0
            && let Some(neighbour) = waiting().nth(peer.stream.below(count))
        {
            let connection = neighbour.connection;
            let side = self.connections[connection as usize].side_of(index);
            self.unchoke(world, connection, side);
        }
    }

    /// How many neighbours are being served.
    fn served_count(&self, index: PeerIndex) -> usize {
        let neighbours = &self.peers[index as usize].neighbours;
        let is_served = |neighbour: &&Neighbour| neighbour.is_wanting && neighbour.is_served;
        neighbours.iter().filter(is_served).count()
    }

    /// Two complete peers have nothing to say to each other.
    fn close_to_complete<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        index: PeerIndex,
    ) {
        let mut place = 0;
        while let Some(&neighbour) = self.peers[index as usize].neighbours.get(place) {
            place += 1;
            if neighbour.is_wanting {
                continue;
            }
            let connection = neighbour.connection;
            // Who lacks anything is interested in a complete peer, as soon as it has heard of its
            // last piece and its answer has come back.
            let side = self.connections[connection as usize].side_of(index);
            let end = &self.connections[connection as usize].ends[side];
            let latency = world.latency(end.node, neighbour.node).unwrap_or(Duration::ZERO);
            let is_answered = world.now().since(end.last_news) > latency.scaled(2.5);
            if end.state == State::Open && is_answered {
                let broken = self.stop_sending(world, connection, side);
                self.say(world, connection, side, What::Bye(broken));
                self.close(world, connection, side);
                // The next one has moved to its place.
                place -= 1;
            }
        }
    }
}
