//! Who may do what: every operation with every relation that a person can have to what it is about,
//! compared with the file that people review.
use std::{fs, path::PathBuf};

use lms::{
    content::{AuthorRole, AuthoredKind, Course, CreateCourse, SetAuthor, VoteHelpful},
    delivery::{AddUnitStudent, ClassChoice, JoinClass},
    identity::{
        AssignRole, AssignmentScope, GuardianRelation, LinkGuardian, Membership, MembershipKind,
        PlaceMember, RoleAssignment, UnassignRole,
    },
    kernel::{Actor, Context, ErrorKind, Id, Scope},
    learning::{EnrollLearner, GrantSource},
    memory::MemoryStore,
    store::Store,
};
use lms_store_postgres::testing::TestServer;
use uuid::Uuid;

use crate::{
    commerce_table, community_table, content_table, delivery_table, exam_table, governance_table,
    identity_table, later_table, learning_table, placement_table, reading_table, sittings_table,
    table::{Refusal, Service, scope_of},
    tenancy_table,
    world::{Person, Who, World, person, title},
};

/// The rows of every table, by the context that they are of.
pub(crate) fn tables() -> [(&'static str, Vec<Service>); 14] {
    [
        ("tenancy", tenancy_table::rows()),
        ("identity", identity_table::rows()),
        ("content", content_table::rows()),
        ("delivery", delivery_table::rows()),
        ("learning", learning_table::rows()),
        ("commerce", commerce_table::rows()),
        ("assessment and recognition", exam_table::rows()),
        ("authoring and notification", later_table::rows()),
        ("lists and views", reading_table::rows()),
        ("opening a tenant", tenancy_table::opening()),
        ("tests, marking and certificates", sittings_table::rows()),
        ("placement", placement_table::rows()),
        ("comments, notifications, service desk", community_table::rows()),
        ("governance", governance_table::rows()),
    ]
}

/// What a person is to what the services are about: the learner's things, in a course and a class
/// of the north.
pub(crate) struct Relation {
    /// The heading of the column, of at most eight letters.
    pub(crate) heading: &'static str,
    meaning: &'static str,
    pub(crate) cx: Context,
    /// A role that the learner has besides, while this column is asked.
    besides: Option<&'static str>,
}

/// A school that sells, with a person for every relation.
pub(crate) struct Cast {
    pub(crate) world: World,
    pub(crate) relations: Vec<Relation>,
}

impl Cast {
    pub(crate) async fn open(store: Store) -> Self {
        let world = World::whole(store).await;
        reading_table::furnish(&world).await;
        let mut cast = Self { world, relations: Vec::new() };
        cast.learners().await;
        cast.teachers().await;
        cast.workers().await;
        for (heading, role, meaning) in [
            ("self+in", "instructor", "the learner, who is an instructor of the tenant as well"),
            ("self+as", "assessor", "the learner, who is an assessor as well"),
            ("self+fi", "finance", "the learner, who pays for it all and is of finance as well"),
        ] {
            cast.add(heading, meaning, cast.world.cx(Who::Learner));
            cast.relations.last_mut().unwrap().besides = Some(role);
        }
        cast
    }

    fn add(&mut self, heading: &'static str, meaning: &'static str, cx: Context) {
        self.relations.push(Relation { heading, meaning, cx, besides: None });
    }

    /// A new person in that column.
    async fn hire(
        &mut self,
        (heading, meaning): (&'static str, &'static str),
        kind: MembershipKind,
        is_in_north: bool,
    ) -> Person {
        let world = &self.world;
        let unit = is_in_north.then_some(world.north.id);
        let name = format!("column-{heading}");
        let person = person(&world.store, &world.system, &name, kind, unit).await;
        let cx = world.system.clone().with_actor(Actor::User(person.user.actor_id()));
        self.add(heading, meaning, cx);
        person
    }

    async fn learners(&mut self) {
        use MembershipKind::{Guardian, Student};
        self.add("anyone", "has not signed in", self.world.cx(Who::Nobody));
        let abroad = self.world.cx(Who::Stranger);
        self.add("abroad", "administers another tenant, and asks in this one", abroad);
        self.hire(("member", "learns in nothing of it"), Student, false).await;
        let learner = self.world.cx(Who::Learner);
        self.add("learner", "the learner, who has bought and pays for it all", learner);
        let peer = ("peer", "another learner of the same course, class and unit");
        let peer = self.hire(peer, Student, true).await;
        let parent = self.hire(("parent", "the learner's guardian"), Guardian, false).await;
        let other = ("parent2", "the guardian of the other learner");
        let other = self.hire(other, Guardian, false).await;
        let world = &self.world;
        let (course, class) = (world.courses().published.id, world.things().class.id);
        let (store, system, north) = (&world.store, &world.system, world.north.id);
        let command = EnrollLearner::new(course, peer.id(), GrantSource::Manual);
        act!(store, system, |tx| tx.run(command)).unwrap();
        let student = AddUnitStudent { unit_id: north, student_id: peer.id() };
        act!(store, system, |tx| tx.run(student)).unwrap();
        let join = JoinClass { class: ClassChoice::Id(class), student_id: peer.id() };
        act!(store, system, |tx| tx.run(join)).unwrap();
        let by_peer = system.clone().with_actor(Actor::User(peer.user.actor_id()));
        let vote = VoteHelpful { review_id: world.things().review.id };
        act!(store, by_peer, |tx| tx.run(vote)).unwrap();
        for (guardian_id, student_id) in
            [(parent.id(), world.learner.id()), (other.id(), peer.id())]
        {
            let relationship = GuardianRelation::Parent;
            let link = LinkGuardian { guardian_id, student_id, relationship };
            act!(store, system, |tx| tx.run(link)).unwrap();
        }
    }

    async fn teachers(&mut self) {
        use MembershipKind::Staff;
        let owner = self.world.cx(Who::Teacher);
        self.add("owner", "owns the course and teaches the class, in the north", owner);
        let courses = self.world.courses();
        let (course, class) = (courses.published.id, self.world.things().class.id);
        let here = self.hire(("in.here", "instructor of this course"), Staff, false).await;
        let place = (AssignmentScope::Course, course.uuid());
        self.give(here.id(), "instructor", Some(place)).await;
        let away = ("in.away", "instructor of the tenant, who owns another course");
        let away = self.hire(away, Staff, false).await;
        self.give(away.id(), "instructor", None).await;
        self.course_of(&away).await;
        let tutor = self.hire(("tutor", "instructor of this class"), Staff, false).await;
        let place = (AssignmentScope::Class, class.uuid());
        self.give(tutor.id(), "instructor", Some(place)).await;
        for (heading, meaning, role) in [
            ("editor", "an editor of this course", AuthorRole::Editor),
            ("viewer", "a viewer of this course", AuthorRole::Viewer),
        ] {
            let author = self.hire((heading, meaning), Staff, false).await;
            let target = (AuthoredKind::Course, course.uuid());
            let part = SetAuthor { author_id: author.id(), target, role };
            act!(self.world.store, self.world.system, |tx| tx.run(part)).unwrap();
        }
    }

    async fn workers(&mut self) {
        use MembershipKind::{Admin, Staff};
        self.hire(("st.here", "staff of the north"), Staff, true).await;
        let away = ("st.away", "staff of the south");
        let away = self.hire(away, Staff, false).await;
        let south = Some(self.world.south.id);
        let place = PlaceMember { membership_id: away.id(), unit_id: south, runs_it: false };
        act!(self.world.store, self.world.system, |tx| tx.run(place)).unwrap();
        let head = self.hire(("hd.here", "supervisor of the north"), Staff, true).await;
        let place = (AssignmentScope::Unit, self.world.north.id.uuid());
        self.give(head.id(), "supervisor", Some(place)).await;
        self.add("hd.away", "supervisor of the south", self.world.cx(Who::South));
        for (heading, meaning) in [
            ("assessor", "assessor of the tenant"),
            ("finance", "of finance, with no part in the learner's orders"),
            ("support", "of the support team"),
        ] {
            let worker = self.hire((heading, meaning), Staff, false).await;

            self.give(worker.id(), heading, None).await;
        }
        self.hire(("admin", "administers the tenant"), Admin, false).await;
        self.add("platform", "administers the platform", self.world.cx(Who::Root));
    }

    async fn course_of(&self, teacher: &Person) -> Course {
        let command = CreateCourse::new(title("Elsewhere"), teacher.id());
        act!(self.world.store, self.world.system, |tx| tx.run(command)).unwrap()
    }

    async fn give(
        &self,
        membership_id: Id<Membership>,
        key: &str,
        place: Option<(AssignmentScope, Uuid)>,
    ) -> RoleAssignment {
        use lms::authorization::{Role, RoleKey};
        let world = &self.world;
        let role_id = world.first(Role::by_key(RoleKey::new(key).unwrap())).await.id;
        let scope = place.map_or(AssignmentScope::Tenant, |it| it.0);
        let scope_id = place.map(|it| it.1);
        let command = AssignRole { membership_id, role_id, scope, scope_id };
        act!(world.store, world.system, |tx| tx.run(command)).unwrap()
    }

    /// The column of a relation, a cell for each row. All of it is rolled back, so that every
    /// cell is asked of the same school.
    async fn column(&self, relation: &Relation, rows: &[&Service]) -> Vec<&'static str> {
        let besides = match relation.besides {
            Some(role) => Some(self.give(self.world.learner.id(), role, None).await),
            None => None,
        };
        let mut cells = Vec::new();
        for row in rows {
            cells.push(self.cell(&relation.cx, row).await);
        }
        if let Some(given) = besides {
            let (store, system) = (&self.world.store, &self.world.system);
            let taken = UnassignRole { assignment_id: given.id };
            act!(store, system, |tx| tx.run(taken)).unwrap();
        }
        cells
    }

    async fn call(&self, cx: &Context, scope: Scope, row: &Service) -> Result<(), Refusal> {
        let mut tx = self.world.store.begin_in(cx, scope).await.unwrap();
        let done = (row.call)(&self.world, cx, &mut tx).await;
        tx.rollback().await.unwrap();
        done
    }

    async fn cell(&self, cx: &Context, row: &Service) -> &'static str {
        let scope = scope_of(row.name, cx);
        let mut done = self.call(cx, scope, row).await;
        // As `store.run` does: what the tenant's roles refuse is asked of the platform's.
        let is_denied = |it: &Refusal| it.code.starts_with("authorization.");
        if !scope.includes_platform() && done.as_ref().is_err_and(is_denied) {
            done = self.call(cx, Scope::TenantAndPlatform(cx.tenant()), row).await;
        }
        match done {
            Ok(()) => "yes",
            Err(refusal) => match refusal.kind {
                ErrorKind::Forbidden => ".",
                ErrorKind::Unavailable => panic!("`{}`: {refusal}", row.name),
                _ if refusal.code == "store.out_of_scope" => panic!("`{}`: {refusal}", row.name),
                _ => "-",
            },
        }
    }

    /// The lines of the matrix for some of its columns: a heading, then a line for each operation.
    async fn matrix(&self, is_asked: impl Fn(&Relation) -> bool) -> Vec<String> {
        let tables = tables();
        let rows: Vec<_> = tables.iter().flat_map(|it| &it.1).collect();
        let mut lines = vec![format!("{:<26}", "")];
        lines.extend(rows.iter().map(|row| format!("{:<26}", row.name)));
        for relation in self.relations.iter().filter(|it| is_asked(it)) {
            let cells = self.column(relation, &rows).await;
            for (line, cell) in lines.iter_mut().zip([relation.heading].iter().chain(&cells)) {
                line.push_str(&format!(" {cell:<8}"));
            }
        }
        let mut at = 1;
        for (context, rows) in &tables {
            lines.insert(at, format!("[{context}]"));
            at += rows.len() + 1;
        }
        lines.iter().map(|it| it.trim_end().to_owned()).collect()
    }

    fn legend(&self) -> String {
        let relations = self.relations.iter();
        let columns: String =
            relations.map(|it| format!("#   {:<8} {}\n", it.heading, it.meaning)).collect();
        format!(
            "# Who may do what to the learner's things, to the course and class that they learn \
             in,\n# and to what belongs to the tenant.\n#   yes      allowed\n#   .        refused\n\
             #   -        failed for another reason: not there for them, or not in this state\n\
             # The people:\n{columns}\n",
        )
    }
}

pub(crate) fn file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/services/authority.txt")
}

/// What one text has and the other has not, line by line, under the headings of the columns.
fn difference(reviewed: &str, now: &str) -> String {
    let headings = now.lines().find(|it| it.starts_with(' ')).unwrap_or_default();
    let mut text = format!("  {headings}\n");
    for (sign, these, those) in [("-", reviewed, now), ("+", now, reviewed)] {
        let known: std::collections::BTreeSet<_> = those.lines().collect();
        for line in these.lines().filter(|it| !known.contains(it)) {
            text.push_str(&format!("{sign} {line}\n"));
        }
    }
    text
}

/// The difference with the service of each line together: what was, then what is.
fn by_service(difference: &str) -> String {
    let mut lines: Vec<_> = difference.lines().collect();
    if let Some(changes) = lines.get_mut(1..) {
        changes.sort_by_key(|it| {
            let name = it.get(2..).and_then(|it| it.split(' ').next()).unwrap_or_default();
            (name.to_owned(), it.starts_with('+'))
        });
    }
    lines.join("\n")
}

/// Runs the work on a stack that holds every operation's future at once.
pub(crate) fn with_room<F: Future<Output = ()>>(work: impl FnOnce() -> F + Send + 'static) {
    let run = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(work());
    };
    let thread = std::thread::Builder::new().stack_size(64 << 20).spawn(run).unwrap();
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}

#[test]
fn the_answers_are_those_that_were_reviewed() {
    with_room(reviewed_answers);
}

async fn reviewed_answers() {
    let cast = Cast::open(Store::new(MemoryStore::new())).await;
    let now = cast.legend() + &cast.matrix(|_| true).await.join("\n") + "\n";
    if std::env::var_os("LMS_REVIEW").is_some() {
        fs::write(file(), &now).unwrap();
    }
    let reviewed = fs::read_to_string(file()).unwrap_or_default();
    assert!(
        now == reviewed,
        "answers changed; to accept them, run this test with LMS_REVIEW=1 and review the \
         difference of tests/services/authority.txt:\n{}",
        by_service(&difference(&reviewed, &now)),
    );
}

/// PostgreSQL answers as the file says: for columns that meet every kind of reach, own, wards, led
/// (as the owner of a course and by a role for a class), a unit, the platform, another tenant, and
/// what is refused on one's own.
#[test]
fn postgres_gives_the_same_answers() {
    with_room(sampled_answers);
}

async fn sampled_answers() {
    const SAMPLE: [&str; 9] = [
        "abroad", "learner", "parent", "owner", "in.away", "tutor", "hd.here", "platform",
        "self+fi",
    ];
    let database = TestServer::shared().await.unwrap().database().await.unwrap();
    let cast = Cast::open(Store::new(database.store())).await;
    let now = cast.matrix(|it| SAMPLE.contains(&it.heading)).await.join("\n");
    let reviewed = fs::read_to_string(file()).unwrap();
    let reviewed: Vec<_> = reviewed.lines().skip_while(|it| !it.starts_with(' ')).collect();
    let headings: Vec<_> = reviewed[0].split_whitespace().collect();
    let columns = SAMPLE.map(|it| headings.iter().position(|heading| *heading == it).unwrap());
    let sample = |line: &&str| {
        let cells: Vec<_> = line.split_whitespace().collect();
        match cells.get(1) {
            Some(_) if !line.starts_with('[') => {
                let name = if line.starts_with(' ') { "" } else { cells[0] };
                let first = usize::from(!line.starts_with(' '));
                let cells = columns.map(|it| format!(" {:<8}", cells[it + first])).concat();
                format!("{name:<26}{cells}").trim_end().to_owned()
            }
            _ => (*line).to_owned(),
        }
    };
    let reviewed: Vec<_> = reviewed.iter().map(sample).collect();
    let reviewed = reviewed.join("\n");
    assert!(now == reviewed, "{}", by_service(&difference(&reviewed, &now)));
}

#[test]
fn a_difference_shows_what_was_and_what_is() {
    let (before, after) = ("     a b\nx    . .\ny    . -", "     a b\nx    . yes\ny    . -");
    let shown = by_service(&difference(before, after));
    assert_eq!(shown, "       a b\n- x    . .\n+ x    . yes");
}
