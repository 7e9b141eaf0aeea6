//! Reads the report from the store: what is in it is what happened, not what was meant to.
use std::collections::BTreeMap;

use lms::{
    assessment::{
        attempt::{LoadTrace, Score, SectionScore},
        grading::AttemptResult,
        placement::{PlacementDecision, PlacementOutcome, PlacementStatus},
    },
    audit::AuditEntry,
    commerce::{Order, OrderStatus},
    delivery::{ClassMember, MemberStatus},
    identity::{Membership, MembershipKind},
    kernel::{Actor, Context, Id, Money, Ratio, TenantId, Timestamp},
    notification::Notification,
    outbox::Message,
    store::{Direction, PageSize, Query, Store, StoreError, Transaction},
    tenancy::{OrgUnit, Tenant},
};

use crate::{
    desk::{Desk, Failure},
    report::{BranchLine, ClassLine, Report, Story, StudentLine, Trail},
    world::World,
};

/// How much an earlier run left behind (nothing when there was none), and when it ended.
pub(crate) async fn earlier_runs(store: &Store) -> Result<(u64, Option<Timestamp>), Failure> {
    let ids = std::sync::Arc::new(lms::kernel::SequentialIds::new());
    let actor = Actor::system("placement-school");
    let cx = Context::new(TenantId::SINGLE, actor, Timestamp::EPOCH, ids);
    let mut tx = store.begin(&cx).await?;
    let latest = Query::<AuditEntry>::all().order_by(AuditEntry::OCCURRED_AT, Direction::Desc);
    let latest = tx.first(latest).await?.map(|it| it.occurred_at);
    let entries = tx.count(Query::<AuditEntry>::all()).await?;
    tx.rollback().await?;
    Ok((entries, latest))
}

/// The whole report.
pub(crate) async fn read(desk: &Desk, world: &World) -> Result<Report, Failure> {
    let cx = desk.system();
    let mut tx = desk.store.begin(&cx).await?;
    let school = tx.require(Tenant::id_of(cx.tenant())).await?;
    let members = tx.all(Query::<ClassMember>::all()).await?;
    let students = Query::filter(Membership::KIND.eq(MembershipKind::Student));
    let mut students = tx.all(students).await?;
    students.sort_by(|a, b| a.full_name.cmp(&b.full_name));
    let units = tx.all(Query::<OrgUnit>::all()).await?;
    let unit_names: BTreeMap<_, _> = units.iter().map(|it| (it.id, it.name.to_string())).collect();
    let mut lines = Vec::with_capacity(students.len());
    for student in &students {
        lines.push(student_line(&mut tx, world, student, &unit_names).await?);
    }
    let orders = tx.all(Query::<Order>::all()).await?;
    let story = tell_story(&mut tx, world, &students).await?;
    let report = Report {
        school: school.name.to_string(),
        levels: levels(world),
        sections: world.sections.iter().map(|it| it.title.to_string()).collect(),
        classes: class_lines(world, &members, &unit_names),
        students: lines,
        branches: branch_lines(world, &units, &students, &orders)?,
        orders: order_counts(&orders),
        trail: trail(&mut tx).await?,
        story,
    };
    tx.rollback().await?;
    Ok(report)
}

fn levels(world: &World) -> Vec<String> {
    let mut levels: Vec<String> = Vec::new();
    for level in world.classes.iter().filter_map(|it| it.level.clone()) {
        if !levels.contains(&level) {
            levels.push(level);
        }
    }
    levels
}

async fn student_line(
    tx: &mut Transaction,
    world: &World,
    student: &Membership,
    units: &BTreeMap<Id<OrgUnit>, String>,
) -> Result<StudentLine, StoreError> {
    let score = tx.first(Score::of_learner(world.test.id, student.id)).await?;
    let mut sections = Vec::new();
    if let Some(score) = &score {
        let found = tx.all(SectionScore::of(score.id)).await?;
        for section in &world.sections {
            if let Some(it) = found.iter().find(|it| it.section_id == section.id) {
                sections.push((it.raw, it.scaled.unwrap_or(it.score)));
            }
        }
    }
    let decision = tx.first(PlacementDecision::of(student.id)).await?;
    let class = decision.as_ref().and_then(|it| it.class_id);
    let class = class.and_then(|id| world.classes.iter().find(|it| it.id == id));
    let name = class.map_or("", |it| it.name.as_str());
    let outcome = match decision.as_ref().map(|it| &it.placement.outcome) {
        None if score.is_none() => "has not paid yet".to_owned(),
        None => "waits for a decision".to_owned(),
        Some(PlacementOutcome::Placed { .. }) => name.to_owned(),
        Some(PlacementOutcome::Waitlisted { .. }) => format!("waits for {name}"),
        Some(PlacementOutcome::NotPlaced { reason }) => reason.to_string(),
        Some(_) => "needs another step first".to_owned(),
    };
    let branch = student.org_unit_id.and_then(|it| units.get(&it).cloned());
    Ok(StudentLine {
        name: student.full_name.to_string(),
        branch: branch.unwrap_or_default(),
        sections,
        total: score.map(|it| it.total),
        level: class.and_then(|it| it.level.clone()).unwrap_or_default(),
        outcome,
    })
}

fn class_lines(
    world: &World,
    members: &[ClassMember],
    units: &BTreeMap<Id<OrgUnit>, String>,
) -> Vec<ClassLine> {
    let line = |class: &lms::delivery::ClassGroup| {
        let count = |status| {
            members.iter().filter(|it| it.class_id == class.id && it.status == status).count()
        };
        let branch = class.org_unit_id.and_then(|it| units.get(&it).cloned());
        ClassLine {
            name: class.name.to_string(),
            branch: branch.unwrap_or_default(),
            level: class.level.clone().unwrap_or_default(),
            mode: class.mode.to_string(),
            capacity: u64::from(class.capacity.unwrap_or(0)),
            seated: count(MemberStatus::Active) as u64,
            waiting: count(MemberStatus::Waitlisted) as u64,
        }
    };
    world.classes.iter().map(line).collect()
}

fn branch_lines(
    world: &World,
    units: &[OrgUnit],
    students: &[Membership],
    orders: &[Order],
) -> Result<Vec<BranchLine>, Failure> {
    let branch_of: BTreeMap<_, _> = students.iter().map(|it| (it.id, it.org_unit_id)).collect();
    let mut lines = Vec::new();
    for unit in units {
        let of_unit = |it: &&Order| branch_of.get(&it.buyer_id) == Some(&Some(unit.id));
        let sold = |it: &&Order| it.status == OrderStatus::Completed;
        let sold: Vec<&Order> = orders.iter().filter(of_unit).filter(sold).collect();
        let revenue = Money::sum(sold.iter().map(|it| it.total), world.price.currency())?;
        lines.push(BranchLine { name: unit.name.to_string(), orders: sold.len() as u64, revenue });
    }
    Ok(lines)
}

fn order_counts(orders: &[Order]) -> Vec<(String, u64)> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for order in orders {
        *counts.entry(order.status.to_string()).or_default() += 1;
    }
    counts.into_iter().collect()
}

async fn trail(tx: &mut Transaction) -> Result<Trail, StoreError> {
    let mut events: BTreeMap<String, u64> = BTreeMap::new();
    let mut after = None;
    loop {
        let page = tx.page(Query::<Message>::all().page(PageSize::MAX, after)).await?;
        for message in page.items {
            *events.entry(message.kind).or_default() += 1;
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    Ok(Trail {
        notifications: tx.count(Query::<Notification>::all()).await?,
        events: events.into_iter().collect(),
        audit_entries: tx.count(Query::<AuditEntry>::all()).await?,
    })
}

/// Tells the way of the student on a waitlist, or else of the first who was placed.
async fn tell_story(
    tx: &mut Transaction,
    world: &World,
    students: &[Membership],
) -> Result<Option<Story>, StoreError> {
    let mut chosen: Option<(&Membership, PlacementDecision)> = None;
    for student in students {
        let Some(decision) = tx.first(PlacementDecision::of(student.id)).await? else {
            continue;
        };
        let waits = decision.status == PlacementStatus::Waitlisted;
        if waits || chosen.is_none() {
            chosen = Some((student, decision));
        }
        if waits {
            break;
        }
    }
    let Some((student, decision)) = chosen else { return Ok(None) };
    let Some(score) = tx.first(Score::of_learner(world.test.id, student.id)).await? else {
        return Ok(None);
    };
    let sections = tx.all(SectionScore::of(score.id)).await?;
    let trace = tx.part(LoadTrace { score: &score }).await?;
    let mut why = Vec::new();
    for section in &world.sections {
        let Some(it) = sections.iter().find(|it| it.section_id == section.id) else { continue };
        let answers = trace.as_ref().map(|trace| count_answers(trace, section.id));
        let answers = answers.unwrap_or_default();
        let scaled = it.scaled.unwrap_or(it.score);
        why.push(format!(
            "{}: {} of {} points{answers}; the table turns {} into {scaled}",
            section.title, it.raw, it.raw_maximum, it.raw,
        ));
    }
    why.push(format!("total: the sections' scaled scores add up to {}", score.total));
    Ok(Some(Story {
        name: student.full_name.to_string(),
        score: why,
        placement: explain(world, &decision),
    }))
}

fn count_answers(trace: &AttemptResult, section: Id<lms::assessment::Section>) -> String {
    let Some(section) = trace.sections.iter().find(|it| it.frame.section == Some(section)) else {
        return String::new();
    };
    let total = section.questions.len();
    let full = section.questions.iter().filter(|it| it.share == Some(Ratio::ONE)).count();
    format!(" ({full} of {total} questions fully right)")
}

fn explain(world: &World, decision: &PlacementDecision) -> Vec<String> {
    let name = |id| {
        let class = world.classes.iter().find(|it| it.id == id);
        class.map_or_else(|| "a class".to_owned(), |it| it.name.to_string())
    };
    let mut lines: Vec<String> = decision.placement.steps.iter().map(ToString::to_string).collect();
    if let Some(class) = decision.class_id {
        lines.push(format!("{}: {}", decision.status, name(class)));
    }
    for class in &decision.placement.rejected {
        let reasons: Vec<_> = class.reasons.iter().map(ToString::to_string).collect();
        lines.push(format!("not {}: {}", name(class.class), reasons.join("; ")));
    }
    lines
}
