//! What the services of content do, step by step.
use lms::{
    content::{
        AddNode, AdvanceDownload, ApproveCourse, AuthorRole, AuthoredKind, CategoryError,
        CloneCourse, ContentNode, Contents, CourseChange, CourseError, CourseStats, CreateCategory,
        DeleteCategory, DeleteFile, Difficulty, DownloadError, DownloadEvent, EditCourse, EditNode,
        ExpireDownloads, FeatureCourse, FileError, FileStorage as _, HierarchyError,
        HierarchyProfile, LoadTree, ModerateReview, Moderation, MoveCategory, MoveNode, NewFile,
        NodeChange, NodeError, NodeKind, Prose, PublicationEvent, PublicationStatus, PublishCourse,
        ReadFile, RejectCourse, RemoveNode, Review, ReviewError, SearchCourses, SetAuthor,
        StorageError, StorageMeter, SubmitCourse, Tags, UploadFile, VoteHelpful, upload,
    },
    identity::MembershipEvent,
    kernel::{DomainError as _, EntityRef, ErrorKind, Id, Slug},
    learning::ChangeMembershipStatus,
    memory::MemoryStore,
    store::{PageSize, Store, operation::Failure},
    tenancy::{ChangePlan, NewPlan, PlanLimits},
};

use crate::world::{Who, World, title};

async fn world() -> World {
    World::open(Store::new(MemoryStore::new())).await
}

#[tokio::test]
async fn a_course_is_reviewed_before_it_is_published_where_the_tenant_wants_it() {
    let world = world().await;
    let settings = lms::tenancy::TenantSettings::id_of(&world.system);
    let mut tx = world.store.begin(&world.system).await.unwrap();
    let mut settings = tx.require(settings).await.unwrap();
    settings.courses_need_review = true;
    tx.update(&mut settings).await.unwrap();
    tx.commit().await.unwrap();
    let (teacher, draft) = (world.cx(Who::Teacher), world.courses().draft.id);
    let error =
        act!(world.store, teacher, |tx| tx.run(PublishCourse { course_id: draft })).unwrap_err();
    assert!(matches!(error, CourseError::NeedsReview));
    act!(world.store, teacher, |tx| tx.run(SubmitCourse { course_id: draft })).unwrap();
    refused(&world, Who::Other, draft).await;
    // A reviewer of the course decides on it; an editor does not.
    let part = |role| ((AuthoredKind::Course, draft.uuid()), role);
    let colleague = crate::world::person(
        &world.store,
        &world.system,
        "colleague",
        lms::identity::MembershipKind::Staff,
        None,
    )
    .await;
    world.give(&colleague, "instructor", None).await;
    let actor = lms::kernel::Actor::User(colleague.user.actor_id());
    let cx = world.system.clone().with_actor(actor);
    for (role, may) in [(AuthorRole::Editor, false), (AuthorRole::Reviewer, true)] {
        let named = part(role);
        act!(world.store, teacher, |tx| tx.run(SetAuthor {
            author_id: colleague.id(),
            target: named.0,
            role: named.1
        }))
        .unwrap();
        let done = act!(world.store, cx, |tx| tx.run(RejectCourse { course_id: draft }));
        assert_eq!(done.is_ok(), may, "{role}");
    }
    act!(world.store, teacher, |tx| tx.run(SubmitCourse { course_id: draft })).unwrap();
    let approved = act!(world.store, cx, |tx| tx.run(ApproveCourse { course_id: draft })).unwrap();
    assert_eq!(approved.status, PublicationStatus::Published);
    assert_eq!(approved.published_at, Some(world.system.now()));
}

async fn refused(world: &World, who: Who, course: Id<lms::content::Course>) {
    let cx = world.cx(who);
    let error =
        act!(world.store, cx, |tx| tx.run(ApproveCourse { course_id: course })).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Forbidden);
}

/// The names of a course's nodes in order, with their places.
async fn outline(world: &World) -> Vec<(String, u32)> {
    let mut tx = world.store.begin(&world.system).await.unwrap();
    let tree = tx.part(LoadTree { course_id: world.courses().published.id }).await.unwrap();
    tree.iter().map(|it| (it.title.to_string(), it.position)).collect()
}

#[tokio::test]
async fn nodes_stand_where_the_profile_has_them_in_dense_order() {
    let world = world().await;
    let (courses, cx) = (world.courses(), world.cx(Who::Teacher));
    let course = courses.published.id;
    let add = |command: AddNode| {
        let (store, cx) = (&world.store, &cx);
        async move { act!(store, cx, |tx| tx.run(command)) }
    };
    let lesson = || AddNode::new(course, NodeKind::Lesson, title("First"));
    let error = add(lesson()).await.unwrap_err();
    assert!(matches!(error, NodeError::Hierarchy(HierarchyError::Misplaced { .. })));
    let first = AddNode { position: Some(0), ..lesson().under(courses.module.id) };
    let first = add(first).await.unwrap();
    assert_eq!(first.slug.as_str(), "first-3");
    let taken = AddNode { slug: Some(Slug::new("first").unwrap()), ..lesson() };
    let error = add(taken.under(courses.module.id)).await.unwrap_err();
    assert!(matches!(error, NodeError::SlugTaken));
    let names = |list: &[(&str, u32)]| -> Vec<(String, u32)> {
        list.iter().map(|(name, at)| ((*name).to_owned(), *at)).collect()
    };
    let expected = names(&[("One", 0), ("First", 0), ("First", 1), ("Gap", 0), ("Second", 2)]);
    assert_eq!(outline(&world).await, expected);

    let to = |position| MoveNode {
        node_id: courses.second.id,
        parent_id: Some(courses.module.id),
        position,
    };
    act!(world.store, cx, |tx| tx.run(to(0))).unwrap();
    let expected = names(&[("One", 0), ("Second", 0), ("First", 1), ("First", 2), ("Gap", 0)]);
    assert_eq!(outline(&world).await, expected);
    let under_itself =
        MoveNode { node_id: courses.lesson.id, parent_id: Some(courses.activity.id), position: 0 };
    let error = act!(world.store, cx, |tx| tx.run(under_itself)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    act!(world.store, cx, |tx| tx.run(RemoveNode { node_id: courses.lesson.id })).unwrap();
    let expected = names(&[("One", 0), ("Second", 0), ("First", 1)]);
    assert_eq!(outline(&world).await, expected);
    let flat = vec![CourseChange::Hierarchy(HierarchyProfile::Flat)];
    let error = act!(world.store, cx, |tx| tx.run(EditCourse { course_id: course, changes: flat }))
        .unwrap_err();
    assert!(matches!(error, CourseError::TreeDoesNotFit { .. }));
}

#[tokio::test]
async fn a_copy_has_the_same_nodes_and_shares_the_materials() {
    let world = world().await;
    let cx = world.cx(Who::Teacher);
    let command = CloneCourse {
        source_id: world.courses().published.id,
        title: title("Copy"),
        slug: None,
        owner_id: world.teacher.id(),
    };
    let copy = act!(world.store, cx, |tx| tx.run(command.clone())).unwrap();
    assert_eq!(copy.course.status, PublicationStatus::Draft);
    assert_eq!(copy.nodes.len(), 4);
    let activity = copy.nodes[&world.courses().activity.id];
    let shown = world.first(lms::content::ActivityMaterial::of(activity)).await;
    assert_eq!(shown.material_id, world.things().material.id);
    let copied: ContentNode = world.read(activity).await;
    assert_eq!(copied.parent_id, Some(copy.nodes[&world.courses().lesson.id]));
    let again = act!(world.store, cx, |tx| tx.run(command)).unwrap_err();
    assert!(matches!(again, CourseError::SlugTaken), "{again}");
}

#[tokio::test]
async fn what_is_published_is_found_and_counted() {
    let world = world().await;
    let cx = world.cx(Who::Learner);
    let found = |text: &'static str| {
        let (store, cx) = (&world.store, &cx);
        async move {
            let found = act!(store, cx, |tx| tx
                .run(SearchCourses { text: text.to_string(), limit: PageSize::MAX }));
            found.unwrap().into_iter().map(|it| it.course.title.to_string()).collect::<Vec<_>>()
        }
    };
    assert_eq!(found("publ").await, ["Published"]);
    assert!(found("draft").await.is_empty());
    let stats = world.first(CourseStats::of(world.courses().published.id)).await;
    assert_eq!((stats.total_modules, stats.total_lessons, stats.total_activities), (1, 2, 1));
    let archive = PublicationEvent::Archive;
    let (cx, lesson) = (world.cx(Who::Teacher), world.courses().second.id);
    act!(world.store, cx, |tx| tx
        .run(lms::content::ChangeNodeStatus { node_id: lesson, event: archive }))
    .unwrap();
    let stats = world.first(CourseStats::of(world.courses().published.id)).await;
    assert_eq!(stats.total_lessons, 1);
}

#[tokio::test]
async fn what_is_edited_or_removed_is_found_and_counted_anew() {
    let world = world().await;
    let (teacher, learner) = (world.cx(Who::Teacher), world.cx(Who::Learner));
    let (course, lesson) = (world.courses().published.id, world.courses().second.id);
    let found = |text: &'static str| {
        let (store, cx) = (&world.store, &learner);
        async move {
            act!(store, cx, |tx| tx
                .run(SearchCourses { text: text.to_string(), limit: PageSize::MAX }))
            .unwrap()
            .len()
        }
    };
    assert_eq!((found("second").await, found("subjunctive").await), (1, 0));
    let named = vec![NodeChange::Title(title("Subjunctive"))];
    act!(world.store, teacher, |tx| tx.run(EditNode { node_id: lesson, changes: named })).unwrap();
    assert_eq!((found("second").await, found("subjunctive").await), (0, 1));
    act!(world.store, teacher, |tx| tx.run(RemoveNode { node_id: lesson })).unwrap();
    assert_eq!(found("subjunctive").await, 0);
    let stats = world.first(CourseStats::of(course)).await;
    assert_eq!((stats.total_modules, stats.total_lessons, stats.total_activities), (1, 1, 1));
}

#[tokio::test]
async fn a_course_says_what_it_offers() {
    let world = world().await;
    let (cx, course) = (world.cx(Who::Teacher), world.courses().published.id);
    let lines = |text: &str| vec![text.to_owned()];
    let trailer: lms::kernel::Link = "https://media.example/trailer".parse().unwrap();
    let changes = vec![
        CourseChange::Trailer(Some(trailer.clone())),
        CourseChange::Difficulty(Some(Difficulty::Advanced)),
        CourseChange::Tags(Tags::new(["Grammar"]).unwrap()),
        CourseChange::LearningOutcomes(lines("Speak")),
        CourseChange::TargetAudience(lines("Adults")),
        CourseChange::Requirements(lines("A dictionary")),
        CourseChange::Prerequisites(Some(Prose::new("The first course.").unwrap())),
    ];
    act!(world.store, cx, |tx| tx.run(EditCourse { course_id: course, changes })).unwrap();
    act!(world.store, world.system, |tx| tx.run(FeatureCourse {
        course_id: course,
        is_featured: true,
        is_bestseller: true
    }))
    .unwrap();
    let kept = world.read(course).await;
    assert_eq!((kept.trailer_url, kept.difficulty), (Some(trailer), Some(Difficulty::Advanced)));
    assert_eq!((kept.learning_outcomes, kept.target_audience), (lines("Speak"), lines("Adults")));
    assert_eq!(kept.requirements, lines("A dictionary"));
    assert!(kept.prerequisites.is_some() && kept.is_featured && kept.is_bestseller);
    // Its tags are among the words by which it is found.
    let learner = world.cx(Who::Learner);
    let found = act!(world.store, learner, |tx| tx
        .run(SearchCourses { text: "gramm".to_owned(), limit: PageSize::MAX }));
    assert_eq!(found.unwrap().len(), 1);
    let many = vec!["line".to_owned(); 51];
    let many = vec![CourseChange::Requirements(many)];
    let error = act!(world.store, cx, |tx| tx.run(EditCourse { course_id: course, changes: many }))
        .unwrap_err();
    assert!(matches!(error, CourseError::ListTooLong { field: "requirements", .. }));
}

#[tokio::test]
async fn a_file_belongs_to_any_record() {
    let world = world().await;
    let owner = EntityRef::to(lms::content::Course::ENTITY, world.courses().draft.id);
    let file = NewFile { owner: Some(owner.clone()), ..world.upload().file };
    let upload = UploadFile { file, ..world.upload() };
    let cx = world.cx(Who::Learner);
    let file = act!(world.store, cx, |tx| tx.run(upload)).unwrap();
    let kept = world.read(file.id).await;
    assert_eq!((kept.owner_kind, kept.owner_id), (Some(owner.kind), Some(owner.id)));
    assert_eq!(kept.uploaded_by, world.learner.id());
}

#[tokio::test]
async fn categories_make_a_tree_without_circles() {
    let world = world().await;
    let (cx, top) = (world.cx(Who::Admin), world.things().category.id);
    let below = CreateCategory { parent_id: Some(top), ..CreateCategory::new(title("English")) };
    let below = act!(world.store, cx, |tx| tx.run(below)).unwrap();
    let error = act!(world.store, cx, |tx| tx
        .run(MoveCategory { category_id: top, parent_id: Some(below.id) }));
    assert!(matches!(error.unwrap_err(), CategoryError::PartOfItself));
    let error =
        act!(world.store, cx, |tx| tx.run(DeleteCategory { category_id: top })).unwrap_err();
    assert!(matches!(error, CategoryError::InUse));
    let same = CreateCategory::new(title("English"));
    let error = act!(world.store, cx, |tx| tx.run(same)).unwrap_err();
    assert!(matches!(error, CategoryError::SlugTaken));
    act!(world.store, cx, |tx| tx.run(DeleteCategory { category_id: below.id })).unwrap();
    act!(world.store, cx, |tx| tx.run(DeleteCategory { category_id: top })).unwrap();
}

#[tokio::test]
async fn a_review_is_one_for_each_learner_and_counts_while_it_is_shown() {
    let world = world().await;
    let (review, admin) = (world.things().review.id, world.cx(Who::Admin));
    let stars = || async {
        let stats = world.first(CourseStats::of(world.courses().published.id)).await;
        (stats.total_reviews, stats.average_rating.to_string())
    };
    assert_eq!(stars().await, (1, "4".to_owned()));
    for (moderation, expected) in [(Moderation::Hide, (0, "0")), (Moderation::Show, (1, "4"))] {
        act!(world.store, admin, |tx| tx.run(ModerateReview { review_id: review, moderation }))
            .unwrap();
        assert_eq!(stars().await, (expected.0, expected.1.to_owned()));
    }
    let own =
        act!(world.store, world.cx(Who::Learner), |tx| tx.run(VoteHelpful { review_id: review }));
    assert!(matches!(own.unwrap_err(), ReviewError::OwnReview));
    let twice =
        act!(world.store, world.cx(Who::Other), |tx| tx.run(VoteHelpful { review_id: review }));
    assert!(matches!(twice.unwrap_err(), ReviewError::AlreadyVoted));
    let kept: Review = world.read(review).await;
    assert_eq!(kept.helpful_count, 1);
    let course = world.courses().published.id;
    let stars = (lms::content::Rating::new(5).unwrap(), None);
    let stranger = act!(world.store, world.cx(Who::Other), |tx| {
        tx.run(lms::learning::ReviewCourse { course_id: course, rating: stars.0, comment: stars.1 })
    });
    assert!(matches!(stranger.unwrap_err(), ReviewError::NotALearner));
}

#[tokio::test]
async fn files_count_against_the_plan_in_the_same_step() {
    let world = world().await;
    let (cx, root) = (world.cx(Who::Learner), world.cx(Who::Root));
    let used = || async {
        let meter: StorageMeter = world.read(StorageMeter::id_of(&world.system)).await;
        meter.used_bytes
    };
    // Beside it lie the bytes of a file that was deleted, which count no more.
    assert_eq!((used().await, world.files.len()), (4, 2));
    let limits = PlanLimits { max_storage_mb: Some(1), ..PlanLimits::UNLIMITED };
    let price_per_month = "5.00 EUR".parse().unwrap();
    let plan = NewPlan { name: title("Small"), price_per_month, limits };
    act!(world.store, root, |tx| tx.run(ChangePlan {
        plan,
        starts_at: tx.now(),
        expires_at: None
    }))
    .unwrap();
    let file = || NewFile::new("notes.pdf", "application/pdf");
    let send = |bytes: usize| upload(&world.store, &cx, file(), vec![0; bytes].into());
    let error = send(1_000_000).await.unwrap_err();
    assert_eq!(error.code(), "quota.limit_reached", "{error}");
    assert_eq!((used().await, world.files.len()), (4, 2));
    let kept = send(999_996).await.unwrap();
    assert_eq!(send(1).await.unwrap_err().kind(), ErrorKind::Quota);
    let read = act!(world.store, cx, |tx| tx.run(ReadFile { file_id: kept.id })).unwrap();
    assert_eq!(read.bytes(1_000_000).await.unwrap().len(), 999_996);

    // The bytes go when the record is gone for certain, and the room is free at once.
    let admin = world.cx(Who::Admin);
    let key = act!(world.store, admin, |tx| tx.run(DeleteFile { file_id: kept.id })).unwrap();
    assert_eq!((used().await, world.files.len()), (4, 3));
    world.files.remove(&key).await.unwrap();
    assert_eq!(world.files.len(), 2);
    send(10).await.unwrap();
    let wrong = NewFile { mime_type: "pdf".to_owned(), ..file() };
    let error = upload(&world.store, &cx, wrong, vec![0].into()).await.unwrap_err();
    assert!(matches!(error, Failure::Refused(FileError::MalformedType)));
}

/// Bytes that arrive while another upload takes the room for them are not kept.
#[tokio::test]
async fn an_upload_that_is_refused_leaves_no_bytes() {
    let world = world().await;
    let (_, cx) = (world.things(), world.cx(Who::Learner));
    let before = world.files.len();
    let file = || NewFile::new("notes.pdf", "application/pdf");
    // The connection breaks.
    let chunks = [Ok(vec![0; 10].into()), Err(StorageError::Interrupted)];
    let broken = Contents::of(futures_util::stream::iter(chunks));
    let error = upload(&world.store, &cx, file(), broken).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
    assert_eq!(world.files.len(), before);
    // The right is taken away while bytes arrive.
    let taken = world.store.clone();
    let (system, member) = (world.system.clone(), world.learner.id());
    let leave = futures_util::stream::once(async move {
        let leave =
            ChangeMembershipStatus { membership_id: member, event: MembershipEvent::Suspend };
        taken.run(&system, leave).await.unwrap();
        Ok(vec![0; 10].into())
    });
    let error = upload(&world.store, &cx, file(), Contents::of(leave)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Forbidden, "{error}");
    assert_eq!(world.files.len(), before);
}

#[tokio::test]
async fn a_download_is_for_a_while() {
    let world = world().await;
    let (cx, download) = (world.cx(Who::Learner), world.things().download.clone());
    for event in [DownloadEvent::Start, DownloadEvent::Complete] {
        act!(world.store, cx, |tx| tx.run(AdvanceDownload { download_id: download.id, event }))
            .unwrap();
    }
    let request = lms::learning::AccessRequest::new(world.learner.id(), world.courses().second.id);
    let file = world.things().file.id;
    let error = act!(world.store, cx, |tx| {
        tx.run(lms::learning::RequestDownload { request, file_id: file })
    });
    assert!(matches!(error.unwrap_err(), DownloadError::NotDownloadable));
    let late = world.cx(Who::Admin).at(download.expires_at);
    let count = act!(world.store, late, |tx| tx.run(ExpireDownloads { due: PageSize::MAX.into() }))
        .unwrap();
    assert_eq!(count, 1);
    let late = cx.at(download.expires_at);
    let start = DownloadEvent::Start;
    let error = act!(world.store, late, |tx| tx
        .run(AdvanceDownload { download_id: download.id, event: start }));
    assert!(matches!(error.unwrap_err(), DownloadError::Expired));
}
