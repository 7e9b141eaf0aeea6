//! Awarding badges on events that may earn them.
use lms_kernel::Permission;
use lms_store::operation::{Access, Effect, Operation, operation};
use std::collections::BTreeMap;

use serde::de::DeserializeOwned;

use crate::{
    engagement::{Comment, CommentPosted, Reaction},
    recognition::{Achievements, AwardEarnedBadges, AwardError, BadgeAward, achievements_of},
};
use lms_assessment::{
    Assessment,
    attempt::{AttemptGraded, Score, ScoreReleased, WithheldScores},
};
use lms_kernel::{Id, Points};
use lms_learning::learning::{CourseCompleted, NodeCompleted};
use lms_people::{
    identity::Membership,
    tenancy::{Feature, FeatureError, require_feature},
};
use lms_store::{
    outbox::{DomainEvent, Message},
    {Query, StoreError, Transaction},
};

/// Awards the badges that an event earns its learner, by everything they have done so far: lessons,
/// courses, streaks, tests and comments. The host's relay runs it for each message as the system;
/// events that earn nothing are skipped, and so are all events where the tenant has switched badges
/// off. Running it again awards nothing more.
///
/// # Errors
/// [`AwardError`].
#[operation("engagement.award_on_event")]
pub struct AwardOnEvent {
    /// The outbox message with the event.
    pub event: Message,
}

impl Operation for AwardOnEvent {
    const ACCESS: Access = Access::Asks(&[Permission::BADGES_AWARD]);
    type Answer = Vec<BadgeAward>;
    type Error = AwardError;

    async fn run(self, tx: &mut Transaction) -> Result<Vec<BadgeAward>, AwardError> {
        let Self { event } = self;
        let event = &event;
        let Some(learner) = whose(event) else { return Ok(Vec::new()) };
        match require_feature(tx, Feature::Badges).await {
            Ok(()) => {}
            Err(FeatureError::FeatureDisabled { .. }) => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        }
        if tx.get(learner).await?.is_none() {
            return Ok(Vec::new());
        }
        let done = all_achievements_of(tx, learner).await?;
        tx.run(AwardEarnedBadges { learner_id: learner, done: done.clone() }).await
    }
}

/// Shows what a learner has done, as far as the library knows: their studies and points, perfect
/// scores, comments and reactions.
///
/// # Errors
/// [`AwardError`].
#[operation("engagement.view_achievements")]
pub struct ViewAchievements {
    /// The learner.
    pub learner_id: Id<Membership>,
}

impl Operation for ViewAchievements {
    const ACCESS: Access = Access::Asks(&[Permission::PROGRESS_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = Achievements;
    type Error = AwardError;

    async fn run(self, tx: &mut Transaction) -> Result<Achievements, AwardError> {
        all_achievements_of(tx, self.learner_id).await
    }
}

async fn all_achievements_of(
    tx: &mut Transaction,
    learner: Id<Membership>,
) -> Result<Achievements, AwardError> {
    let known = achievements_of(tx, learner).await?;
    let perfect_by_kind = perfect_scores(tx, learner).await?;
    let comments = tx.count(Comment::by(learner)).await?;
    let theirs = Comment::AUTHOR_ID.eq(learner);
    let reactions = Query::filter(Reaction::COMMENT_ID.in_records(Comment::ID, theirs));
    let reactions = tx.count(reactions).await?;
    let most = |it: u64| u32::try_from(it).unwrap_or(u32::MAX);
    Ok(Achievements {
        perfect_scores: perfect_by_kind.values().sum(),
        perfect_by_kind,
        comments_posted: most(comments),
        reactions_received: most(reactions),
        ..known
    })
}

/// In how many tests of each sort a learner had every mark in some attempt. A result that they may
/// not see yet earns nothing that would tell it.
async fn perfect_scores(
    tx: &mut Transaction,
    learner: Id<Membership>,
) -> Result<BTreeMap<String, u32>, StoreError> {
    let scores = tx.all(Query::filter(Score::LEARNER_ID.eq(learner))).await?;
    let withheld = tx.part(WithheldScores { learner_id: learner }).await?;
    let perfect = scores.iter().filter(|it| {
        it.completed_at.is_some()
            && it.raw_maximum > Points::ZERO
            && it.raw >= it.raw_maximum
            && withheld.iter().all(|other| other.id != it.id)
    });
    let tests: std::collections::BTreeSet<Id<Assessment>> =
        perfect.map(|it| it.assessment_id).collect();
    let tests: Vec<_> = tests.into_iter().collect();
    let mut by_kind = BTreeMap::new();
    for test in tx.get_many(&tests).await? {
        *by_kind.entry(test.kind.as_str().to_owned()).or_default() += 1;
    }
    Ok(by_kind)
}

/// Who did what may earn a badge.
fn whose(event: &Message) -> Option<Id<Membership>> {
    fn read<E: DomainEvent + DeserializeOwned>(event: &Message) -> Option<E> {
        event.read().ok().flatten()
    }
    match event.kind.as_str() {
        NodeCompleted::KIND => read::<NodeCompleted>(event).map(|it| it.learner_id),
        CourseCompleted::KIND => read::<CourseCompleted>(event).map(|it| it.learner_id),
        AttemptGraded::KIND => read::<AttemptGraded>(event).map(|it| it.learner_id),
        ScoreReleased::KIND => read::<ScoreReleased>(event).map(|it| it.learner_id),
        CommentPosted::KIND => read::<CommentPosted>(event).map(|it| it.author_id),
        _ => None,
    }
}
