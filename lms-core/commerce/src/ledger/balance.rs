//! Balances of accounts, and the income and expenses of a unit.
use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{Account, LedgerEntry, LedgerKind, LedgerLine};
use lms_kernel::{Currency, Id, Money, MoneyError, TimeRange};
use lms_people::tenancy::OrgUnit;
use lms_store::operation::{Effect, Part};
use lms_store::{PageSize, Report, StoreError, Transaction};

/// What an account comes to in each currency: debits less credits, read from its lines.
///
/// # Errors
/// [`StoreError`].
#[derive(Clone, Copy, Debug)]
pub struct AccountBalance {
    /// The account.
    pub account: Account,
}

impl Part for AccountBalance {
    const NAME: &'static str = "commerce.account_balance";
    const EFFECT: Effect = Effect::Reads;
    type Answer = Vec<Money>;
    type Error = StoreError;

    async fn run(self, tx: &mut Transaction) -> Result<Vec<Money>, StoreError> {
        balance_of(tx, self.account).await
    }
}

async fn balance_of(tx: &mut Transaction, account: Account) -> Result<Vec<Money>, StoreError> {
    let mut sums: BTreeMap<Currency, i64> = BTreeMap::new();
    let mut after = None;
    loop {
        let query = LedgerLine::of_account(account).page(PageSize::MAX, after);
        let page = tx.page(query).await?;
        for line in page.items {
            let sum = sums.entry(line.amount.currency()).or_default();
            *sum = sum.saturating_add(line.amount.minor());
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    Ok(sums.into_iter().map(|(currency, minor)| Money::from_minor(minor, currency)).collect())
}

/// The income and expenses of a unit in a time span, by kind of entry and currency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UnitFinances {
    /// The unit.
    pub org_unit_id: Id<OrgUnit>,
    /// The time.
    pub during: TimeRange,
}

/// The sum of one kind of entry in one currency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FinanceTotal {
    /// The kind of entry.
    pub kind: LedgerKind,
    /// The sum, above zero for money that came in and below for money that went out.
    pub total: Money,
}

impl LedgerKind {
    /// Whether the unit has less money after it.
    pub const fn is_outgoing(self) -> bool {
        match self {
            Self::Payment | Self::Sale | Self::WalletTransfer | Self::Adjustment => false,
            Self::Salary
            | Self::Expense
            | Self::Reimbursement
            | Self::Refund
            | Self::Reversal
            | Self::GatewayFee
            | Self::Payout => true,
        }
    }
}

#[async_trait]
impl Report for UnitFinances {
    const NAME: &'static str = "commerce.unit_finances";
    type Output = Vec<FinanceTotal>;

    async fn compute(&self, tx: &mut Transaction) -> Result<Self::Output, StoreError> {
        let within = LedgerEntry::OCCURRED_AT
            .ge(self.during.start())
            .and(LedgerEntry::OCCURRED_AT.lt(self.during.end()));
        let mut totals: BTreeMap<(LedgerKind, Currency), Result<Money, MoneyError>> =
            BTreeMap::new();
        let mut after = None;
        loop {
            let query = LedgerEntry::of_unit(self.org_unit_id).and(within.clone());
            let page = tx.page(query.page(PageSize::MAX, after)).await?;
            for entry in page.items {
                let currency = entry.amount.currency();
                let amount = match entry.kind.is_outgoing() {
                    true => entry.amount.neg(),
                    false => Ok(entry.amount),
                };
                let sum = totals.entry((entry.kind, currency)).or_insert(Ok(Money::zero(currency)));
                *sum = sum.and_then(|sum| sum.add(amount?));
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        totals
            .into_iter()
            .map(|((kind, _), total)| match total {
                Ok(total) => Ok(FinanceTotal { kind, total }),
                Err(error) => {
                    Err(StoreError::Backend { backend: Self::NAME, source: Box::new(error) })
                }
            })
            .collect()
    }
}
