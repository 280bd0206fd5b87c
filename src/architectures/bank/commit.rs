//! Two-phase commit with presumed abort: what each end does, as a table without time or network.
//!
//! The payer's server coordinates. It asks the payee's server to prepare, writes "commit" when
//! that has voted yes, and tells it until it hears that it is done. Of what it does not remember
//! it says "abort": an abort is therefore never written, nor acknowledged, and a coordinator that
//! went down before its decision was on disk has aborted. Who has voted yes waits in doubt for
//! the verdict, and asks for it. Sources: Gray and Lamport, "Consensus on transaction commit", ACM
//! TODS 31(1), 2006, section 3; Mohan, Lindsay and Obermarck 1986, section 3.

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Verdict {
    Commit,
    Abort,
}

/// What the coordinator remembers of a transfer; it remembers only `Committed` over a crash.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Coordinator {
    Voting,
    /// "Commit" is being written.
    Deciding,
    Committed,
}

/// What the participant remembers of a transfer; it remembers only `Prepared` over a crash.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Participant {
    /// It works, waits for the account, or writes "prepared".
    Preparing,
    Prepared,
    /// "Finish" is being written.
    Finishing,
}

/// What an end does next.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Step {
    Nothing,
    /// The coordinator writes "commit".
    WriteCommit,
    /// The coordinator forgets the transfer and says "abort".
    Abort,
    /// The coordinator says what it knows.
    Tell(Verdict),
    /// The participant begins to prepare.
    Prepare,
    /// The participant says yes once more.
    VoteYes,
    /// The participant writes "finish".
    WriteFinish,
    /// The participant forgets the transfer.
    Forget,
    /// The participant says that it is done.
    SayDone,
}

impl Coordinator {
    pub fn on_vote(state: Option<Coordinator>, is_yes: bool) -> Step {
        match (state, is_yes) {
            (Some(Coordinator::Voting), true) => Step::WriteCommit,
            (Some(Coordinator::Voting), false) => Step::Abort,
            // A vote that was said twice.
            (Some(Coordinator::Deciding), _) => Step::Nothing,
            (Some(Coordinator::Committed), _) => Step::Tell(Verdict::Commit),
            // Who has voted no has forgotten it.
            (None, false) => Step::Nothing,
            (None, true) => Step::Tell(Verdict::Abort),
        }
    }

    pub fn on_inquiry(state: Option<Coordinator>) -> Step {
        match state {
            // The verdict is on its way to being one.
            Some(Coordinator::Voting | Coordinator::Deciding) => Step::Nothing,
            Some(Coordinator::Committed) => Step::Tell(Verdict::Commit),
            None => Step::Tell(Verdict::Abort),
        }
    }

    pub fn on_timeout(state: Option<Coordinator>) -> Step {
        match state {
            Some(Coordinator::Voting) => Step::Abort,
            Some(Coordinator::Committed) => Step::Tell(Verdict::Commit),
            Some(Coordinator::Deciding) | None => Step::Nothing,
        }
    }
}

impl Participant {
    pub fn on_prepare(state: Option<Participant>) -> Step {
        match state {
            None => Step::Prepare,
            Some(Participant::Preparing | Participant::Finishing) => Step::Nothing,
            Some(Participant::Prepared) => Step::VoteYes,
        }
    }

    pub fn on_verdict(state: Option<Participant>, verdict: Verdict) -> Step {
        match (state, verdict) {
            (Some(Participant::Prepared), Verdict::Commit) => Step::WriteFinish,
            (Some(Participant::Preparing | Participant::Prepared), Verdict::Abort) => Step::Forget,
            // Who has finished has forgotten it, and was not heard.
            (None, Verdict::Commit) => Step::SayDone,
            (None, Verdict::Abort) => Step::Nothing,
            (Some(Participant::Finishing), _) => Step::Nothing,
            (Some(Participant::Preparing), Verdict::Commit) => {
                unreachable!("nobody commits what was not voted for")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashSet};

    use super::*;

    #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
    enum Said {
        Prepare,
        Yes,
        No,
        Commit,
        Abort,
        Done,
        Inquire,
    }

    /// Both ends of one transfer and what is on its way: messages are delivered in any order, any
    /// number of times or never, and both ends go down whenever they like.
    #[derive(Clone, PartialEq, Eq, Hash, Debug)]
    struct World {
        coordinator: Option<Coordinator>,
        participant: Option<Participant>,
        has_debited: bool,
        has_credited: bool,
        said: BTreeSet<Said>,
    }

    impl World {
        fn say(&mut self, said: Said) {
            self.said.insert(said);
        }

        fn act(&mut self, step: Step) {
            match step {
                Step::Nothing => {}
                Step::WriteCommit => self.coordinator = Some(Coordinator::Deciding),
                Step::Abort => {
                    self.coordinator = None;
                    self.say(Said::Abort);
                }
                Step::Tell(Verdict::Commit) => self.say(Said::Commit),
                Step::Tell(Verdict::Abort) => self.say(Said::Abort),
                Step::Prepare => self.participant = Some(Participant::Preparing),
                Step::VoteYes => self.say(Said::Yes),
                Step::WriteFinish => self.participant = Some(Participant::Finishing),
                Step::Forget => self.participant = None,
                Step::SayDone => self.say(Said::Done),
            }
        }

        fn hears(&mut self, said: Said) {
            let step = match said {
                // A coordinator asks once in a round, and a late question finds a round that is
                // over: the participant prepares in vain.
                Said::Prepare if self.has_credited => return,
                Said::Prepare => Participant::on_prepare(self.participant),
                Said::Yes => Coordinator::on_vote(self.coordinator, true),
                Said::No => Coordinator::on_vote(self.coordinator, false),
                Said::Commit => Participant::on_verdict(self.participant, Verdict::Commit),
                Said::Abort => Participant::on_verdict(self.participant, Verdict::Abort),
                Said::Inquire => Coordinator::on_inquiry(self.coordinator),
                Said::Done => {
                    if self.coordinator == Some(Coordinator::Committed) {
                        self.coordinator = None;
                    }
                    return;
                }
            };
            self.act(step);
        }

        /// Everything that can happen next.
        fn next(&self) -> Vec<World> {
            let mut next = Vec::new();
            let mut happens = |change: &dyn Fn(&mut World)| {
                let mut world = self.clone();
                change(&mut world);
                next.push(world);
            };
            for &said in &self.said {
                happens(&|world| world.hears(said));
                happens(&|world| {
                    world.said.remove(&said);
                    world.hears(said);
                });
                happens(&|world| {
                    world.said.remove(&said);
                });
            }
            happens(&|world| world.act(Coordinator::on_timeout(world.coordinator)));
            if self.coordinator == Some(Coordinator::Deciding) {
                happens(&|world| {
                    world.coordinator = Some(Coordinator::Committed);
                    world.has_debited = true;
                    world.say(Said::Commit);
                });
            }
            match self.participant {
                Some(Participant::Preparing) => {
                    happens(&|world| {
                        world.participant = Some(Participant::Prepared);
                        world.say(Said::Yes);
                    });
                    happens(&|world| {
                        world.participant = None;
                        world.say(Said::No);
                    });
                }
                Some(Participant::Prepared) => happens(&|world| world.say(Said::Inquire)),
                Some(Participant::Finishing) => happens(&|world| {
                    world.participant = None;
                    world.has_credited = true;
                    world.say(Said::Done);
                }),
                None => {}
            }
            if self.coordinator != Some(Coordinator::Committed) {
                happens(&|world| world.coordinator = None);
            }
            match self.participant {
                Some(Participant::Preparing) => happens(&|world| world.participant = None),
                Some(Participant::Finishing) => {
                    happens(&|world| world.participant = Some(Participant::Prepared));
                }
                Some(Participant::Prepared) | None => {}
            }
            next
        }

        /// What remains when nothing breaks any more and both ends go on: everything that is
        /// said is heard, and the participant asks.
        fn settles(mut self) -> World {
            for _ in 0..20 {
                if self.participant == Some(Participant::Prepared) {
                    self.say(Said::Inquire);
                }
                if self.participant == Some(Participant::Preparing) {
                    self.participant = Some(Participant::Prepared);
                    self.say(Said::Yes);
                }
                while let Some(said) = self.said.pop_first() {
                    self.hears(said);
                }
                if self.coordinator == Some(Coordinator::Deciding) {
                    self.coordinator = Some(Coordinator::Committed);
                    self.has_debited = true;
                }
                if self.participant == Some(Participant::Finishing) {
                    self.participant = None;
                    self.has_credited = true;
                    self.say(Said::Done);
                }
                self.act(Coordinator::on_timeout(self.coordinator));
            }
            self
        }
    }

    #[test]
    fn no_loss_repetition_reordering_or_crash_breaks_a_transfer_in_two() {
        let start = World {
            coordinator: Some(Coordinator::Voting),
            participant: None,
            has_debited: false,
            has_credited: false,
            said: BTreeSet::from([Said::Prepare]),
        };
        let mut seen = HashSet::from([start.clone()]);
        let mut open = vec![start];
        let (mut committed, mut aborted) = (false, false);
        while let Some(world) = open.pop() {
            assert!(!world.has_credited || world.has_debited, "{world:?}");
            let end = world.clone().settles();
            assert_eq!(end.has_credited, end.has_debited, "{world:?} ends as {end:?}");
            assert_eq!((end.coordinator, end.participant), (None, None), "{world:?}: {end:?}");
            committed |= end.has_debited;
            aborted |= !end.has_debited;
            open.extend(world.next().into_iter().filter(|next| seen.insert(next.clone())));
        }
        assert!(committed && aborted && seen.len() > 100, "{} states", seen.len());
    }
}
