//! Calls: how long they were, how they ended, and how good they were.

use super::Recorder;
use super::voice::{DelayRule, effective_impairment, late_share, opinion, rating, total_loss};
use crate::model::Codec;
use crate::network::NodeId;
use crate::units::{Bytes, Duration, Time};

/// What has been heard of one who talks, over some samples.
#[derive(Clone, Copy, Debug, Default)]
pub struct Heard {
    pub samples: u32,
    /// Of these, those in which nothing came.
    pub silent: u32,
    /// Sums over the others: seconds of delay in the network, of jitter, and shares of packets that were lost or late.
    delay: f64,
    jitter: f64,
    loss: f64,
}

/// What a packet meets on its way now.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Passage {
    /// Seconds that all packets take: latencies, and queues that stand.
    pub delay: f64,
    /// Seconds that they wait beyond that, on the mean.
    pub jitter: f64,
    /// The share that is lost.
    pub loss: f64,
}

impl Passage {
    /// One leg after the other, with nothing between them that waits.
    pub fn then(self, next: Passage) -> Passage {
        Passage {
            delay: self.delay + next.delay,
            jitter: self.jitter + next.jitter,
            loss: total_loss(self.loss, next.loss),
        }
    }

    /// Up to what leaves a mixing server, which plays to itself what comes, `buffer` seconds late, and encodes it anew.
    pub fn mixed(self, codec: &Codec, buffer: f64) -> Passage {
        Passage {
            delay: self.delay + buffer + codec.packet.secs() + codec.look_ahead.secs(),
            jitter: 0.0,
            loss: total_loss(self.loss, late_share(buffer, self.jitter)),
        }
    }
}

impl Heard {
    /// `buffer`: seconds after which speech is played; `None`: nothing comes.
    pub fn sample(&mut self, passage: Option<Passage>, buffer: f64) {
        self.samples += 1;
        let Some(passage) = passage else {
            self.silent += 1;
            return;
        };
        self.delay += passage.delay;
        self.jitter += passage.jitter;
        self.loss += total_loss(passage.loss, late_share(buffer, passage.jitter));
    }

    /// `None` when nothing has been heard.
    pub fn quality(&self, codec: &Codec, buffer: f64) -> Option<Quality> {
        (self.silent < self.samples).then(|| self.rated(codec, buffer))
    }

    /// The same, but who has heard nothing has lost all; `None` when nobody was there to be heard.
    pub fn quality_or_silence(&self, codec: &Codec, buffer: f64) -> Option<Quality> {
        (self.samples > 0).then(|| self.rated(codec, buffer))
    }

    fn rated(&self, codec: &Codec, buffer: f64) -> Quality {
        // Of what never comes there is no delay in the network.
        let heard = f64::from((self.samples - self.silent).max(1));
        let loss = (self.loss + f64::from(self.silent)) / f64::from(self.samples);
        let network = self.delay / heard;
        let delay = codec.packet.secs() + codec.look_ahead.secs() + network + buffer;
        let effective = effective_impairment(codec.impairment, codec.robustness, loss, 1.0);
        let rating = rating(DelayRule::G107, 1000.0 * delay, effective);
        Quality { delay, jitter: self.jitter / heard, loss, rating, opinion: opinion(rating) }
    }
}

/// Of one direction of a call, or of the worse of both.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quality {
    /// Seconds from mouth to ear.
    pub delay: f64,
    /// Seconds.
    pub jitter: f64,
    /// Packets that were lost or late.
    pub loss: f64,
    /// R.
    pub rating: f64,
    /// MOS.
    pub opinion: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallEnd {
    HungUp,
    /// It broke.
    Dropped,
    /// It went on when the run ended.
    Open,
}

impl CallEnd {
    /// As it stands in files.
    pub fn name(self) -> &'static str {
        match self {
            CallEnd::HungUp => "hung-up",
            CallEnd::Dropped => "dropped",
            CallEnd::Open => "open",
        }
    }
}

/// A call that was put through.
#[derive(Clone, Copy, Debug)]
pub struct CallRecord {
    /// Number of its request.
    pub request: u32,
    /// Index into the model's workloads.
    pub workload: u32,
    pub caller: NodeId,
    /// `None` in a conference.
    pub callee: Option<NodeId>,
    /// Who passed on what they said, at the end; of a conference the server that it met at.
    pub relay: Option<NodeId>,
    pub begun: Time,
    pub ended: Time,
    pub end: CallEnd,
    /// How often it was taken up again through somebody else.
    pub restarts: u32,
    /// Of the direction that was the worst; `None` when nothing was heard.
    pub quality: Option<Quality>,
    pub turnout: Turnout,
}

/// Who was in a call, what they sent, and what they thought of it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Turnout {
    /// Beside who called.
    pub invited: u64,
    /// Of these, those who have been in it.
    pub came: u64,
    /// Seconds that all who were in it were in it, together.
    pub presence: f64,
    /// What has come of what they sent, and of what others passed on.
    pub sent: Bytes,
    pub passed_on: Bytes,
    /// Directions, from each to each other, of which something was to be heard, and the sum of opinions of these.
    pub directions: u64,
    pub opinions: f64,
}

impl Turnout {
    /// What somebody was like to hear.
    pub fn hears(&mut self, quality: &Quality) {
        self.directions += 1;
        self.opinions += quality.opinion;
    }
}

/// All calls of a workload that began after the warm-up.
#[derive(Clone, Debug, Default)]
pub struct CallTally {
    /// Whether the workload calls somebody.
    pub is_of_calls: bool,
    pub count: u64,
    pub dropped: u64,
    pub restarts: u64,
    /// Those of which something was heard.
    pub rated: u64,
    /// Sums over these.
    pub delay: f64,
    pub jitter: f64,
    pub loss: f64,
    pub rating: f64,
    /// Calls that are not recommended: R below 60. Source: ITU-T G.109.
    pub poor: u64,
    /// Of each.
    pub opinions: Vec<f32>,
    /// Sums over all of `count`.
    pub turnout: Turnout,
    /// Seconds from the begin to the end, of all.
    pub length: f64,
}

const LEAST_RATING: f64 = 60.0;

impl CallTally {
    fn add(&mut self, call: &CallRecord, warm_up: Duration) {
        if call.begun < Time::ZERO + warm_up {
            return;
        }
        self.count += 1;
        self.restarts += u64::from(call.restarts);
        self.dropped += match call.end {
            CallEnd::Dropped => 1,
            CallEnd::HungUp | CallEnd::Open => 0,
        };
        self.length += call.ended.since(call.begun).secs();
        self.turnout.add(&call.turnout);
        let Some(quality) = call.quality else { return };
        self.rated += 1;
        self.delay += quality.delay;
        self.jitter += quality.jitter;
        self.loss += quality.loss;
        self.rating += quality.rating;
        self.poor += if quality.rating < LEAST_RATING { 1 } else { 0 };
        self.opinions.push(quality.opinion as f32);
    }

    /// Of several workloads together.
    pub fn pooled<'t>(tallies: impl Iterator<Item = &'t CallTally>) -> CallTally {
        tallies.fold(CallTally::default(), |mut all, tally| {
            all.is_of_calls |= tally.is_of_calls;
            all.count += tally.count;
            all.dropped += tally.dropped;
            all.restarts += tally.restarts;
            all.rated += tally.rated;
            all.delay += tally.delay;
            all.jitter += tally.jitter;
            all.loss += tally.loss;
            all.rating += tally.rating;
            all.poor += tally.poor;
            all.opinions.extend_from_slice(&tally.opinions);
            all.turnout.add(&tally.turnout);
            all.length += tally.length;
            all
        })
    }
}

impl Turnout {
    fn add(&mut self, other: &Turnout) {
        self.invited += other.invited;
        self.came += other.came;
        self.presence += other.presence;
        self.sent += other.sent;
        self.passed_on += other.passed_on;
        self.directions += other.directions;
        self.opinions += other.opinions;
    }
}

impl Recorder {
    /// A call is over, or the run is; kept when requests are.
    pub fn call(&mut self, call: CallRecord) {
        if let Some(calls) = self.calls.get_mut(call.workload as usize) {
            calls.add(&call, self.warm_up);
        }
        if self.requests.is_some() {
            self.each_call.push(call);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_heard_is_lost() {
        let codec = Codec::ALL[0].1;
        let mut heard = Heard::default();
        assert_eq!(heard.quality(&codec, 0.04), None);
        heard.sample(Some(Passage { delay: 0.05, jitter: 0.0, loss: 0.0 }), 0.04);
        let quiet = heard.quality(&codec, 0.04).unwrap();
        // 20 + 50 + 40 ms; of 110 ms hardly anything is noticed.
        assert!((quiet.delay - 0.11).abs() < 1e-12 && quiet.rating > 93.1);
        heard.sample(None, 0.04);
        let broken = heard.quality(&codec, 0.04).unwrap();
        assert_eq!((broken.loss, broken.delay), (0.5, quiet.delay));
        assert!(broken.opinion < 2.0);
        let mut deaf = Heard::default();
        assert_eq!(deaf.quality_or_silence(&codec, 0.04), None);
        deaf.sample(None, 0.04);
        assert_eq!(deaf.quality(&codec, 0.04), None);
        assert_eq!(deaf.quality_or_silence(&codec, 0.04).map(|quality| quality.loss), Some(1.0));
    }

    #[test]
    fn a_mixing_server_takes_jitter_away_and_adds_a_packet_and_a_buffer() {
        let codec = Codec::ALL[2].1;
        let leg = Passage { delay: 0.03, jitter: 0.02, loss: 0.1 };
        let late = late_share(0.04, 0.02);
        let mixed = leg.mixed(&codec, 0.04);
        // 20 ms of a packet, 5 ms of look-ahead of G.729, 40 ms of a buffer.
        assert!((mixed.delay - 0.095).abs() < 1e-12 && mixed.jitter == 0.0);
        assert!((mixed.loss - (1.0 - 0.9 * (1.0 - late))).abs() < 1e-12);
        let both = leg.then(leg);
        assert_eq!((both.delay, both.jitter), (0.06, 0.04));
        assert!((both.loss - 0.19).abs() < 1e-12);
        assert_eq!(codec.twice().impairment, 22.0);
    }
}
