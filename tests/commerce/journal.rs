//! What must hold of the books and of every order, whatever happened.
use std::collections::BTreeMap;

use lms::{
    commerce::{
        Account, AccountBalance, Grant, GrantStatus, HoldStatus, Instalment, InstalmentStatus,
        ItemKind, LedgerEntry, LedgerLine, NextAction, Order, OrderItem, OrderStatus, Payment,
        PaymentFactRecord, PaymentProof, ProofStatus, RedemptionStatus, Refund, RefundStatus,
        VoucherRedemption, WalletAccount, WalletHold, WebhookMessage, WebhookStatus,
    },
    store::Query,
};

use crate::school::School;

/// Checks all that must hold of a tenant's money and access.
pub(crate) async fn check(school: &School) {
    every_entry_balances(school).await;
    nothing_waits_for_ever(school).await;
    for order in school.all(Query::<Order>::all()).await {
        check_order(school, &order).await;
    }
    for wallet in school.all(Query::<WalletAccount>::all()).await {
        let mut tx = school.begin().await;
        let booked =
            tx.part(AccountBalance { account: Account::wallet(wallet.holder_id) }).await.unwrap();
        let booked: i64 = booked.iter().map(|it| it.minor()).sum();
        assert_eq!(wallet.balance.minor(), -booked, "a wallet is what the books owe its holder");
        assert!(!wallet.available().unwrap().is_negative(), "{wallet:?}");
    }
}

pub(crate) async fn every_entry_balances(school: &School) {
    let mut sums = BTreeMap::new();
    for line in school.all(Query::<LedgerLine>::all()).await {
        *sums.entry((line.entry_id, line.amount.currency())).or_insert(0) += line.amount.minor();
    }
    assert!(sums.values().all(|it| *it == 0), "an entry does not balance");
    let entries = school.all(Query::<LedgerEntry>::all()).await;
    assert!(entries.iter().all(|it| sums.keys().any(|(entry, _)| *entry == it.id)));
}

/// What waits for something has a time at which somebody looks at it.
pub(crate) async fn nothing_waits_for_ever(school: &School) {
    let looked_at = |waits: bool, next: NextAction| !waits || next != NextAction::NEVER;
    let orders = school.all(Query::<Order>::all()).await;
    for it in &orders {
        assert!(looked_at(it.status.is_open(), it.next_action_at), "{it:?}");
    }
    let holds = school.all(Query::<WalletHold>::all()).await;
    for it in &holds {
        assert!(looked_at(it.status == HoldStatus::Held, it.next_action_at), "{it:?}");
    }
    for it in school.all(Query::<Payment>::all()).await {
        let promised =
            holds.iter().any(|hold| hold.payment_id == it.id && hold.status == HoldStatus::Held);
        assert!(looked_at(it.is_open() && !promised, it.next_action_at), "{it:?}");
    }
    for it in school.all(Query::<PaymentProof>::all()).await {
        assert!(looked_at(it.status == ProofStatus::Submitted, it.next_action_at), "{it:?}");
    }
    for it in school.all(Query::<Refund>::all()).await {
        let waits = it.status.is_under_way() || it.status == RefundStatus::Failed;
        assert!(looked_at(waits, it.next_action_at), "{it:?}");
    }
    for it in school.all(Query::<VoucherRedemption>::all()).await {
        assert!(looked_at(it.status == RedemptionStatus::Reserved, it.next_action_at), "{it:?}");
    }
    for it in school.all(Query::<Instalment>::all()).await {
        let order = orders.iter().find(|order| order.id == it.order_id).unwrap();
        let sold = order.status == OrderStatus::Completed;
        let waits = match it.status {
            InstalmentStatus::Open => true,
            InstalmentStatus::Overdue => sold,
            InstalmentStatus::Paid => false,
        };
        assert!(looked_at(waits, it.next_action_at), "{it:?}");
    }
    for it in school.all(Query::<Grant>::all()).await {
        let ends = it.status == GrantStatus::Active && it.ends_at.is_some();
        assert!(looked_at(ends, it.next_action_at), "{it:?}");
    }
    for it in school.all(Query::<WebhookMessage>::all()).await {
        use WebhookStatus::{Deferred, Failed, Processing, Received};
        let waits = matches!(it.status, Received | Processing | Deferred | Failed);
        assert!(looked_at(waits, it.next_action_at), "{it:?}");
    }
}

pub(crate) async fn check_order(school: &School, order: &Order) {
    let order = school.checked(order).await;
    let payments = school.all(Payment::of_order(order.id)).await;
    let refunds = school.all(Refund::of_order(order.id)).await;
    let items = school.all(OrderItem::of_order(order.id)).await;
    let mut kept = 0;
    for payment in &payments {
        let told = school.all(PaymentFactRecord::of_payment(payment.id)).await;
        let facts: Vec<_> = told.iter().map(|it| it.fact().unwrap()).collect();
        assert_eq!(payment.status, payment.facts(&facts).status(), "stored is derived");
        kept += payment.kept().unwrap().minor();
        let open: i64 = refunds
            .iter()
            .filter(|it| it.payment_id == payment.id && it.status.holds_money())
            .map(|it| it.amount.minor())
            .sum();
        assert!(open <= payment.captured.minor(), "refunds exceed what was captured: {order:?}");
        let completed: i64 = refunds
            .iter()
            .filter(|it| it.payment_id == payment.id && it.status == RefundStatus::Completed)
            .map(|it| it.amount.minor())
            .sum();
        assert_eq!(completed, payment.refunded.minor(), "every refund is known here");
    }
    let earned: i64 = items.iter().map(|it| it.earned.minor()).sum();
    let mut tx = school.begin().await;
    let deposits = tx.part(AccountBalance { account: Account::deposits(order.id) }).await.unwrap();
    let deposits: i64 = deposits.iter().map(|it| it.minor()).sum();
    assert_eq!(-deposits, kept - earned, "deposits are what is kept and not earned: {order:?}");
    let goes_back =
        refunds.iter().any(|it| it.status.is_under_way() || it.status == RefundStatus::Failed);
    match order.status {
        OrderStatus::Pending | OrderStatus::Failed => {}
        OrderStatus::Completed | OrderStatus::Refunded => {
            assert!(goes_back || kept <= earned, "money lies there for nothing: {order:?}");
        }
        OrderStatus::Expired | OrderStatus::Cancelled => {
            assert!(goes_back || kept <= 0, "money of a closed order lies there: {order:?}");
        }
    }
    check_grants(school, &order, &items).await;
}

/// A completed order has exactly one grant per line, and no line of an order that was never
/// completed has one. What a plan gives, its subscription gives.
async fn check_grants(school: &School, order: &Order, items: &[OrderItem]) {
    for item in items.iter().filter(|it| it.item.kind != ItemKind::Plan) {
        let grants = school.all(Grant::from_source(item.id.uuid())).await;
        let own: Vec<_> = grants.iter().filter(|it| it.target == item.item).collect();
        match order.completed_at {
            Some(_) => assert_eq!(own.len(), 1, "one grant per line: {order:?}"),
            None => assert!(grants.is_empty(), "nothing is granted unpaid: {order:?}"),
        }
        if order.status == OrderStatus::Completed && item.refunded.is_zero() {
            assert_ne!(own[0].status, GrantStatus::Revoked, "{order:?}");
        }
        if order.status != OrderStatus::Completed && order.refunded_at.is_none() {
            assert!(own.iter().all(|it| it.status != GrantStatus::Active), "{order:?}");
        }
    }
}
