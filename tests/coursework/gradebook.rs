//! The gradebook of a course, from its set-up to what the learner reads, on both stores.
use lms::{
    assessment::{
        Assessment, AssessmentKind, ResultPolicy,
        assignment::{Assignment, Submission, SubmissionStatus},
        attempt::{Attempt, AttemptLimits, EndedBy, Score, ScoreStatus},
        gradebook::{
            Aggregation, Audience, CollectGrades, ComputeCourseGrade, ComputeCourseGrades,
            CourseGrade, CourseGradeChanged, DefineCategory, DefineGradebook, DefineItem, DropRule,
            Grade, GradeBand, GradeCategory, GradeItem, GradeScale, GradeStatus, Gradebook,
            GradebookError, LateInterval, LatePolicy, OverrideCourseGrade, PlanError, RecordGrade,
            ViewCourseGrade, ViewOwnGrade,
        },
        scoring::{CourseRules, ScoreRounding},
    },
    kernel::{DomainError, ErrorKind, Percent},
    learning::{Enrollment, EnrollmentStatus},
    memory::MemoryStore,
    outbox::{DomainEvent, Message},
    store::{Query, Store},
};
use lms_store_postgres::{PgStore, testing::TestServer};

use crate::school::{Person, School, at, points};

fn percent(text: &str) -> Percent {
    text.parse().unwrap()
}

fn book(school: &School) -> DefineGradebook {
    let band = |grade: &str, from: &str| GradeBand { grade: grade.into(), from: percent(from) };
    let scale = GradeScale::new(vec![band("A", "90"), band("B", "75"), band("C", "0")]);
    DefineGradebook {
        course_id: school.course,
        aggregation: Aggregation::WeightedMean,
        missing_earns: Percent::ZERO,
        scale: Some(scale.unwrap()),
        rounding: ScoreRounding::default(),
        rules: CourseRules::default(),
    }
}

/// A gradebook with four quizzes, of which the worst is dropped, and an exam that is hidden.
struct Set {
    book: Gradebook,
    quizzes: GradeCategory,
    quiz: Vec<GradeItem>,
    exam: GradeItem,
}

async fn set_up(school: &School) -> Set {
    let cx = school.cx_of(&school.teacher);
    let book = run!(school, cx, |tx| tx.run(book(school))).unwrap();
    let mut command = DefineCategory::new(book.id, "Quizzes".parse().unwrap(), percent("40"));
    command.drop_rule = DropRule { lowest: 1, highest: 0 };
    let quizzes = run!(school, cx, |tx| tx.run(command)).unwrap();
    let mut command = DefineCategory::new(book.id, "Exams".parse().unwrap(), percent("60"));
    command.position = 1;
    let exams = run!(school, cx, |tx| tx.run(command)).unwrap();
    let mut quiz = Vec::new();
    for (number, possible) in [(1, "10"), (2, "10"), (3, "20"), (4, "10")] {
        let title = format!("Quiz {number}").parse().unwrap();
        let mut command = DefineItem::new(quizzes.id, title, points(possible));
        command.position = number;
        command.late_policy = LatePolicy::PerInterval {
            percent: percent("10"),
            interval: LateInterval::Day,
            floor: Percent::ZERO,
        };
        quiz.push(run!(school, cx, |tx| tx.run(command)).unwrap());
    }
    let mut command = DefineItem::new(exams.id, "Exam".parse().unwrap(), points("50"));
    command.hidden = true;
    let exam = run!(school, cx, |tx| tx.run(command)).unwrap();
    Set { book, quizzes, quiz, exam }
}

async fn grade(school: &School, command: RecordGrade) {
    let cx = school.cx_of(&school.teacher);
    run!(school, cx, |tx| tx.run(command)).unwrap();
}

async fn computed(school: &School, learner: &Person) -> CourseGrade {
    let (cx, course) = (school.cx_of(&school.teacher), school.course);
    run!(school, cx, |tx| tx.run(ComputeCourseGrade { course_id: course, learner_id: learner.id }))
        .unwrap()
}

async fn own(school: &School, learner: &Person) -> CourseGrade {
    let (cx, course) = (school.cx_of(learner), school.course);
    run!(school, cx, |tx| tx.run(ViewOwnGrade { course_id: course, learner_id: learner.id }))
        .unwrap()
}

async fn whole_term(school: &School) {
    let set = set_up(school).await;
    let ada = school.ada.clone();
    grade(school, RecordGrade::score(set.quiz[0].id, ada.id, points("9"))).await;
    // A day late: 16 less a tenth of 20.
    let late = RecordGrade::score(set.quiz[1].id, ada.id, points("3"));
    grade(school, late).await;
    let mut late = RecordGrade::score(set.quiz[2].id, ada.id, points("16"));
    late.late_seconds = 3_600;
    grade(school, late).await;
    let missing = GradeStatus::Missing;
    grade(school, RecordGrade::without_score(set.quiz[3].id, ada.id, missing)).await;
    grade(school, RecordGrade::score(set.exam.id, ada.id, points("40"))).await;
    // Without the missing one 9 + 3 + 14 of 40; 0.4 · 26/40 + 0.6 · 40/50.
    let staff = computed(school, &ada).await;
    assert_eq!(staff.current_percent, Some(points("74")));
    assert_eq!(staff.current_grade.as_deref(), Some("C"));
    for trace in [&staff.trace.current, &staff.trace.last] {
        assert_eq!(trace.replay(), trace.total);
    }
    // The exam is hidden, so its category is not there and the quizzes are all there is.
    let shown = own(school, &ada).await;
    assert_eq!(shown.current_percent, Some(points("65")));
    assert!(!serde_json::to_string(&shown).unwrap().contains(&set.exam.id.to_string()));

    // The teacher gives a B, and says why; what was computed is kept.
    let reason = "Was ill before the third quiz";
    let command = OverrideCourseGrade {
        course_id: school.course,
        learner_id: ada.id,
        percent: Some(points("75")),
        grade: None,
        reason: reason.to_owned(),
    };
    let cx = school.cx_of(&school.teacher);
    let again = command.clone();
    let replaced = run!(school, cx, |tx| tx.run(again)).unwrap();
    assert_eq!(replaced.final_grade.as_deref(), Some("B"));
    assert_eq!(replaced.replaced.as_ref().unwrap().by, Some(school.teacher.id));
    assert_eq!(computed(school, &ada).await.current_percent, Some(points("75")));
    let shown = own(school, &ada).await;
    let told = shown.replaced.unwrap();
    assert_eq!((told.reason.as_str(), told.by), (reason, None));
    assert_eq!(shown.trace.current.total.percent, Some(points("65")));
    let back = OverrideCourseGrade { percent: None, ..command };
    run!(school, cx, |tx| tx.run(back)).unwrap();
    assert_eq!(own(school, &ada).await.current_percent, Some(points("65")));

    // Everybody who learns here gets one, also who has nothing yet.
    let course = school.course;
    let count = run!(school, cx, |tx| tx.run(ComputeCourseGrades { course_id: course })).unwrap();
    assert_eq!(count, 3);
    let nothing = own(school, &school.ben).await;
    assert_eq!((nothing.current_percent, nothing.final_percent), (None, Some(points("0"))));
    let grades =
        school.all(Query::<CourseGrade>::filter(CourseGrade::AUDIENCE.eq(Audience::Staff)));
    assert_eq!(grades.await.len(), 3);
    assert_eq!(set.book.course_id, school.course);
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn a_whole_term_in_a_file() {
    whole_term(&School::open_on(crate::file::store_in_file("whole_term").await).await).await;
}

#[tokio::test]
async fn a_whole_term_on_both_stores() {
    let database = TestServer::shared().await.unwrap().database().await.unwrap();
    let postgres = Store::new(PgStore::new(database.app_pool_of(4)));
    for store in [Store::new(MemoryStore::new()), postgres] {
        whole_term(&School::open_on(store).await).await;
    }
}

#[tokio::test]
async fn a_change_is_told_once() {
    let school = School::open().await;
    let set = set_up(&school).await;
    let told = async || {
        let kind = CourseGradeChanged::KIND;
        let sent = school.all(Query::<Message>::all()).await;
        sent.iter().filter(|it| it.kind.as_str() == kind).count()
    };
    grade(&school, RecordGrade::score(set.quiz[0].id, school.ada.id, points("9"))).await;
    computed(&school, &school.ada).await;
    assert_eq!(told().await, 1);
    computed(&school, &school.ada).await;
    assert_eq!(told().await, 1);
    grade(&school, RecordGrade::score(set.quiz[0].id, school.ada.id, points("8"))).await;
    computed(&school, &school.ada).await;
    assert_eq!(told().await, 2);
    // What the learner does not see tells them nothing.
    grade(&school, RecordGrade::score(set.exam.id, school.ada.id, points("8"))).await;
    computed(&school, &school.ada).await;
    assert_eq!(told().await, 2);
}

#[tokio::test]
async fn who_may_not_is_refused_and_it_is_noted() {
    let school = School::open().await;
    let set = set_up(&school).await;
    let (course, ada) = (school.course, school.ada.id);
    refused!(school, [colleague, head, ada, finance], |tx| tx.run(book(&school)));
    refused!(school, [colleague, ada], |tx| {
        let command = DefineCategory::new(set.book.id, "Mine".parse().unwrap(), percent("1"));
        tx.run(command)
    });
    refused!(school, [colleague, ben], |tx| {
        let title = "Mine".parse().unwrap();
        tx.run(DefineItem::new(set.quizzes.id, title, points("1")))
    });
    let item = set.quiz[0].id;
    refused!(school, [colleague, ada, ben, head, finance], |tx| {
        tx.run(RecordGrade::score(item, ada, points("10")))
    });
    // Who teaches elsewhere and learns here does not mark their own work.
    let own_work = school.colleague.id;
    refused!(school, [colleague], |tx| {
        tx.run(RecordGrade::score(item, own_work, points("10")))
    });
    refused!(school, [colleague, ada], |tx| tx
        .run(ComputeCourseGrade { course_id: course, learner_id: ada }));
    refused!(school, [colleague, ada], |tx| tx.run(ComputeCourseGrades { course_id: course }));
    computed(&school, &school.ada).await;
    refused!(school, [colleague, ada, head], |tx| {
        let command = OverrideCourseGrade {
            course_id: course,
            learner_id: ada,
            percent: Some(points("100")),
            grade: None,
            reason: "Because".into(),
        };
        tx.run(command)
    });
    refused!(school, [colleague, ben, finance], |tx| tx
        .run(ViewOwnGrade { course_id: course, learner_id: ada }));
    refused!(school, [ada, ben, colleague, other_head], |tx| {
        tx.run(ViewCourseGrade { course_id: course, learner_id: ada })
    });
    // Whoever runs the learner's centre looks, and so does the teacher.
    for person in [&school.head, &school.teacher] {
        let cx = school.cx_of(person);
        run!(school, cx, |tx| tx.run(ViewCourseGrade { course_id: course, learner_id: ada }))
            .unwrap();
    }
}

#[tokio::test]
async fn what_belongs_to_another_tenant_is_not_there() {
    let (one, other) = {
        let store = Store::new(MemoryStore::new());
        (School::open_on(store.clone()).await, School::open_on(store).await)
    };
    let set = set_up(&one).await;
    let cx = other.cx_of(&other.teacher);
    let (item, ada) = (set.quiz[0].id, one.ada.id);
    let command = RecordGrade::score(item, ada, points("1"));
    let error = run!(other, cx, |tx| tx.run(command)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let course = one.course;
    // Nor does the refusal tell whether there is such a course.
    let error = run!(other, cx, |tx| tx.run(ViewOwnGrade { course_id: course, learner_id: ada }))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Forbidden);
}

#[tokio::test]
async fn what_does_not_fit_is_refused_with_a_reason() {
    let school = School::open().await;
    let set = set_up(&school).await;
    let cx = school.cx_of(&school.teacher);
    let (item, ada) = (set.quiz[0].id, school.ada.id);
    let record = async |command: RecordGrade| run!(school, cx, |tx| tx.run(command)).unwrap_err();
    let without = RecordGrade::without_score(item, ada, GradeStatus::Graded);
    assert!(matches!(record(without).await, GradebookError::ScoreAndStatus));
    let negative = RecordGrade::score(item, ada, points("-1"));
    assert!(matches!(record(negative).await, GradebookError::ScoreOutOfRange));
    let stranger = RecordGrade::score(item, school.finance.id, points("1"));
    assert!(matches!(record(stranger).await, GradebookError::NotEnrolled));
    // A category that already has extra credit cannot become a median.
    let mut extra = DefineItem::new(set.quizzes.id, "Extra".parse().unwrap(), points("1"));
    extra.extra_credit = true;
    run!(school, cx, |tx| tx.run(extra)).unwrap();
    let mut median = DefineCategory::new(set.book.id, "Quizzes".parse().unwrap(), percent("40"));
    median.category_id = Some(set.quizzes.id);
    median.aggregation = Aggregation::Median;
    let error = run!(school, cx, |tx| tx.run(median)).unwrap_err();
    assert!(matches!(error, GradebookError::Plan(PlanError::NoExtraCredit { .. })), "{error}");
    let kept = school.all(GradeCategory::of(set.book.id)).await;
    assert_eq!(kept[0].aggregation, Aggregation::Natural);
    let command = OverrideCourseGrade {
        course_id: school.course,
        learner_id: ada,
        percent: Some(points("75")),
        grade: None,
        reason: "  ".into(),
    };
    let error = run!(school, cx, |tx| tx.run(command)).unwrap_err();
    assert!(matches!(error, GradebookError::NoReason));
}

/// A test's completed attempt that earned so much of 20.
async fn completed(school: &School, test: &Assessment, learner: &Person, raw: &str) {
    let limits = AttemptLimits::of(test);
    let mut attempt = Attempt::new(&school.system, test.id, learner.id, 1, &limits);
    attempt.submit(school.system.now(), EndedBy::Learner).unwrap();
    attempt.marked(true, school.system.now()).unwrap();
    school.save(&attempt).await;
    let mut score = Score::new(&school.system, &attempt);
    (score.total, score.raw, score.raw_maximum) = (points(raw), points(raw), points("20"));
    score.status = ScoreStatus::Graded;
    school.save(&score).await;
}

#[tokio::test]
async fn results_of_tests_and_coursework_come_into_the_book() {
    let school = School::open().await;
    let set = set_up(&school).await;
    let (cx, course, ada) = (school.cx_of(&school.teacher), school.course, school.ada.id);
    let mut test = Assessment::new(&school.system, AssessmentKind::Test, "T".parse().unwrap());
    test.course_id = Some(course);
    school.save(&test).await;
    let essay = Assignment::new(&school.system, course, "Essay".parse().unwrap());
    school.save(&essay).await;
    let due = Some(at("2026-03-09T12:00:00Z"));
    for (item, assessment_id, assignment_id) in
        [(&set.quiz[0], Some(test.id), None), (&set.quiz[1], None, Some(essay.id))]
    {
        let command = DefineItem {
            item_id: Some(item.id),
            assessment_id,
            assignment_id,
            due_at: due,
            ..DefineItem::new(item.category_id, item.title.clone(), item.possible)
        };
        run!(school, cx, |tx| tx.run(command)).unwrap();
    }
    let collect = async |school: &School| {
        let cx = school.cx_of(&school.teacher);
        run!(school, cx, |tx| tx.run(CollectGrades { course_id: course, learner_id: ada })).unwrap()
    };
    let states = async |school: &School| {
        let mut found = school.all(Grade::of(set.book.id, ada)).await;
        found.sort_by_key(|it| it.item_id);
        found.iter().map(|it| (it.status, it.score)).collect::<Vec<_>>()
    };
    // Nothing is there and nothing is due; then it is.
    assert_eq!(collect(&school).await, 0);
    assert_eq!(collect(&school.at("2026-03-09T12:00:01Z")).await, 2);
    assert_eq!(states(&school).await, [(GradeStatus::Missing, None); 2]);
    // 15 of 20 are 7.5 of the item's 10; the essay's 80 of 100 are 8.
    completed(&school, &test, &school.ada, "15").await;
    let mut work = Submission::new(&school.system, essay.id, ada, 1);
    (work.status, work.grade) = (SubmissionStatus::Returned, Some(points("80")));
    school.save(&work).await;
    assert_eq!(collect(&school).await, 2);
    let graded = |score| (GradeStatus::Graded, Some(points(score)));
    assert_eq!(states(&school).await, [graded("7.5"), graded("8")]);
    assert_eq!(collect(&school).await, 0);
    // What a person records stays.
    grade(&school, RecordGrade::score(set.quiz[0].id, ada, points("9"))).await;
    assert_eq!(collect(&school).await, 0);
    assert_eq!(states(&school).await, [graded("9"), graded("8")]);
    refused!(school, [colleague, ada, finance], |tx| tx
        .run(CollectGrades { course_id: course, learner_id: ada }));
}

/// Ada's quiz is graded and not released, her essay marked and not given back: she sees neither in
/// her course grade, and the teacher sees both.
#[tokio::test]
async fn a_course_grade_tells_no_result_before_its_time() {
    let school = School::open().await;
    let set = set_up(&school).await;
    let (cx, course, ada) = (school.cx_of(&school.teacher), school.course, school.ada.id);
    let mut test = Assessment::new(&school.system, AssessmentKind::Test, "T".parse().unwrap());
    (test.course_id, test.result_policy) = (Some(course), ResultPolicy::WhenReleased);
    school.save(&test).await;
    let essay = Assignment::new(&school.system, course, "Essay".parse().unwrap());
    school.save(&essay).await;
    for (item, assessment_id, assignment_id) in
        [(&set.quiz[0], Some(test.id), None), (&set.quiz[1], None, Some(essay.id))]
    {
        let command = DefineItem {
            item_id: Some(item.id),
            assessment_id,
            assignment_id,
            ..DefineItem::new(item.category_id, item.title.clone(), item.possible)
        };
        run!(school, cx, |tx| tx.run(command)).unwrap();
    }
    completed(&school, &test, &school.ada, "20").await;
    let mut work = Submission::new(&school.system, essay.id, ada, 1);
    (work.status, work.grade) = (SubmissionStatus::Graded, Some(points("100")));
    school.save(&work).await;
    grade(&school, RecordGrade::score(set.quiz[2].id, ada, points("10"))).await;
    run!(school, cx, |tx| tx.run(CollectGrades { course_id: course, learner_id: ada })).unwrap();
    // 10 + 10 + 10 of 40, the worst of which is dropped: 20 of 20. Ada sees 10 of 20.
    assert_eq!(computed(&school, &school.ada).await.current_percent, Some(points("100")));
    let seen = own(&school, &school.ada).await;
    assert_eq!(seen.current_percent, Some(points("50")));
    let text = serde_json::to_string(&seen).unwrap();
    for item in [&set.quiz[0], &set.quiz[1]] {
        assert!(!text.contains(&item.id.to_string()));
    }
    // Released and given back, they are there when the grade is computed again.
    let mut tx = school.store.begin(&school.system).await.unwrap();
    let mut score = tx.first(Query::<Score>::all()).await.unwrap().unwrap();
    score.status = ScoreStatus::Released;
    tx.update(&mut score).await.unwrap();
    work.status = SubmissionStatus::Returned;
    tx.update(&mut work).await.unwrap();
    tx.commit().await.unwrap();
    computed(&school, &school.ada).await;
    assert_eq!(own(&school, &school.ada).await.current_percent, Some(points("100")));
}

/// Whoever has completed the course keeps getting their grade; whoever left it gets none.
#[tokio::test]
async fn a_learner_who_completed_the_course_is_never_left_out() {
    let database = TestServer::shared().await.unwrap().database().await.unwrap();
    let postgres = Store::new(PgStore::new(database.app_pool_of(4)));
    for store in [Store::new(MemoryStore::new()), postgres] {
        let school = School::open_on(store).await;
        set_up(&school).await;
        let (course, cx) = (school.course, school.cx_of(&school.teacher));
        for (learner, status) in [
            (school.ada.id, EnrollmentStatus::Completed),
            (school.ben.id, EnrollmentStatus::Dropped),
        ] {
            let mut tx = school.store.begin(&school.system).await.unwrap();
            let mut it = tx.first(Enrollment::of(learner, course)).await.unwrap().unwrap();
            it.status = status;
            tx.update(&mut it).await.unwrap();
            tx.commit().await.unwrap();
        }
        let count =
            run!(school, cx, |tx| tx.run(ComputeCourseGrades { course_id: course })).unwrap();
        assert_eq!(count, 2, "the one who completed, and the one who learns");
        assert_eq!(own(&school, &school.ada).await.final_percent, Some(points("0")));
    }
}

/// Whoever teaches elsewhere sees and decides nothing of their own grade here.
#[tokio::test]
async fn nobody_computes_or_replaces_their_own_course_grade() {
    let school = School::open().await;
    set_up(&school).await;
    let (course, own) = (school.course, school.colleague.id);
    let command = OverrideCourseGrade {
        course_id: course,
        learner_id: own,
        percent: Some(points("100")),
        grade: None,
        reason: "I know it.".to_owned(),
    };
    refused!(school, [colleague], |tx| tx
        .run(ComputeCourseGrade { course_id: course, learner_id: own }));
    refused!(school, [colleague], |tx| tx
        .run(ViewCourseGrade { course_id: course, learner_id: own }));
    refused!(school, [colleague], |tx| tx.run(command.clone()));
    refused!(school, [colleague], |tx| tx
        .run(CollectGrades { course_id: course, learner_id: own }));
}
