//! Two tenants with people in them, and a first course, class, test, price list and wallet.
use std::sync::Arc;

use lms_core::{
    assessment::{
        Assessment, AssessmentKind, AssessmentStatus, ResultPolicy,
        assignment::SetAssignment,
        gradebook::{Aggregation, DefineCategory, DefineGradebook, DefineItem, LatePolicy},
        question::{AnswerKey, Choice, ManualKey, Question, QuestionKind},
        scoring::{CourseRules, ScoreRounding},
    },
    authorization::{BuiltinRole, Role, RoleKey},
    commerce::{
        AdjustWallet, CreatePlan, CreateVoucher, Interval, Item, ItemKind, NewVoucher, PlanTerms,
        Reduction, SetPrice,
    },
    content::{
        AddNode, ChangeNodeStatus, Course, CreateCourse, NodeKind, PublicationEvent, PublishCourse,
    },
    delivery::{ActivateUnitCourse, AddUnitStudent, CreateClass},
    identity::{
        AddMember, AssignRole, AssignmentScope, GuardianRelation, LinkGuardian, Membership,
        MembershipKind, RegisterUser, User, UserEvent,
    },
    kernel::{
        Actor, Context, Currency, EmailAddress, Entropy, Id, IdGenerator, LanguageTag, Metadata,
        Money, Percent, Points, Scope, SeededEntropy, SequentialIds, Slug, TenantId, Title,
        uuid_v7,
    },
    learning::{EnrollLearner, GrantSource},
    operation::{Operation, Refusal},
    store::{Store, StoreError, Work},
    tenancy::{CreateTenant, CreateUnit, OrgUnit, OrgUnitKind},
};

use super::person::Person;
use crate::{Failure, Outcome, TestContext, random::mix};

/// A tenant and its people.
#[derive(Debug)]
pub(crate) struct House {
    pub(crate) tenant: TenantId,
    pub(crate) people: Vec<Person>,
}

/// The people of a tenant: name, kind of membership, and further roles.
const PEOPLE: [(&str, MembershipKind, &[BuiltinRole]); 10] = [
    ("admin", MembershipKind::Admin, &[]),
    ("teacher", MembershipKind::Staff, &[BuiltinRole::Instructor]),
    ("other teacher", MembershipKind::Staff, &[BuiltinRole::Instructor]),
    ("finance", MembershipKind::Staff, &[BuiltinRole::Finance]),
    ("assessor", MembershipKind::Staff, &[BuiltinRole::Assessor]),
    ("staff", MembershipKind::Staff, &[]),
    ("ada", MembershipKind::Student, &[]),
    ("ben", MembershipKind::Student, &[]),
    // A learner who works for the school as well: nothing that is her own is hers to decide.
    ("eve", MembershipKind::Student, &[BuiltinRole::Finance, BuiltinRole::Assessor]),
    ("guardian of ada", MembershipKind::Guardian, &[]),
];

/// Ids of one part of a run, the same for the same seed and part.
pub(crate) fn ids(seed: u64, part: u64) -> Arc<dyn IdGenerator> {
    Arc::new(SequentialIds::starting_at(mix(seed ^ mix(part)) >> 3))
}

/// The store with the randomness of one part of a run.
pub(crate) fn with_entropy(store: &Store, seed: u64, part: u64) -> Store {
    store.clone().with_port::<dyn Entropy>(Arc::new(SeededEntropy::new(mix(seed ^ mix(part)))))
}

/// Opens a tenant.
pub(crate) async fn open(store: &Store, seed: u64, number: u8) -> Outcome<House> {
    let part = u64::from(number).wrapping_neg();
    let mut random = [number; 10];
    for (byte, value) in random.iter_mut().zip(mix(seed).to_be_bytes()) {
        *byte ^= value;
    }
    let tenant = TenantId::from_uuid(uuid_v7(TestContext::NOW, random));
    let system = Actor::system("simulation");
    let cx = Context::new(tenant, system.clone(), TestContext::NOW, ids(seed, part));
    let opening = Opening { store: with_entropy(store, seed, part), cx };
    let slug = Slug::new(&format!("house-{number}-{}", tenant.uuid().simple()))?;
    opening.run(CreateTenant::new(Title::new("House")?, slug, LanguageTag::new("en")?)).await?;
    let north = CreateUnit::new(OrgUnitKind::Centre, Title::new("North")?, None);
    let north = opening.run(north).await?;
    let mut people = vec![Person::system()];
    for (name, kind, further) in PEOPLE {
        people.push(opening.person(name, kind, further).await?);
    }
    opening.family(&mut people).await?;
    opening.fill(&people, north.id).await?;
    people.push(Person::nobody());
    Ok(House { tenant, people })
}

/// A tenant that is being opened.
struct Opening {
    store: Store,
    cx: Context,
}

fn usd(minor: i64) -> Money {
    Money::from_minor(minor, Currency::USD)
}

fn member(people: &[Person], name: &str) -> Outcome<Id<Membership>> {
    let found = people.iter().find(|it| it.name == name).and_then(|it| it.member);
    found.ok_or_else(|| Failure::new(format!("`{name}` is not there")))
}

impl Opening {
    async fn run<O>(&self, operation: O) -> Outcome<O::Answer>
    where
        O: Operation<Error: Refusal>,
    {
        let done = self.store.run(&self.cx, operation).await;
        done.map_err(|error| Failure::new(format!("{}: {error}", O::NAME)))
    }

    async fn person(
        &self,
        name: &'static str,
        kind: MembershipKind,
        further: &[BuiltinRole],
    ) -> Outcome<Person> {
        let tenant = self.cx.tenant().uuid().simple();
        let user = self.user(&format!("{}-{tenant}@example.org", name.replace(' ', "-"))).await?;
        let member = self.run(AddMember::new(kind, Title::new(name)?).with_user(user.id)).await?;
        let mut roles = vec![kind.first_role()];
        for role in further {
            let key = RoleKey::new(role.as_str())?;
            let found = self.store.begin(&self.cx).await?.first(Role::by_key(key)).await?;
            let Some(found) = found else { return Err(Failure::new(role.as_str().to_owned())) };
            let (membership_id, role_id) = (member.id, found.id);
            let scope = AssignmentScope::Tenant;
            self.run(AssignRole { membership_id, role_id, scope, scope_id: None }).await?;
            roles.push(*role);
        }
        Ok(Person::member(name, &user, member.id, roles))
    }

    /// A user whose address is verified.
    async fn user(&self, address: &str) -> Outcome<User> {
        let email = Some(EmailAddress::new(address)?);
        let mut user = self.run(RegisterUser { email, ..RegisterUser::default() }).await?;
        user.status = user.status.apply(UserEvent::Verify)?;
        user.email_verified_at = Some(self.cx.now());
        let scope = Scope::TenantAndPlatform(self.cx.tenant());
        let user = self
            .store
            .transact_in(&self.cx, scope, |tx| -> Work<'_, User, StoreError> {
                let mut user = user.clone();
                Box::pin(async move {
                    tx.update(&mut user).await?;
                    Ok(user)
                })
            })
            .await?;
        Ok(user)
    }

    async fn family(&self, people: &mut [Person]) -> Outcome<()> {
        let (guardian_id, student_id) =
            (member(people, "guardian of ada")?, member(people, "ada")?);
        let relationship = GuardianRelation::Parent;
        self.run(LinkGuardian { guardian_id, student_id, relationship }).await?;
        let mut guardians = people.iter_mut().filter(|it| it.member == Some(guardian_id));
        if let Some(person) = guardians.next() {
            person.wards.push(student_id);
        }
        Ok(())
    }

    async fn fill(&self, people: &[Person], north: Id<OrgUnit>) -> Outcome<()> {
        let (teacher, ada) = (member(people, "teacher")?, member(people, "ada")?);
        let small = self.course("Small", teacher, Some(2)).await?;
        let large = self.course("Large", member(people, "other teacher")?, None).await?;
        self.run(EnrollLearner::new(large, ada, GrantSource::Manual)).await?;
        self.run(ActivateUnitCourse { unit_id: north, course_id: small }).await?;
        for name in ["ada", "ben", "eve"] {
            let student_id = member(people, name)?;
            self.run(AddUnitStudent { unit_id: north, student_id }).await?;
        }
        let class = CreateClass::offline(small, Title::new("Evenings")?, "Room 1");
        let (unit, teacher) = (Some(north), Some(teacher));
        let capacity = Some(2);
        self.run(CreateClass { org_unit_id: unit, teacher_id: teacher, capacity, ..class }).await?;
        self.shop(ada, &[(small, 1_000), (large, 2_500)]).await?;
        self.test(large).await?;
        self.coursework(large).await
    }

    async fn course(
        &self,
        name: &str,
        owner: Id<Membership>,
        capacity: Option<u32>,
    ) -> Outcome<Id<Course>> {
        let course = CreateCourse { capacity, ..CreateCourse::new(Title::new(name)?, owner) };
        let course = self.run(course).await?.id;
        for name in ["First", "Second"] {
            let node = AddNode::new(course, NodeKind::Module, Title::new(name)?);
            let node_id = self.run(node).await?.id;
            self.run(ChangeNodeStatus { node_id, event: PublicationEvent::Publish }).await?;
        }
        self.run(PublishCourse { course_id: course }).await?;
        Ok(course)
    }

    async fn shop(&self, ada: Id<Membership>, courses: &[(Id<Course>, i64)]) -> Outcome<()> {
        for (course, price) in courses {
            let item = Item::of(ItemKind::Course, *course);
            self.run(SetPrice::new(item, Title::new("Course")?, usd(*price))).await?;
        }
        let voucher = NewVoucher::new("SPRING".parse()?, Reduction::Fixed(usd(100)));
        let voucher = NewVoucher { max_redemptions: Some(2), ..voucher };
        self.run(CreateVoucher { voucher }).await?;
        for (name, price) in [("monthly", 999), ("dearer", 1_999)] {
            self.run(CreatePlan {
                name: Title::new(name)?,
                slug: Slug::new(name)?,
                subject: None,
                interval: Some(Interval::MONTH),
                price: usd(price),
                tax: None,
                terms: PlanTerms::default(),
                features: Metadata::default(),
            })
            .await?;
        }
        let reference = "top-up".to_owned();
        self.run(AdjustWallet { holder: ada, amount: usd(5_000), reference }).await?;
        Ok(())
    }

    /// A test with a choice and an essay.
    async fn test(&self, course: Id<Course>) -> Outcome<()> {
        let cx = &self.cx;
        let mut test = Assessment::new(cx, AssessmentKind::Test, Title::new("Test")?);
        test.course_id = Some(course);
        test.status = AssessmentStatus::Published;
        test.result_policy = ResultPolicy::WhenReleased;
        test.max_attempts = Some(2);
        let option = |text, right| Choice::new(cx.id(), text, right);
        let choice = Question::new(cx, QuestionKind::SingleChoice, "Is it?", AnswerKey::choices())
            .with_options(vec![option("yes", true), option("no", false)]);
        let essay = AnswerKey::Manual(ManualKey { rubric: None, model_answer: None });
        let essay = Question::new(cx, QuestionKind::LongAnswer, "Why?", essay);
        let questions = [choice.placed(test.id, None, 0), essay.placed(test.id, None, 1)];
        let mut tx = self.store.begin(cx).await?;
        tx.insert(&test).await?;
        tx.insert_all(&questions).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn coursework(&self, course: Id<Course>) -> Outcome<()> {
        self.run(SetAssignment {
            course_id: course,
            title: Title::new("Essay")?,
            description: None,
            node_id: None,
            due_at: Some(self.cx.now().saturating_add(chrono::TimeDelta::days(2))),
            points: Some("80".parse::<Points>()?),
            late_policy: LatePolicy::default(),
            max_submissions: Some(3),
        })
        .await?;
        let book = DefineGradebook {
            course_id: course,
            aggregation: Aggregation::WeightedMean,
            missing_earns: Percent::ZERO,
            scale: None,
            rounding: ScoreRounding::default(),
            rules: CourseRules::default(),
        };
        let book = self.run(book).await?;
        let category = DefineCategory::new(book.id, Title::new("Quizzes")?, Percent::HUNDRED);
        let category = self.run(category).await?;
        self.run(DefineItem::new(category.id, Title::new("Quiz")?, "10".parse::<Points>()?))
            .await?;
        Ok(())
    }
}
