//! What machines and servers say to each other, and what they remind themselves of.

use super::commit::Verdict;
use super::ledger::Txn;
use super::packing::{LegId, Step};
use super::site::Task;
use crate::engine::Loss;
use crate::network::NodeId;

/// What a machine wants of an order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    Execute,
    /// The machine has given up: nothing must come of it.
    Reverse,
    /// The machine has paid without asking: it must be debited.
    Advise,
}

/// A question of a machine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Question {
    pub order: u32,
    pub purpose: Purpose,
    pub attempt: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reply {
    /// It is done, and will stay so.
    Done,
    /// There is not enough money.
    Declined,
    /// Somebody else had the account for too long, or the payee's bank could not be reached.
    Aborted,
    /// Nobody was there to do it.
    Down,
    /// No way led there.
    Unreachable,
    /// A queue was full.
    Refused,
}

impl From<Loss> for Reply {
    fn from(loss: Loss) -> Reply {
        match loss {
            Loss::Unreachable => Reply::Unreachable,
            Loss::QueueFull => Reply::Refused,
            Loss::NodeDown => Reply::Down,
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub enum BankMessage {
    /// A machine asks the account's server, or the one that passes it on.
    Ask(Question),
    Passed(Question),
    /// The same way back.
    Reply(Question, Reply),
    /// At a server: its processor has done its part.
    PassingOn(Question),
    Worked {
        site: u32,
        task: Task,
        /// Of the task, see [`TaskState`](super::site::TaskState).
        life: u32,
    },
    /// At a server: a record is on its disk.
    Written {
        site: u32,
        write: u32,
    },
    /// Among the servers of a bank: a record to write, and that it is written.
    Ship {
        site: u32,
        write: u32,
    },
    Shipped {
        site: u32,
        write: u32,
    },
    /// "I am back", and what the leader hears of one that goes.
    Joined {
        site: u32,
    },
    Gone {
        site: u32,
    },
    /// Between servers of two banks.
    Prepare(Txn),
    Vote(Txn, bool),
    Tell(Txn, Verdict),
    Done(Txn),
    Inquire(Txn),
    /// With middleware: a step on the way of one of these.
    Packed(LegId, Step),
}

impl BankMessage {
    /// Whether who says it asks, and not answers.
    pub fn is_question(self) -> bool {
        matches!(
            self,
            BankMessage::Ask(_)
                | BankMessage::Passed(_)
                | BankMessage::Prepare(_)
                | BankMessage::Tell(..)
                | BankMessage::Inquire(_)
        )
    }

    /// Whether it is the last one on its connection, which stays open after it.
    pub fn leaves_open(self) -> bool {
        // An inquiry is answered by a verdict of its own, and to an abort nobody says anything.
        matches!(
            self,
            BankMessage::Reply(..)
                | BankMessage::Vote(..)
                | BankMessage::Done(_)
                | BankMessage::Inquire(_)
                | BankMessage::Tell(_, Verdict::Abort)
        )
    }

    /// The order that machines or servers speak of; `None` of what is said within a site or a server.
    pub fn order(self) -> Option<u32> {
        match self {
            BankMessage::Ask(question)
            | BankMessage::Passed(question)
            | BankMessage::Reply(question, _) => Some(question.order),
            BankMessage::Prepare(txn)
            | BankMessage::Vote(txn, _)
            | BankMessage::Tell(txn, _)
            | BankMessage::Done(txn)
            | BankMessage::Inquire(txn) => Some(txn.order),
            _ => None,
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub enum BankTimer {
    /// A replica that could not be reached may be reached again.
    Reach {
        site: u32,
        replica: NodeId,
    },
    /// An answer found no way.
    Say {
        to: NodeId,
        question: Question,
        reply: Reply,
    },
    /// The leader could not be reached by a replica that is back.
    Join {
        site: u32,
    },
    /// The leader has not heard that a record is on the disk.
    Shipped {
        site: u32,
        write: u32,
    },
    /// A task has waited for an account as long as it may.
    Lock {
        site: u32,
        task: Task,
    },
    /// The other bank has not answered.
    Coordinator {
        site: u32,
        txn: Txn,
    },
    Participant {
        site: u32,
        txn: Txn,
    },
    /// The disk had no room for a record.
    Write {
        site: u32,
        write: u32,
    },
    TakeOver {
        site: u32,
        election: u32,
    },
    /// An attempt of a machine has ended.
    Ended {
        order: u32,
    },
    /// The account's server has not answered to a reversal or an advice.
    Again {
        order: u32,
    },
}
