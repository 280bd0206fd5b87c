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
        self.account_for_what_comes(world, index);
        let peer = &mut self.peers[index as usize];
        let (mut givers, mut others) = (Vec::new(), Vec::new());
        for (&connection, account) in peer.connections.iter().zip(&mut peer.accounts) {
            match account.given() {
                _ if !account.is_wanting => {}
                Bytes::ZERO => others.push(connection),
                given => givers.push((given, peer.serves.contains(&connection), connection)),
            }
        }
        // Equals in random order, but whoever is served already before others.
        peer.stream.shuffle(&mut givers);
        givers.sort_by(|a, b| b.0.cmp(&a.0).then(b.1.cmp(&a.1)));
        let regular = (givers.len() + others.len()).min(peer.slots - 1);
        let mut served: Vec<ConnectionIndex> = givers.iter().map(|&(.., c)| c).collect();
        let beaten = served.split_off(served.len().min(regular));
        let (mut familiar, mut strange): (Vec<_>, Vec<_>) =
            others.into_iter().partition(|connection| peer.serves.contains(connection));
        for equals in [&mut familiar, &mut strange] {
            while served.len() < regular && !equals.is_empty() {
                served.push(equals.swap_remove(peer.stream.below(equals.len())));
            }
        }
        let is_trial_over = peer.rechokes.is_multiple_of(self.settings.optimistic_rounds);
        let rest = || beaten.iter().chain(&familiar).chain(&strange).copied();
        if is_trial_over || !rest().any(|connection| peer.optimistic == Some(connection)) {
            // Somebody who is not served yet, so that everybody gets a chance.
            let waiting: Vec<ConnectionIndex> =
                rest().filter(|connection| !peer.serves.contains(connection)).collect();
            peer.optimistic = peer.stream.choose(&waiting).copied().or(rest().next());
        }
        served.extend(peer.optimistic);
        self.serve_only(world, index, &served);
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
            if let Some((transfer, _)) = other.upload.sending
                && let Some(account) = peer.account(connection)
            {
                account.on_its_way = world.progress(transfer);
            }
        }
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
        for (&connection, _) in
            peer.connections.iter().zip(&peer.accounts).filter(|(_, account)| account.is_wanting)
        {
            let ends = &self.connections[connection as usize].ends;
            let upload = &ends[usize::from(ends[0].peer != index)].upload;
            if upload.is_unchoked {
                served.push((upload.unchoked_since, connection));
            } else {
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
        let before = self.peers[index as usize].serves.clone();
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
        if let Some(account) = self.peers[index as usize].account(connection) {
            account.is_wanting = true;
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
        if let Some(account) = self.peers[index as usize].account(connection) {
            account.is_wanting = false;
        }
        if !is_unchoked {
            return;
        }
        let broken = self.stop_sending(world, connection, side);
        self.say(world, connection, side, What::Choke(broken));
        let peer = &self.peers[index as usize];
        let waiting: Vec<ConnectionIndex> = peer
            .connections
            .iter()
            .zip(&peer.accounts)
            .filter(|(connection, account)| account.is_wanting && !peer.serves.contains(connection))
            .map(|(&connection, _)| connection)
            .collect();
        if self.served_count(index) < self.peers[index as usize].slots
            && let Some(&connection) = self.peers[index as usize].stream.choose(&waiting)
        {
            let side = self.connections[connection as usize].side_of(index);
            self.unchoke(world, connection, side);
        }
    }

    /// How many neighbours are being served.
    fn served_count(&self, index: PeerIndex) -> usize {
        let peer = &self.peers[index as usize];
        peer.serves.iter().filter(|&&connection| peer.is_wanting(connection)).count()
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
            let is_wanting = self.peers[index as usize].is_wanting(connection);
            if end.state == State::Open && !is_wanting && is_answered {
                let broken = self.stop_sending(world, connection, side);
                self.say(world, connection, side, What::Bye(broken));
                self.close(world, connection, side);
            }
        }
    }
}
