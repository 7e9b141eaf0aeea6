//! The school: its people and the exam.
use std::sync::Arc;

use chrono::TimeDelta;
use lms::{
    assessment::{
        Assessment, AssessmentKind, AssessmentStatus, ResultPolicy,
        question::{
            Accept, AnswerKey, Choice, NumberEntry, NumberKey, Question, QuestionKind, TextKey,
        },
    },
    authorization::{BuiltinRole, Role},
    identity::{Membership, MembershipKind, RoleAssignment, User},
    kernel::{
        Actor, ActorId, Context, Id, LanguageTag, Scope, SequentialIds, Slug, TenantId, Timestamp,
        Title,
    },
    store::{Store, Transaction},
    tenancy::CreateTenant,
};

use crate::Failure;

/// Somebody who acts.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) name: &'static str,
    pub(crate) member: Id<Membership>,
    user: ActorId,
}

/// The school with its exam.
pub(crate) struct School {
    pub(crate) store: Store,
    ids: Arc<SequentialIds>,
    opens: Timestamp,
    pub(crate) admin: Person,
    pub(crate) assessor: Person,
    pub(crate) learners: Vec<Person>,
    pub(crate) exam: Assessment,
    pub(crate) questions: Vec<Question>,
}

impl School {
    pub(crate) async fn open(store: Store) -> Result<Self, Failure> {
        let ids = Arc::new(SequentialIds::new());
        let opens: Timestamp = "2025-06-16T09:00:00Z".parse()?;
        let cx = system(&ids, opens);
        let mut tx = store.begin_in(&cx, Scope::TenantAndPlatform(cx.tenant())).await?;
        let name = Title::new("Riverside School")?;
        let (slug, language) = (Slug::new("riverside")?, LanguageTag::new("en")?);
        tx.run(CreateTenant::new(name, slug, language)).await?;
        let (staff, student) = (MembershipKind::Staff, MembershipKind::Student);
        let mut hire = async |name, kind, role| person(&mut tx, name, kind, role).await;
        let admin = hire("Dana", staff, BuiltinRole::Admin).await?;
        let assessor = hire("Eli", staff, BuiltinRole::Assessor).await?;
        let mut learners = Vec::new();
        for name in ["Ada", "Ben", "Cleo", "Finn"] {
            learners.push(hire(name, student, BuiltinRole::Student).await?);
        }
        let mut exam = Assessment::new(&cx, AssessmentKind::Test, Title::new("Biology")?);
        exam.status = AssessmentStatus::Published;
        exam.time_limit_seconds = Some(3_600);
        exam.max_attempts = Some(1);
        exam.result_policy = ResultPolicy::WhenReleased;
        let questions = questions(&cx, &exam)?;
        tx.insert(&exam).await?;
        tx.insert_all(&questions).await?;
        tx.commit().await?;
        Ok(Self { store, ids, opens, admin, assessor, learners, exam, questions })
    }

    /// A person, so many minutes after the exam began.
    pub(crate) fn acting(&self, person: &Person, minutes: i64) -> Context {
        self.system(minutes).with_actor(Actor::User(person.user))
    }

    /// The school's own programs.
    pub(crate) fn system(&self, minutes: i64) -> Context {
        system(&self.ids, self.opens.saturating_add(TimeDelta::minutes(minutes)))
    }
}

fn system(ids: &Arc<SequentialIds>, now: Timestamp) -> Context {
    Context::new(TenantId::SINGLE, Actor::system("exam-day"), now, ids.clone())
}

async fn person(
    tx: &mut Transaction,
    name: &'static str,
    kind: MembershipKind,
    role: BuiltinRole,
) -> Result<Person, Failure> {
    let user = User::new(tx.cx());
    tx.insert(&user).await?;
    let member = Membership::new(tx.cx(), kind, Title::new(name)?).with_user(user.id);
    tx.insert(&member).await?;
    let role = tx.first(Role::by_key(role)).await?.ok_or("a tenant has its roles")?;
    tx.insert(&RoleAssignment::new(tx.cx(), member.id, role.id)).await?;
    Ok(Person { name, member: member.id, user: user.actor_id() })
}

/// Five questions of two points. The key of the second is wrong: a plant cell has a wall.
fn questions(cx: &Context, exam: &Assessment) -> Result<Vec<Question>, Failure> {
    let choice = |prompt: &str, options: &[&str], right: usize| {
        let options = options.iter().enumerate();
        let options =
            options.map(|(at, text)| Choice::new(Choice::new_id(cx), *text, at == right)).collect();
        Question::new(cx, QuestionKind::SingleChoice, prompt, AnswerKey::choices())
            .with_options(options)
    };
    let number = NumberKey {
        entries: vec![NumberEntry::new(Accept::Exact { value: "46".parse()? })],
        ..NumberKey::default()
    };
    let several = ["bat", "shark", "whale", "penguin"].iter().enumerate();
    let mammals =
        several.map(|(at, text)| Choice::new(Choice::new_id(cx), *text, at % 2 == 0)).collect();
    let all = vec![
        choice("What carries oxygen in the blood?", &["red cells", "white cells", "plasma"], 0),
        choice("What has a plant cell and an animal cell not?", &["a nucleus", "a wall"], 0),
        Question::new(
            cx,
            QuestionKind::Numeric,
            "How many chromosomes has a human cell?",
            AnswerKey::Numbers(number),
        ),
        Question::new(
            cx,
            QuestionKind::ShortAnswer,
            "What do green leaves take from the air?",
            AnswerKey::Texts(TextKey::exact(["carbon dioxide", "CO2"])),
        ),
        Question::new(
            cx,
            QuestionKind::MultipleSelect,
            "Which of these are mammals?",
            AnswerKey::choices(),
        )
        .with_options(mammals),
    ];
    let place = |(at, it): (u32, Question)| {
        it.worth(lms::kernel::Points::from_ten_thousandths(20_000)).placed(exam.id, None, at)
    };
    Ok((0..).zip(all).map(place).collect())
}
