//! Reconciling a gateway's settlement file with the stored payments.
use std::collections::{BTreeMap, BTreeSet};

use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use crate::{FactKey, PaymentFacts, RefundRegister};
use lms_kernel::{Currency, Money, MoneyError, Timestamp};

/// The kind of a movement in a settlement file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
#[non_exhaustive]
pub enum MovementKind {
    /// Money was taken.
    Capture,
    /// Money went back because we said so.
    Refund,
    /// Money went back because the bank said so.
    Reversal,
    /// The gateway keeps a fee that is of no other line.
    Fee,
    /// Money was paid out to our bank account.
    Payout,
    /// Something else, such as a reserve or a correction.
    Other,
}

/// One line of a settlement file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StatementLine {
    /// Its line in the file, from 1; the heading is the first.
    pub line: u64,
    /// What kind of movement it is.
    pub kind: MovementKind,
    /// The gateway's names for the movement, the most exact one first: a charge, its payment, the
    /// order.
    pub keys: Vec<String>,
    /// How much moved, before the fee; not negative, whatever its direction.
    pub gross: Money,
    /// The fee of the movement; below zero when one is given back.
    pub fee: Money,
    /// When it occurred, where the file says so.
    pub at: Option<Timestamp>,
    /// The payout that it is in, where the file says so.
    pub payout: Option<String>,
}

/// One movement that we know of an account at a gateway.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct KnownMovement {
    /// What kind of movement it is.
    pub kind: MovementKind,
    /// The gateway's names for it: that of the fact, that of the payment.
    pub keys: Vec<String>,
    /// How much moved; not negative.
    pub amount: Money,
}

impl KnownMovement {
    /// The movements that the facts about a payment with that reference state, each once. Money
    /// taken without a name of its own is one more, known by the reference alone.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] beyond 64 bits of smallest units.
    pub fn of(
        facts: &PaymentFacts,
        payment_reference: Option<&str>,
    ) -> Result<Vec<Self>, MoneyError> {
        let mut movements = Vec::new();
        let mut moved = |kind, key: Option<&FactKey>, minor: i64, currency| {
            if minor > 0 {
                let keys = key.map(String::as_str).into_iter().chain(payment_reference);
                let keys = keys.map(str::to_owned).collect();
                movements.push(Self { kind, keys, amount: Money::from_minor(minor, currency) });
            }
        };
        for ((key, currency), (minor, _)) in &facts.captures {
            moved(MovementKind::Capture, Some(key), *minor, *currency);
        }
        for currency in facts.totals.keys() {
            let unnamed = facts.unnamed(*currency);
            let unnamed = i64::try_from(unnamed).map_err(|_| MoneyError::Overflow)?;
            moved(MovementKind::Capture, None, unnamed, *currency);
        }
        for ((key, currency), (register, minor)) in &facts.refunds {
            if *register == RefundRegister::Succeeded {
                moved(MovementKind::Refund, Some(key), *minor, *currency);
            }
        }
        for ((key, currency), (_, minor)) in &facts.reversals {
            moved(MovementKind::Reversal, Some(key), *minor, *currency);
        }
        Ok(movements)
    }
}

/// The outcome of comparing a line, or a movement without one. Positions are those in the lists
/// given, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "finding", rename_all = "snake_case")]
pub enum ReconciliationFinding {
    /// The line is a movement that we know, to the cent.
    Matched {
        /// The line.
        line: usize,
        /// The movement.
        movement: usize,
    },
    /// The line is a movement that we know, at another amount.
    AmountDiffers {
        /// The line.
        line: usize,
        /// The movement.
        movement: usize,
        /// What the file says.
        there: Money,
        /// What we know.
        here: Money,
    },
    /// The line is a movement that we do not know.
    MissingHere {
        /// The line.
        line: usize,
    },
    /// We know a movement that no line shows.
    MissingThere {
        /// The movement.
        movement: usize,
    },
    /// The line has a fee, of its movement or as a line of its own: to be booked.
    Fee {
        /// The line.
        line: usize,
        /// How much; below zero when it is given back.
        amount: Money,
    },
}

/// A settlement file compared with the stored payments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Reconciliation {
    /// The findings: by line, and then the movements that no line shows.
    pub findings: Vec<ReconciliationFinding>,
    /// The amount that the file adds to our balance at the gateway before it is paid out, by
    /// currency: amounts taken, less refunds, less the fees.
    pub net: Vec<Money>,
}

impl Reconciliation {
    /// Whether every line and every movement has found the other, to the cent.
    pub fn is_clean(&self) -> bool {
        self.findings.iter().all(|it| {
            matches!(it, ReconciliationFinding::Matched { .. } | ReconciliationFinding::Fee { .. })
        })
    }
}

/// Compares the movements that we know of an account with the lines of a settlement file.
///
/// A line and a movement of one sort are the same when they share a name. Of several with the name
/// the one of the same amount is taken, then the first; each movement and each line is used once.
/// Names that only the first key of a line has go before those that more lines share, so that a
/// charge finds itself and not another charge of its payment. Payouts and other corrections are
/// lines without a movement of ours and are not looked for.
///
/// # Errors
/// [`MoneyError::Overflow`] if the sums are out of range.
pub fn reconcile(
    account: &[KnownMovement],
    statement: &[StatementLine],
) -> Result<Reconciliation, MoneyError> {
    let pairs = pairs(account, statement);
    let mut findings = Vec::with_capacity(statement.len());
    let mut net: BTreeMap<Currency, Money> = BTreeMap::new();
    for (at, line) in statement.iter().enumerate() {
        let found = pairs.get(&at).and_then(|it| Some((*it, account.get(*it)?)));
        match (is_ours(line.kind), found) {
            (false, _) => {}
            (true, None) => findings.push(ReconciliationFinding::MissingHere { line: at }),
            (true, Some((movement, known))) if known.amount == line.gross => {
                findings.push(ReconciliationFinding::Matched { line: at, movement });
            }
            (true, Some((movement, known))) => {
                findings.push(ReconciliationFinding::AmountDiffers {
                    line: at,
                    movement,
                    there: line.gross,
                    here: known.amount,
                })
            }
        }
        let fee = fee_of(line)?;
        if !fee.is_zero() {
            findings.push(ReconciliationFinding::Fee { line: at, amount: fee });
        }
        for change in [net_of(line)?, fee.neg()?] {
            let sum = net.entry(change.currency()).or_insert(Money::zero(change.currency()));
            *sum = sum.add(change)?;
        }
    }
    let used: BTreeSet<usize> = pairs.into_values().collect();
    let unused = (0..account.len()).filter(|it| !used.contains(it));
    findings.extend(unused.map(|movement| ReconciliationFinding::MissingThere { movement }));
    Ok(Reconciliation { findings, net: net.into_values().collect() })
}

/// Whether a kind of line has a movement of ours.
pub(crate) const fn is_ours(kind: MovementKind) -> bool {
    matches!(kind, MovementKind::Capture | MovementKind::Refund | MovementKind::Reversal)
}

fn fee_of(line: &StatementLine) -> Result<Money, MoneyError> {
    match line.kind {
        MovementKind::Fee => line.gross.add(line.fee),
        _ => Ok(line.fee),
    }
}

fn net_of(line: &StatementLine) -> Result<Money, MoneyError> {
    match line.kind {
        MovementKind::Capture => Ok(line.gross),
        MovementKind::Refund | MovementKind::Reversal => line.gross.neg(),
        MovementKind::Fee | MovementKind::Payout | MovementKind::Other => {
            Ok(Money::zero(line.gross.currency()))
        }
    }
}

/// Which movement each line is: by name and amount first, then by name alone; with each, by the
/// most exact name first.
fn pairs(account: &[KnownMovement], statement: &[StatementLine]) -> BTreeMap<usize, usize> {
    let mut by_name: BTreeMap<(MovementKind, &str), Vec<usize>> = BTreeMap::new();
    for (at, movement) in account.iter().enumerate() {
        for key in &movement.keys {
            by_name.entry((movement.kind, key)).or_default().push(at);
        }
    }
    let most_names = statement.iter().map(|it| it.keys.len()).max().unwrap_or(0);
    let mut pairs = BTreeMap::new();
    let mut used = BTreeSet::new();
    for exact in [true, false] {
        for name in 0..most_names {
            for (at, line) in statement.iter().enumerate() {
                let Some(key) = line.keys.get(name) else { continue };
                if pairs.contains_key(&at) || !is_ours(line.kind) {
                    continue;
                }
                let candidates = by_name.get(&(line.kind, key.as_str())).into_iter().flatten();
                let found = candidates.copied().find(|it| {
                    let fits = account.get(*it).is_some_and(|it| it.amount == line.gross);
                    !used.contains(it) && (fits || !exact)
                });
                if let Some(found) = found {
                    used.insert(found);
                    pairs.insert(at, found);
                }
            }
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use std::slice;

    use proptest::prelude::*;

    use super::*;
    use crate::PaymentFact;

    fn usd(minor: i64) -> Money {
        Money::from_minor(minor, Currency::USD)
    }

    fn line(kind: MovementKind, keys: &[&str], gross: i64, fee: i64) -> StatementLine {
        StatementLine {
            line: 2,
            kind,
            keys: keys.iter().map(|it| (*it).to_owned()).collect(),
            gross: usd(gross),
            fee: usd(fee),
            at: None,
            payout: None,
        }
    }

    fn known(kind: MovementKind, keys: &[&str], amount: i64) -> KnownMovement {
        let keys = keys.iter().map(|it| (*it).to_owned()).collect();
        KnownMovement { kind, keys, amount: usd(amount) }
    }

    #[test]
    fn every_line_says_what_it_is() {
        use MovementKind::{Capture, Fee, Payout, Refund, Reversal};
        let account = [
            known(Capture, &["ch_1", "pi_1"], 10_000),
            known(Capture, &["ch_2", "pi_2"], 50_00),
            known(Refund, &["re_1", "pi_1"], 20_00),
            known(Capture, &["ch_9", "pi_9"], 7_00),
        ];
        let statement = [
            line(Capture, &["ch_1", "pi_1"], 10_000, 320),
            line(Capture, &["ch_2", "pi_2"], 49_00, 1_75),
            line(Refund, &["re_1", "pi_1"], 20_00, 0),
            line(Reversal, &["dp_1", "ch_2"], 49_00, 15_00),
            line(Fee, &["fee_1"], 2_00, 0),
            line(Payout, &["po_1"], 59_05, 0),
        ];
        let found = reconcile(&account, &statement).unwrap();
        assert_eq!(
            found.findings,
            [
                ReconciliationFinding::Matched { line: 0, movement: 0 },
                ReconciliationFinding::Fee { line: 0, amount: usd(320) },
                ReconciliationFinding::AmountDiffers {
                    line: 1,
                    movement: 1,
                    there: usd(49_00),
                    here: usd(50_00)
                },
                ReconciliationFinding::Fee { line: 1, amount: usd(1_75) },
                ReconciliationFinding::Matched { line: 2, movement: 2 },
                ReconciliationFinding::MissingHere { line: 3 },
                ReconciliationFinding::Fee { line: 3, amount: usd(15_00) },
                ReconciliationFinding::Fee { line: 4, amount: usd(2_00) },
                ReconciliationFinding::MissingThere { movement: 3 },
            ]
        );
        // 100 + 49 − 20 − 49 − 3.20 − 1.75 − 15 − 2.
        assert_eq!(found.net, [usd(58_05)]);
        assert!(!found.is_clean());
        assert!(reconcile(&[], &[]).unwrap().is_clean());
    }

    #[test]
    fn two_refunds_of_one_payment_find_each_their_own() {
        use MovementKind::Refund;
        let account =
            [known(Refund, &["re_1", "pi_1"], 5_00), known(Refund, &["re_2", "pi_1"], 7_00)];
        // The file names only the payment: the amount tells them apart.
        let statement = [line(Refund, &["pi_1"], 7_00, 0), line(Refund, &["pi_1"], 5_00, 0)];
        let found = reconcile(&account, &statement).unwrap().findings;
        let wanted = [
            ReconciliationFinding::Matched { line: 0, movement: 1 },
            ReconciliationFinding::Matched { line: 1, movement: 0 },
        ];
        assert_eq!(found, wanted);
        // The same line twice is one movement and one that we do not know.
        let twice = [line(Refund, &["re_1"], 5_00, 0), line(Refund, &["re_1"], 5_00, 0)];
        let found = reconcile(&account, &twice).unwrap().findings;
        assert_eq!(found[1], ReconciliationFinding::MissingHere { line: 1 });
        assert_eq!(found[2], ReconciliationFinding::MissingThere { movement: 1 });
    }

    #[test]
    fn each_movement_that_facts_state_is_known_once() {
        let at = Timestamp::EPOCH;
        let refund =
            |register| PaymentFact::Refund { key: "re".into(), amount: usd(5_00), register };
        let charge = PaymentFact::Capture { key: "ch".into(), amount: usd(60_00), at };
        let total = PaymentFact::CaptureTotal { amount: usd(60_00), at };
        let moved = |facts: &[&PaymentFact]| {
            let facts = PaymentFacts::of(Currency::USD, facts.iter().copied());
            KnownMovement::of(&facts, Some("pi")).unwrap()
        };
        let named = known(MovementKind::Capture, &["ch", "pi"], 60_00);
        assert_eq!(moved(&[&total]), [known(MovementKind::Capture, &["pi"], 60_00)]);
        assert_eq!(
            moved(&[&total, &charge]),
            slice::from_ref(&named),
            "the total is of the charge"
        );
        let back = known(MovementKind::Refund, &["re", "pi"], 5_00);
        let (pending, sent) = (refund(RefundRegister::Pending), refund(RefundRegister::Succeeded));
        assert_eq!(moved(&[&charge, &pending]), slice::from_ref(&named));
        assert_eq!(moved(&[&charge, &pending, &sent]), [named.clone(), back]);
        let failed = refund(RefundRegister::Failed);
        assert_eq!(moved(&[&charge, &sent, &failed]), [named], "it came back");
        assert_eq!(moved(&[&PaymentFact::Authorise { at }]), []);
    }

    fn movements() -> impl Strategy<Value = Vec<(u8, i64)>> {
        proptest::collection::vec((0_u8..6, 1_i64..5), 0..8)
    }

    proptest! {
        /// Every line of ours and every movement is found once, and the same file is clean.
        #[test]
        fn nothing_is_lost_and_nothing_counts_twice(here in movements(), there in movements()) {
            let name = |it: u8| format!("ch_{it}");
            let account: Vec<_> = here
                .iter()
                .map(|(key, amount)| known(MovementKind::Capture, &[&name(*key)], *amount))
                .collect();
            let lines = |of: &[(u8, i64)]| -> Vec<_> {
                of.iter()
                    .map(|(key, amount)| line(MovementKind::Capture, &[&name(*key)], *amount, 0))
                    .collect()
            };
            let found = reconcile(&account, &lines(&there)).unwrap().findings;
            let (mut seen_lines, mut seen_movements) = (Vec::new(), Vec::new());
            for finding in &found {
                match finding {
                    ReconciliationFinding::Matched { line, movement }
                    | ReconciliationFinding::AmountDiffers { line, movement, .. } => {
                        seen_lines.push(*line);
                        seen_movements.push(*movement);
                    }
                    ReconciliationFinding::MissingHere { line } => seen_lines.push(*line),
                    ReconciliationFinding::MissingThere { movement } => seen_movements.push(*movement),
                    ReconciliationFinding::Fee { .. } => {}
                }
            }
            seen_lines.sort_unstable();
            seen_movements.sort_unstable();
            prop_assert_eq!(seen_lines, (0..there.len()).collect::<Vec<_>>());
            prop_assert_eq!(seen_movements, (0..here.len()).collect::<Vec<_>>());
            prop_assert!(reconcile(&account, &lines(&here)).unwrap().is_clean());
        }
    }
}
