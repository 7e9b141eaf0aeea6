//! Wallets as their holders and finance see them.
use serde::{Deserialize, Serialize};

use crate::{WalletAccount, WalletError};
use lms_kernel::{Id, Money};
use lms_people::{
    authorization::{Permission, authorize_list},
    identity::Membership,
};
use lms_store::{
    Cursor, Direction, Named, Names, Page, PageSize, Transaction,
    operation::{Access, Effect, Operation, operation},
};

/// Which wallets to list; all that the reader may see where nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct WalletFilter {
    /// Those of this person.
    pub holder_id: Option<Id<Membership>>,
    /// Those whose holder's name starts like this, letter for letter.
    pub holder_name: Option<String>,
}

/// A wallet, as a list shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WalletView {
    /// The wallet's id.
    pub id: Id<WalletAccount>,
    /// Whose it is.
    pub holder: Named<Membership>,
    /// What the tenant owes the holder.
    pub balance: Money,
    /// What of it is promised to orders.
    pub held: Money,
    /// What can be spent: the balance less what is promised.
    pub available: Money,
}

/// Lists wallets: holders see their own in each currency, finance those of the tenant.
///
/// # Permission
/// `wallets.view`; the list holds the wallets on which the reader has it.
///
/// # Errors
/// [`WalletError`].
#[operation("commerce.list_wallets")]
pub struct ListWallets {
    /// Which wallets.
    pub filter: WalletFilter,
    /// The most results to return, from 1 to 200.
    pub size: PageSize,
    /// The cursor of the previous page; `None` for the first page.
    pub after: Option<Cursor>,
}

impl Operation for ListWallets {
    const ACCESS: Access = Access::Asks(&[Permission::WALLETS_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = Page<WalletView>;
    type Error = WalletError;

    async fn run(self, tx: &mut Transaction) -> Result<Page<WalletView>, WalletError> {
        let Self { filter, size, after } = self;
        let query = authorize_list::<WalletAccount>(tx, Permission::WALLETS_VIEW)
            .await?
            .and_some(filter.holder_id, |holder| WalletAccount::HOLDER_ID.eq(holder))
            .and_some(filter.holder_name, |start| {
                let named = Membership::FULL_NAME.starts_with(start);
                WalletAccount::HOLDER_ID.in_records(Membership::ID, named)
            });
        let query = query.order_by(WalletAccount::ID, Direction::Asc).page(size, after);
        let Page { items, next } = tx.page(query).await?;
        let holders =
            Names::read(tx, items.iter().map(|it| it.holder_id), Membership::name).await?;
        let views = items.into_iter().map(|it| {
            Ok(WalletView {
                id: it.id,
                holder: holders.of(it.holder_id),
                balance: it.balance,
                held: it.held,
                available: it.balance.sub(it.held)?,
            })
        });
        Ok(Page { items: views.collect::<Result<_, WalletError>>()?, next })
    }
}
