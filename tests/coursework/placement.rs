//! Placing learners of a school: cohorts, what-if, waitlists, decisions of people.
use std::collections::BTreeMap;

use chrono::TimeDelta;
use lms::{
    assessment::{
        Assessment, AssessmentKind, ResultPolicy,
        attempt::{Attempt, AttemptLimits, EndedBy, Score, ScoreStatus},
        placement::{
            CheckRetest, ExemptLearner, Exemption, LearnerToPlace, MayRetest, MeasureScore,
            OverridePlacement, OverrideTarget, PlaceLearner, PlaceLearnerError, PlaceLearners,
            PlacementDecision, PlacementPolicy, PlacementProfile, PlacementStatus,
            PreviewPlacement, RetestRefusal, RetestRule, ServiceOrder, Standing, ViewPlacement,
        },
    },
    delivery::{ClassGroup, ClassMember, ClassMode, LeaveClass, MemberStatus, PlacementBand},
    identity::{Membership, MembershipKind},
    kernel::{DomainError, ErrorKind, Id, Slug, Title},
    tenancy::OrgUnit,
};

use crate::school::{Person, School, points};

fn slug(text: &str) -> Slug {
    text.parse().unwrap()
}

fn title(text: &str) -> Title {
    text.parse().unwrap()
}

/// The classes of a group: beginners below 50, advanced from there on, a seat each.
struct Classes {
    beginners: ClassGroup,
    advanced: ClassGroup,
}

async fn classes(school: &School, seats: u32) -> Classes {
    let class = |name: &str| {
        let mut class =
            ClassGroup::new(&school.system, school.course, title(name), ClassMode::Online);
        class.level = Some(name.to_owned());
        class.placement_group = Some(slug("english"));
        class.org_unit_id = Some(school.north);
        (class.capacity, class.waitlist_capacity) = (Some(seats), Some(1));
        class
    };
    let (beginners, advanced) = (class("Beginners"), class("Advanced"));
    for (class, from, to) in [(&beginners, "0", "50"), (&advanced, "50", "100")] {
        school.save(class).await;
        let band = PlacementBand::new(&school.system, class.id, points(from), points(to));
        school.save(&band).await;
    }
    Classes { beginners, advanced }
}

async fn student(school: &School, unit: Id<OrgUnit>) -> Id<Membership> {
    let mut member =
        Membership::new(&school.system, MembershipKind::Student, "A Student".parse().unwrap());
    member.org_unit_id = Some(unit);
    school.save(&member).await;
    member.id
}

fn profile(school: &School, learner: Id<Membership>, score: &str) -> PlacementProfile {
    let score = MeasureScore::new(slug("total"), points(score), school.system.now());
    PlacementProfile::new(learner, vec![score], school.system.now())
}

fn cohort(school: &School, learners: &[(Id<Membership>, &str)]) -> PlaceLearners {
    let each = |(learner, score): &(Id<Membership>, &str)| LearnerToPlace {
        profile: profile(school, *learner, score),
        attempt_id: None,
    };
    PlaceLearners {
        group: slug("english"),
        learners: learners.iter().map(each).collect(),
        order: ServiceOrder::HighestScore { measure: slug("total") },
        measure: slug("total"),
        policy: PlacementPolicy::default(),
    }
}

async fn place_all(
    school: &School,
    by: &Person,
    learners: &[(Id<Membership>, &str)],
) -> Result<Vec<PlacementDecision>, PlaceLearnerError> {
    let (cx, command) = (school.cx_of(by), cohort(school, learners));
    run!(school, cx, |tx| tx.run(command))
}

async fn members(school: &School, class: &ClassGroup, status: MemberStatus) -> usize {
    school.all(ClassMember::of(class.id, status)).await.len()
}

fn to_class(school: &School, learner: Id<Membership>, class: &ClassGroup) -> OverridePlacement {
    assert_eq!(class.org_unit_id, Some(school.north));
    OverridePlacement {
        learner_id: learner,
        group: slug("english"),
        to: OverrideTarget::Class(class.id),
        reason: "Moved with her sister".into(),
        measure: slug("total"),
        policy: PlacementPolicy::default(),
    }
}

#[tokio::test]
async fn a_cohort_takes_the_seats_the_best_first() {
    let school = School::open().await;
    let classes = classes(&school, 1).await;
    let mut learners = vec![(school.ada.id, "70"), (school.ben.id, "95")];
    for score in ["60", "49.9", "10"] {
        learners.push((student(&school, school.north).await, score));
    }
    let decisions = place_all(&school, &school.head, &learners).await.unwrap();
    let stand: Vec<_> = (decisions.iter())
        .map(|it| (it.profile.scores[0].score.to_string(), it.status, it.class_id))
        .collect();
    let (beginners, advanced) = (Some(classes.beginners.id), Some(classes.advanced.id));
    assert_eq!(
        stand,
        [
            ("95".into(), PlacementStatus::Placed, advanced),
            ("70".into(), PlacementStatus::Waitlisted, advanced),
            ("60".into(), PlacementStatus::NotPlaced, None),
            ("49.9".into(), PlacementStatus::Placed, beginners),
            ("10".into(), PlacementStatus::Waitlisted, beginners),
        ]
    );
    assert_eq!(members(&school, &classes.advanced, MemberStatus::Active).await, 1);
    assert_eq!(members(&school, &classes.advanced, MemberStatus::Waitlisted).await, 1);
    // Ada reads why, and gets the seat when Ben goes.
    let (cx, ada) = (school.cx_of(&school.ada), school.ada.id);
    let seen =
        run!(school, cx, |tx| tx.run(ViewPlacement { learner_id: ada, group: slug("english") }));
    assert_eq!(seen.unwrap().unwrap().status, PlacementStatus::Waitlisted);
    let (cx, class_id) = (school.cx_of(&school.ben), classes.advanced.id);
    let leave = LeaveClass { class_id, student_id: school.ben.id, is_removal: false };
    let promoted = run!(school, cx, |tx| tx.run(leave)).unwrap();
    assert_eq!(promoted[0].student_id, ada);
}

#[tokio::test]
async fn a_cohort_is_placed_whole_or_not_at_all() {
    let school = School::open().await;
    let classes = classes(&school, 5).await;
    let twice = [(school.ada.id, "70"), (school.ben.id, "95"), (school.ada.id, "20")];
    let error = place_all(&school, &school.head, &twice).await.unwrap_err();
    assert!(matches!(error, PlaceLearnerError::Cohort(_)), "{error}");
    // One learner of the other centre is enough for a refusal of all.
    let southern = student(&school, school.south).await;
    let mixed = [(school.ada.id, "70"), (southern, "95")];
    let denials = school.denials().await;
    let error = place_all(&school, &school.head, &mixed).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Forbidden);
    assert_eq!(school.denials().await, denials + 1);
    assert_eq!(members(&school, &classes.advanced, MemberStatus::Active).await, 0);
    assert_eq!(school.all(PlacementDecision::of_group(slug("english"))).await.len(), 0);
}

#[tokio::test]
async fn other_cuts_say_who_moves_and_change_nothing() {
    let school = School::open().await;
    let classes = classes(&school, 9).await;
    let third = student(&school, school.north).await;
    let learners = [(school.ada.id, "45"), (school.ben.id, "95"), (third, "20")];
    place_all(&school, &school.head, &learners).await.unwrap();
    let cut = |from: &str, to: &str| vec![(points(from), points(to))];
    let command = || PreviewPlacement {
        group: slug("english"),
        measure: slug("total"),
        current: PlacementPolicy::default(),
        proposed: PlacementPolicy::default(),
        proposed_bands: BTreeMap::from([
            (classes.beginners.id, cut("0", "40")),
            (classes.advanced.id, cut("40", "100")),
        ]),
    };
    let cx = school.cx_of(&school.head);
    let found = run!(school, cx, |tx| tx.run(command())).unwrap();
    let level = |name: &str| Standing::Level { level: title(name) };
    assert_eq!(found.moves.len(), 1);
    assert_eq!(found.moves[0].learner, school.ada.id);
    assert_eq!(
        (&found.moves[0].from, &found.moves[0].to),
        (&level("Beginners"), &level("Advanced"))
    );
    assert_eq!(found.demand, [(title("Beginners"), 1, 7), (title("Advanced"), 2, 8)]);
    assert_eq!(members(&school, &classes.beginners, MemberStatus::Active).await, 2);
    refused!(school, [ada, teacher, other_head, finance], |tx| { tx.run(command()) });
}

#[tokio::test]
async fn a_person_places_otherwise_and_seats_still_count() {
    let school = School::open().await;
    let classes = classes(&school, 1).await;
    let (ada, ben) = (school.ada.id, school.ben.id);
    let third = student(&school, school.north).await;
    place_all(&school, &school.head, &[(ada, "70"), (ben, "20"), (third, "10")]).await.unwrap();
    let cx = school.cx_of(&school.head);
    // Ada's seat is free again when she moves; she waits for the other, behind the third learner.
    let full = to_class(&school, ada, &classes.beginners);
    let error = run!(school, cx, |tx| tx.run(full)).unwrap_err();
    assert!(matches!(error, PlaceLearnerError::NoSeat { seats: 1 }), "{error}");
    assert_eq!(members(&school, &classes.advanced, MemberStatus::Active).await, 1);
    let leave = LeaveClass { class_id: classes.beginners.id, student_id: third, is_removal: true };
    run!(school, cx, |tx| tx.run(leave)).unwrap();
    let waits = to_class(&school, ada, &classes.beginners);
    let decision = run!(school, cx, |tx| tx.run(waits)).unwrap();
    assert_eq!((decision.status, decision.overridden), (PlacementStatus::Waitlisted, true));
    let told = decision.profile.decided.unwrap();
    assert_eq!(told.reason, "Moved with her sister");
    assert_eq!(members(&school, &classes.advanced, MemberStatus::Active).await, 0);
    // Ben moves up, and Ada gets his seat.
    let up = to_class(&school, ben, &classes.advanced);
    let decision = run!(school, cx, |tx| tx.run(up)).unwrap();
    assert_eq!(decision.status, PlacementStatus::Placed);
    let seated = school.all(ClassMember::of(classes.beginners.id, MemberStatus::Active)).await;
    assert_eq!(seated.iter().map(|it| it.student_id).collect::<Vec<_>>(), [ada]);

    let blank =
        OverridePlacement { reason: " ".into(), ..to_class(&school, ben, &classes.beginners) };
    let error = run!(school, cx, |tx| tx.run(blank)).unwrap_err();
    assert!(matches!(error, PlaceLearnerError::Override(_)), "{error}");
    let by_nobody = to_class(&school, ben, &classes.beginners);
    let error = run!(school, school.system, |tx| tx.run(by_nobody));
    assert!(matches!(error, Err(PlaceLearnerError::NoPerson)));
    refused!(school, [ada, ben, teacher, other_head], |tx| {
        tx.run(to_class(&school, ada, &classes.advanced))
    });
}

#[tokio::test]
async fn an_exemption_needs_no_score_and_gives_up_the_seat() {
    let school = School::open().await;
    let classes = classes(&school, 1).await;
    let ada = school.ada.id;
    let command = |exemption| ExemptLearner {
        learner_id: ada,
        group: slug("english"),
        exemption,
        measure: slug("total"),
        policy: PlacementPolicy::default(),
    };
    let certificate = "C1 certificate of 2025".to_owned();
    let at = Exemption::AtLevel { level: title("Advanced"), reason: certificate.clone() };
    let cx = school.cx_of(&school.head);
    let placed = run!(school, cx, |tx| tx.run(command(at))).unwrap();
    assert_eq!(placed.class_id, Some(classes.advanced.id));
    assert!(!placed.overridden);
    let from = || Exemption::FromClasses { reason: certificate.clone() };
    let exempt = run!(school, cx, |tx| tx.run(command(from()))).unwrap();
    assert_eq!((exempt.status, exempt.class_id), (PlacementStatus::Exempt, None));
    assert_eq!(members(&school, &classes.advanced, MemberStatus::Active).await, 0);
    let blank = Exemption::FromClasses { reason: String::new() };
    let error = run!(school, cx, |tx| tx.run(command(blank))).unwrap_err();
    assert!(matches!(error, PlaceLearnerError::Override(_)), "{error}");
    refused!(school, [ada, teacher, other_head, finance], |tx| { tx.run(command(from())) });
}

#[tokio::test]
async fn a_score_that_expired_places_nobody() {
    let school = School::open().await;
    let classes = classes(&school, 1).await;
    let later = school.at("2026-09-02T09:00:00Z");
    let command = |days| PlaceLearner {
        group: slug("english"),
        profile: profile(&school, school.ada.id, "70"),
        attempt_id: None,
        measure: slug("total"),
        policy: PlacementPolicy { expires_after_days: Some(days), ..PlacementPolicy::default() },
    };
    let cx = later.cx_of(&later.head);
    let old = run!(later, cx, |tx| tx.run(command(90))).unwrap();
    assert_eq!(old.status, PlacementStatus::NotPlaced);
    let valid = run!(later, cx, |tx| tx.run(command(365))).unwrap();
    assert_eq!(valid.class_id, Some(classes.advanced.id));
    refused!(later, [ada, ben, teacher, other_head, finance], |tx| { tx.run(command(365)) });
    refused!(later, [ben, colleague, other_head], |tx| {
        tx.run(ViewPlacement { learner_id: school.ada.id, group: slug("english") })
    });
}

/// Ada learns her class; what the test that decided earned she learns when it is released.
#[tokio::test]
async fn a_placement_tells_no_score_before_its_release() {
    let school = School::open().await;
    let classes = classes(&school, 1).await;
    let mut test =
        Assessment::new(&school.system, AssessmentKind::Placement, title("Placement test"));
    test.result_policy = ResultPolicy::WhenReleased;
    school.save(&test).await;
    let ada = school.ada.id;
    let attempt = sat(&school, &test, ada).await;
    let mut score = Score::new(&school.system, &attempt);
    (score.total, score.status) = (points("71.25"), ScoreStatus::Graded);
    score.completed_at = Some(school.system.now());
    school.save(&score).await;
    let command = PlaceLearner {
        group: slug("english"),
        profile: PlacementProfile::new(ada, Vec::new(), school.system.now()),
        attempt_id: Some(attempt.id),
        measure: slug("total"),
        policy: PlacementPolicy::default(),
    };
    let head = school.cx_of(&school.head);
    run!(school, head, |tx| tx.run(command)).unwrap();
    let seen = async |by: &Person| {
        let cx = school.cx_of(by);
        let seen = run!(school, cx, |tx| tx
            .run(ViewPlacement { learner_id: ada, group: slug("english") }));
        seen.unwrap().unwrap()
    };
    let told = seen(&school.ada).await;
    assert_eq!((told.class_id, told.score), (Some(classes.advanced.id), None));
    let text = serde_json::to_string(&told).unwrap();
    assert!(!text.contains("71.25") && !text.contains("outside_bands"), "{text}");
    assert_eq!(seen(&school.head).await.score, Some(points("71.25")));
    let mut tx = school.store.begin(&school.system).await.unwrap();
    score.status = ScoreStatus::Released;
    tx.update(&mut score).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(seen(&school.ada).await, seen(&school.head).await);
}

/// That a learner sat a test now and handed it in at once.
async fn sat(school: &School, test: &Assessment, learner: Id<Membership>) -> Attempt {
    let limits = AttemptLimits::of(test);
    let mut attempt = Attempt::new(&school.system, test.id, learner, 1, &limits);
    attempt.submit(school.system.now(), EndedBy::Learner).unwrap();
    school.save(&attempt).await;
    attempt
}

#[tokio::test]
async fn the_test_is_taken_again_after_the_wait() {
    let school = School::open().await;
    let test = Assessment::new(&school.system, AssessmentKind::Placement, title("Placement test"));
    school.save(&test).await;
    let query = |learner_id| MayRetest {
        assessment_id: test.id,
        learner_id,
        rule: RetestRule { wait_days: 14, ..RetestRule::default() },
    };
    let ada = school.ada.id;
    let ask = async |school: &School| {
        let cx = school.cx_of(&school.ada);
        run!(school, cx, |tx| tx.run(CheckRetest { query: query(ada) }))
    };
    ask(&school).await.unwrap();
    sat(&school, &test, ada).await;
    let from = school.system.now().saturating_add(TimeDelta::days(14));
    let error = ask(&school.at("2026-03-16T08:59:59Z")).await.unwrap_err();
    assert!(
        matches!(error, PlaceLearnerError::Retest(RetestRefusal::TooSoon { from: at }) if at == from),
        "{error}"
    );
    ask(&school.at("2026-03-16T09:00:00Z")).await.unwrap();
    refused!(school, [ben, finance, other_head], |tx| tx.run(CheckRetest { query: query(ada) }));
}
