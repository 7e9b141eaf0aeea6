//! Reconciling a settlement file of an account.
use std::collections::{BTreeMap, BTreeSet};

use lms_derive::DomainError;
use lms_store::operation::{Access, Operation, operation};
use serde::{Deserialize, Serialize};

use crate::{
    Account, AccountKind, GatewayAccount, KnownMovement, LedgerEntry, LedgerError, LedgerKind,
    MAX_FACT_KEY_LENGTH, MovementKind, Payment, PaymentError, PaymentFact, PaymentFactRecord,
    PaymentQuestionDue, Reconciliation, ReconciliationFinding, SettlementDifferenceFound,
    StatementLine,
    ledger::{post, transfer},
    payments::{facts_told, is_ours},
    reconcile,
    settlement::learn,
};
use lms_kernel::{Id, Money, MoneyError, Timestamp};
use lms_people::authorization::{AuthorizationError, Permission, TheTenant, authorize_on};
use lms_store::{IdempotencyError, Query, StoreError, Transaction};

/// The most lines of one settlement file that are reconciled at once.
pub const MAX_STATEMENT_LINES: usize = 2_000;

/// How many names one question to the store asks for.
const NAMES_AT_ONCE: usize = 200;

/// Why a settlement file was not reconciled.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum StatementError {
    /// There are too many lines.
    #[error("a statement has at most {most} lines; reconcile it in parts")]
    #[fault(invalid, field = "lines")]
    TooManyLines {
        /// The most lines.
        most: usize,
    },
    /// The end of the time is not after its beginning.
    #[error("the time that the statement covers must end after it begins")]
    #[fault(invalid, field = "to")]
    Period,
    /// Amounts cannot be summed up.
    #[error("the statement's total cannot be computed: {0}")]
    #[fault(invalid)]
    Money(#[from] MoneyError),
    /// A fee cannot be added to its payment.
    #[error(transparent)]
    #[fault(transparent)]
    Payment(#[from] PaymentError),
    /// A fee cannot be booked.
    #[error(transparent)]
    #[fault(transparent)]
    Ledger(#[from] LedgerError),
    /// The idempotency key does not fit.
    #[error(transparent)]
    #[fault(transparent)]
    Idempotency(#[from] IdempotencyError),
    /// The actor may not do this.
    #[error(transparent)]
    #[fault(transparent)]
    Denied(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

/// Compares a settlement file of a gateway account with the stored payments, line by line, books
/// the fees in it, and announces each difference for a person to decide.
///
/// A fee of a movement becomes a fact of its payment, so that it is booked once however often the
/// file is reconciled and whether a message of the gateway states it before or after. The fee of a
/// movement whose payment is not known is booked when the payment is known and the file reconciled
/// again; one of no movement is booked by itself, once for each line's first name. Where a line and a payment differ, the gateway is asked about the payment
/// by [`PaymentQuestionDue`]. No line changes what a payment took: facts come from the gateway.
///
/// # Permission
/// `payments.record`.
///
/// # Locks
/// The rows of the orders whose payments have new fees.
///
/// # Errors
/// [`StatementError`].
#[operation("commerce.reconcile_statement")]
#[derive(PartialEq)]
pub struct ReconcileStatement {
    /// The gateway account that the file is of.
    pub account: Id<GatewayAccount>,
    /// The lines of the file in its order, at most 2,000.
    pub lines: Vec<StatementLine>,
    /// The first instant of the time that the file covers.
    pub from: Timestamp,
    /// The end of that time, not included. What is stored in it and is on no line is missing there.
    pub to: Timestamp,
}

/// A stored movement that a statement was compared with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StatementMovement {
    /// The payment that it is of.
    pub payment_id: Id<Payment>,
    /// The movement.
    pub movement: KnownMovement,
}

/// The outcome of reconciling a statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StatementReport {
    /// The findings by line, then what no line shows. Positions are those in the given lines and in
    /// `movements`.
    pub reconciliation: Reconciliation,
    /// The stored movements.
    pub movements: Vec<StatementMovement>,
    /// How many fees were booked now.
    pub fees_booked: usize,
    /// How many differences a person has to decide on.
    pub differences: usize,
}

impl Operation for ReconcileStatement {
    const ACCESS: Access = Access::Asks(&[Permission::PAYMENTS_RECORD]);
    type Answer = StatementReport;
    type Error = StatementError;

    async fn run(self, tx: &mut Transaction) -> Result<StatementReport, StatementError> {
        authorize_on(tx, Permission::PAYMENTS_RECORD, &TheTenant).await?;
        if self.lines.len() > MAX_STATEMENT_LINES {
            return Err(StatementError::TooManyLines { most: MAX_STATEMENT_LINES });
        }
        if self.to <= self.from {
            return Err(StatementError::Period);
        }
        let account = tx.require(self.account).await?;
        let payments = payments_of(tx, &account.key(), &self).await?;
        let (movements, outside) = movements_of(tx, &payments, &self).await?;
        let known: Vec<_> = movements.iter().map(|it| it.movement.clone()).collect();
        let mut reconciliation = reconcile(&known, &self.lines)?;
        // What happened at another time is on another file.
        reconciliation.findings.retain(|it| match it {
            ReconciliationFinding::MissingThere { movement } => !outside.contains(movement),
            _ => true,
        });
        let fees_booked = book_fees(tx, &self, &payments, &reconciliation, &movements).await?;
        let differences = announce(tx, &self, (&account, &payments), &reconciliation, &movements);
        Ok(StatementReport { reconciliation, movements, fees_booked, differences })
    }
}

/// The payments of the account that lines name, or in which money was taken in the time.
async fn payments_of(
    tx: &mut Transaction,
    gateway: &str,
    statement: &ReconcileStatement,
) -> Result<BTreeMap<Id<Payment>, Payment>, StatementError> {
    let names: BTreeSet<_> = statement.lines.iter().flat_map(|it| it.keys.iter()).collect();
    let names: Vec<_> = names.into_iter().cloned().collect();
    let own = || Payment::GATEWAY.is(gateway.to_owned());
    let mut found = BTreeMap::new();
    for names in names.chunks(NAMES_AT_ONCE) {
        let named = Payment::PROVIDER_REF.is_some_in(names.iter().cloned());
        for payment in tx.all(Query::filter(own().and(named))).await? {
            found.insert(payment.id, payment);
        }
    }
    // Some gateways know a payment by our own name for it.
    let ours: Vec<Id<Payment>> = names.iter().filter_map(|it| it.parse().ok()).collect();
    for ids in ours.chunks(NAMES_AT_ONCE) {
        let named = Payment::ID.is_in(ids.iter().copied());
        for payment in tx.all(Query::filter(own().and(named))).await? {
            found.insert(payment.id, payment);
        }
    }
    let taken = Payment::PAID_AT.is_ge(statement.from).and(Payment::PAID_AT.is_lt(statement.to));
    for payment in tx.all(Query::filter(own().and(taken))).await? {
        found.insert(payment.id, payment);
    }
    Ok(found)
}

/// What is stored of those payments, and the positions of what happened outside the time.
async fn movements_of(
    tx: &mut Transaction,
    payments: &BTreeMap<Id<Payment>, Payment>,
    statement: &ReconcileStatement,
) -> Result<(Vec<StatementMovement>, BTreeSet<usize>), StatementError> {
    let (mut movements, mut outside) = (Vec::new(), BTreeSet::new());
    for payment in payments.values() {
        let told = tx.all(PaymentFactRecord::of_payment(payment.id)).await?;
        let facts = told.iter().map(PaymentFactRecord::fact).collect::<Result<Vec<_>, _>>()?;
        let facts = payment.facts(&facts);
        for movement in KnownMovement::of(&facts, payment.provider_ref.as_deref())? {
            let record =
                told.iter().find(|it| it.key.is_some() && it.key.as_ref() == movement.keys.first());
            // Refunds and reversals have no time of their own: they are as old as their news.
            let at = record.map(|it| it.occurred_at.unwrap_or(it.stamp.created_at));
            let at = at.or(payment.paid_at);
            if !at.is_some_and(|at| statement.from <= at && at < statement.to) {
                outside.insert(movements.len());
            }
            movements.push(StatementMovement { payment_id: payment.id, movement });
        }
    }
    Ok((movements, outside))
}

/// The payment of a line: that of the movement that it was found to be, or the one that it names.
fn payment_of(
    statement: &ReconcileStatement,
    line: usize,
    payments: &BTreeMap<Id<Payment>, Payment>,
    found: (&Reconciliation, &[StatementMovement]),
) -> Option<Id<Payment>> {
    let paired = found.0.findings.iter().find_map(|it| match it {
        ReconciliationFinding::Matched { line: at, movement }
        | ReconciliationFinding::AmountDiffers { line: at, movement, .. }
            if *at == line =>
        {
            found.1.get(*movement)
        }
        _ => None,
    });
    let keys = &statement.lines.get(line)?.keys;
    let named = || {
        let is_named = |it: &&Payment| {
            let by_gateway = it.provider_ref.as_ref().is_some_and(|name| keys.contains(name));
            by_gateway || keys.contains(&it.id.to_string())
        };
        payments.values().find(is_named).map(|it| it.id)
    };
    paired.map(|it| it.payment_id).or_else(named)
}

/// Books the fees of all lines that are not booked yet, and tells how many. The fee of a movement
/// whose payment is not known waits for it, as the movement does.
async fn book_fees(
    tx: &mut Transaction,
    statement: &ReconcileStatement,
    payments: &BTreeMap<Id<Payment>, Payment>,
    reconciliation: &Reconciliation,
    movements: &[StatementMovement],
) -> Result<usize, StatementError> {
    let (mut of_payments, mut booked) = (Vec::new(), 0);
    for finding in &reconciliation.findings {
        let ReconciliationFinding::Fee { line, amount } = finding else { continue };
        let Some(entry) = statement.lines.get(*line) else { continue };
        let payment = payment_of(statement, *line, payments, (reconciliation, movements));
        match payment.and_then(|it| payments.get(&it)) {
            Some(it) if amount.is_positive() && it.amount.currency() == amount.currency() => {
                of_payments.push((it.order_id, it.id, entry, *amount));
            }
            None if is_ours(entry.kind) => {}
            _ => booked += usize::from(book_alone(tx, statement, entry, *amount).await?),
        }
    }
    // Orders are held in one order, so that no two statements wait for each other.
    of_payments.sort_by_key(|it| (it.0, it.1));
    for (order, payment, line, amount) in of_payments {
        let mut order = tx.lock(order).await?;
        let payment = tx.require(payment).await?;
        let before = facts_told(tx, &payment).await?.fees()?;
        learn(tx, &mut order, payment.id, fee_facts(line, amount), "statement").await?;
        let after = facts_told(tx, &payment).await?.fees()?;
        booked += usize::from(before != after);
    }
    Ok(booked)
}

/// What a line states of its fee: the same under each name by which a message may know it. A charge
/// is also called by its payment; a refund or a fee of its own by its own name alone.
fn fee_facts(line: &StatementLine, amount: Money) -> Vec<PaymentFact> {
    let names = match line.kind {
        MovementKind::Capture => line.keys.len(),
        _ => 1,
    };
    let whole = format!("{}:{}", line.kind, line.keys.join("|"));
    let whole: String = whole.chars().take(MAX_FACT_KEY_LENGTH).collect();
    let names = match line.keys.is_empty() {
        true => vec![name_of(line)],
        false => line.keys.iter().take(names).cloned().collect(),
    };
    let fact = |key| PaymentFact::Fee { key, amount, of: Some(whole.clone()) };
    names.into_iter().map(fact).collect()
}

/// Books a fee that is of no payment, or that the gateway credits, once.
async fn book_alone(
    tx: &mut Transaction,
    statement: &ReconcileStatement,
    line: &StatementLine,
    amount: Money,
) -> Result<bool, StatementError> {
    let name = name_of(line);
    let source = format!("statement:{}:{name}", statement.account);
    let entry = LedgerEntry {
        reference: Some(name),
        ..LedgerEntry::new(tx.cx(), LedgerKind::GatewayFee, amount.abs()?, source)
    };
    let (clearing, fees) =
        (Account::own(AccountKind::Clearing), Account::own(AccountKind::GatewayFees));
    Ok(post(tx, entry, transfer(clearing, fees, amount)?).await?)
}

/// The most exact name of a line; its place in the file where it has none.
fn name_of(line: &StatementLine) -> String {
    line.keys.first().cloned().unwrap_or_else(|| format!("line-{}", line.line))
}

/// Announces what differs, has the gateway asked about payments that it concerns, and tells how
/// many differences there are.
fn announce(
    tx: &mut Transaction,
    statement: &ReconcileStatement,
    (account, payments): (&GatewayAccount, &BTreeMap<Id<Payment>, Payment>),
    reconciliation: &Reconciliation,
    movements: &[StatementMovement],
) -> usize {
    let (mut differences, mut asked) = (0, BTreeSet::new());
    for finding in &reconciliation.findings {
        let (line, movement, there, here) = match *finding {
            ReconciliationFinding::MissingHere { line } => (Some(line), None, None, None),
            ReconciliationFinding::MissingThere { movement } => (None, Some(movement), None, None),
            ReconciliationFinding::AmountDiffers { line, movement, there, here } => {
                (Some(line), Some(movement), Some(there), Some(here))
            }
            ReconciliationFinding::Matched { .. } | ReconciliationFinding::Fee { .. } => continue,
        };
        let line_at = line.and_then(|it| statement.lines.get(it));
        let known = movement.and_then(|it| movements.get(it));
        let payment = known
            .map(|it| it.payment_id)
            .or_else(|| payment_of(statement, line?, payments, (reconciliation, movements)));
        let Some(kind) = line_at.map(|it| it.kind).or(known.map(|it| it.movement.kind)) else {
            continue;
        };
        let keys = line_at.map(|it| it.keys.clone());
        tx.emit(&SettlementDifferenceFound {
            account_id: account.id,
            line: line_at.map(|it| it.line),
            movement: kind,
            keys: keys.or(known.map(|it| it.movement.keys.clone())).unwrap_or_default(),
            payment_id: payment,
            there: there.or(line_at.map(|it| it.gross)),
            here: here.or(known.map(|it| it.movement.amount)),
        });
        differences += 1;
        if let Some(payment) = payment.and_then(|it| payments.get(&it))
            && asked.insert(payment.id)
        {
            tx.emit(&PaymentQuestionDue {
                payment_id: payment.id,
                gateway: account.key(),
                provider_ref: payment.provider_ref.clone(),
            });
        }
    }
    differences
}
