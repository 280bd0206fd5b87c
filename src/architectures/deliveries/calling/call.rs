//! A call as its ends know it.

use crate::engine::{RequestId, TransferId};
use crate::metrics::{Heard, Quality, Turnout};
use crate::model::Media;
use crate::network::NodeId;
use crate::units::{Bytes, Duration, Time};

/// What is said about a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    Invite,
    Accept,
    /// All lines are busy.
    Decline,
    /// Who passes on cannot reach the callee.
    Failed,
    /// Of the caller: it is over, or he has lost patience.
    Bye,
}

impl Word {
    pub(super) fn is_of_caller(self) -> bool {
        match self {
            Word::Invite | Word::Bye => true,
            Word::Accept | Word::Decline | Word::Failed => false,
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub enum CallingMessage {
    Word {
        call: u32,
        word: Word,
    },
    /// What a stream ends in, which it never does, and what a processor has done of one.
    Media,
    /// About the member of a conference at this place.
    OfConference {
        conference: u32,
        place: u16,
        word: Word,
    },
    /// This node, of a conference or passing it on, has gone.
    LostOfConference {
        conference: u32,
        node: NodeId,
    },
    /// The connection to this node, over which a call went, has broken.
    Lost {
        call: u32,
        node: NodeId,
    },
}

#[derive(Clone, Copy, Debug)]
pub enum CallingTimer {
    HangUp {
        call: u32,
    },
    /// A look at what is heard.
    Sample {
        call: u32,
    },
    /// A spurt begins or ends, of the caller (0) or the callee.
    Turn {
        call: u32,
        side: u8,
    },
    /// To be taken up again.
    Restart {
        call: u32,
    },
    /// The same of a conference: its end, a look at it, and taking it up again.
    Adjourn {
        conference: u32,
    },
    Listen {
        conference: u32,
    },
    Resume {
        conference: u32,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// The caller waits for an answer.
    Inviting,
    Talking,
    /// It has broken, and is to be taken up again.
    Broken,
    /// The caller has done with it, and the callee has not heard so yet.
    Over,
}

/// What one of two says.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Side {
    pub stream: Option<TransferId>,
    /// Not in a pause.
    pub talks: bool,
    /// Spurts and pauses so far.
    pub turns: u32,
    /// What the other one has heard of it.
    pub heard: Heard,
    /// Samples in a row in which nothing came.
    pub silence: u32,
}

#[derive(Debug)]
pub(super) struct Call {
    pub request: RequestId,
    pub attempt: u32,
    pub workload: u32,
    pub caller: NodeId,
    pub callee: NodeId,
    pub way: Way,
    pub stage: Stage,
    /// Whether a line of the callee is taken.
    pub is_callee_engaged: bool,
    pub holding: Duration,
    pub begun: Time,
    pub sides: [Side; 2],
    pub restarts: u32,
    /// What has come of what both sent.
    pub sent: Bytes,
}

/// Who passes on what is said about a call, and in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Way {
    pub words: Option<NodeId>,
    pub media: Option<NodeId>,
}

impl Call {
    /// Whether it was put through and is not over.
    pub fn goes_on(&self) -> bool {
        match self.stage {
            Stage::Talking | Stage::Broken => true,
            Stage::Inviting | Stage::Over => false,
        }
    }

    /// Who was in it, when it ends at `now`.
    pub fn turnout(&self, media: &Media, buffer: f64, now: Time) -> Turnout {
        let passed_on = if self.way.media.is_some() { self.sent } else { Bytes::ZERO };
        let presence = 2.0 * now.since(self.begun).secs();
        let both = Turnout {
            invited: 1,
            came: 1,
            presence,
            sent: self.sent,
            passed_on,
            ..Turnout::default()
        };
        let heard = self.sides.iter().filter_map(|side| side.heard.quality(&media.codec, buffer));
        heard.fold(both, |mut turnout, quality| {
            turnout.hears(&quality);
            turnout
        })
    }

    /// Of the direction that is worse; who has heard nothing at all does not count where the other one has.
    pub fn quality(&self, media: &Media, buffer: f64) -> Option<Quality> {
        let of_side = |side: &Side| side.heard.quality(&media.codec, buffer);
        let sides = self.sides.iter().filter_map(of_side);
        sides.reduce(|worse, other| if other.rating < worse.rating { other } else { worse })
    }
}
