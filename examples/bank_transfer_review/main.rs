//! A bank transfer from the order to the bank statement: the payer shows a proof, somebody else
//! looks at it, a second pair of eyes takes an approval back, and finance finds the money. Run it
//! with `cargo run --example bank_transfer_review`.
//!
//! ```text
//! --database URL    runs on PostgreSQL instead of the memory store (feature `postgres`)
//! ```
use std::process::ExitCode;

use lms::{
    commerce::{
        Account, AccountBalance, Counting, Grant, Item, ItemKind, LedgerEntry, LedgerLine, Order,
        OrderLine, Payment, PaymentMethod, PaymentProof, PlaceOrder, Price, ProofDecision,
        ProofError, RecordReceipt, ReviewProof, RevokeApproval, StartPayment, SubmitProof,
        access_to,
    },
    kernel::Money,
    memory::MemoryStore,
    operation::Failure as Refused,
    store::{Query, RecordStamp as _, Store},
};

#[path = "../support/database.rs"]
mod database;
mod school;

use database::open_database;
use school::{Failure, Person, School};

#[tokio::main]
async fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let database = match (words.next().as_deref(), words.next()) {
        (None, _) => None,
        (Some("--database"), Some(url)) => Some(url),
        _ => {
            eprintln!("bank_transfer_review: the only option is `--database URL`");
            return ExitCode::FAILURE;
        }
    };
    match run(database).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bank_transfer_review: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(database: Option<String>) -> Result<(), Failure> {
    let store = match database {
        Some(url) => open_database(&url).await?,
        None => Store::new(MemoryStore::new()),
    };
    let school = School::open(store).await?;
    let course = Item::new(ItemKind::Course, school.cx().id::<Item>().uuid());
    let mut tx = school.begin().await?;
    let price: Money = "150.00 EUR".parse()?;
    tx.insert(&Price::new(&school.cx(), course, "Italian A1".parse()?, price)).await?;
    tx.commit().await?;

    let (order, payment) = order(&school, course).await?;
    println!("Ada orders Italian A1 for {} and pays by bank transfer.", order.total);

    let first = send(&school, &payment, "https://files.example.org/blurry.jpg").await?;
    println!("Ada sends a proof.");
    let own = decide(&school, school.ada, &first, ProofDecision::Approve).await;
    refused("Ada approves her own proof", own.map(drop));
    let first = decide(&school, school.dana, &first, ProofDecision::Reject).await?;
    println!("Dana looks at it: {}.", first.status);
    let other = decide(&school, school.eli, &first, ProofDecision::Approve).await;
    refused("Eli approves what Dana rejected", other.map(drop));

    let second = send(&school, &payment, "https://files.example.org/sharp.jpg").await?;
    let second = decide(&school, school.dana, &second, ProofDecision::Approve).await?;
    println!("Ada sends a better one; Dana looks at it: {}.", second.status);
    show(&school, &order, &payment, course).await?;

    let again = revoke(&school, school.dana, &second).await;
    refused("Dana takes her own approval back", again.map(drop));
    let second = revoke(&school, school.eli, &second).await?;
    println!("Eli sees that the amount is wrong: {}.", second.status);
    show(&school, &order, &payment, course).await?;

    let payment = start(&school, &order).await?;
    let third = send(&school, &payment, "https://files.example.org/right.jpg").await?;
    println!(
        "Ada starts again. The proof looks like an earlier one: {}.",
        third.duplicate_of.is_some()
    );
    let third = decide(&school, school.eli, &third, ProofDecision::Approve).await?;
    println!("Eli looks at it: {}.", third.status);
    reconcile(&school, &payment).await?;
    println!("Dana finds the money on the bank statement.");
    show(&school, &order, &payment, course).await?;
    books(&school, &order).await
}

fn refused<E: lms::kernel::DomainError>(what: &str, done: Result<(), E>) {
    match done {
        Ok(()) => println!("{what}: done, which must not be."),
        Err(error) => println!("{what}: refused ({}).", error.code()),
    }
}

async fn order(school: &School, course: Item) -> Result<(Order, Payment), Failure> {
    let cx = school.acting(school.ada);
    let lines = vec![OrderLine::of(course)];
    let command = PlaceOrder::new(school.ada.member, lines, "EUR".parse()?);
    let order = school.store.run(&cx, command).await?;
    let payment = start(school, &order).await?;
    Ok((order, payment))
}

async fn start(school: &School, order: &Order) -> Result<Payment, Failure> {
    let cx = school.acting(school.ada);
    let start = StartPayment::of(order.id, PaymentMethod::BankTransfer);
    let payment = school.store.run(&cx, start).await?;
    Ok(payment)
}

async fn send(school: &School, payment: &Payment, url: &str) -> Result<PaymentProof, Failure> {
    let cx = school.acting(school.ada);
    let mut command = SubmitProof::of(payment.id, url.parse()?);
    command.bank_reference = Some("TX-2024-77".to_owned());
    let proof = school.store.run(&cx, command).await?;
    Ok(proof)
}

async fn decide(
    school: &School,
    reviewer: Person,
    proof: &PaymentProof,
    decision: ProofDecision,
) -> Result<PaymentProof, Refused<ProofError>> {
    let cx = school.acting(reviewer);
    let command = ReviewProof {
        proof: proof.id,
        expected_version: proof.stamp.version(),
        decision,
        counting: Counting::WhenReconciled,
        note: None,
    };
    school.store.run(&cx, command).await
}

async fn revoke(
    school: &School,
    reviewer: Person,
    proof: &PaymentProof,
) -> Result<PaymentProof, Refused<ProofError>> {
    let cx = school.acting(reviewer);
    let note = Some("15, not 150".to_owned());
    school.store.run(&cx, RevokeApproval { proof: proof.id, note }).await
}

async fn reconcile(school: &School, payment: &Payment) -> Result<(), Failure> {
    let cx = school.acting(school.dana);
    let (reference, amount, at) = ("statement 12, line 3".to_owned(), payment.amount, cx.now());
    let command = RecordReceipt { payment: payment.id, reference, amount, at };
    school.store.run(&cx, command).await?;
    Ok(())
}

async fn show(
    school: &School,
    order: &Order,
    payment: &Payment,
    course: Item,
) -> Result<(), Failure> {
    let mut tx = school.begin().await?;
    let order = tx.require(order.id).await?;
    let payment = tx.require(payment.id).await?;
    let grants = tx.all(Grant::of_holder(school.ada.member)).await?;
    let access = access_to(&grants, course, school.cx().now()).is_granted();
    println!(
        "  order {}, payment {}, taken {}, access: {}",
        order.status,
        payment.status,
        payment.captured,
        if access { "yes" } else { "no" }
    );
    Ok(())
}

/// What the books say: every entry balances, and nothing is left on the order's account.
async fn books(school: &School, order: &Order) -> Result<(), Failure> {
    let mut tx = school.begin().await?;
    println!("The books:");
    let mut entries = tx.all(Query::<LedgerEntry>::all()).await?;
    entries.sort_by_key(|it| it.id);
    for entry in entries {
        let lines = tx.all(LedgerLine::of_entry(entry.id)).await?;
        let sum: i64 = lines.iter().map(|it| it.amount.minor()).sum();
        let balances = if sum == 0 { "balances" } else { "DOES NOT BALANCE" };
        println!("  {:<12} {:>12}  {balances}", entry.kind.to_string(), entry.amount.to_string());
    }
    let deposits = tx.part(AccountBalance { account: Account::deposits(order.id) }).await?;
    let left: i64 = deposits.iter().map(|it| it.minor()).sum();
    println!("  left on the order's account: {left}");
    let refused = tx.all(Query::<lms::audit::AuditEntry>::all()).await?;
    let refused = refused.iter().filter(|it| it.action == lms::audit::Action::Denied).count();
    println!("Attempts that were refused and noted: {refused}");
    Ok(())
}
