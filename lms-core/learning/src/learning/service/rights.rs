//! Giving and ending the rights of an enrollment.
use uuid::Uuid;

use super::{
    change_enrollment::{announce, promote},
    enroll_learner::{EnrollError, EnrollLearner, enroll},
};
use crate::{
    content::Course,
    learning::{
        Enrollment, EnrollmentEvent, EnrollmentRight, EnrollmentStatus, GivenRight, GrantSource,
        RightStatus, Standing, standing,
    },
};
use lms_kernel::{Context, Id, Timestamp};
use lms_people::identity::Membership;
use lms_store::{StoreError, Transaction};

/// Gives a learner a right to a course because of something that was decided elsewhere, such as a
/// class that was joined: enrolls them, takes an earlier enrollment up again, or adds the right to
/// the enrollment that they have. The caller has asked for permission.
///
/// The course's row is locked where it has a capacity, then the enrollment's.
///
/// # Errors
/// [`EnrollError`].
pub(super) async fn give_right(
    tx: &mut Transaction,
    command: EnrollLearner,
) -> Result<Enrollment, EnrollError> {
    let live = tx.first(Enrollment::live(command.learner_id, command.course_id)).await?;
    let Some(live) = live else { return enroll(tx, command).await };
    let given =
        GivenRight::new(command.source, command.source_id, tx.now()).until(command.expires_at);
    change(tx, (None, live), |rights| rights.give(&given)).await
}

/// Ends the right that a source gave a learner in a course, and asks what else still lets them
/// learn: without anything else the enrollment is dropped, or, where the course was completed, its
/// content closes. Nothing happens where the learner is not enrolled.
///
/// The course's row is locked first where it is there, then the enrollment's. The seat goes to the
/// learner who waits longest.
///
/// # Errors
/// [`EnrollError`].
pub(super) async fn end_right(
    tx: &mut Transaction,
    (learner, course): (Id<Membership>, Id<Course>),
    origin: (GrantSource, Option<Uuid>),
) -> Result<Option<Enrollment>, EnrollError> {
    let Some(live) = tx.first(Enrollment::live(learner, course)).await? else { return Ok(None) };
    let course = tx.lock_if_present(course).await?;
    change(tx, (course, live), |rights| rights.end(|it| it.origin() == origin)).await.map(Some)
}

/// Brings the rights of a learner in a course that come from the caller's sources in line with
/// `given`, which is all that those sources give: new ones are added, known ones follow, and those
/// that are not there any more end. What other sources give is not touched. Who learns there by
/// nothing yet is enrolled by the first right that gives access now.
///
/// Locked as by [`end_right`].
///
/// # Errors
/// [`EnrollError`].
#[doc(hidden)]
pub async fn sync_rights(
    tx: &mut Transaction,
    (learner, course): (Id<Membership>, Id<Course>),
    is_own: impl Fn(&EnrollmentRight) -> bool + Send + Sync,
    given: &[GivenRight],
) -> Result<Option<Enrollment>, EnrollError> {
    let now = tx.now();
    let live = match tx.first(Enrollment::live(learner, course)).await? {
        Some(live) => live,
        None => {
            let gives = |it: &&GivenRight| {
                !it.is_resting && it.starts_at <= now && it.ends_at.is_none_or(|end| now < end)
            };
            // A course that was deleted takes no one, and what ends meanwhile ends all the same.
            let takes = tx.get(course).await?.is_some();
            let Some(first) = given.iter().find(gives).filter(|_| takes) else {
                follow_out(tx, (learner, course), is_own, given).await?;
                return Ok(None);
            };
            let own = EnrollLearner::new(course, learner, first.source);
            let command = EnrollLearner { source_id: first.source_id, ..own };
            enroll(tx, EnrollLearner { expires_at: first.ends_at, ..command }).await?
        }
    };
    let is_told = |it: &EnrollmentRight| given.iter().any(|told| told.origin() == it.origin());
    let course = tx.lock_if_present(course).await?;
    change(tx, (course, live), |rights| {
        rights.end(|it| is_own(it) && !is_told(it));
        given.iter().for_each(|it| rights.give(it));
    })
    .await
    .map(Some)
}

/// Brings the rights of a learner who was taken out of a course in line, so that what ended meanwhile,
/// such as by a refund, does not wait for their return.
async fn follow_out(
    tx: &mut Transaction,
    (learner, course): (Id<Membership>, Id<Course>),
    is_own: impl Fn(&EnrollmentRight) -> bool + Send + Sync,
    given: &[GivenRight],
) -> Result<(), StoreError> {
    let Some(out) = tx.first(Enrollment::of(learner, course)).await? else { return Ok(()) };
    tx.lock(out.id).await?;
    let mut rights = Rights::of(tx, &out).await?;
    if rights.stored.is_empty() {
        return Ok(());
    }
    let told = |it: &EnrollmentRight| given.iter().find(|told| told.origin() == it.origin());
    for right in rights.now.iter_mut().filter(|it| it.status != RightStatus::Ended) {
        match told(right) {
            Some(told) => drop(right.follow(told)),
            None if is_own(right) => right.status = RightStatus::Ended,
            None => {}
        }
    }
    rights.store(tx).await
}

/// The rights of an enrollment while they are changed.
pub(super) struct Rights {
    /// At the time at which they are judged.
    cx: Context,
    enrollment: Id<Enrollment>,
    /// Those in the store, as they were read.
    stored: Vec<EnrollmentRight>,
    /// All, as they are now.
    now: Vec<EnrollmentRight>,
}

impl Rights {
    /// The rights of an enrollment. One that has none in the store has the one that it names.
    pub(super) async fn of(
        tx: &mut Transaction,
        enrollment: &Enrollment,
    ) -> Result<Self, StoreError> {
        let stored = tx.all(EnrollmentRight::of(enrollment.id)).await?;
        let mut now = stored.clone();
        if now.is_empty() {
            now.push(EnrollmentRight::implied(tx.cx(), enrollment));
        }
        // An end that a host wrote into the enrollment itself is that of the right it names.
        let now_open = standing(&now, tx.now());
        let is_learning =
            matches!(enrollment.status, EnrollmentStatus::Active | EnrollmentStatus::Completed);
        let named = (enrollment.source, enrollment.source_id);
        if let (Standing::Open { until }, true) = (now_open, is_learning)
            && until != enrollment.expires_at
            && let Some(right) = now.iter_mut().find(|it| it.origin() == named)
        {
            right.ends_at = enrollment.expires_at;
        }
        // A step that is taken late, as of its own time, does not judge without what came since.
        let since = stored.iter().map(|it| it.stamp.created_at);
        let at = since.fold(tx.now().max(enrollment.stamp.updated_at), Timestamp::max);
        Ok(Self { cx: tx.cx().clone().at(at), enrollment: enrollment.id, stored, now })
    }

    /// When they are judged: now or, where a step is taken as of an earlier time, when the
    /// enrollment changed last.
    pub(super) const fn at(&self) -> Timestamp {
        self.cx.now()
    }

    /// The rights of an enrollment that is new.
    pub(super) fn none(tx: &Transaction, enrollment: Id<Enrollment>) -> Self {
        Self { cx: tx.cx().clone(), enrollment, stored: Vec::new(), now: Vec::new() }
    }

    /// What a source gives now: a new right, or the one that is known as it says.
    pub(super) fn give(&mut self, given: &GivenRight) {
        match self.now.iter_mut().find(|it| it.origin() == given.origin()) {
            Some(known) => {
                known.follow(given);
            }
            None => self.now.push(EnrollmentRight::new(&self.cx, self.enrollment, given)),
        }
    }

    /// The same for a right that lasts so many days from the seat on, which the learner waits for.
    pub(super) fn give_from_seat(&mut self, given: &GivenRight, days: Option<u32>) {
        self.give(given);
        if let Some(known) = self.now.iter_mut().find(|it| it.origin() == given.origin()) {
            known.days_from_seat = days;
        }
    }

    /// Takes those rights back.
    pub(super) fn end(&mut self, which: impl Fn(&EnrollmentRight) -> bool) {
        let ending = self.now.iter_mut().filter(|it| which(it));
        ending.for_each(|it| it.status = RightStatus::Ended);
    }

    /// Starts the days that begin with the seat.
    pub(super) fn take_seat(&mut self) {
        for right in &mut self.now {
            if let Some(days) = right.days_from_seat.take() {
                let days = chrono::TimeDelta::days(days.into());
                right.starts_at = right.starts_at.max(self.cx.now());
                right.ends_at = right.ends_at.or(Some(right.starts_at.saturating_add(days)));
            }
        }
    }

    /// Gives all that may still be used on to the rights of another enrollment.
    pub(super) fn given_on(&self, to: &mut Self) {
        let now = self.cx.now();
        for right in self.now.iter().filter(|it| it.status != RightStatus::Ended) {
            if !right.is_over(now) {
                let given = GivenRight::new(right.source, right.source_id, right.starts_at);
                let is_resting = right.status == RightStatus::Resting;
                to.give(&given.until(right.ends_at).resting(is_resting));
            }
        }
    }

    /// What they give together now.
    pub(super) fn standing(&self) -> Standing {
        standing(&self.now, self.cx.now())
    }

    /// Whether a source gives access now.
    pub(super) fn holds(&self, origin: (GrantSource, Option<Uuid>)) -> bool {
        self.now.iter().any(|it| it.origin() == origin && it.gives_access(self.cx.now()))
    }

    /// Names one of the rights that give access in the enrollment, and until when they do together.
    pub(super) fn write_into(&self, enrollment: &mut Enrollment) {
        let now = self.cx.now();
        let gives = |it: &&EnrollmentRight| it.gives_access(now);
        let named = (enrollment.source, enrollment.source_id);
        let is_named = self.now.iter().filter(gives).any(|it| it.origin() == named);
        let longest = |it: &&EnrollmentRight| (it.ends_at.is_none(), it.ends_at, it.id);
        if let (false, Some(right)) = (is_named, self.now.iter().filter(gives).max_by_key(longest))
        {
            (enrollment.source, enrollment.source_id) = right.origin();
        }
        if let Standing::Open { until } = self.standing() {
            enrollment.expires_at = until;
        }
    }

    /// Writes what changed.
    pub(super) async fn store(self, tx: &mut Transaction) -> Result<(), StoreError> {
        let known = |id| self.stored.iter().find(|it| it.id == id);
        let mut changed: Vec<_> = self
            .now
            .iter()
            .filter(|it| known(it.id).is_some_and(|was| was != *it))
            .cloned()
            .collect();
        let added: Vec<_> = self.now.iter().filter(|it| known(it.id).is_none()).cloned().collect();
        tx.update_all(&mut changed).await?;
        tx.insert_all(&added).await
    }
}

/// Changes the rights of a live enrollment, and brings it in line with what they give then. What may
/// end one holds the course, where it is there, so that the seat goes to who waits.
async fn change(
    tx: &mut Transaction,
    (course, live): (Option<Course>, Enrollment),
    work: impl FnOnce(&mut Rights) + Send,
) -> Result<Enrollment, EnrollError> {
    let mut enrollment = tx.lock(live.id).await?;
    let mut rights = Rights::of(tx, &enrollment).await?;
    work(&mut rights);
    let before = enrollment.clone();
    let now = rights.at();
    settle(now, &rights, &mut enrollment)?;
    // Whether a job noted the end in between or not, another stretch begins.
    let is_active = enrollment.status == EnrollmentStatus::Active;
    if is_active && before.is_over(now) && !enrollment.is_over(now) {
        enrollment.enrolled_at = now;
    }
    rights.store(tx).await?;
    if enrollment != before {
        tx.update(&mut enrollment).await?;
    }
    if enrollment.status != before.status {
        announce(tx, &enrollment, before.status);
    }
    if let (true, Some(course)) = (frees_seat(before.status, enrollment.status), course) {
        promote(tx, &course).await?;
    }
    Ok(enrollment)
}

/// Whether a step leaves a seat to others.
pub(super) const fn frees_seat(from: EnrollmentStatus, to: EnrollmentStatus) -> bool {
    from.takes_seat() && !to.takes_seat()
}

/// Brings a live enrollment in line with what its rights give at `now`. Whom staff keep out stays
/// out, and who waits for a seat goes on waiting.
pub(super) fn settle(
    now: Timestamp,
    rights: &Rights,
    enrollment: &mut Enrollment,
) -> Result<(), EnrollError> {
    use EnrollmentStatus::{Active, Completed, Pending, Suspended};
    rights.write_into(enrollment);
    let is_kept_out = enrollment.kept_out_at.is_some();
    let event = match (rights.standing(), enrollment.status) {
        (Standing::Open { .. }, Suspended) if !is_kept_out => Some(EnrollmentEvent::Reinstate),
        (Standing::Open { .. }, Pending) => Some(EnrollmentEvent::Activate),
        (Standing::Open { .. }, _) => None,
        (Standing::Resting, Active) => Some(EnrollmentEvent::Suspend),
        // What was learned stays, and who is kept out cannot come back anew: the content closes.
        (_, status) if status == Completed || (status == Suspended && is_kept_out) => {
            close(now, enrollment);
            None
        }
        (Standing::Resting, _) => None,
        (Standing::Over, Active) => {
            close(now, enrollment);
            Some(EnrollmentEvent::Expire)
        }
        (Standing::Over | Standing::Ended, _) => Some(EnrollmentEvent::Drop),
    };
    if let Some(event) = event {
        enrollment.status = enrollment.status.apply(event)?;
    }
    if enrollment.status == Active && enrollment.schedule_from.is_none() {
        enrollment.schedule_from = Some(now.max(enrollment.enrolled_at));
    }
    Ok(())
}

/// Closes the content from now on, unless it is closed.
pub(super) fn close(now: Timestamp, enrollment: &mut Enrollment) {
    if !enrollment.is_over(now) {
        enrollment.expires_at = Some(now);
    }
}
