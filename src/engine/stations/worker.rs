//! A worker of a station, and the job that it does.

use super::Pending;
use crate::units::Time;

/// A worker.
#[derive(Debug)]
pub(super) struct Slot<M> {
    pub version: u32,
    pub began: Time,
    pub job: AtWork<M>,
}

/// What a worker does. An `Option` with a tag of its own, as that of an
/// [`Event`](crate::engine::event::Event), which leaves no gap before the job.
#[derive(Debug)]
#[repr(u64)]
pub(super) enum AtWork<M> {
    Nothing,
    Job(Pending<M>),
}

impl<M> AtWork<M> {
    pub fn job(&self) -> Option<&Pending<M>> {
        match self {
            AtWork::Nothing => None,
            AtWork::Job(job) => Some(job),
        }
    }

    #[inline(always)]
    pub fn take_if(&mut self, is_meant: impl FnOnce(&Pending<M>) -> bool) -> Option<Pending<M>> {
        if !self.job().is_some_and(is_meant) {
            return None;
        }
        match std::mem::replace(self, AtWork::Nothing) {
            AtWork::Nothing => None,
            AtWork::Job(job) => Some(job),
        }
    }
}
