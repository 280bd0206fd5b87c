//! Calls: how long they were, how they ended, and how good they were.

use super::Recorder;
use super::voice::{DelayRule, effective_impairment, late_share, opinion, rating, total_loss};
use crate::model::Codec;
use crate::network::NodeId;
use crate::units::{Duration, Time};

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
        let heard = f64::from(self.samples.checked_sub(self.silent).filter(|&heard| heard > 0)?);
        let loss = (self.loss + f64::from(self.silent)) / f64::from(self.samples);
        let network = self.delay / heard;
        let delay = codec.packet.secs() + codec.look_ahead.secs() + network + buffer;
        let effective = effective_impairment(codec.impairment, codec.robustness, loss, 1.0);
        let rating = rating(DelayRule::G107, 1000.0 * delay, effective);
        Some(Quality { delay, jitter: self.jitter / heard, loss, rating, opinion: opinion(rating) })
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
    pub callee: NodeId,
    /// Who passed on what they said, at the end.
    pub relay: Option<NodeId>,
    pub begun: Time,
    pub ended: Time,
    pub end: CallEnd,
    /// How often it was taken up again through somebody else.
    pub restarts: u32,
    /// Of the direction that was worse; `None` when nothing was heard.
    pub quality: Option<Quality>,
}

/// All calls of a run that began after the warm-up.
#[derive(Clone, Debug, Default)]
pub struct CallTally {
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
        let Some(quality) = call.quality else { return };
        self.rated += 1;
        self.delay += quality.delay;
        self.jitter += quality.jitter;
        self.loss += quality.loss;
        self.rating += quality.rating;
        self.poor += if quality.rating < LEAST_RATING { 1 } else { 0 };
        self.opinions.push(quality.opinion as f32);
    }
}

impl Recorder {
    /// A call is over, or the run is; kept when requests are.
    pub fn call(&mut self, call: CallRecord) {
        if let Some(calls) = &mut self.calls {
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
    }
}
