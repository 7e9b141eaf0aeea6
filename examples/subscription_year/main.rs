//! A year of a subscriber's life in simulated time: bills, a declined card, a dearer plan, a
//! holiday, a lapse and a return, and the books of it all.
//!
//! Run it with `cargo run --example subscription_year`; with `--database URL` and the feature
//! `postgres` on PostgreSQL instead of the memory store.
use std::{process::ExitCode, sync::Arc};

use chrono::TimeDelta;
use lms::{
    commerce::{
        Account, AccountBalance, AccountKind, CancelSubscription, Cancellation, ChangePlan,
        Interval, LedgerEntry, LedgerLine, Order, OrderItem, PauseSubscription, PaymentFact, Plan,
        PlanChangeTime, RecordPaymentFacts, RevenueShare, ShareRole, ShareRule, StartPayment,
        Subscribe, Subscription, SubscriptionPeriod,
    },
    identity::{Membership, MembershipKind},
    kernel::{Actor, Context, Currency, Id, Money, Scope, SequentialIds, TenantId, Timestamp},
    memory::MemoryStore,
    outbox::Message,
    run_due,
    store::{Direction, Query, Store},
    tenancy::CreateTenant,
};

#[path = "../support/database.rs"]
mod database;

use database::open_database;

type Failure = Box<dyn std::error::Error>;

/// What Ada does, beside paying her bills.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Subscribe,
    CardDeclined,
    NewCard,
    Upgrade,
    HolidayFor(i64),
    DowngradeAtPeriodEnd,
    CancelAtPeriodEnd,
}

const STORY: [(&str, Deed, &str); 9] = [
    ("2025-01-31", Deed::Subscribe, "Ada subscribes to Basic"),
    ("2025-04-20", Deed::CardDeclined, "Ada's card has run out; the bank declines it"),
    ("2025-05-04", Deed::NewCard, "Ada enters a new card"),
    ("2025-06-14", Deed::Upgrade, "Ada changes to Pro at once"),
    ("2025-08-08", Deed::HolidayFor(21), "Ada goes on holiday for three weeks"),
    ("2025-10-05", Deed::DowngradeAtPeriodEnd, "Ada wants Basic again with the next period"),
    ("2025-10-15", Deed::CardDeclined, "Ada's new card is stolen, and she is busy"),
    ("2025-11-14", Deed::NewCard, "Ada misses her lessons and pays the open bill"),
    ("2026-01-10", Deed::CancelAtPeriodEnd, "Ada has learnt enough and cancels"),
];

struct Life {
    store: Store,
    cx: Context,
    ada: Id<Membership>,
    teacher: Id<Membership>,
    basic: Plan,
    pro: Plan,
    card_works: bool,
    told: usize,
}

fn usd(minor: i64) -> Money {
    Money::from_minor(minor, Currency::USD)
}

/// Nine in the morning of a day.
fn morning(day: &str) -> Result<Timestamp, Failure> {
    Ok(format!("{day}T09:00:00Z").parse()?)
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("subscription_year: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Failure> {
    let mut words = std::env::args().skip(1);
    let store = match (words.next().as_deref(), words.next()) {
        (None, _) => Store::new(MemoryStore::new()),
        (Some("--database"), Some(url)) => open_database(&url).await?,
        _ => return Err("usage: subscription_year [--database URL]".into()),
    };
    let mut life = Life::begin(store).await?;
    println!("{:<12}what happened", "day");
    let last = morning("2026-02-10")?;
    let mut story = STORY.iter().peekable();
    while life.cx.now() <= last {
        life.tick().await?;
        life.pay_what_waits().await?;
        let today = life.cx.now().date().to_string();
        while let Some((_, deed, why)) = story.next_if(|(day, ..)| *day == today) {
            println!("{today:<12}* {why}");
            life.act(*deed).await?;
            life.pay_what_waits().await?;
        }
        life.tell().await?;
        life.cx = life.cx.clone().at(life.cx.now().saturating_add(TimeDelta::days(1)));
    }
    life.print_periods().await?;
    life.print_books().await
}

impl Life {
    async fn begin(store: Store) -> Result<Self, Failure> {
        let ids = Arc::new(SequentialIds::new());
        let start = morning("2025-01-31")?;
        let cx = Context::new(TenantId::SINGLE, Actor::system("subscription_year"), start, ids);
        let mut tx = store.begin_in(&cx, Scope::TenantAndPlatform(cx.tenant())).await?;
        let opened = CreateTenant::new("Chess School".parse()?, "chess".parse()?, "en".parse()?);
        tx.run(opened).await?;
        let ada = Membership::new(&cx, MembershipKind::Student, "Ada".parse()?);
        let teacher = Membership::new(&cx, MembershipKind::Staff, "Cleo".parse()?);
        tx.insert(&ada).await?;
        tx.insert(&teacher).await?;
        let month = Some(Interval::MONTH);
        let basic = Plan::new(&cx, "Basic".parse()?, "basic".parse()?, month, usd(9_99));
        let pro = Plan::new(&cx, "Pro".parse()?, "pro".parse()?, month, usd(19_99));
        for plan in [&basic, &pro] {
            tx.insert(plan).await?;
            let rule = ShareRule {
                beneficiary: teacher.id,
                role: ShareRole::Instructor,
                percent: "60".parse()?,
            };
            tx.insert(&RevenueShare::new(&cx, plan.item(), rule)).await?;
        }
        tx.commit().await?;
        let (ada, teacher) = (ada.id, teacher.id);
        Ok(Self { store, cx, ada, teacher, basic, pro, card_works: true, told: 0 })
    }

    async fn tick(&self) -> Result<(), Failure> {
        let report = run_due(&self.store, &self.cx).await;
        // Mail, webhooks and seals have no port here, and do not run.
        match report.failures().next() {
            None => Ok(()),
            Some((job, failure)) => Err(format!("{}: {}", job.job, failure.reason).into()),
        }
    }

    async fn subscription(&self) -> Result<Option<Subscription>, Failure> {
        let mut tx = self.store.begin(&self.cx).await?;
        Ok(tx.first(Subscription::of_subscriber(self.ada)).await?)
    }

    async fn act(&mut self, deed: Deed) -> Result<(), Failure> {
        let known = self.subscription().await?;
        let (store, cx) = (&self.store, &self.cx);
        match (deed, known) {
            (Deed::Subscribe, _) => {
                let (subscriber, payer, plan) = (self.ada, self.ada, self.basic.id);
                let command = Subscribe { subscriber, payer, plan };
                store.run(cx, command).await?;
            }
            (Deed::CardDeclined, _) => self.card_works = false,
            (Deed::NewCard, _) => self.card_works = true,
            (Deed::Upgrade, Some(it)) => {
                let (plan, time) = (self.pro.id, PlanChangeTime::Now);
                store.run(cx, ChangePlan { subscription: it.id, plan, time }).await?;
            }
            (Deed::DowngradeAtPeriodEnd, Some(it)) => {
                let (plan, time) = (self.basic.id, PlanChangeTime::PeriodEnd);
                store.run(cx, ChangePlan { subscription: it.id, plan, time }).await?;
            }
            (Deed::HolidayFor(days), Some(it)) => {
                let until = Some(cx.now().saturating_add(TimeDelta::days(days)));
                store.run(cx, PauseSubscription { subscription: it.id, until }).await?;
            }
            (Deed::CancelAtPeriodEnd, Some(it)) => {
                let end = Cancellation::AtPeriodEnd;
                store.run(cx, CancelSubscription { subscription: it.id, how: end }).await?;
            }
            (_, None) => return Err("there is no subscription yet".into()),
        }
        Ok(())
    }

    /// The card on file pays every order that waits, as long as it works.
    async fn pay_what_waits(&self) -> Result<(), Failure> {
        let cx = &self.cx;
        let mut tx = self.store.begin(cx).await?;
        for order in tx.all(Order::of_buyer(self.ada)).await? {
            if !self.card_works || !order.status.is_open() {
                continue;
            }
            let name = format!("pi_{}", order.number);
            let start = StartPayment::through(order.id, "stripe/main", &name);
            let payment = tx.run(start).await?;
            let key = format!("ch_{}", order.number);
            let fact = PaymentFact::Capture { key, amount: payment.amount, at: cx.now() };
            let (payment, facts) = (payment.id, vec![fact]);
            let command = RecordPaymentFacts { payment, facts, source: "gateway".into() };
            tx.run(command).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Prints what was announced since it was last asked.
    async fn tell(&mut self) -> Result<(), Failure> {
        let mut tx = self.store.begin(&self.cx).await?;
        let by_time = Query::<Message>::all().order_by(Message::OCCURRED_AT, Direction::Asc);
        let mut all = tx.all(by_time).await?;
        all.sort_by_key(|it| (it.occurred_at, it.id));
        for it in all.iter().skip(self.told) {
            let text = |name: &str| it.payload[name].as_str().unwrap_or("").to_owned();
            let line = match it.kind.as_str() {
                "commerce.order_placed" => {
                    format!("  order {} over {}", it.payload["number"], money(&it.payload["total"]))
                }
                "commerce.order_completed" => format!("  order {} is paid", it.payload["number"]),
                "commerce.subscription_reminder" => {
                    format!("  reminder {}", it.payload["reminder"])
                }
                "commerce.subscription_changed" => {
                    let end = text("current_period_end");
                    format!("  {}, period to {}", text("to"), end.get(..10).unwrap_or("ever"))
                }
                _ => continue,
            };
            println!("{:<12}{line}", it.occurred_at.date());
        }
        self.told = all.len();
        Ok(())
    }

    async fn print_periods(&self) -> Result<(), Failure> {
        let it = self.subscription().await?.ok_or("there is no subscription")?;
        println!("\nThe subscription is {} after {} periods", it.status, it.period_number + 1);
        println!(
            "{:>3}  {:<11} {:<11} {:<9} {:>12} {:>12}",
            "#", "from", "to", "", "price", "paid"
        );
        let mut tx = self.store.begin(&self.cx).await?;
        for row in tx.all(SubscriptionPeriod::of(it.id)).await? {
            let line: OrderItem = tx.require(row.order_item_id).await?;
            let end = row.ends_at.map_or_else(|| "-".to_owned(), |it| it.date().to_string());
            println!(
                "{:>3}  {:<11} {:<11} {:<9} {:>12} {:>12}",
                row.number,
                row.starts_at.date().to_string(),
                end,
                row.status.as_str(),
                row.price.to_string(),
                line.gross()?.to_string(),
            );
        }
        Ok(())
    }

    async fn print_books(&self) -> Result<(), Failure> {
        println!("\nThe books");
        println!(
            "{:<12}{:<10}{:>10}  {:>10}{:>12}{:>10}",
            "day", "entry", "amount", "bank", "teacher", "school"
        );
        let mut tx = self.store.begin(&self.cx).await?;
        let by_time =
            Query::<LedgerEntry>::all().order_by(LedgerEntry::OCCURRED_AT, Direction::Asc);
        let mut sums = [0_i64; 3];
        let accounts = [
            Account::own(AccountKind::Clearing),
            Account::of_person(AccountKind::Instructor, self.teacher),
            Account::own(AccountKind::Revenue),
        ];
        for entry in tx.all(by_time).await? {
            let lines = tx.all(LedgerLine::of_entry(entry.id)).await?;
            for (sum, account) in sums.iter_mut().zip(accounts) {
                let own = lines.iter().filter(|it| it.account == account);
                *sum += own.map(|it| it.amount.minor()).sum::<i64>();
            }
            if lines.iter().map(|it| it.amount.minor()).sum::<i64>() != 0 {
                return Err("an entry does not balance".into());
            }
            let [bank, teacher, school] = sums.map(|it| usd(it).amount());
            println!(
                "{:<12}{:<10}{:>10}  {:>10}{:>12}{:>10}",
                entry.occurred_at.date().to_string(),
                entry.kind.as_str(),
                entry.amount.amount().to_string(),
                bank.to_string(),
                teacher.to_string(),
                school.to_string(),
            );
        }
        for (sum, account) in sums.into_iter().zip(accounts) {
            let booked = tx.part(AccountBalance { account }).await?;
            if booked.iter().map(|it| it.minor()).sum::<i64>() != sum {
                return Err("the balance is not the sum of the lines".into());
            }
        }
        let [bank, teacher, school] = sums;
        if bank + teacher + school != 0 {
            return Err("what was taken is not what is owed and kept".into());
        }
        println!(
            "\nTaken {}: {} for the teacher, {} for the school",
            usd(bank),
            usd(-teacher),
            usd(-school)
        );
        Ok(())
    }
}

/// An amount as events carry it.
fn money(value: &serde_json::Value) -> String {
    serde_json::from_value::<Money>(value.clone())
        .map_or_else(|_| value.to_string(), |it| it.to_string())
}
