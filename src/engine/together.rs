//! Several architectures in one world.

use super::{Architecture, Bare, Parcel, Shared, World};

impl<'m, A> World<'m, A>
where
    A: Architecture<Envelope = Bare, Message = Parcel, Timer = Parcel>,
{
    /// The same world, as the architecture `part` of several sees it, which acts now.
    #[inline]
    pub fn for_part<P>(&mut self, part: u8) -> &mut World<'m, P>
    where
        P: Architecture<Envelope = Shared>,
    {
        (self.part, self.view) = (part, &self.views[usize::from(part)]);
        // SAFETY: a world depends on its architecture by the types of what waits in it alone. These are `Parcel`s on
        // both sides, by the bounds above, so all fields have the same types, and in the layout of C the same places.
        unsafe { &mut *std::ptr::from_mut(self).cast::<World<'m, P>>() }
    }
}
