//! Who has which update, and since when: what members have on their disks, which lasts while they are down.
//!
//! What somebody has never becomes less, so a *digest*, the list of all that a member has at some instant, is that
//! instant: whoever hears of it looks up what the member had then, and nothing that it got since.

use super::counts::Counts;
use super::members::Member;
use crate::engine::RequestId;
use crate::metrics::{UpdateRecord, UpdateTally};
use crate::model::Model;
use crate::network::NodeId;
use crate::units::{Bytes, Duration, Time};

pub type UpdateId = u32;

/// The place of the server of a group, which is none of its members.
pub const SERVER: u32 = u32::MAX;
const NO_FLIGHT: u32 = u32::MAX;
/// The share of the others of which it is recorded when they have an update.
const MOST: f64 = 0.95;

/// Those who share something.
#[derive(Debug)]
pub struct Group {
    pub workload: u32,
    /// Among the groups of its workload.
    number: u32,
    /// By place, in the order of their nodes.
    pub members: Vec<Member>,
    /// Ascending: updates that somebody lacks who is to have them.
    pub open: Vec<UpdateId>,
    /// Its server is down for good.
    pub has_lost_server: bool,
}

/// An update and a member.
#[derive(Clone, Copy, Debug)]
struct Copy {
    /// When the member got it.
    had: Time,
    /// How long the member had been up by the time of the change.
    up_before: Duration,
    /// When the member asked for it last.
    asked: Time,
    /// What brings it to the member.
    flight: u32,
}

#[derive(Debug)]
pub struct Update {
    pub request: RequestId,
    pub group: u32,
    pub size: Bytes,
    made: Time,
    /// When the server of the group had it.
    pub stored: Time,
    /// By place; none when all have it who are to have it.
    copies: Vec<Copy>,
    /// Of the others, those that are to have it and lack it.
    missing: u32,
    record: UpdateRecord,
}

/// What has come of something that was done.
#[derive(Debug, Default)]
pub struct Ended {
    /// Updates that all have now.
    pub done: Vec<UpdateId>,
    /// Updates that nobody has any more.
    pub lost: Vec<UpdateId>,
}

#[derive(Debug)]
pub struct Ledger {
    pub groups: Vec<Group>,
    updates: Vec<Update>,
    /// By workload: the first of its groups.
    first_groups: Vec<u32>,
    pub counts: Counts,
}

impl Ledger {
    pub fn new(model: &Model) -> Ledger {
        let mut ledger = Ledger {
            groups: Vec::new(),
            updates: Vec::new(),
            first_groups: Vec::new(),
            counts: Counts::new(model.warm_up),
        };
        for workload in 0..model.workloads.len() as u32 {
            ledger.first_groups.push(ledger.groups.len() as u32);
            let Some(updates) = model.updates(workload) else { continue };
            for number in 0..updates.groups {
                let members = updates.group(number).into_iter().map(Member::new).collect();
                let open = Vec::new();
                let group = Group { workload, number, members, open, has_lost_server: false };
                ledger.groups.push(group);
            }
        }
        ledger
    }

    /// Where `node` is a member: group and place.
    pub fn places_of(&self, model: &Model, node: NodeId) -> Vec<(u32, u32)> {
        let workloads = (0..).zip(&self.first_groups);
        let places = workloads.filter_map(|(workload, first)| {
            let (number, place) = model.updates(workload)?.place_of(node)?;
            Some((first + number, place))
        });
        places.collect()
    }

    pub fn node(&self, group: u32, place: u32) -> NodeId {
        self.groups[group as usize].members[place as usize].node
    }

    /// The place of a member of `group`.
    pub fn place(&self, group: u32, node: NodeId) -> u32 {
        let members = &self.groups[group as usize].members;
        members.binary_search_by_key(&node, |member| member.node).unwrap_or(0) as u32
    }

    pub fn update(&self, update: UpdateId) -> &Update {
        &self.updates[update as usize]
    }

    /// The member at `place` changes what the group shares; `true` when nobody else is to have it.
    pub fn make(
        &mut self,
        now: Time,
        request: RequestId,
        (group, place): (u32, u32),
        size: Bytes,
    ) -> (UpdateId, bool) {
        let id = self.updates.len() as UpdateId;
        let of_group = &mut self.groups[group as usize];
        let is_conflicting = of_group.members[place as usize].lacking > 0;
        let mut copies = Vec::with_capacity(of_group.members.len());
        let mut others = 0;
        for (other, member) in (0..).zip(&mut of_group.members) {
            let is_author = other == place;
            let had = if is_author { now } else { Time::NEVER };
            let up_before = member.presence.up_until(now);
            copies.push(Copy { had, up_before, asked: Time::NEVER, flight: NO_FLIGHT });
            if is_author {
                member.holding += 1;
            } else if !member.is_gone {
                others += 1;
                self.counts.lacks(member, now);
            }
        }
        of_group.open.push(id);
        let member = &of_group.members[place as usize];
        let record = UpdateRecord {
            request: request.number(),
            workload: of_group.workload,
            group: of_group.number,
            author: member.node,
            made: now,
            others,
            reached: 0,
            reached_most: None,
            reached_all: None,
            is_conflicting,
        };
        self.counts.made(now, is_conflicting);
        let stored = Time::NEVER;
        let update =
            Update { request, group, size, made: now, stored, copies, missing: others, record };
        self.updates.push(update);
        if others == 0 {
            self.close(now, id);
        }
        (id, others == 0)
    }

    /// Whether the member has it now.
    pub fn has(&self, update: UpdateId, place: u32) -> bool {
        self.had_at(update, place, Time::NEVER)
    }

    /// Whether the member had it at that time; of `NEVER`, whether it has it now.
    pub fn had_at(&self, update: UpdateId, place: u32, at: Time) -> bool {
        let copy = self.updates[update as usize].copies.get(place as usize);
        // All have what is no longer looked after.
        copy.is_none_or(|copy| copy.had <= at && copy.had < Time::NEVER)
    }

    /// `flight` is bringing it to the member.
    pub fn set_under_way(&mut self, update: UpdateId, place: u32, flight: u32) {
        if let Some(copy) = self.updates[update as usize].copies.get_mut(place as usize) {
            copy.flight = flight;
        }
    }

    /// `flight` brings it no more.
    pub fn clear_under_way(&mut self, update: UpdateId, place: u32, flight: u32) {
        if let Some(copy) = self.updates[update as usize].copies.get_mut(place as usize)
            && copy.flight == flight
        {
            (copy.flight, copy.asked) = (NO_FLIGHT, Time::NEVER);
        }
    }

    /// Whether the member lacks it, and has not asked for it since `since`.
    pub fn is_wanted(&self, update: UpdateId, place: u32, since: Time) -> bool {
        let copy = self.updates[update as usize].copies.get(place as usize);
        copy.is_some_and(|copy| {
            let is_asked = copy.asked < Time::NEVER && copy.asked > since;
            copy.had == Time::NEVER && copy.flight == NO_FLIGHT && !is_asked
        })
    }

    /// The member asks for it, or has asked in vain (`NEVER`).
    pub fn set_asked(&mut self, update: UpdateId, place: u32, at: Time) {
        if let Some(copy) = self.updates[update as usize].copies.get_mut(place as usize) {
            copy.asked = at;
        }
    }

    /// The server of its group has it.
    pub fn store(&mut self, update: UpdateId, now: Time) {
        let update = &mut self.updates[update as usize];
        update.stored = update.stored.min(now);
    }

    /// A copy has come to a member: whether it is new there, and whether all have it now.
    pub fn obtain(&mut self, now: Time, id: UpdateId, place: u32) -> (bool, bool) {
        let update = &mut self.updates[id as usize];
        let Some(copy) = update.copies.get_mut(place as usize).filter(|c| c.had == Time::NEVER)
        else {
            self.counts.tally.duplicates += 1;
            return (false, false);
        };
        copy.had = now;
        let up_before = copy.up_before;
        let member = &mut self.groups[update.group as usize].members[place as usize];
        member.holding += 1;
        self.counts.has_got(member, now, update.made, up_before, id);
        let record = &mut update.record;
        record.reached += 1;
        if record.reached_most.is_none()
            && f64::from(record.reached) >= MOST * f64::from(record.others) - 1e-9
        {
            record.reached_most = Some(now);
            self.counts.reached_most(now, update.made);
        }
        update.missing -= 1;
        let is_done = update.missing == 0;
        if is_done {
            self.close(now, id);
        }
        (true, is_done)
    }

    /// All have it who are to have it.
    fn close(&mut self, now: Time, id: UpdateId) {
        let update = &mut self.updates[id as usize];
        update.record.reached_all = Some(now);
        update.copies = Vec::new();
        let open = &mut self.groups[update.group as usize].open;
        if let Ok(place) = open.binary_search(&id) {
            open.remove(place);
        }
    }

    /// A member goes down, perhaps for good.
    pub fn went_down(&mut self, now: Time, group: u32, place: u32, is_gone: bool) -> Ended {
        let member = &mut self.groups[group as usize].members[place as usize];
        self.counts.went_down(member, now);
        let mut ended = Ended::default();
        if is_gone && !std::mem::replace(&mut member.is_gone, true) {
            for id in self.groups[group as usize].open.clone() {
                let update = &mut self.updates[id as usize];
                if update.copies[place as usize].had == Time::NEVER {
                    update.missing -= 1;
                    if update.missing == 0 {
                        self.close(now, id);
                        ended.done.push(id);
                    }
                }
            }
            ended.lost = self.lose(now, group);
        }
        ended
    }

    pub fn came_up(&mut self, now: Time, group: u32, place: u32) {
        let member = &mut self.groups[group as usize].members[place as usize];
        member.came_up(now);
    }

    /// The server of `group` is down for good; returns what nobody has any more.
    pub fn server_is_gone(&mut self, now: Time, group: u32) -> Vec<UpdateId> {
        self.groups[group as usize].has_lost_server = true;
        self.lose(now, group)
    }

    /// Takes out what only those had who are gone for good.
    fn lose(&mut self, now: Time, group: u32) -> Vec<UpdateId> {
        let of_group = &mut self.groups[group as usize];
        let mut lost = Vec::new();
        for id in of_group.open.clone() {
            let update = &mut self.updates[id as usize];
            let is_stored = update.stored < Time::NEVER && !of_group.has_lost_server;
            let mut holders = of_group.members.iter().zip(&update.copies);
            if is_stored || holders.any(|(member, copy)| !member.is_gone && copy.had < Time::NEVER)
            {
                continue;
            }
            for (member, copy) in of_group.members.iter_mut().zip(&update.copies) {
                if copy.had == Time::NEVER && !member.is_gone {
                    self.counts.lacks_no_more(member, now, id);
                }
            }
            update.copies = Vec::new();
            lost.push(id);
        }
        of_group.open.retain(|id| lost.binary_search(id).is_err());
        lost
    }

    /// A fault of the network is over.
    pub fn healed(&mut self, now: Time) {
        let members = self.groups.iter_mut().flat_map(|group| &mut group.members);
        self.counts.healed(now, self.updates.len() as UpdateId, members);
    }

    /// The books at the end of the run.
    pub fn finish(&mut self, now: Time) -> (UpdateTally, Vec<UpdateRecord>) {
        for group in &mut self.groups {
            for member in &mut group.members {
                self.counts.went_down_at_the_end(member, now);
            }
            let is_up = |member: &Member| member.presence.is_up();
            let is_alike = |&id: &UpdateId| {
                let copies = self.updates[id as usize].copies.iter();
                let mut up = group.members.iter().zip(copies).filter(|(member, _)| is_up(member));
                let first = up.next().map(|(_, copy)| copy.had < Time::NEVER);
                up.all(|(_, copy)| Some(copy.had < Time::NEVER) == first)
            };
            self.counts.tally.groups += 1;
            self.counts.tally.alike += if group.open.iter().all(is_alike) { 1 } else { 0 };
        }
        let mut each: Vec<UpdateRecord> = self.updates.iter().map(|update| update.record).collect();
        each.sort_unstable_by_key(|update| update.request);
        (std::mem::take(&mut self.counts.tally), each)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Time {
        Time::ZERO + Duration::from_whole_secs(seconds)
    }

    fn ledger(members: u32) -> Ledger {
        let members = (0..members).map(|node| Member::new(NodeId(node))).collect();
        let open = Vec::new();
        let group = Group { workload: 0, number: 0, members, open, has_lost_server: false };
        Ledger {
            groups: vec![group],
            updates: Vec::new(),
            first_groups: vec![0],
            counts: Counts::new(Duration::ZERO),
        }
    }

    fn make(ledger: &mut Ledger, seconds: u64, place: u32) -> UpdateId {
        let request = RequestId::for_test(ledger.updates.len() as u32);
        ledger.make(at(seconds), request, (0, place), Bytes::new(5)).0
    }

    #[test]
    fn absence_is_no_wait_and_a_digest_is_of_its_time() {
        let mut ledger = ledger(3);
        let first = make(&mut ledger, 10, 0);
        assert_eq!(ledger.obtain(at(12), first, 1), (true, false));
        assert!(ledger.had_at(first, 1, at(12)) && !ledger.had_at(first, 1, at(11)));
        // Another change of one who knows the first one, and one of one who does not.
        make(&mut ledger, 13, 1);
        ledger.went_down(at(15), 0, 2, false);
        ledger.came_up(at(25), 0, 2);
        assert_eq!(ledger.obtain(at(26), first, 2), (true, true));
        assert_eq!(ledger.obtain(at(27), first, 2), (false, false));
        make(&mut ledger, 30, 2);
        let (tally, each) = ledger.finish(at(40));
        let conflicts: Vec<bool> = each.iter().map(|update| update.is_conflicting).collect();
        assert_eq!(conflicts, [false, false, true]);
        // 2 s of the second member; of the third 5 s before it went and 1 s after.
        assert_eq!(tally.waits.means().map(|(mean, _)| mean), Some(4.0));
        assert_eq!((tally.duplicates, tally.caught_up, tally.alike), (1, 1, 0));
        // 95 % of two are two.
        assert_eq!(each[0].reached_most, Some(at(26)));
        // Up for 3 x 40 s but 10 s. The first lacks one from 13 s on, the second from 10 to 12 s and from 30 s on, the
        // third while it was up from 10 s on.
        assert_eq!((tally.up, tally.stale), (110_000_000_000, (27 + 12 + 20) * 1_000_000_000));
    }

    #[test]
    fn what_only_those_had_who_are_gone_is_lost_and_nobody_waits_for_who_is_gone() {
        let mut ledger = ledger(3);
        let first = make(&mut ledger, 1, 0);
        let second = make(&mut ledger, 2, 1);
        ledger.obtain(at(3), second, 2);
        let ended = ledger.went_down(at(4), 0, 0, true);
        assert_eq!((ended.done, ended.lost), (vec![second], vec![first]));
        assert!(ledger.groups[0].open.is_empty());
        let (tally, _) = ledger.finish(at(10));
        assert_eq!(tally.alike, 1);
    }

    #[test]
    fn a_healed_group_has_converged_when_nobody_up_lacks_what_was_there_before() {
        let mut ledger = ledger(4);
        let first = make(&mut ledger, 1, 0);
        ledger.healed(at(10));
        make(&mut ledger, 11, 1);
        ledger.obtain(at(12), first, 1);
        ledger.obtain(at(13), first, 2);
        // The last one to lack it goes down: it has not been up since.
        ledger.went_down(at(15), 0, 3, false);
        let (tally, _) = ledger.finish(at(20));
        assert_eq!(tally.healing, (5.0, 1));
    }
}
