//! Records with documents that no guessing finds, so that each record type is met as a record.
use std::sync::Arc;

use lms_core::{
    assessment::{
        Assessment, AssessmentKind,
        attempt::{Attempt, AttemptLimits, Score, ScoreTrace},
        bank::QuestionVersion,
        conversion::{ConversionRule, ConversionScale, ScaleMethod},
        gradebook::{
            Audience, CategoryPlan, CourseGrade, GradeBand, GradeScale, GradeState, Gradebook,
            GradebookPlan, ItemPlan, LearnerGrades, compute_grade,
        },
        grading::{AnswerSheet, TestForm, grade_attempt},
        placement::{Placement, PlacementDecision, PlacementOutcome, PlacementProfile, Step},
        question::{Answer, AnswerKey, Choice, Question, QuestionKind},
    },
    commerce::{
        Agreement, ChargeModel, Interval, Plan, PlanChange, PlanChangeStatus, Reduction,
        Subscription, UsagePrice, Voucher,
    },
    delivery::{SeriesTiming, SessionSeries},
    identity::{AuthMethod, AuthMethodKind},
    kernel::{
        Actor, Context, Id, LocalDateTime, Money, Percent, Points, SequentialIds, Slug, TenantId,
        TimeZone, Title,
    },
    store::{Record as _, Row, Stamp},
};
use rust_decimal::Decimal;

use crate::{Outcome, TestContext};

/// A record of that table, whose columns serve where the sampler cannot know what fits; none for
/// a table that it draws by itself. Its references lead nowhere.
pub(super) fn example(table: &str) -> Outcome<Option<Row>> {
    let ids = Arc::new(SequentialIds::new());
    let cx = Context::new(TenantId::SINGLE, Actor::system("example"), TestContext::NOW, ids);
    Ok(Some(match table {
        Assessment::TABLE => assessment(&cx)?.to_row(),
        QuestionVersion::TABLE => QuestionVersion::of(&cx, &question(&cx)).to_row(),
        ConversionScale::TABLE => conversion_scale(&cx)?.to_row(),
        ScoreTrace::TABLE => score_trace(&cx)?.to_row(),
        Gradebook::TABLE => gradebook(&cx)?.to_row(),
        CourseGrade::TABLE => course_grade(&cx)?.to_row(),
        PlacementDecision::TABLE => placement(&cx)?.to_row(),
        SessionSeries::TABLE => series(&cx)?.to_row(),
        Plan::TABLE => plan(&cx)?.to_row(),
        Subscription::TABLE => {
            let agreement = Agreement::from(&plan(&cx)?);
            Subscription::new(&cx, cx.id(), cx.id(), agreement, TimeZone::UTC).to_row()
        }
        PlanChange::TABLE => plan_change(&cx)?.to_row(),
        UsagePrice::TABLE => {
            let model = ChargeModel::Standard { rate: Decimal::ONE };
            UsagePrice::new(&cx, "calls", Title::new("Example")?, model).to_row()
        }
        Voucher::TABLE => {
            let reduction = Reduction::Fixed("3.00 EUR".parse()?);
            Voucher::new(&cx, "EXAMPLE".parse()?, reduction).to_row()
        }
        AuthMethod::TABLE => {
            AuthMethod::new(&cx, cx.id(), AuthMethodKind::Google, "example".to_owned()).to_row()
        }
        _ => return Ok(None),
    }))
}

fn points(whole: i64) -> Points {
    Points::from_ten_thousandths(whole * 10_000)
}

fn assessment(cx: &Context) -> Outcome<Assessment> {
    Ok(Assessment::new(cx, AssessmentKind::Quiz, Title::new("Example")?))
}

fn question(cx: &Context) -> Question {
    let options = vec![Choice::new(cx.id(), "right", true), Choice::new(cx.id(), "wrong", false)];
    Question::new(cx, QuestionKind::SingleChoice, "Which?", AnswerKey::choices())
        .with_options(options)
}

fn conversion_scale(cx: &Context) -> Outcome<ConversionScale> {
    let method = ScaleMethod::Table { rule: ConversionRule::default() };
    Ok(ConversionScale::new(cx, cx.id(), None, method))
}

fn score_trace(cx: &Context) -> Outcome<ScoreTrace> {
    let assessment = assessment(cx)?;
    let question = question(cx).placed(assessment.id, None, 0);
    let answer = question.options.first().map_or(Answer::Blank, |it| Answer::choice(it.id));
    let sheet = AnswerSheet::new([(question.id, answer)]);
    let form = TestForm::assemble(&assessment, &[], vec![question])?;
    let attempt = Attempt::new(cx, assessment.id, cx.id(), 1, &AttemptLimits::of(&assessment));
    Ok(ScoreTrace::new(cx, &Score::new(cx, &attempt), grade_attempt(&form, &sheet)?))
}

fn gradebook(cx: &Context) -> Outcome<Gradebook> {
    let band = |grade: &str, from: &str| -> Outcome<GradeBand> {
        Ok(GradeBand { grade: grade.to_owned(), from: from.parse::<Percent>()? })
    };
    let scale = GradeScale::new(vec![band("pass", "50")?, band("fail", "0")?])?;
    Ok(Gradebook { scale: Some(scale), ..Gradebook::new(cx, cx.id()) })
}

fn course_grade(cx: &Context) -> Outcome<CourseGrade> {
    let item = ItemPlan::new(cx.id(), points(10));
    let marked = GradeState::Graded { score: points(8), late_seconds: 0 };
    let grades = LearnerGrades::from([(item.id, marked)]);
    let category = CategoryPlan::new(cx.id(), Title::new("Example")?, vec![item]);
    let plan = GradebookPlan::weighted(vec![category]);
    let computed = compute_grade(&plan, &grades, Audience::Staff)?;
    Ok(CourseGrade::new(cx, cx.id(), cx.id(), Audience::Staff, computed))
}

fn placement(cx: &Context) -> Outcome<PlacementDecision> {
    let learner = cx.id();
    let placement = Placement {
        learner,
        outcome: PlacementOutcome::Exempt,
        steps: Vec::<Step>::new(),
        rejected: Vec::new(),
    };
    let profile = PlacementProfile::new(learner, Vec::new(), cx.now());
    Ok(PlacementDecision::new(cx, Slug::new("example")?, profile, placement))
}

fn series(cx: &Context) -> Outcome<SessionSeries> {
    let timing = SeriesTiming {
        first_start: LocalDateTime::new(cx.now().utc().naive_utc())?,
        duration_minutes: 60,
        time_zone: TimeZone::UTC,
        recurrence: "FREQ=WEEKLY;BYDAY=MO;COUNT=8".parse()?,
    };
    Ok(SessionSeries {
        id: cx.id(),
        stamp: Stamp::new(cx),
        class_id: None,
        course_id: None,
        org_unit_id: None,
        host_id: cx.id(),
        room_id: None,
        title: Title::new("Example")?,
        meeting: None,
        timing,
        planned_until: None,
    })
}

fn plan(cx: &Context) -> Outcome<Plan> {
    let price: Money = "9.00 EUR".parse()?;
    let (name, slug) = (Title::new("Example")?, Slug::new("example")?);
    Ok(Plan::new(cx, name, slug, None::<Interval>, price))
}

fn plan_change(cx: &Context) -> Outcome<PlanChange> {
    let plan = plan(cx)?;
    Ok(PlanChange {
        id: cx.id(),
        stamp: Stamp::new(cx),
        subscription_id: cx.id(),
        period_number: 1,
        agreement: Agreement::from(&plan),
        credit: Money::zero(plan.price.currency()),
        charge: plan.price,
        status: PlanChangeStatus::Waiting,
        order_id: cx.id(),
        order_item_id: Id::from_uuid(cx.id::<PlanChange>().uuid()),
    })
}
