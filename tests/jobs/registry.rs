//! The registry of jobs: nothing that time brings is missing, and the guide lists them all.
use std::{collections::BTreeSet, env, fmt::Write as _, fs, path::PathBuf};

use lms::{operation::OperationType, store::job::Every};

/// Operations that sound as though time brought them, and why none of the jobs runs them.
const NOT_BY_TIME: [(&str, &str); 15] = [
    ("identity.end_session", "a person signs out elsewhere"),
    ("governance.export_tenant", "the platform moves a tenant"),
    ("governance.replay_events", "an operator replays events"),
    ("assessment.end_proctoring", "a proctor ends it"),
    ("assessment.release_score", "a teacher decides when a score is shown"),
    ("assessment.release_scores", "a teacher decides when scores are shown"),
    ("commerce.pay_invoice", "money came in"),
    ("commerce.send_payout", "finance decides on it"),
    ("commerce.send_refund", "finance decides on it"),
    ("delivery.promote_waitlisted", "a part of `learning.promote_and_enroll`"),
    ("learning.reopen_changed_node", "an author says that learners do it again"),
    ("notification.mark_all_read", "a person has read them"),
    ("notification.post_announcement", "staff announce something"),
    ("recognition.award_earned_badges", "a part of `engagement.award_on_event`"),
    ("tenancy.end_plan", "the platform ends it"),
];

/// How an operation is recognized that does what time has brought: by its verb, by what it is given,
/// or by what its documentation says.
fn sounds_like_time(it: &OperationType) -> bool {
    const VERBS: [&str; 13] = [
        "expire", "purge", "claim", "remind", "seal", "pass", "end", "promote", "recount", "relay",
        "tick", "sweep", "continue",
    ];
    let name = it.name.split('.').nth(1).unwrap();
    let verb = name.split('_').next().unwrap();
    let doc = it.doc.replace('\n', " ");
    VERBS.contains(&verb)
        || name.ends_with("_due")
        || it.fields.iter().any(|field| field.name == "due" || field.name == "chunk")
        || [
            "until there are none",
            "from a job",
            "until it answers zero",
            "a host calls",
            "host calls it",
            "host's relay",
            "A host repeats",
        ]
        .iter()
        .any(|words| doc.contains(words))
}

#[test]
fn every_operation_that_time_brings_is_run_by_a_job() {
    let run: BTreeSet<_> = lms::jobs().iter().flat_map(|it| it.operations).copied().collect();
    let exempt: BTreeSet<_> = NOT_BY_TIME.iter().map(|it| it.0).collect();
    let missing: Vec<_> = lms::operations()
        .iter()
        .filter(|it| sounds_like_time(it))
        .map(|it| it.name)
        .filter(|it| !run.contains(it) && !exempt.contains(it))
        .collect();
    assert!(
        missing.is_empty(),
        "add these to `jobs()`, or say why time brings none of them: {missing:?}"
    );
    let names: BTreeSet<_> = lms::operations().iter().map(|it| it.name).collect();
    for job in lms::jobs() {
        for operation in job.operations {
            assert!(names.contains(operation), "{}: there is no `{operation}`", job.name);
        }
    }
    for name in exempt {
        assert!(names.contains(name), "`{name}` is no operation any more");
        assert!(!run.contains(name), "`{name}` is run by a job");
    }
}

/// What the brief of a host always contains, whatever it is called.
#[test]
fn the_work_that_no_host_may_forget_is_there() {
    let names: BTreeSet<_> = lms::jobs().iter().map(|it| it.name).collect();
    for job in [
        "assessment.expire_attempts",
        "commerce.send_webhooks",
        "commerce.tick",
        "commerce.work_webhooks",
        "content.expire_downloads",
        "governance.purge_audit",
        "governance.purge_deleted",
        "governance.purge_spent",
        "governance.seal_audit",
        "identity.expire_invites",
        "identity.purge_logins",
        "learning.expire_enrollments",
        "learning.fill_seats",
        "notification.send",
        "outbox.relay",
    ] {
        assert!(names.contains(job), "`{job}` is missing");
    }
    assert_eq!(names.len(), lms::jobs().len(), "a name is given once");
}

/// A record that waits for its time has a column that says when, and a job that reads it.
#[test]
fn every_table_that_waits_for_its_time_has_a_job() {
    const WAITING: [(&str, &str); 21] = [
        ("assessment.expire_attempts", "attempts"),
        ("commerce.send_webhooks", "webhook_deliveries"),
        ("commerce.tick", "grants"),
        ("commerce.tick", "instalments"),
        ("commerce.tick", "orders"),
        ("commerce.tick", "payment_proofs"),
        ("commerce.tick", "payments"),
        ("commerce.tick", "payouts"),
        ("commerce.tick", "plan_standings"),
        ("commerce.tick", "refunds"),
        ("commerce.tick", "subscriptions"),
        ("commerce.tick", "tenant_invoices"),
        ("commerce.tick", "voucher_redemptions"),
        ("commerce.tick", "wallet_holds"),
        ("commerce.work_webhooks", "webhook_messages"),
        ("content.expire_downloads", "downloads"),
        ("governance.purge_spent", "idempotency_keys"),
        ("identity.expire_invites", "invites"),
        ("learning.expire_enrollments", "enrollments"),
        ("notification.send", "notification_deliveries"),
        ("outbox.relay", "outbox_messages"),
    ];
    let jobs: BTreeSet<_> = lms::jobs().iter().map(|it| it.name).collect();
    assert!(WAITING.iter().all(|it| jobs.contains(it.0)));
    let tables: BTreeSet<_> = WAITING.iter().map(|it| it.1).collect();
    for record in lms::record_types() {
        let schema = record.schema();
        let waits = schema.columns.iter().any(|it| {
            ["next_action_at", "next_attempt_at", "next_change_at", "answers_until"]
                .contains(&it.name)
        });
        assert!(!waits || tables.contains(schema.table), "{} waits for no job", schema.table);
    }
}

fn table() -> String {
    let mut text =
        "| how often | job | what it does | for | needs |\n|---|---|---|---|---|\n".to_owned();
    let mut jobs = lms::jobs();
    jobs.sort_by_key(|it| (it.every, it.name));
    for job in jobs {
        let needs: Vec<_> = job.needs.iter().map(|it| format!("`{}`", it.name())).collect();
        let (every, name, summary) = (job.every, job.name, job.summary());
        let needs = needs.join(", ");
        writeln!(text, "| {every} | `{name}` | {summary} | {} | {needs} |", job.runs_for).unwrap();
    }
    text
}

#[test]
fn the_guide_lists_every_job() {
    const BEGIN: &str = "<!-- jobs: made by `LMS_UPDATE=1 cargo test --test jobs` -->\n";
    const END: &str = "<!-- end of jobs -->\n";
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/guide/hosting.md");
    let guide = fs::read_to_string(&path).unwrap();
    let (before, rest) = guide.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let made = format!("{before}{BEGIN}{}{END}{after}", table());
    if env::var_os("LMS_UPDATE").is_some() {
        fs::write(&path, &made).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap();
    assert!(written == made, "run `LMS_UPDATE=1 cargo test --test jobs` and review the change");
}

#[test]
fn every_job_says_in_one_sentence_what_it_does() {
    for job in lms::jobs() {
        let summary = job.summary();
        assert!(summary.ends_with('.') && summary.len() < 200, "{}: {summary}", job.name);
        assert!(job.every >= Every::FewSeconds);
    }
}
