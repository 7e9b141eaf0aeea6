//! Disputes as they follow from the facts about a payment.
use crate::{DisputeStatus, FactKey, PaymentFacts};
use lms_kernel::{Money, MoneyError};

impl PaymentFacts {
    /// The part of the amount taken that is in open disputes: it may not be paid out. Never more
    /// than the amount still there.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] beyond 64 bits of smallest units.
    pub fn on_hold(&self) -> Result<Money, MoneyError> {
        let open = self.disputes.iter().filter(|((key, currency), (_, _, status))| {
            let lost = self.reversals.contains_key(&(key.clone(), *currency));
            *currency == self.currency && *status == DisputeStatus::Open && !lost
        });
        let disputed = self.undone(open.map(|(_, (of, minor, _))| (of.as_ref(), *minor)));
        let there = (self.c() - self.r() - self.v()).max(0);
        self.money(disputed.min(there))
    }

    /// Every dispute in the payment's currency: the provider's name, the status, the amount.
    pub fn disputes(&self) -> Vec<(FactKey, DisputeStatus, Money)> {
        let own = self.disputes.iter().filter(|((_, currency), _)| *currency == self.currency);
        own.map(|((key, currency), (_, minor, status))| {
            let taken = self.reversals.contains_key(&(key.clone(), *currency));
            let status = if taken { DisputeStatus::Lost } else { *status };
            (key.clone(), status, Money::from_minor(*minor, *currency))
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::{PaymentFact, PaymentStatus, RefundRegister};
    use lms_kernel::{Currency, Timestamp};

    use super::*;

    fn eur(minor: i64) -> Money {
        Money::from_minor(minor, Currency::EUR)
    }

    fn capture(key: &str, minor: i64) -> PaymentFact {
        PaymentFact::Capture { key: key.into(), amount: eur(minor), at: Timestamp::EPOCH }
    }

    fn refund(key: &str, minor: i64, register: RefundRegister) -> PaymentFact {
        PaymentFact::Refund { key: key.into(), amount: eur(minor), register }
    }

    fn reverse(key: &str, minor: i64, of: Option<&str>) -> PaymentFact {
        PaymentFact::Reverse { key: key.into(), amount: eur(minor), of: of.map(Into::into) }
    }

    fn opened(key: &str, minor: i64, of: Option<&str>) -> PaymentFact {
        let of = of.map(Into::into);
        PaymentFact::DisputeOpened { key: key.into(), amount: eur(minor), of }
    }

    fn won(key: &str, minor: i64) -> PaymentFact {
        PaymentFact::DisputeWon { key: key.into(), amount: eur(minor), of: None }
    }

    #[test]
    fn an_open_dispute_holds_money_and_a_lost_one_takes_it() {
        use DisputeStatus::{Lost, Open, Won};
        let check = |facts: &[PaymentFact], hold: i64, payment, dispute| {
            let known = PaymentFacts::of(Currency::EUR, facts);
            assert_eq!(known.on_hold(), Ok(eur(hold)), "{facts:?}");
            assert_eq!(known.status(), payment, "{facts:?}");
            assert_eq!(known.disputes()[0].1, dispute, "{facts:?}");
        };
        let (taken, open) = (capture("c", 100), opened("d", 40, Some("c")));
        check(&[taken.clone(), open.clone()], 40, PaymentStatus::Completed, Open);
        check(&[open.clone(), won("d", 40), taken.clone()], 0, PaymentStatus::Completed, Won);
        let lost = reverse("d", 40, Some("c"));
        check(&[taken.clone(), open.clone(), lost.clone()], 0, PaymentStatus::Completed, Lost);
        // The bank's last word counts against us.
        check(&[taken.clone(), won("d", 40), lost], 0, PaymentStatus::Completed, Lost);
        let decided = PaymentFact::DisputeLost { key: "d".into(), amount: eur(40), of: None };
        check(&[decided, taken.clone(), open.clone()], 0, PaymentStatus::Completed, Lost);
        // What went back already is not on hold as well.
        let back = refund("r", 80, RefundRegister::Succeeded);
        check(&[taken.clone(), open.clone(), back], 20, PaymentStatus::Completed, Open);
        check(&[open], 0, PaymentStatus::Pending, Open);
    }
}
