//! A school of one course, with a learner to whom things happen by operations.
use chrono::TimeDelta;
use lms::{
    commerce::{
        CompleteRefundByHand, CreatePlan, Interval, Item, ItemKind, Order, OrderLine,
        PauseSubscription, PaymentMethod, PlaceOrder, Plan, RecordReceipt, RequestRefund,
        SetPlanItems, SetPrice, StartPayment, Subscribe, Subscription,
    },
    content::{
        AddNode, ChangeNodeStatus, ContentNode, Course, CreateCourse, DeleteCourse, NodeKind,
        PublicationEvent, PublishCourse, UndeleteCourse,
    },
    delivery::{ClassChoice, ClassGroup, ClassMember, CreateClass, JoinClass, LeaveClass},
    governance::ErasePerson,
    identity::{
        AddMember, ChangeMembershipStatus, Membership, MembershipEvent, MembershipKind,
        RegisterUser, UserEvent,
    },
    kernel::{Actor, Context, Currency, Id, Money, Scope, Slug, Title},
    learning::{
        AccessRequest, CheckAccess, EnrollLearner, Enrollment, EnrollmentRight, GrantSource,
        JoinClassAndEnroll, LeaveClassAndDrop, NodeProgress, OpenNode, ProgressStatus, RecordStudy,
        RenewEnrollment, Study,
    },
    memory::MemoryStore,
    store::{Query, Store, StoreError, Transaction, job::run_jobs, operation::Operation},
    tenancy::CreateTenant,
};
use lms_testkit::TestContext;

use crate::model::{Event, LONG, STAFF_DAYS};

/// The school and its learner, at one moment.
#[derive(Clone)]
pub(crate) struct Life {
    memory: MemoryStore,
    /// The system, now.
    system: Context,
    /// Who the learner acts as.
    by_learner: Actor,
    learner: Id<Membership>,
    course: Id<Course>,
    lesson: Id<ContentNode>,
    class: Id<ClassGroup>,
    plan: Id<Plan>,
    /// What was bought and not refunded, the latest last.
    bought: Vec<Id<Order>>,
}

/// What an operation refused, as text.
type Done = Result<(), String>;

fn title(text: &str) -> Title {
    Title::new(text).unwrap()
}

fn usd(minor: i64) -> Money {
    Money::from_minor(minor, Currency::USD)
}

impl Life {
    /// A learner in a school with a course that is sold, a class of it and a plan with it.
    pub(crate) async fn begin() -> Self {
        let memory = MemoryStore::new();
        let store = Store::new(memory.clone());
        let system = TestContext::new("lives").build();
        let slug = Slug::new("school").unwrap();
        let open = CreateTenant::new(title("School"), slug, "en".parse().unwrap());
        run(&store, &system, open).await.unwrap();
        let teacher = AddMember::new(MembershipKind::Staff, title("Teacher"));
        let teacher = run(&store, &system, teacher).await.unwrap().id;
        let register =
            RegisterUser { email: Some("a@a.example".parse().unwrap()), ..RegisterUser::default() };
        let mut user = run(&store, &system, register).await.unwrap();
        user.status = user.status.apply(UserEvent::Verify).unwrap();
        let mut tx = begin(&store, &system).await;
        tx.update(&mut user).await.unwrap();
        tx.commit().await.unwrap();
        let learner = AddMember::new(MembershipKind::Student, title("Learner")).with_user(user.id);
        let learner = run(&store, &system, learner).await.unwrap().id;
        let course = run(&store, &system, CreateCourse::new(title("Course"), teacher)).await;
        let course = course.unwrap().id;
        let module = AddNode::new(course, NodeKind::Module, title("Module"));
        let module = run(&store, &system, module).await.unwrap().id;
        let lesson = AddNode {
            parent_id: Some(module),
            ..AddNode::new(course, NodeKind::Lesson, title("Lesson"))
        };
        let lesson = run(&store, &system, lesson).await.unwrap().id;
        for node_id in [module, lesson] {
            let publish = ChangeNodeStatus { node_id, event: PublicationEvent::Publish };
            run(&store, &system, publish).await.unwrap();
        }
        run(&store, &system, PublishCourse { course_id: course }).await.unwrap();
        let item = Item::of(ItemKind::Course, course);
        run(&store, &system, SetPrice::new(item, title("Course"), usd(1_000))).await.unwrap();
        let class = CreateClass::offline(course, title("Class"), "Room");
        let class = run(&store, &system, class).await.unwrap().id;
        let month = Some(Interval::MONTH);
        let plan = CreatePlan::new(title("Plan"), Slug::new("plan").unwrap(), month, usd(500));
        let plan = run(&store, &system, plan).await.unwrap().id;
        run(&store, &system, SetPlanItems { plan, items: vec![item] }).await.unwrap();
        let by_learner = Actor::User(user.actor_id());
        let bought = Vec::new();
        Self { memory, system, by_learner, learner, course, lesson, class, plan, bought }
    }

    /// The same life, going its own way from now on.
    pub(crate) fn fork(&self) -> Self {
        Self { memory: self.memory.fork(), ..self.clone() }
    }

    fn store(&self) -> Store {
        Store::new(self.memory.clone())
    }

    fn pass(&mut self, days: i64) {
        let now = self.system.now().saturating_add(TimeDelta::days(days));
        self.system = self.system.clone().at(now);
    }

    async fn run<O: Operation>(&self, operation: O) -> Result<O::Answer, String>
    where
        O::Error: std::fmt::Display + From<StoreError>,
    {
        run(&self.store(), &self.system, operation).await
    }

    async fn as_learner<O: Operation>(&self, operation: O) -> Result<O::Answer, String>
    where
        O::Error: std::fmt::Display + From<StoreError>,
    {
        let cx = self.system.clone().with_actor(self.by_learner.clone());
        run(&self.store(), &cx, operation).await
    }

    /// All that time brings to learning and to sales.
    pub(crate) async fn run_jobs(&mut self) {
        let jobs: Vec<_> = lms::jobs()
            .into_iter()
            .filter(|it| it.name.starts_with("learning.") || it.name.starts_with("commerce."))
            .collect();
        let report = run_jobs(&jobs, &self.store(), &self.system).await;
        assert_eq!(report.failures().count(), 0, "{report}");
    }

    /// What happens, a day after what happened before.
    pub(crate) async fn apply(&mut self, event: Event) -> Done {
        self.pass(1);
        let (learner, course) = (self.learner, self.course);
        match event {
            Event::EnrollByStaff => {
                let own = EnrollLearner::new(course, learner, GrantSource::Manual);
                let expires_at = Some(self.in_days(STAFF_DAYS));
                self.run(EnrollLearner { expires_at, ..own }).await.map(drop)
            }
            Event::EnrollByClass => {
                let join = JoinClass { class: ClassChoice::Id(self.class), student_id: learner };
                self.run(JoinClassAndEnroll { join }).await.map(drop)
            }
            Event::Buy => {
                let lines = vec![OrderLine::of(Item::of(ItemKind::Course, course))];
                let order = self.run(PlaceOrder::new(learner, lines, Currency::USD)).await?.id;
                self.pay(order).await?;
                self.bought.push(order);
                Ok(())
            }
            Event::Subscribe => {
                let plan = self.plan;
                let order = Subscribe { subscriber: learner, payer: learner, plan };
                let order = self.run(order).await?.id;
                self.pay(order).await
            }
            Event::Pause => {
                let subscription = self.subscription().await.ok_or("no subscription")?;
                self.run(PauseSubscription { subscription, until: None }).await.map(drop)
            }
            Event::Refund => {
                let order = *self.bought.last().ok_or("nothing bought")?;
                let ask = RequestRefund { order, lines: Vec::new(), note: None };
                for refund in self.run(ask).await? {
                    self.run(CompleteRefundByHand { refund: refund.id }).await?;
                }
                self.bought.pop();
                Ok(())
            }
            Event::LeaveClass => {
                let class_id = self.class;
                let leave = LeaveClass { class_id, student_id: learner, is_removal: true };
                self.run(LeaveClassAndDrop { leave }).await.map(drop)
            }
            Event::LeaveSchool => self.member(MembershipEvent::Leave).await,
            Event::Return => self.member(MembershipEvent::Rejoin).await,
            Event::Expire => {
                self.pass(LONG);
                Ok(())
            }
            Event::Renew => {
                let enrollment_id = self.enrollment().await.ok_or("never enrolled")?.id;
                let expires_at = Some(self.in_days(STAFF_DAYS));
                self.run(RenewEnrollment { enrollment_id, expires_at }).await.map(drop)
            }
            Event::Complete => {
                let request = AccessRequest::new(learner, self.lesson);
                let open = OpenNode { request, time_zone: None };
                let (access, _) = self.as_learner(open).await?;
                if !access.is_granted() {
                    return Err(format!("{access:?}"));
                }
                let node_id = self.lesson;
                let claim = RecordStudy { learner_id: learner, node_id, study: Study::Claim };
                self.as_learner(claim).await.map(drop)
            }
            Event::DeleteCourse => self.run(DeleteCourse { course_id: course }).await.map(drop),
            Event::Restore => self.run(UndeleteCourse { course_id: course }).await.map(drop),
            Event::Erase => self.run(ErasePerson { member_id: learner }).await.map(drop),
        }
    }

    fn in_days(&self, days: i64) -> lms::kernel::Timestamp {
        self.system.now().saturating_add(TimeDelta::days(days))
    }

    async fn member(&self, event: MembershipEvent) -> Done {
        let membership_id = self.learner;
        self.run(ChangeMembershipStatus { membership_id, event }).await.map(drop)
    }

    async fn pay(&self, order: Id<Order>) -> Done {
        let payment = self.run(StartPayment::of(order, PaymentMethod::Cash)).await?;
        let (reference, amount, at) = (payment.id.to_string(), payment.amount, self.system.now());
        let receipt = RecordReceipt { payment: payment.id, reference, amount, at };
        self.run(receipt).await.map(drop)
    }

    async fn subscription(&self) -> Option<Id<Subscription>> {
        let mut tx = begin(&self.store(), &self.system).await;
        let all = tx.all(Subscription::of_subscriber(self.learner)).await.unwrap();
        all.into_iter().max_by_key(|it| (it.stamp.created_at, it.id)).map(|it| it.id)
    }

    async fn enrollment(&self) -> Option<Enrollment> {
        let mut tx = begin(&self.store(), &self.system).await;
        tx.first(Enrollment::of(self.learner, self.course)).await.unwrap()
    }

    /// What the store holds about it, for a message.
    pub(crate) async fn describe(&self) -> String {
        let Some(it) = self.enrollment().await else { return "never enrolled".to_owned() };
        let mut tx = begin(&self.store(), &self.system).await;
        let rights = tx.all(EnrollmentRight::of(it.id)).await.unwrap();
        let rights = rights.iter().map(|it| (it.source, it.status, it.ends_at));
        let rights: Vec<_> = rights.collect();
        let request = AccessRequest::new(self.learner, self.lesson);
        let access = self.as_learner(CheckAccess { request }).await;
        format!("{access:?}, {} until {:?} by {rights:?}", it.status, it.expires_at)
    }

    /// Whether the learner may open the lesson.
    pub(crate) async fn has_access(&self) -> bool {
        let request = AccessRequest::new(self.learner, self.lesson);
        self.as_learner(CheckAccess { request }).await.is_ok_and(|it| it.is_granted())
    }

    /// Whether the learner takes a seat in the course, where it is there, and in the class.
    pub(crate) async fn seats(&self) -> (bool, bool) {
        let mut tx = begin(&self.store(), &self.system).await;
        let is_there = tx.get(self.course).await.unwrap().is_some();
        let in_course = tx.count(Enrollment::seated_in(self.course)).await.unwrap();
        let in_class = tx.count(ClassMember::active_of(self.learner)).await.unwrap();
        (is_there && in_course > 0, in_class > 0)
    }

    /// Whether the lesson is done.
    pub(crate) async fn progress(&self) -> bool {
        let mut tx = begin(&self.store(), &self.system).await;
        let done = NodeProgress::LEARNER_ID
            .eq(self.learner)
            .and(NodeProgress::STATUS.eq(ProgressStatus::Completed))
            .and(NodeProgress::NODE_ID.eq(self.lesson));
        tx.exists(Query::filter(done)).await.unwrap()
    }
}

async fn begin(store: &Store, cx: &Context) -> Transaction {
    store.begin_in(cx, Scope::TenantAndPlatform(cx.tenant())).await.unwrap()
}

async fn run<O: Operation>(store: &Store, cx: &Context, operation: O) -> Result<O::Answer, String>
where
    O::Error: std::fmt::Display + From<StoreError>,
{
    let mut tx = begin(store, cx).await;
    let done = tx.run(operation).await;
    match &done {
        Ok(_) => tx.commit().await.unwrap(),
        Err(_) => tx.rollback().await.unwrap(),
    }
    done.map_err(|error| error.to_string())
}
