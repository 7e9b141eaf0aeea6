//! The state machine of an invoice.
use lms_derive::TextEnum;
use lms_kernel::machine::Step;

/// The status of an invoice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum InvoiceStatus {
    /// It is made anew whenever someone asks.
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

/// An event in the lifecycle of an invoice.
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
    /// It is voided.
    Void,
}

lms_kernel::machine! {
    /// A paid invoice is corrected by a credit note.
    "invoice": InvoiceStatus x InvoiceEvent => Step<Self> {
                 [Regenerate  Issue   DueDatePassed  Pay   Void]
        Draft:   [Draft       Issued  -              -     Void]
        Issued:  [-           =       Overdue        Paid  Void]
        Overdue: [-           ~       =              Paid  Void]
        Paid:    [-           ~       ~              =     -   ]
        Void:    [-           -       ~              -     =   ]
    }
}

impl InvoiceStatus {
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
    use lms_kernel::machine::moves;

    #[test]
    fn paid_and_void_are_final() {
        for (from, event, _) in moves::<InvoiceStatus>() {
            let over = matches!(from, InvoiceStatus::Paid | InvoiceStatus::Void);
            assert!(!over, "{from} {event}");
        }
    }
}
