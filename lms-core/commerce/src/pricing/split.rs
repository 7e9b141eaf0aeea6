//! Splitting the revenue of a sale.
use lms_derive::{DomainError, TextEnum};
use serde::{Deserialize, Serialize};

use lms_kernel::{Id, Money, MoneyError, Percent, Rounding};
use lms_people::identity::Membership;

/// For what someone gets a share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum ShareRole {
    /// For teaching it.
    Instructor,
    /// For bringing the sale.
    Commission,
}

/// A rule: someone gets a percentage of what a sale leaves after tax.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ShareRule {
    /// The payee's membership.
    pub beneficiary: Id<Membership>,
    /// For what.
    pub role: ShareRole,
    /// How much of the net amount.
    pub percent: Percent,
}

/// A beneficiary's share of a line that is paid in full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LineShare {
    /// The payee's membership.
    pub beneficiary: Id<Membership>,
    /// For what.
    pub role: ShareRole,
    /// The amount.
    pub amount: Money,
}

/// The split of one line between tenant, beneficiaries and tax; the parts always sum to its total.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RevenueSplit {
    /// What belongs to the state.
    pub tax: Money,
    /// What the gateway charged.
    pub gateway_fee: Money,
    /// What belongs to beneficiaries, in the order of the rules.
    pub shares: Vec<LineShare>,
    /// What is left for the tenant. Below zero when the fee is more than it had.
    pub platform: Money,
}

/// Why a sale cannot be split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum SplitError {
    /// More than everything is given away.
    #[error("the shares of one thing must not exceed 100 percent")]
    #[fault(invalid, field = "percent")]
    MoreThanAll,
    /// Amounts cannot be summed up.
    #[error("the sale cannot be split: {0}")]
    #[fault(invalid)]
    Money(#[from] MoneyError),
}

impl RevenueSplit {
    /// Splits a line: tax goes to the state, the rules share out the net amount by largest
    /// remainder, the gateway's fee comes out of what the tenant has left.
    ///
    /// # Errors
    /// [`SplitError`].
    pub fn of(
        net: Money,
        tax: Money,
        gateway_fee: Money,
        rules: &[ShareRule],
    ) -> Result<Self, SplitError> {
        let given: i64 = rules.iter().map(|it| it.percent.ten_thousandths()).sum();
        let rest = Percent::HUNDRED.ten_thousandths() - given;
        if rest < 0 {
            return Err(SplitError::MoreThanAll);
        }
        let mut weights: Vec<i64> = rules.iter().map(|it| it.percent.ten_thousandths()).collect();
        weights.push(rest);
        let mut parts = net.allocate_by(&weights)?;
        let left = parts.pop().unwrap_or(Money::zero(net.currency()));
        let shares = rules
            .iter()
            .zip(parts)
            .map(|(rule, amount)| LineShare {
                beneficiary: rule.beneficiary,
                role: rule.role,
                amount,
            })
            .collect();
        Ok(Self { tax, gateway_fee, shares, platform: left.sub(gateway_fee)? })
    }

    /// The sum of all parts: what the line costs with tax.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`].
    pub fn total(&self) -> Result<Money, MoneyError> {
        let shares = self.shares.iter().map(|it| it.amount);
        let own = [self.tax, self.gateway_fee, self.platform];
        Money::sum(own.into_iter().chain(shares), self.tax.currency())
    }
}

/// Splits what is kept of a whole that consists of `parts`, by their ratios and in their order:
/// first the first part from all others, then the second from those after it, and so on, each
/// rounded once, half up.
///
/// It is one cumulative allocation. The parts of the whole are the whole's parts; the parts of
/// what is kept sum to it; and each part grows, or stays, with what is kept: a larger refund never
/// raises what anyone is owed. What a step moves is the difference of two such splits, so a chain
/// of partial payments and refunds sums to what is kept in the end. A part is at most half a
/// unit from its exact share of what the parts before it left. (Largest remainders are nearer, but
/// a part may shrink there when the whole grows: the Alabama paradox.)
///
/// # Errors
/// [`MoneyError::NegativeRatio`] for a part below zero; [`MoneyError::Overflow`].
pub fn earned_parts(parts: &[Money], earned: Money) -> Result<Vec<Money>, MoneyError> {
    if parts.iter().any(|it| it.is_negative()) {
        return Err(MoneyError::NegativeRatio);
    }
    let mut whole: i128 = parts.iter().map(|it| i128::from(it.minor())).sum();
    let mut left = earned;
    let mut split = Vec::with_capacity(parts.len());
    for part in parts {
        let share = match i128::from(part.minor()) {
            0 => Money::zero(earned.currency()),
            minor => left.scale_by(minor, whole, Rounding::HalfUp)?,
        };
        whole -= i128::from(part.minor());
        left = left.sub(share)?;
        split.push(share);
    }
    Ok(split)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use lms_kernel::Currency;

    fn eur(minor: i64) -> Money {
        Money::from_minor(minor, Currency::EUR)
    }

    fn rule(person: u128, role: ShareRole, percent: &str) -> ShareRule {
        let beneficiary = Id::from_uuid(Uuid::from_u128(person));
        ShareRule { beneficiary, role, percent: percent.parse().unwrap() }
    }

    #[test]
    fn everybody_gets_their_part_and_the_tenant_the_rest() {
        let rules = [rule(1, ShareRole::Instructor, "70"), rule(2, ShareRole::Commission, "12.5")];
        let split = RevenueSplit::of(eur(10_000), eur(1_900), eur(320), &rules).unwrap();
        assert_eq!(
            split.shares.iter().map(|it| it.amount.minor()).collect::<Vec<_>>(),
            [7_000, 1_250]
        );
        assert_eq!(split.platform, eur(1_430));
        assert_eq!(split.total(), Ok(eur(11_900)));
        let more = [rules[0], rule(2, ShareRole::Commission, "30.0001")];
        let refused = RevenueSplit::of(eur(1), eur(0), eur(0), &more);
        assert_eq!(refused, Err(SplitError::MoreThanAll));
    }

    proptest! {
        #[test]
        fn parts_sum_to_what_was_captured(
            net in 0_i64..1_000_000,
            tax in 0_i64..200_000,
            fee in 0_i64..5_000,
            first in 0_i64..=500_000,
            second in 0_i64..=500_000,
        ) {
            let percent = |it| Percent::from_ten_thousandths(it).unwrap();
            let rules = [
                ShareRule { percent: percent(first), ..rule(1, ShareRole::Instructor, "0") },
                ShareRule { percent: percent(second), ..rule(2, ShareRole::Commission, "0") },
            ];
            let split = RevenueSplit::of(eur(net), eur(tax), eur(fee), &rules).unwrap();
            prop_assert_eq!(split.total(), Ok(eur(net + tax)));
        }

        #[test]
        fn a_larger_refund_never_raises_what_stays_owed(
            parts in proptest::collection::vec(0_i64..3_000, 1..6),
            refunds in proptest::collection::vec(0_i64..100, 1..20),
        ) {
            let whole: i64 = parts.iter().sum();
            let parts: Vec<_> = parts.into_iter().map(eur).collect();
            let mut kept = whole;
            let mut before = earned_parts(&parts, eur(kept)).unwrap();
            prop_assert_eq!(&before, &parts);
            for refund in refunds {
                kept = (kept - refund).max(0);
                let now = earned_parts(&parts, eur(kept)).unwrap();
                prop_assert_eq!(Money::sum(now.iter().copied(), Currency::EUR), Ok(eur(kept)));
                for (now, before) in now.iter().zip(&before) {
                    prop_assert!(!now.is_negative() && now.minor() <= before.minor());
                }
                before = now;
            }
        }

        /// Splitting a part further changes nothing of the parts before it.
        #[test]
        fn the_tax_does_not_depend_on_who_shares_the_rest(
            tax in 0_i64..1_000,
            first in 0_i64..1_000,
            second in 0_i64..1_000,
            kept in 0_i64..=100,
        ) {
            let kept = eur((tax + first + second) * kept / 100);
            let fine = earned_parts(&[eur(tax), eur(first), eur(second)], kept).unwrap();
            let coarse = earned_parts(&[eur(tax), eur(first + second)], kept).unwrap();
            prop_assert_eq!(fine[0], coarse[0]);
        }

        #[test]
        fn a_chain_of_parts_sums_to_the_whole(
            parts in proptest::collection::vec(0_i64..10_000, 1..6),
            cuts in proptest::collection::vec(0_i64..=100, 1..6),
        ) {
            let whole: i64 = parts.iter().sum();
            let parts: Vec<_> = parts.into_iter().map(eur).collect();
            let mut before = vec![eur(0); parts.len()];
            let mut moved = vec![0; parts.len()];
            for earned in cuts.iter().map(|it| whole * it / 100).chain([whole]) {
                let now = earned_parts(&parts, eur(earned)).unwrap();
                prop_assert_eq!(Money::sum(now.iter().copied(), Currency::EUR), Ok(eur(earned)));
                for ((moved, now), before) in moved.iter_mut().zip(&now).zip(&before) {
                    *moved += now.minor() - before.minor();
                }
                before = now;
            }
            prop_assert_eq!(moved, parts.iter().map(|it| it.minor()).collect::<Vec<_>>());
        }
    }
}
