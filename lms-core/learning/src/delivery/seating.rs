//! Seats and the waitlist of a class.
use serde::{Deserialize, Serialize};

use crate::delivery::MemberStatus;

/// How full a class is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Seating {
    /// How many seats there are; without a limit when there is none.
    pub capacity: Option<u32>,
    /// How many may wait; no one when there is no number.
    pub waitlist_capacity: Option<u32>,
    /// How many seats are taken.
    pub taken: u64,
    /// How many wait.
    pub waiting: u64,
}

impl Seating {
    /// How many seats are free; `None` when there is no limit. A class that was made smaller
    /// than it is full has none.
    pub fn seats_left(&self) -> Option<u32> {
        let taken = u32::try_from(self.taken).unwrap_or(u32::MAX);
        self.capacity.map(|capacity| capacity.saturating_sub(taken))
    }
}

/// The status of a newcomer: on a seat, on the waitlist, or (`None`) nowhere.
///
/// No one passes those who wait: while someone does, a newcomer waits too, even if a seat has just
/// become free.
pub fn seat_for_newcomer(seating: &Seating) -> Option<MemberStatus> {
    let has_seat = seating.seats_left().is_none_or(|left| left > 0);
    if has_seat && (seating.waiting == 0 || seating.capacity.is_none()) {
        return Some(MemberStatus::Active);
    }
    let may_wait = u64::from(seating.waitlist_capacity.unwrap_or(0));
    (seating.waiting < may_wait).then_some(MemberStatus::Waitlisted)
}

/// How many of those who wait get a seat now.
pub fn seats_to_fill(seating: &Seating) -> u64 {
    seating.seats_left().map_or(seating.waiting, |left| seating.waiting.min(u64::from(left)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn seating(capacity: Option<u32>, waitlist: Option<u32>, taken: u64, waiting: u64) -> Seating {
        Seating { capacity, waitlist_capacity: waitlist, taken, waiting }
    }

    #[test]
    fn the_last_seat_then_the_waitlist_then_nothing() {
        use MemberStatus::{Active, Waitlisted};
        for (taken, waiting, expected) in [
            (9, 0, Some(Active)),
            (10, 0, Some(Waitlisted)),
            (10, 1, Some(Waitlisted)),
            (10, 2, None),
            // A seat became free while somebody waits: it is not the newcomer's.
            (9, 1, Some(Waitlisted)),
            (9, 2, None),
            // The class was made smaller.
            (12, 0, Some(Waitlisted)),
        ] {
            let it = seating(Some(10), Some(2), taken, waiting);
            assert_eq!(seat_for_newcomer(&it), expected, "{it:?}");
        }
        assert_eq!(seat_for_newcomer(&seating(Some(10), None, 10, 0)), None);
        assert_eq!(seat_for_newcomer(&seating(None, None, 1_000_000, 0)), Some(Active));
        assert_eq!(seat_for_newcomer(&seating(Some(0), None, 0, 0)), None);
    }

    #[test]
    fn those_who_wait_fill_the_free_seats() {
        assert_eq!(seats_to_fill(&seating(Some(10), Some(5), 8, 5)), 2);
        assert_eq!(seats_to_fill(&seating(Some(10), Some(5), 8, 1)), 1);
        assert_eq!(seats_to_fill(&seating(Some(10), Some(5), 11, 5)), 0);
        assert_eq!(seats_to_fill(&seating(None, Some(5), 11, 5)), 5);
    }

    proptest! {
        #[test]
        fn a_class_is_never_overfull(
            capacity in 0_u32..8,
            waitlist in 0_u32..4,
            moves in proptest::collection::vec(any::<bool>(), 0..60),
        ) {
            let mut it = seating(Some(capacity), Some(waitlist), 0, 0);
            for joins in moves {
                if joins {
                    match seat_for_newcomer(&it) {
                        Some(MemberStatus::Active) => it.taken += 1,
                        Some(_) => it.waiting += 1,
                        None => {}
                    }
                } else if it.taken > 0 {
                    it.taken -= 1;
                    let promoted = seats_to_fill(&it);
                    it.taken += promoted;
                    it.waiting -= promoted;
                }
                prop_assert!(it.taken <= u64::from(capacity));
                prop_assert!(it.waiting <= u64::from(waitlist));
                // Nobody waits beside a free seat.
                prop_assert!(it.waiting == 0 || it.taken == u64::from(capacity));
            }
        }
    }
}
