//! The machine of a bill.
use lms_derive::TextEnum;

use crate::{NoOpReason, Rejected, Step, Transition};

/// Where a bill stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum InvoiceStatus {
    /// It is made anew whenever somebody asks.
    Draft,
    /// It has a number, never changes, and waits for money.
    Issued,
    /// It was not paid in time.
    Overdue,
    /// It is paid.
    Paid,
    /// It does not count.
    Void,
}

/// What happens to a bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum InvoiceEvent {
    /// It is made anew.
    Regenerate,
    /// It is issued.
    Issue,
    /// The time to pay is over.
    DueDatePassed,
    /// All of it is paid.
    Pay,
    /// It is taken back.
    Void,
}

impl InvoiceStatus {
    /// The whole transition table. A paid bill is corrected by a credit note.
    ///
    /// # Errors
    /// [`Rejected`] for a pair that the table does not list.
    pub fn apply(self, event: InvoiceEvent) -> Transition<Self> {
        use InvoiceEvent as E;
        use InvoiceStatus as S;
        use NoOpReason::{Repeated, Stale};
        use Step::{Applied, NoOp};
        let rejected = Err(Rejected::new("bill", self.as_str(), event.as_str()));
        match (self, event) {
            (S::Draft, E::Regenerate) => Ok(Applied(S::Draft)),
            (S::Draft, E::Issue) => Ok(Applied(S::Issued)),
            (S::Draft, E::Void) => Ok(Applied(S::Void)),
            (S::Draft, E::DueDatePassed | E::Pay) => rejected,

            (S::Issued, E::Issue) => Ok(NoOp(Repeated)),
            (S::Issued, E::DueDatePassed) => Ok(Applied(S::Overdue)),
            (S::Issued | S::Overdue, E::Pay) => Ok(Applied(S::Paid)),
            (S::Issued | S::Overdue, E::Void) => Ok(Applied(S::Void)),
            (S::Issued | S::Overdue | S::Paid | S::Void, E::Regenerate) => rejected,

            (S::Overdue | S::Paid, E::Issue) => Ok(NoOp(Stale)),
            (S::Overdue, E::DueDatePassed) => Ok(NoOp(Repeated)),
            (S::Paid | S::Void, E::DueDatePassed) => Ok(NoOp(Stale)),
            (S::Paid, E::Pay) => Ok(NoOp(Repeated)),
            (S::Paid, E::Void) => rejected,

            (S::Void, E::Issue | E::Pay) => rejected,
            (S::Void, E::Void) => Ok(NoOp(Repeated)),
        }
    }

    /// Whether it was issued and counts: its month is frozen.
    pub const fn counts(self) -> bool {
        matches!(self, Self::Issued | Self::Overdue | Self::Paid)
    }

    /// Those that count.
    pub const COUNTING: [Self; 3] = [Self::Issued, Self::Overdue, Self::Paid];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transition::{cell, check_table, moves};

    #[test]
    fn every_cell_is_as_agreed() {
        let table = "
            draft × regenerate = draft
            draft × issue = issued
            draft × due_date_passed = -
            draft × pay = -
            draft × void = void
            issued × regenerate = -
            issued × issue = repeated
            issued × due_date_passed = overdue
            issued × pay = paid
            issued × void = void
            overdue × regenerate = -
            overdue × issue = stale
            overdue × due_date_passed = repeated
            overdue × pay = paid
            overdue × void = void
            paid × regenerate = -
            paid × issue = stale
            paid × due_date_passed = stale
            paid × pay = repeated
            paid × void = -
            void × regenerate = -
            void × issue = -
            void × due_date_passed = stale
            void × pay = -
            void × void = repeated";
        check_table(InvoiceStatus::ALL, InvoiceEvent::ALL, table, |state, event| {
            cell(state.apply(event))
        });
    }

    #[test]
    fn paid_and_void_are_final() {
        for (from, event, _) in moves(InvoiceStatus::ALL, InvoiceEvent::ALL, InvoiceStatus::apply) {
            let over = matches!(from, InvoiceStatus::Paid | InvoiceStatus::Void);
            assert!(!over, "{from} {event}");
        }
    }
}
