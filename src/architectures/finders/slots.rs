//! Things that messages speak of, kept in one place so that messages are small.

use crate::prefetch::prefetch_at;

/// A thing that may be over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SlotId {
    slot: u32,
    generation: u32,
}

/// Slots; those of things that are over make room for others.
#[derive(Debug)]
pub struct Slots<T> {
    slots: Vec<(u32, Option<T>)>,
    free: Vec<u32>,
}

impl<T> Default for Slots<T> {
    fn default() -> Slots<T> {
        Slots { slots: Vec::new(), free: Vec::new() }
    }
}

impl<T> Slots<T> {
    pub fn begin(&mut self, thing: T) -> SlotId {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push((0, None));
            self.slots.len() as u32 - 1
        });
        let (generation, place) = &mut self.slots[slot as usize];
        *place = Some(thing);
        SlotId { slot, generation: *generation }
    }

    /// It will be looked at soon.
    pub fn prefetch(&self, id: SlotId) {
        prefetch_at(&self.slots, id.slot as usize);
    }

    /// `None` when it is over.
    pub fn get_mut(&mut self, id: SlotId) -> Option<&mut T> {
        let (generation, thing) = self.slots.get_mut(id.slot as usize)?;
        thing.as_mut().filter(|_| *generation == id.generation)
    }

    /// `None` when it is over.
    pub fn get(&self, id: SlotId) -> Option<&T> {
        let (generation, thing) = self.slots.get(id.slot as usize)?;
        thing.as_ref().filter(|_| *generation == id.generation)
    }

    /// All that are not over, by their place.
    pub fn ids(&self) -> impl Iterator<Item = SlotId> {
        let of_slot = |(slot, (generation, thing)): (u32, &(u32, Option<T>))| {
            thing.as_ref().map(|_| SlotId { slot, generation: *generation })
        };
        (0..).zip(&self.slots).filter_map(of_slot)
    }

    pub fn end(&mut self, id: SlotId) -> Option<T> {
        let (generation, thing) = self.slots.get_mut(id.slot as usize)?;
        if *generation != id.generation {
            return None;
        }
        let thing = thing.take()?;
        *generation = generation.wrapping_add(1);
        self.free.push(id.slot);
        Some(thing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_speaks_of_what_is_over_is_not_heard() {
        let mut slots = Slots::default();
        let first = slots.begin("a");
        assert_eq!(slots.end(first), Some("a"));
        let second = slots.begin("b");
        assert_eq!(slots.get_mut(first), None);
        assert_eq!(slots.end(first), None);
        assert_eq!(slots.get_mut(second), Some(&mut "b"));
    }
}
