//! The status of an enrollment.
use lms_derive::TextEnum;

/// The status of an enrollment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
#[non_exhaustive]
pub enum EnrollmentStatus {
    /// Asked for, and not decided or paid yet.
    Pending,
    /// Waiting for a seat in a full course.
    Waitlisted,
    /// Learning.
    #[text("active", "in_progress")]
    Active,
    /// Kept out for a while, with all that was done.
    #[text("suspended", "inactive")]
    Suspended,
    /// Done; the content stays open until the enrollment expires.
    Completed,
    /// Given up.
    Dropped,
    /// Over, because its time was.
    Expired,
    /// Done before the learner took the course again: what they learned then is kept here.
    Retaken,
}

/// An event in the lifecycle of an enrollment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum EnrollmentEvent {
    /// It is decided or paid.
    Activate,
    /// A seat is free, and it is their turn.
    Promote,
    /// They are kept out for a while.
    Suspend,
    /// They may go on.
    Reinstate,
    /// They have done all that the course asks.
    Complete,
    /// They give up, or are taken out. A completed course stays completed, and its content closes.
    Drop,
    /// Its time is over.
    Expire,
    /// It gets more time, or they come back.
    Renew,
    /// They take the course again from the start, in another enrollment.
    Retake,
}

lms_kernel::machine! {
    "enrollment": EnrollmentStatus x EnrollmentEvent by event {
                   [Pending  Waitlisted  Active     Suspended  Completed  Dropped  Expired  Retaken]
        Activate:  [Active   -           -          -          -          -        -        -      ]
        Promote:   [-        Active      -          -          -          -        -        -      ]
        Suspend:   [-        -           Suspended  -          -          -        -        -      ]
        Reinstate: [-        -           -          Active     -          -        -        -      ]
        Complete:  [-        -           Completed  -          -          -        -        -      ]
        Drop:      [Dropped  Dropped     Dropped    Dropped    Completed  -        -        -      ]
        Expire:    [-        -           Expired    -          -          -        -        -      ]
        Renew:     [-        -           Active     -          Completed  Active   Active   -      ]
        Retake:    [-        -           -          -          Retaken    -        -        -      ]
    }
}

impl EnrollmentStatus {
    /// Whether the enrollment is one of which a learner has at most one per course.
    pub const fn is_live(self) -> bool {
        match self {
            Self::Pending | Self::Waitlisted | Self::Active | Self::Suspended | Self::Completed => {
                true
            }
            Self::Dropped | Self::Expired | Self::Retaken => false,
        }
    }

    /// Whether the learner learns, or has learned, in the course: those who lead the course
    /// lead the learner then.
    pub const fn is_learning(self) -> bool {
        match self {
            Self::Active | Self::Suspended | Self::Completed => true,
            Self::Pending | Self::Waitlisted | Self::Dropped | Self::Expired | Self::Retaken => {
                false
            }
        }
    }

    /// Whether the enrollment takes one of the course's seats.
    pub const fn takes_seat(self) -> bool {
        match self {
            Self::Pending | Self::Active | Self::Suspended => true,
            Self::Waitlisted | Self::Completed | Self::Dropped | Self::Expired | Self::Retaken => {
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_other_schemas_are_read() {
        assert_eq!("in_progress".parse(), Ok(EnrollmentStatus::Active));
        assert_eq!("inactive".parse(), Ok(EnrollmentStatus::Suspended));
    }
}
