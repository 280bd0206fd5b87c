//! What is known of a flow as a member of a class.

/// By the number of the flow, and apart from it: in most runs no flow is in a class.
#[derive(Clone, Debug)]
pub(super) struct Seat {
    /// The class that the flow belongs to, or that it is.
    pub class: u32,
    /// Its place in the list of those who have joined.
    pub place: u32,
    /// How many peaks its class had noted when it joined.
    pub peaks_before: u32,
    /// Changes whenever what a class has noted of the flow becomes void.
    pub stamp: u32,
    /// It has not been given a rate in its class yet.
    pub is_new: bool,
    /// Those of its links that are not crowded stand by, see `bystander`.
    pub has_bystanders: bool,
}

/// No class.
const NONE: u32 = u32::MAX;

impl Seat {
    const EMPTY: Seat = Seat {
        class: NONE,
        place: 0,
        peaks_before: 0,
        stamp: 0,
        is_new: false,
        has_bystanders: false,
    };

    /// The flow leaves its class.
    pub fn leave(&mut self) {
        self.class = NONE;
        self.stamp += 1;
    }
}

/// The seat of flow `slot`, made if it has never been in a class.
pub(super) fn seat_of(slot: u32, seats: &mut Vec<Seat>) -> &mut Seat {
    let place = slot as usize;
    if place >= seats.len() {
        seats.resize(place + 1, Seat::EMPTY);
    }
    &mut seats[place]
}

/// Whether what was noted of flow `slot` under `stamp` is still so.
pub(super) fn is_valid(seats: &[Seat], slot: u32, stamp: u32) -> bool {
    seats[slot as usize].stamp == stamp
}
