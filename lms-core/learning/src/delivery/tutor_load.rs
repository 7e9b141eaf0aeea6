//! The workload of tutors.
use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::delivery::{ClassGroup, ClassMember, ClassStatus, Session};
use lms_kernel::{Id, TimeRange};
use lms_people::{identity::Membership, tenancy::OrgUnit};
use lms_store::{Query, Report, StoreError, Transaction};

/// How much each of those who teach has to do within a time: classes, students, sessions, hours.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TutorLoad {
    /// Only what belongs to this unit itself; everything when there is none.
    pub org_unit_id: Option<Id<OrgUnit>>,
    /// The time in which sessions are counted.
    pub window: TimeRange,
}

/// How much one person has to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TutorLoadLine {
    /// The person.
    pub tutor_id: Id<Membership>,
    /// How many active classes they teach.
    pub active_classes: u32,
    /// How many different students are in those.
    pub students: u32,
    /// How many sessions they have within the time that are not cancelled.
    pub sessions: u32,
    /// How many minutes those take, as planned, counted whole where a session reaches out of the
    /// time.
    pub minutes: i64,
}

#[async_trait]
impl Report for TutorLoad {
    const NAME: &'static str = "delivery.tutor_load";
    /// One line for each person with a class or a session, by id.
    type Output = Vec<TutorLoadLine>;

    async fn compute(&self, tx: &mut Transaction) -> Result<Self::Output, StoreError> {
        let mut classes = Query::filter(ClassGroup::STATUS.eq(ClassStatus::Active));
        if let Some(unit) = self.org_unit_id {
            classes = classes.and(ClassGroup::ORG_UNIT_ID.is(unit));
        }
        let teachers: BTreeMap<Id<ClassGroup>, Id<Membership>> = tx
            .all(classes)
            .await?
            .into_iter()
            .filter_map(|class| Some((class.id, class.teacher_id?)))
            .collect();
        let mut lines: BTreeMap<Id<Membership>, TutorLoadLine> = BTreeMap::new();
        for teacher in teachers.values() {
            line(&mut lines, *teacher).active_classes += 1;
        }
        let mut students: BTreeMap<Id<Membership>, BTreeSet<Id<Membership>>> = BTreeMap::new();
        let ids: Vec<_> = teachers.keys().copied().collect();
        for chunk in ids.chunks(200) {
            let seated = ClassMember::seated_in(chunk.iter().copied());
            for member in tx.all(Query::filter(seated)).await? {
                if let Some(teacher) = teachers.get(&member.class_id) {
                    students.entry(*teacher).or_default().insert(member.student_id);
                }
            }
        }
        for (teacher, students) in students {
            line(&mut lines, teacher).students = u32::try_from(students.len()).unwrap_or(u32::MAX);
        }
        let mut sessions = Session::within(self.window);
        if let Some(unit) = self.org_unit_id {
            sessions = sessions.and(Session::ORG_UNIT_ID.is(unit));
        }
        for session in tx.all(sessions).await? {
            let line = line(&mut lines, session.host_id);
            line.sessions += 1;
            line.minutes += session.ends_at.since(session.starts_at).num_minutes();
        }
        Ok(lines.into_values().collect())
    }
}

fn line(
    lines: &mut BTreeMap<Id<Membership>, TutorLoadLine>,
    tutor: Id<Membership>,
) -> &mut TutorLoadLine {
    lines.entry(tutor).or_insert(TutorLoadLine {
        tutor_id: tutor,
        active_classes: 0,
        students: 0,
        sessions: 0,
        minutes: 0,
    })
}
