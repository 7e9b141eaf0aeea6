//! What the school has: its courses in every status, and everything beside them.
use futures_util::FutureExt as _;
use lms::{
    authorization::{Role, RoleKey, RolePermission},
    content::{
        AddNode, ArchiveCourse, AttachMaterial, AuthorRole, AuthoredKind, Block, BlockKind,
        Category, ChangeNodeStatus, ContentNode, Course, CreateCategory, CreateCourse,
        CreateMaterial, DeleteCourse, Download, EditNode, FileAsset, Material, MaterialContent,
        MediaRef, NewFile, NodeKind, PublicationEvent, PublishCourse, Rating, Review, SetAuthor,
        StoredContents, SubmitCourse, UploadFile, VoteHelpful,
    },
    delivery::{
        ActivateUnitCourse, AddProgramCourse, AddUnitStudent, ChangeSessionStatus, ClassChoice,
        ClassGroup, ClassSchedule, CreateClass, CreateProgram, CreateRoom, EditClass, EnterSession,
        JoinClass, PlanSeries, PlanSession, Program, Room, Session, SessionEvent, SessionSeries,
    },
    identity::{
        AuthMethod, AuthMethodKind, GuardianLink, GuardianRelation, Invite, InviteMember,
        LinkAuthMethod, LinkGuardian, MembershipKind, PlatformAssignment, RoleAssignment,
    },
    kernel::{Id, TimeZone, Timestamp},
    learning::{
        AccessRequest, AssignContent, ContentAssignment, EnrollLearner, Enrollment, GrantSource,
        OpenNode, RequestDownload, ReviewCourse,
    },
    store::Query,
    tenancy::TenantPlan,
};

use crate::world::{Who, World, email, line, title};

/// Courses in every status.
pub(crate) struct Courses {
    pub(crate) published: Course,
    pub(crate) draft: Course,
    pub(crate) submitted: Course,
    pub(crate) archived: Course,
    pub(crate) deleted: Course,
    pub(crate) module: ContentNode,
    pub(crate) lesson: ContentNode,
    pub(crate) second: ContentNode,
    pub(crate) activity: ContentNode,
}

/// What a school has beside its courses.
pub(crate) struct Things {
    pub(crate) category: Category,
    pub(crate) material: Material,
    pub(crate) spare_material: Material,
    pub(crate) file: FileAsset,
    pub(crate) download: Download,
    pub(crate) review: Review,
    pub(crate) program: Program,
    pub(crate) spare_program: Program,
    pub(crate) room: Room,
    pub(crate) class: ClassGroup,
    pub(crate) session: Session,
    pub(crate) live: Session,
    pub(crate) series: SessionSeries,
    pub(crate) enrollment: Enrollment,
    pub(crate) assignment: ContentAssignment,
    pub(crate) link: GuardianLink,
    pub(crate) invite: Invite,
    pub(crate) role: Role,
    pub(crate) role_line: RolePermission,
    pub(crate) given: RoleAssignment,
    pub(crate) appointed: PlatformAssignment,
    pub(crate) method: AuthMethod,
    pub(crate) second_method: AuthMethod,
    pub(crate) plan: TenantPlan,
}

impl World {
    pub(crate) async fn course(&self, name: &str) -> Course {
        let command = CreateCourse::new(title(name), self.teacher.id());
        act!(self.store, self.system, |tx| tx.run(command)).unwrap()
    }

    /// A published node.
    pub(crate) async fn node(
        &self,
        course: Id<Course>,
        parent: Option<Id<ContentNode>>,
        (kind, name): (NodeKind, &str),
    ) -> ContentNode {
        let mut command = AddNode::new(course, kind, title(name));
        command.parent_id = parent;
        let node = act!(self.store, self.system, |tx| tx.run(command)).unwrap();
        act!(self.store, self.system, |tx| {
            tx.run(ChangeNodeStatus { node_id: node.id, event: PublicationEvent::Publish })
        })
        .unwrap()
    }

    pub(crate) async fn make_courses(&self) -> Courses {
        let published = self.course("Published").await;
        let module = self.node(published.id, None, (NodeKind::Module, "One")).await;
        let lesson = self.node(published.id, Some(module.id), (NodeKind::Lesson, "First")).await;
        let second = self.node(published.id, Some(module.id), (NodeKind::Lesson, "Second")).await;
        let activity = (NodeKind::Activity, "Gap");
        let activity = self.node(published.id, Some(lesson.id), activity).await;
        let (draft, submitted) = (self.course("Draft").await, self.course("Submitted").await);
        let (archived, deleted) = (self.course("Archived").await, self.course("Deleted").await);
        let (store, system) = (&self.store, &self.system);
        for course in [published.id, archived.id] {
            act!(store, system, |tx| tx.run(PublishCourse { course_id: course })).unwrap();
        }
        act!(store, system, |tx| tx.run(SubmitCourse { course_id: submitted.id })).unwrap();
        act!(store, system, |tx| tx.run(ArchiveCourse { course_id: archived.id })).unwrap();
        act!(store, system, |tx| tx.run(DeleteCourse { course_id: deleted.id })).unwrap();
        let part = (AuthoredKind::Course, published.id.uuid());
        let helper = (part, AuthorRole::Viewer);
        let guardian = self.guardian.id();
        act!(store, system, |tx| tx.run(SetAuthor {
            author_id: guardian,
            target: helper.0,
            role: helper.1
        }))
        .unwrap();
        let published = self.read(published.id).await;
        Courses { published, draft, submitted, archived, deleted, module, lesson, second, activity }
    }

    pub(crate) async fn make_things(&self) -> Things {
        let (store, system, courses) = (&self.store, &self.system, self.courses());
        let course = courses.published.id;
        let category = CreateCategory::new(title("Languages"));
        let category = act!(store, system, |tx| tx.run(category)).unwrap();
        let (material, spare_material) = (self.material("Film").await, self.material("Map").await);
        let (activity, shown) = (courses.activity.id, material.id);
        act!(store, system, |tx| tx
            .run(AttachMaterial { activity_id: activity, material_id: shown }))
        .unwrap();
        let file = self.file(courses.lesson.id).await;
        let class = self.class(course).await;
        let (program, spare_program) = (self.program("A").await, self.program("B").await);
        let link = (course, None);
        act!(store, system, |tx| tx.run(AddProgramCourse {
            program_id: program.id,
            course_id: link.0,
            position: link.1
        }))
        .unwrap();
        let (north, room) = (Some(self.north.id), (title("Room 1"), Some(10)));
        let room = act!(store, system, |tx| tx.run(CreateRoom {
            unit_id: north,
            name: room.0,
            capacity: room.1
        }))
        .unwrap();
        let enrollment = EnrollLearner::new(course, self.learner.id(), GrantSource::Manual);
        let enrollment = act!(store, system, |tx| tx.run(enrollment)).unwrap();
        let (by_learner, by_teacher) = (self.cx(Who::Learner), self.cx(Who::Teacher));
        let request = AccessRequest::new(self.learner.id(), courses.lesson.id);
        act!(store, by_learner, |tx| tx.run(OpenNode { request, time_zone: None })).unwrap();
        let download = act!(store, by_learner, |tx| tx
            .run(RequestDownload { request, file_id: file.id }))
        .unwrap();
        let stars = (Rating::new(4).unwrap(), None);
        let review = act!(store, by_learner, |tx| tx.run(ReviewCourse {
            course_id: course,
            rating: stars.0,
            comment: stars.1
        }));
        let review = review.unwrap();
        let by_other = self.cx(Who::Other);
        act!(store, by_other, |tx| tx.run(VoteHelpful { review_id: review.id })).unwrap();
        let whole = ((class.id, None), (None, None));
        let assignment = act!(store, by_teacher, |tx| tx.run(AssignContent {
            class_id: whole.0.0,
            node_id: whole.0.1,
            due_at: whole.1.0,
            instructions: whole.1.1
        }))
        .unwrap();
        let (session, live, series) = self.sessions(&class).await;
        let (link, invite) = (self.family().await, self.invite().await);
        let (role, role_line, given) = self.roles().await;
        let (method, second_method) = self.methods().await;
        let appointed = self.first(PlatformAssignment::of_user(self.root.user.id)).await;
        let plan = self.first(Query::<TenantPlan>::all()).await;
        Things {
            category,
            material,
            spare_material,
            file,
            download,
            review,
            program,
            spare_program,
            room,
            class,
            session,
            live,
            series,
            enrollment,
            assignment,
            link,
            invite,
            role,
            role_line,
            given,
            appointed,
            method,
            second_method,
            plan,
        }
    }

    async fn material(&self, name: &str) -> Material {
        let media = MediaRef::Url("https://media.example/1".parse().unwrap());
        let held = (BlockKind::Video, MaterialContent::Media(media));
        act!(self.store, self.system, |tx| tx.run(CreateMaterial {
            title: title(name),
            kind: held.0,
            content: held.1
        }))
        .unwrap()
    }

    /// A file of the learner's that a lesson shows and lets go.
    async fn file(&self, lesson: Id<ContentNode>) -> FileAsset {
        use lms::content::NodeChange;
        let upload = self.upload();
        let file = act!(self.store, self.system, |tx| tx.run(upload)).unwrap();
        let body = vec![Block::Pdf { media: MediaRef::File(file.id) }];
        let changes = vec![NodeChange::Body(body), NodeChange::Downloadable(true)];
        act!(self.store, self.system, |tx| tx.run(EditNode { node_id: lesson, changes })).unwrap();
        file
    }

    pub(crate) fn upload(&self) -> UploadFile {
        UploadFile {
            file: NewFile {
                uploaded_by: Some(self.learner.id()),
                ..NewFile::new("notes.pdf", "application/pdf")
            },
            contents: self.stored(b"%PDF"),
        }
    }

    /// Bytes that lie in the storage.
    pub(crate) fn stored(&self, bytes: &[u8]) -> StoredContents {
        let contents = bytes.to_vec().into();
        let stored = StoredContents::write(&*self.files, &self.system, contents);
        stored.now_or_never().unwrap().unwrap()
    }

    async fn program(&self, name: &str) -> Program {
        let command = CreateProgram::new(title(name));
        act!(self.store, self.system, |tx| tx.run(command)).unwrap()
    }

    async fn class(&self, course: Id<Course>) -> ClassGroup {
        let (north, learner) = (self.north.id, self.learner.id());
        let (store, system) = (&self.store, &self.system);
        act!(store, system, |tx| tx.run(ActivateUnitCourse { unit_id: north, course_id: course }))
            .unwrap();
        act!(store, system, |tx| tx.run(AddUnitStudent { unit_id: north, student_id: learner }))
            .unwrap();
        let day = |text: &str| text.parse().unwrap();
        let schedule = ClassSchedule::new(
            [chrono::Weekday::Mon],
            ("18:00:00".parse().unwrap(), "19:00:00".parse().unwrap()),
            TimeZone::UTC,
            (day("2025-04-07"), day("2025-04-28")),
        );
        let command = CreateClass {
            org_unit_id: Some(north),
            teacher_id: Some(self.teacher.id()),
            schedule: Some(schedule.unwrap()),
            ..CreateClass::offline(course, title("Evenings"), "Room 1")
        };
        let class = act!(store, system, |tx| tx.run(command)).unwrap();
        let join = JoinClass { class: ClassChoice::Id(class.id), student_id: learner };
        act!(store, system, |tx| tx.run(join)).unwrap();
        let none = Vec::new();
        act!(store, system, |tx| tx.run(EditClass { class_id: class.id, changes: none })).unwrap()
    }

    async fn sessions(&self, class: &ClassGroup) -> (Session, Session, SessionSeries) {
        let (store, system) = (&self.store, &self.system);
        let plan = |hour| PlanSession {
            class_id: Some(class.id),
            ..PlanSession::new(self.teacher.id(), title("Lesson"), self.hour(hour))
        };
        let session = act!(store, system, |tx| tx.run(plan(24))).unwrap();
        let live = act!(store, system, |tx| tx.run(plan(0))).unwrap();
        let start = SessionEvent::Start;
        let live = act!(store, system, |tx| tx
            .run(ChangeSessionStatus { session_id: live.id, event: start }));
        let live = live.unwrap();
        let (by_learner, learner) = (self.cx(Who::Learner), self.learner.id());
        act!(store, by_learner, |tx| tx
            .run(EnterSession { session_id: live.id, person_id: learner }))
        .unwrap();
        let timing = class.schedule.as_ref().unwrap().timing().unwrap();
        let series = PlanSeries {
            class_id: Some(class.id),
            course_id: None,
            org_unit_id: None,
            host_id: self.teacher.id(),
            room_id: None,
            title: title("Evenings"),
            meeting: None,
            timing,
            until: "2025-04-10T00:00:00Z".parse::<Timestamp>().unwrap(),
            clash_policy: Default::default(),
        };
        let planned = act!(store, system, |tx| tx.run(series)).unwrap();
        (session, live, planned.series)
    }

    async fn family(&self) -> GuardianLink {
        let (guardian, learner) = (self.guardian.id(), self.learner.id());
        let relation = GuardianRelation::Parent;
        act!(self.store, self.system, |tx| tx.run(LinkGuardian {
            guardian_id: guardian,
            student_id: learner,
            relationship: relation
        }))
        .unwrap()
    }

    async fn invite(&self) -> Invite {
        let command = InviteMember::new(email("new@a.example"), MembershipKind::Student);
        act!(self.store, self.system, |tx| tx.run(command)).unwrap().invite
    }

    async fn roles(&self) -> (Role, RolePermission, RoleAssignment) {
        use lms::{authorization::RoleLevel, identity::CreateRole};
        let command = CreateRole {
            key: RoleKey::new("coach").unwrap(),
            name: title("Coach"),
            scope: RoleLevel::Tenant,
            needs_place: false,
            lines: vec![line("reports.view")],
        };
        let (store, system) = (&self.store, &self.system);
        let role = act!(store, system, |tx| tx.run(command)).unwrap();
        let role_line = self.first(RolePermission::of_roles([role.id])).await;
        let given = self.first(RoleAssignment::of_member(self.teacher.id())).await;
        (role, role_line, given)
    }

    async fn methods(&self) -> (AuthMethod, AuthMethod) {
        let user = self.learner.user.id;
        let cx = self.cx(Who::Learner);
        let link = |kind, subject: &'static str| {
            let (store, cx) = (&self.store, &cx);
            async move {
                act!(store, cx, |tx| {
                    tx.run(LinkAuthMethod {
                        user_id: user,
                        method: kind,
                        provider_subject: subject.to_owned(),
                        provider_data: None,
                    })
                })
                .unwrap()
            }
        };
        (link(AuthMethodKind::Google, "g").await, link(AuthMethodKind::Apple, "a").await)
    }
}
