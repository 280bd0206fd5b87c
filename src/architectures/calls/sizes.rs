//! Bytes of questions and answers, before middleware makes them larger or smaller.

use super::tier::Tier;
use crate::model::Errand;
use crate::units::Bytes;

/// Of the question that comes to a server of `tier`: the client's own, or of the tier in front.
#[inline(always)]
pub fn question(tiers: &[Tier], errand: &Errand<'_>, tier: u16) -> Bytes {
    match in_front(tiers, tier) {
        Some(asking) => errand.added_size(&asking.onward.question, "question", asking.place()),
        None => errand.question(),
    }
}

/// Of the answer that goes back from there.
#[inline(always)]
pub fn answer(tiers: &[Tier], errand: &Errand<'_>, tier: u16) -> Bytes {
    match in_front(tiers, tier) {
        Some(asking) => errand.added_size(&asking.onward.answer, "answer", asking.place()),
        None => errand.answer(),
    }
}

/// The tier that asks `tier`; clients ask the first one.
#[inline(always)]
fn in_front(tiers: &[Tier], tier: u16) -> Option<&Tier> {
    tiers.get(usize::from(tier.checked_sub(1)?))
}
