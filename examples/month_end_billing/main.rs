//! The end of a month on a platform: three schools are metered, billed and reminded; one pays in
//! parts, one changes its plan in the middle of the month, one finds a mistake on its bill, and one
//! pays so late that its plan was suspended.
//!
//! Run it with `cargo run --example month_end_billing`; with `--database URL` and the feature
//! `postgres` on PostgreSQL instead of the memory store.
use std::{process::ExitCode, sync::Arc};

use lms::{
    commerce::{
        ChargeModel, CreditInvoice, GenerateInvoice, InvoiceLine, IssueInvoice, NewUsage,
        PayInvoice, RecordUsage, SetUsagePrice, TenantInvoice, Tier, tick,
    },
    kernel::{Actor, Context, Currency, Money, Scope, SequentialIds, TenantId, Timestamp},
    memory::MemoryStore,
    store::{Store, Transaction},
    tenancy::{ChangePlan, CreateTenant, Month, NewPlan, PlanLimits, ViewPlanStanding},
};
use rust_decimal::Decimal;
use uuid::Uuid;

#[path = "../support/database.rs"]
mod database;

use database::open_database;

type Failure = Box<dyn std::error::Error>;

fn usd(minor: i64) -> Money {
    Money::from_minor(minor, Currency::USD)
}

fn at(text: &str) -> Result<Timestamp, Failure> {
    Ok(text.parse()?)
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("month_end_billing: {error}");
            ExitCode::FAILURE
        }
    }
}

/// One school of the platform.
struct School {
    name: &'static str,
    cx: Context,
}

impl School {
    fn at(&self, text: &str) -> Result<Context, Failure> {
        Ok(self.cx.clone().at(at(text)?))
    }
}

async fn run() -> Result<(), Failure> {
    let mut words = std::env::args().skip(1);
    let store = match (words.next().as_deref(), words.next()) {
        (None, _) => Store::new(MemoryStore::new()),
        (Some("--database"), Some(url)) => open_database(&url).await?,
        _ => return Err("usage: month_end_billing [--database URL]".into()),
    };
    let ids = Arc::new(SequentialIds::new());
    let mut schools = Vec::new();
    for (number, name) in (1_u128..).zip(["Alpha", "Beta", "Gamma"]) {
        let tenant = TenantId::from_uuid(Uuid::from_u128(0xb1_1100 + number));
        let start = at("2025-03-01T00:00:00Z")?;
        let cx = Context::new(tenant, Actor::system("month_end_billing"), start, ids.clone());
        schools.push(open(&store, name, cx).await?);
    }
    let [alpha, beta, gamma] = schools.as_slice() else { return Err("three schools".into()) };
    meter(&store, alpha, 120, &[50_00, 12_000, 80_00]).await?;
    meter(&store, beta, 950, &[20_00, 20_00, 20_00, 30_000]).await?;
    meter(&store, gamma, 0, &[]).await?;
    grow(&store, beta).await?;

    let march: Month = "2025-03".parse()?;
    let mut bills = Vec::new();
    for school in &schools {
        bills.push(bill(&store, school, march).await?);
    }
    println!("Reports of usage are repeated, and bills are made again:");
    meter(&store, alpha, 120, &[50_00, 12_000, 80_00]).await?;
    for school in &schools {
        let cx = school.at("2025-04-01T06:00:00Z")?;
        let more = store.run(&cx, GenerateInvoice { month: march }).await?;
        println!(
            "  {:<6} {}",
            school.name,
            more.map_or("nothing to add".into(), |it| it.total_fee.to_string())
        );
    }
    settle(&store, &schools, &bills).await
}

async fn open(store: &Store, name: &'static str, cx: Context) -> Result<School, Failure> {
    let mut tx = store.begin_in(&cx, Scope::TenantAndPlatform(cx.tenant())).await?;
    let slug = name.to_lowercase().parse()?;
    let mut opened = CreateTenant::new(name.parse()?, slug, "en".parse()?);
    let limits = PlanLimits { max_students: Some(200), ..PlanLimits::UNLIMITED };
    opened.plan = Some(NewPlan { name: "Starter".parse()?, price_per_month: usd(29_00), limits });
    tx.run(opened).await?;
    let tier = |up_to: Option<i64>, rate: &str| -> Result<Tier, Failure> {
        Ok(Tier { up_to: up_to.map(Into::into), rate: rate.parse()?, flat: 0.into() })
    };
    let messages = ChargeModel::Graduated {
        tiers: vec![tier(Some(100), "0.05")?, tier(Some(500), "0.03")?, tier(None, "0.01")?],
    };
    let name_of = "Messages".parse()?;
    tx.run(SetUsagePrice {
        metric: "messages".to_owned(),
        name: name_of,
        model: messages,
        bounds: (None, None),
    })
    .await?;
    let sales = ChargeModel::Percentage {
        rate: "2".parse()?,
        fixed: "0.10".parse()?,
        free_events: Some(2),
        free_units: None,
        minimum: None,
        maximum: Some("5".parse()?),
    };
    let bounds = (Some(usd(1_00)), None);
    tx.run(SetUsagePrice {
        metric: "sales".to_owned(),
        name: "Commission on sales".parse()?,
        model: sales,
        bounds,
    })
    .await?;
    tx.commit().await?;
    Ok(School { name, cx })
}

/// Messages of a month as one amount, sales one by one.
async fn meter(
    store: &Store,
    school: &School,
    messages: i64,
    sales: &[i64],
) -> Result<(), Failure> {
    let cx = school.at("2025-03-20T12:00:00Z")?;
    let usage = |metric: &str, source: String, quantity: Decimal| NewUsage {
        metric: metric.into(),
        source,
        quantity,
        occurred_at: cx.now(),
    };
    let mut all = vec![usage("messages", "march".into(), messages.into())];
    for (number, minor) in sales.iter().enumerate() {
        all.push(usage("sales", format!("order {number}"), Decimal::new(*minor, 2)));
    }
    let new = store.run(&cx, RecordUsage { usage: all.clone() }).await?;
    println!("{:<6} reports {} amounts of usage, {new} of them new", school.name, all.len());
    Ok(())
}

/// The school needs a larger plan from the 17th on.
async fn grow(store: &Store, school: &School) -> Result<(), Failure> {
    let cx = school.at("2025-03-17T10:00:00Z")?;
    let limits = PlanLimits::UNLIMITED;
    let plan = NewPlan { name: "School".parse()?, price_per_month: usd(99_00), limits };
    store.run(&cx, ChangePlan { plan, starts_at: cx.now(), expires_at: None }).await?;
    println!("{:<6} takes a larger plan on {}\n", school.name, cx.now().date());
    Ok(())
}

async fn bill(store: &Store, school: &School, month: Month) -> Result<TenantInvoice, Failure> {
    let cx = school.at("2025-04-01T06:00:00Z")?;
    let mut tx = store.begin(&cx).await?;
    let draft = tx.run(GenerateInvoice { month }).await?.ok_or("nothing to bill")?;
    let bill = tx.run(IssueInvoice { invoice: draft.id }).await?;
    print_bill(&mut tx, school, &bill).await?;
    tx.commit().await?;
    Ok(bill)
}

async fn print_bill(
    tx: &mut Transaction,
    school: &School,
    bill: &TenantInvoice,
) -> Result<(), Failure> {
    let number = bill.number.ok_or("an issued bill has a number")?;
    let due = bill.due_at.ok_or("an issued bill is due")?;
    println!("{}: bill {number} for {}, due on {}", school.name, bill.period, due.date());
    let mut sum = usd(0);
    for line in tx.all(InvoiceLine::of_invoice(bill.id)).await? {
        println!(
            "  {:<22}{} – {}{:>10}{:>14}",
            line.description,
            line.starts_on,
            line.ends_on,
            line.quantity.to_string(),
            line.amount.to_string(),
        );
        sum = sum.add(line.amount)?;
    }
    println!("  {:<57}{:>11}\n", "total", bill.total_fee.to_string());
    let fees = bill.subscription_fee.add(bill.usage_fee)?;
    if sum != bill.total_fee || fees != bill.total_fee {
        return Err("the lines do not sum to the bill".into());
    }
    Ok(())
}

async fn settle(store: &Store, schools: &[School], bills: &[TenantInvoice]) -> Result<(), Failure> {
    println!("\nWhat became of them:");
    for ((school, bill), parts) in schools.iter().zip(bills).zip([2, 1, 0]) {
        let cx = school.at("2025-04-10T12:00:00Z")?;
        let mut tx = store.begin(&cx).await?;
        if parts == 2 {
            let why = "the commission of a test order".to_owned();
            let note =
                tx.run(CreditInvoice { invoice: bill.id, amount: usd(50), reason: why }).await?;
            println!("  {:<6} gets credit note {} of {}", school.name, note.number, note.amount);
        }
        let left = tx.require(bill.id).await?.outstanding()?;
        for (part, amount) in (1_u32..).zip(if parts > 0 { left.split(parts)? } else { vec![] }) {
            let reference = format!("transfer {part}");
            let (invoice, at) = (bill.id, cx.now());
            tx.run(PayInvoice { invoice, reference, amount, at }).await?;
            println!("  {:<6} pays {amount}", school.name);
        }
        tx.commit().await?;
    }
    for day in ["2025-04-20T00:00:00Z", "2025-05-02T00:00:00Z"] {
        println!("\nOn {}:", at(day)?.date());
        for (school, bill) in schools.iter().zip(bills) {
            stand(store, school, bill, day).await?;
        }
    }
    pay_late(store, schools, bills).await
}

/// Lets time pass, and says where a bill and the plan of its school stand.
async fn stand(
    store: &Store,
    school: &School,
    bill: &TenantInvoice,
    day: &str,
) -> Result<(), Failure> {
    let cx = school.at(day)?;
    let report = tick(store, &cx).await?;
    if let Some(failure) = report.failed.first() {
        return Err(failure.reason.clone().into());
    }
    let mut tx = store.begin(&cx).await?;
    let bill = tx.require(bill.id).await?;
    let left = bill.outstanding()?;
    let plan = tx.run(ViewPlanStanding {}).await?.ok_or("a billed school has a plan")?;
    println!(
        "  {:<6} bill is {} with {left} to pay, plan is {}",
        school.name, bill.status, plan.state
    );
    Ok(())
}

/// The last school pays after its grace: its plan goes on at once.
async fn pay_late(
    store: &Store,
    schools: &[School],
    bills: &[TenantInvoice],
) -> Result<(), Failure> {
    let (Some(school), Some(bill)) = (schools.last(), bills.last()) else {
        return Err("no school".into());
    };
    let cx = school.at("2025-05-03T09:00:00Z")?;
    let mut tx = store.begin(&cx).await?;
    let amount = tx.require(bill.id).await?.outstanding()?;
    let (invoice, at, reference) = (bill.id, cx.now(), "late".to_owned());
    tx.run(PayInvoice { invoice, reference, amount, at }).await?;
    let plan = tx.run(ViewPlanStanding {}).await?.ok_or("a billed school has a plan")?;
    tx.commit().await?;
    println!("\n  {:<6} pays {amount} late, and its plan is {} again", school.name, plan.state);
    Ok(())
}
