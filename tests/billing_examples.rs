//! The examples of subscriptions and bills, run as a newcomer runs them, and what they print.
use std::{path::Path, process::Command};

fn printed(name: &str, arguments: &[&str]) -> String {
    let tests = std::env::current_exe().unwrap();
    let program = tests.parent().and_then(Path::parent).unwrap().join("examples").join(name);
    assert!(
        program.exists(),
        "{} is missing; run `cargo build --all-features --examples` or all tests",
        program.display()
    );
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn check(out: &str, wanted: &[&str]) {
    let mut rest = out;
    for line in wanted {
        let at = rest.find(line);
        let at = at.unwrap_or_else(|| panic!("`{line}` is missing, in that order, in\n{out}"));
        rest = &rest[at..];
    }
}

const YEAR: &[&str] = &[
    "2025-01-31  active, period to 2025-02-28",
    "2025-02-28  active, period to 2025-03-31",
    "2025-03-31  active, period to 2025-04-30",
    "2025-04-30  past_due, period to 2025-04-30",
    "2025-05-03  reminder 2",
    "2025-05-04  active, period to 2025-05-31",
    "2025-06-14  order 6 over 5.00 USD",
    "2025-08-08  paused",
    "2025-08-29  active, period to 2025-09-21",
    "2025-10-21  past_due",
    "2025-10-27  reminder 3",
    "2025-10-28  expired",
    "2025-11-14  active, period to 2025-12-14",
    "2026-01-14  cancelled",
    "The subscription is cancelled",
    "The books",
    "Taken ",
];

const MONTH_END: &[&str] = &[
    "Alpha: bill 1 for 2025-03, due on 2025-04-15",
    "29.00 USD",
    "5.60 USD",
    "1.70 USD",
    "36.30 USD",
    "14.97 USD",
    "47.90 USD",
    "89.87 USD",
    "Gamma: bill 1",
    "30.00 USD",
    "0 of them new",
    "Alpha  nothing to add",
    "Beta   nothing to add",
    "Gamma  nothing to add",
    "Alpha  gets credit note 1 of 0.50 USD",
    "On 2025-04-20:",
    "Alpha  bill is paid with 0.00 USD to pay, plan is active",
    "Gamma  bill is overdue with 30.00 USD to pay, plan is past_due",
    "On 2025-05-02:",
    "Beta   bill is paid with 0.00 USD to pay, plan is active",
    "Gamma  bill is overdue with 30.00 USD to pay, plan is suspended",
    "Gamma  pays 30.00 USD late, and its plan is active again",
];

#[test]
fn a_year_of_a_subscriber_is_billed_month_by_month_and_balances() {
    let out = printed("subscription_year", &[]);
    check(&out, YEAR);
    let taken = out.lines().next_back().unwrap();
    // 7 × 9.99 + 5.00 + 3 × 19.99; of these 60% each: 7 × 5.99 + 3.00 + 3 × 11.99.
    assert_eq!(taken, "Taken 134.90 USD: 80.90 USD for the teacher, 54.00 USD for the school");
    let reminders = out.lines().filter(|it| it.contains("  reminder ")).count();
    assert_eq!(reminders, 5);
}

#[test]
fn a_month_is_billed_once_and_settled() {
    check(&printed("month_end_billing", &[]), MONTH_END);
}

#[cfg(feature = "sqlite")]
#[test]
fn in_a_file_they_print_the_same() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("billing_examples");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    for name in ["subscription_year", "month_end_billing"] {
        let file = folder.join(name);
        let found = printed(name, &["--database", file.to_str().unwrap()]);
        assert_eq!(found, printed(name, &[]), "{name}");
    }
}

#[cfg(feature = "postgres")]
#[test]
fn on_postgresql_they_print_the_same() {
    use lms::postgres::testing::TestServer;
    use sqlx::ConnectOptions as _;

    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    for name in ["subscription_year", "month_end_billing"] {
        let database = runtime.block_on(async {
            let server = TestServer::shared().await.expect("a PostgreSQL server");
            server.unmigrated_database().await.expect("an empty database")
        });
        let url = database.owner_options().to_url_lossy().to_string();
        assert_eq!(printed(name, &["--database", &url]), printed(name, &[]), "{name}");
        runtime.block_on(async move { drop(database) });
    }
}
