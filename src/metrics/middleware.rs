//! What middleware takes of the calls and downloads of one platform of clients.

use crate::units::{Bytes, Duration};

/// A platform over a whole run, warm-up included.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MiddlewareRecord {
    /// As the scenario calls it.
    pub platform: String,
    /// Calls and downloads begun; each attempt of a request is one.
    pub calls: u64,
    /// Nanoseconds of work for it, at clients and at servers.
    pub client_nanos: u128,
    pub server_nanos: u128,
    /// Bytes that were sent beyond questions and answers; negative where messages shrink.
    pub overhead: i64,
    /// Connections that were set up, and nanoseconds of round trips and waiting until they were: the
    /// work for it is that of client and server.
    pub set_ups: u64,
    pub set_up_nanos: u128,
}

impl MiddlewareRecord {
    pub fn client_work(&mut self, work: Duration) {
        self.client_nanos += u128::from(work.nanos());
    }

    pub fn server_work(&mut self, work: Duration) {
        self.server_nanos += u128::from(work.nanos());
    }

    /// A connection is open, so long after its first greeting, and the server has been at `work`
    /// for it so long meanwhile.
    pub fn set_up(&mut self, span: Duration, work: Duration) {
        self.set_up_nanos += u128::from((span - work).nanos());
    }

    /// A message of `size` is `wire` on the network.
    pub fn sent(&mut self, size: Bytes, wire: Bytes) {
        // Sizes are below 2^63.
        self.overhead += wire.count() as i64 - size.count() as i64;
    }

    /// What another part of the architecture has taken for the same platform counts here.
    pub fn add(&mut self, other: &MiddlewareRecord) {
        self.calls += other.calls;
        self.client_nanos += other.client_nanos;
        self.server_nanos += other.server_nanos;
        self.overhead += other.overhead;
        self.set_ups += other.set_ups;
        self.set_up_nanos += other.set_up_nanos;
    }

    /// Seconds of work, and of round trips and waiting for connections, that a call takes on the mean; `None` without calls.
    pub fn mean_cost(&self) -> Option<f64> {
        let nanos = self.client_nanos + self.server_nanos + self.set_up_nanos;
        (self.calls > 0).then(|| nanos as f64 / 1e9 / self.calls as f64)
    }
}
