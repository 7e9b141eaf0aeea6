//! Fees as they follow from the facts about a payment.
use std::collections::{BTreeMap, BTreeSet};

use crate::{FactKey, PaymentFacts};
use lms_kernel::{Currency, Money, MoneyError};

/// The fees that were stated, by source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fees {
    /// Those that the gateway named in messages, or a person did.
    single: BTreeMap<(FactKey, Currency), i64>,
    /// Those in settlement files: by line, how much, and the names of its movement.
    settled: BTreeMap<(FactKey, Currency), (i64, BTreeSet<FactKey>)>,
}

impl Fees {
    pub(super) const fn new() -> Self {
        Self { single: BTreeMap::new(), settled: BTreeMap::new() }
    }

    /// Takes a fee in. Of two amounts for one name the greater counts, whichever came first.
    pub(super) fn learn(&mut self, key: &FactKey, amount: Money, line: Option<&FactKey>) {
        let (minor, currency) = (amount.minor(), amount.currency());
        match line {
            None => {
                let kept = self.single.entry((key.clone(), currency)).or_insert(minor);
                *kept = minor.max(*kept);
            }
            Some(line) => {
                let place = self.settled.entry((line.clone(), currency));
                let (kept, names) = place.or_insert_with(|| (minor, BTreeSet::new()));
                *kept = minor.max(*kept);
                names.insert(key.clone());
            }
        }
    }

    /// The sum in a currency: each line of a settlement file, and the fees from other sources whose
    /// movements are on no line.
    fn sum(&self, currency: Currency) -> i128 {
        let settled = || self.settled.iter().filter(|((_, it), _)| *it == currency);
        let is_settled = |key: &FactKey| settled().any(|(_, (_, names))| names.contains(key));
        let single = self.single.iter().filter(|((_, it), _)| *it == currency);
        let single = single.filter(|((key, _), _)| !is_settled(key)).map(|(_, minor)| minor);
        settled().map(|(_, (minor, _))| minor).chain(single).map(|it| i128::from(*it)).sum()
    }
}

impl PaymentFacts {
    /// The fees that the gateway keeps, in the payment's currency. A settlement file has the last
    /// word on the movements in it, so that a fee that a message stated too is counted once.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] beyond 64 bits of smallest units.
    pub fn fees(&self) -> Result<Money, MoneyError> {
        self.money(self.fees.sum(self.currency))
    }
}

#[cfg(test)]
mod tests {
    use crate::{PaymentFact, PaymentStatus};

    use super::*;

    fn eur(minor: i64) -> Money {
        Money::from_minor(minor, Currency::EUR)
    }

    fn fee(key: &str, minor: i64) -> PaymentFact {
        PaymentFact::Fee { key: key.into(), amount: eur(minor), of: None }
    }

    fn settled(line: &str, key: &str, minor: i64) -> PaymentFact {
        PaymentFact::Fee { key: key.into(), amount: eur(minor), of: Some(line.into()) }
    }

    #[test]
    fn fees_are_summed_by_name_and_change_no_status() {
        let facts = [fee("c", 3), fee("c", 3), fee("d", 15)];
        let known = PaymentFacts::of(Currency::EUR, &facts);
        assert_eq!(known.fees(), Ok(eur(18)));
        assert_eq!(known.status(), PaymentStatus::Pending);
    }

    /// Whichever of the message and the file comes first, and by whichever name: one fee.
    #[test]
    fn a_message_and_a_settlement_file_are_one_fee_in_any_order() {
        let line = || [settled("1", "ch_1", 320), settled("1", "pi_1", 320)];
        let next = || [settled("2", "ch_2", 175), settled("2", "pi_1", 175)];
        for (messages, lines, wanted) in [
            (vec![fee("ch_1", 320)], line().to_vec(), 320),
            (vec![fee("pi_1", 320)], line().to_vec(), 320),
            (vec![fee("pi_1", 325)], line().to_vec(), 320),
            (vec![fee("pi_1", 495)], [line(), next()].concat(), 495),
            (vec![fee("ch_1", 320), fee("dp_1", 1_500)], line().to_vec(), 1_820),
            (vec![], [line(), line()].concat(), 320),
        ] {
            let sum = |facts: Vec<PaymentFact>| {
                let known = PaymentFacts::of(Currency::EUR, &facts);
                known.fees().map(Money::minor)
            };
            assert_eq!(sum([messages.clone(), lines.clone()].concat()), Ok(wanted));
            assert_eq!(sum([lines.clone(), messages.clone()].concat()), Ok(wanted));
            let mut mixed = [lines, messages].concat();
            mixed.reverse();
            assert_eq!(sum(mixed), Ok(wanted));
        }
    }
}
