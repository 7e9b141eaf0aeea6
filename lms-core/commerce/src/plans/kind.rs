//! The kind of a plan.
use lms_derive::TextEnum;

use crate::Interval;

/// The kind of a plan: how its periods are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum PlanKind {
    /// In calendar months.
    #[text("month", "monthly")]
    Month,
    /// In calendar years.
    #[text("year", "yearly", "annual")]
    Year,
    /// In days or weeks.
    Days,
    /// Not at all: it is paid once and never ends.
    Lifetime,
}

impl PlanKind {
    /// The kind of a plan with that interval; one without is for life.
    pub const fn of(interval: Option<Interval>) -> Self {
        match interval {
            Some(Interval::Months(_)) => Self::Month,
            Some(Interval::Years(_)) => Self::Year,
            Some(Interval::Days(_) | Interval::Weeks(_)) => Self::Days,
            None => Self::Lifetime,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_says_which_sort_it_is() {
        assert_eq!(PlanKind::of(Some(Interval::QUARTER)), PlanKind::Month);
        assert_eq!(PlanKind::of(Some(Interval::YEAR)), PlanKind::Year);
        assert_eq!(PlanKind::of(Some(Interval::Days(14))), PlanKind::Days);
        assert_eq!(PlanKind::of(None), PlanKind::Lifetime);
        assert_eq!("yearly".parse(), Ok(PlanKind::Year));
    }
}
