//! What tutors observe, and how it becomes a learner's academic age.
use lms::{
    assessment::assignment::{
        Observation, ObservationError, ObservationKind, RecordObservation, ViewObservations,
    },
    identity::{AssignTutor, LearnerProfile},
    kernel::Timestamp,
};

use crate::school::{School, at, points};

fn reading(school: &School, months: Option<u16>) -> RecordObservation {
    RecordObservation {
        learner_id: school.ada.id,
        kind: ObservationKind::Reading,
        custom_kind: None,
        score: Some(points("12")),
        academic_age_months: months,
        notes: Some("Reads whole sentences".into()),
        observed_at: None,
    }
}

async fn record(
    school: &School,
    command: RecordObservation,
) -> Result<Observation, ObservationError> {
    let cx = school.cx_of(&school.head);
    run!(school, cx, |tx| tx.run(command))
}

async fn age(school: &School, skill: &str) -> Option<u16> {
    let profile = school.all(LearnerProfile::of_member(school.ada.id)).await;
    profile.first().and_then(|it| it.academic_age.months(skill))
}

#[tokio::test]
async fn the_latest_observation_gives_the_academic_age() {
    let school = School::open().await;
    let when = |command, observed_at: Timestamp| RecordObservation {
        observed_at: Some(observed_at),
        ..command
    };
    let made = record(&school, reading(&school, Some(96))).await.unwrap();
    assert_eq!(made.tutor_id, Some(school.head.id));
    assert_eq!(age(&school, "reading").await, Some(96));
    // An older one that is written down later changes nothing; one without an age neither.
    let older = when(reading(&school, Some(90)), at("2026-02-01T09:00:00Z"));
    record(&school, older).await.unwrap();
    record(&school, reading(&school, None)).await.unwrap();
    assert_eq!(age(&school, "reading").await, Some(96));
    let later = school.at("2026-06-01T09:00:00Z");
    record(&later, reading(&school, Some(101))).await.unwrap();
    assert_eq!(age(&school, "reading").await, Some(101));
    assert_eq!(age(&school, "spelling").await, None);
    let custom = RecordObservation {
        kind: ObservationKind::Custom,
        custom_kind: Some("mental_arithmetic".into()),
        ..reading(&school, Some(88))
    };
    record(&school, custom.clone()).await.unwrap();
    assert_eq!(age(&school, "mental_arithmetic").await, Some(88));
    let nameless = RecordObservation { custom_kind: Some("Two words".into()), ..custom };
    let error = record(&school, nameless).await.unwrap_err();
    assert!(matches!(error, ObservationError::Skill(_)), "{error}");
    assert_eq!(school.all(Observation::of(school.ada.id)).await.len(), 5);
}

#[tokio::test]
async fn an_observation_says_something_and_not_of_the_future() {
    let school = School::open().await;
    let empty = RecordObservation { score: None, notes: None, ..reading(&school, None) };
    assert!(matches!(record(&school, empty).await, Err(ObservationError::Empty)));
    let unnamed = RecordObservation { kind: ObservationKind::Custom, ..reading(&school, None) };
    assert!(matches!(record(&school, unnamed).await, Err(ObservationError::NoName)));
    let early = RecordObservation {
        observed_at: Some(at("2026-03-02T09:00:01Z")),
        ..reading(&school, None)
    };
    assert!(matches!(record(&school, early).await, Err(ObservationError::InFuture)));
}

#[tokio::test]
async fn tutors_observe_their_learners_and_nobody_else_does() {
    let school = School::open().await;
    let ada = school.ada.id;
    refused!(school, [ada, ben, teacher, other_head, finance], |tx| {
        tx.run(reading(&school, Some(96)))
    });
    refused!(school, [ada, ben, teacher, other_head, finance], |tx| {
        tx.run(ViewObservations { learner_id: ada })
    });
    // The teacher becomes Ada's tutor.
    let tutor = school.teacher.id;
    run!(school, school.system, |tx| tx
        .run(AssignTutor { student_id: ada, tutor_id: Some(tutor) }))
    .unwrap();
    let cx = school.cx_of(&school.teacher);
    let command = reading(&school, Some(97));
    let made = run!(school, cx, |tx| tx.run(command)).unwrap();
    assert_eq!(made.tutor_id, Some(tutor));
    let seen = run!(school, cx, |tx| tx.run(ViewObservations { learner_id: ada })).unwrap();
    assert_eq!(seen.len(), 1);
    assert_eq!(age(&school, "reading").await, Some(97));
    assert_eq!(seen[0].academic_age_months, Some(97), "what they recorded themselves");
    assert!(seen[0].notes.is_some());
    refused!(school, [colleague], |tx| tx.run(ViewObservations { learner_id: ada }));
    // The next tutor learns what was observed; an academic age needs a permission of its own.
    let next = school.colleague.id;
    run!(school, school.system, |tx| tx.run(AssignTutor { student_id: ada, tutor_id: Some(next) }))
        .unwrap();
    let cx = school.cx_of(&school.colleague);
    let seen = run!(school, cx, |tx| tx.run(ViewObservations { learner_id: ada })).unwrap();
    assert_eq!((seen.len(), seen[0].academic_age_months), (1, None));
    assert_eq!(seen[0].notes, None, "notes are as sensitive");
    let seen =
        run!(school, school.system, |tx| tx.run(ViewObservations { learner_id: ada })).unwrap();
    assert_eq!(seen[0].academic_age_months, Some(97));
}
