//! The stored status of a tenant's plan.
use serde::{Deserialize, Serialize};

use crate::tenancy::{GRACE_DAYS, PlanFacts, PlanState, PlanStateChanged};
use lms_kernel::{Context, EntityKind, Id, Timestamp};
use lms_store::{
    Query, Record, Stamp, StoreError, Transaction, Upsert,
    operation::{Effect, Part},
};

/// The status of the plan of a tenant, and the facts that it follows from. Each tenant has one from
/// its first trial, plan or invoice on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "plan_standings", index(next_change_at))]
pub struct PlanStanding {
    /// The record's id: the tenant's own.
    pub id: Id<PlanStanding>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// The status that followed from the facts when it was last computed.
    pub state: PlanState,
    /// Since when.
    pub since: Timestamp,
    /// Until when a plan is tried.
    pub trial_ends_at: Option<Timestamp>,
    /// When a trial ends that no plan follows.
    pub lapses_at: Option<Timestamp>,
    /// Until when the oldest unpaid invoice is to be paid.
    pub bill_due_at: Option<Timestamp>,
    /// For how many days the tenant works on after what it owes was due.
    pub grace_days: u16,
    /// When the platform ended the plan and gave no other.
    pub cancelled_at: Option<Timestamp>,
    /// When time alone may next change the status.
    pub next_change_at: Option<Timestamp>,
}

impl PlanStanding {
    /// What it is called in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("plan_standing");

    /// A plan that holds, with nothing owed.
    pub fn new(cx: &Context) -> Self {
        Self {
            id: Self::id_of(cx),
            stamp: Stamp::new(cx),
            state: PlanState::Active,
            since: cx.now(),
            trial_ends_at: None,
            lapses_at: None,
            bill_due_at: None,
            grace_days: GRACE_DAYS,
            cancelled_at: None,
            next_change_at: None,
        }
    }

    /// The id of the standing of the tenant of `cx`: the tenant's own, so that there is one.
    pub const fn id_of(cx: &Context) -> Id<Self> {
        Id::from_uuid(cx.tenant().uuid())
    }

    /// The standing, if time may change it up to and including `now`.
    pub fn due(now: Timestamp) -> Query<Self> {
        Query::filter(Self::NEXT_CHANGE_AT.is_le(now))
    }

    /// The facts that decide the status.
    pub fn facts(&self) -> PlanFacts {
        PlanFacts {
            trial_ends_at: self.trial_ends_at,
            due_at: [self.bill_due_at, self.lapses_at].into_iter().flatten().min(),
            grace_days: self.grace_days,
            cancelled_at: self.cancelled_at,
        }
    }

    /// Advances the status to `now`: first through the changes due since the last time, each as of
    /// its own time, then to the status that follows from changed facts. A clock that is behind
    /// undoes nothing.
    pub(crate) fn go_on(&mut self, now: Timestamp) -> Vec<PlanStateChanged> {
        let facts = self.facts();
        let now = now.max(self.since);
        let mut changes = Vec::new();
        while let Some(at) = self.next_change_at.filter(|it| *it <= now) {
            changes.extend(self.stand(facts.state_at(at), at));
            self.next_change_at = facts.next_change_after(at);
        }
        changes.extend(self.stand(facts.state_at(now), now));
        self.next_change_at = facts.next_change_after(now);
        changes
    }

    fn stand(&mut self, state: PlanState, at: Timestamp) -> Option<PlanStateChanged> {
        if state == self.state {
            return None;
        }
        let from = std::mem::replace(&mut self.state, state);
        self.since = at;
        Some(PlanStateChanged { standing_id: self.id, from, to: state, at })
    }
}

/// What a transaction has looked up.
#[derive(Debug)]
struct KnownState(PlanState);

/// The plan status of the tenant of `cx`; active for one that never had a plan or an invoice.
pub(crate) async fn plan_state(tx: &mut Transaction) -> Result<PlanState, StoreError> {
    if let Some(KnownState(state)) = tx.extension() {
        return Ok(*state);
    }
    let standing = tx.get(PlanStanding::id_of(tx.cx())).await?;
    let state = standing.map_or(PlanState::Active, |it| it.state);
    note_plan_state(tx, state);
    Ok(state)
}

/// Remembers the plan status that this transaction has read.
pub(crate) fn note_plan_state(tx: &mut Transaction, state: PlanState) {
    tx.set_extension(KnownState(state));
}

/// The standing of the tenant of `cx`, held until the transaction ends: its facts are read while
/// it is held, and [changed](change_standing).
pub(crate) async fn hold_standing(tx: &mut Transaction) -> Result<PlanStanding, StoreError> {
    let id = PlanStanding::id_of(tx.cx());
    if tx.get(id).await?.is_none() {
        // Somebody else may start it at the same moment: theirs stays then.
        tx.upsert(&PlanStanding::new(tx.cx()), Upsert::on(PlanStanding::ID)).await?;
    }
    tx.lock(id).await
}

/// Brings a held standing up to now, changes its facts, keeps what they come to, and announces
/// what changed. Without a change of facts it is what has become due.
pub(crate) async fn change_standing(
    tx: &mut Transaction,
    held: PlanStanding,
    change: impl FnOnce(&mut PlanStanding),
) -> Result<PlanStanding, StoreError> {
    let mut standing = held.clone();
    let mut changes = standing.go_on(tx.now());
    change(&mut standing);
    changes.extend(standing.go_on(tx.now()));
    if standing != held {
        tx.update(&mut standing).await?;
        tx.remove_extension::<KnownState>();
    }
    for change in &changes {
        tx.emit(change);
    }
    Ok(standing)
}

/// The standing of the tenant's plan, held until the transaction ends: its facts are read while it is
/// held, and changed by [`RestatePlan`].
#[derive(Clone, Copy, Debug)]
pub struct HoldPlan {}

impl Part for HoldPlan {
    const NAME: &'static str = "tenancy.hold_plan";
    const EFFECT: Effect = Effect::Writes;
    type Answer = PlanStanding;
    type Error = StoreError;

    async fn run(self, tx: &mut Transaction) -> Result<PlanStanding, StoreError> {
        hold_standing(tx).await
    }
}

/// Brings the standing of the tenant's plan up to now, where the oldest unpaid bill is due then, and
/// announces what changed.
#[derive(Clone, Debug)]
pub struct RestatePlan {
    /// The standing, which is [held](HoldPlan).
    pub held: PlanStanding,
    /// Until when the oldest unpaid bill is to be paid; none where nothing is owed.
    pub bill_due_at: Option<Timestamp>,
}

impl Part for RestatePlan {
    const NAME: &'static str = "tenancy.restate_plan";
    const EFFECT: Effect = Effect::Writes;
    type Answer = PlanStanding;
    type Error = StoreError;

    async fn run(self, tx: &mut Transaction) -> Result<PlanStanding, StoreError> {
        let Self { held, bill_due_at } = self;
        change_standing(tx, held, |it| it.bill_due_at = bill_due_at).await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chrono::TimeDelta;
    use proptest::prelude::*;

    use super::*;
    use lms_kernel::{Actor, SequentialIds, TenantId};

    fn day(number: i64) -> Timestamp {
        Timestamp::EPOCH.saturating_add(TimeDelta::days(number))
    }

    fn standing() -> PlanStanding {
        let ids = Arc::new(SequentialIds::new());
        PlanStanding::new(&Context::new(TenantId::SINGLE, Actor::system("test"), day(0), ids))
    }

    /// A change of one fact on a day.
    #[derive(Clone, Debug)]
    enum News {
        Trial(Option<i64>),
        Bill(Option<i64>),
        Lapse(Option<i64>),
        Grace(u16),
        Cancelled(bool),
    }

    fn hear(standing: &mut PlanStanding, news: &News, now: Timestamp) {
        match news {
            News::Trial(end) => standing.trial_ends_at = end.map(day),
            News::Bill(due) => standing.bill_due_at = due.map(day),
            News::Lapse(end) => standing.lapses_at = end.map(day),
            News::Grace(days) => standing.grace_days = *days,
            News::Cancelled(over) => standing.cancelled_at = over.then_some(now),
        }
    }

    fn any_news() -> impl Strategy<Value = News> {
        let day = || prop::option::of(0_i64..120);
        prop_oneof![
            day().prop_map(News::Trial),
            day().prop_map(News::Bill),
            day().prop_map(News::Lapse),
            (0_u16..20).prop_map(News::Grace),
            any::<bool>().prop_map(News::Cancelled),
        ]
    }

    /// The status, and all events that were emitted.
    fn live(news: &[(i64, News)], looks: &[i64]) -> (PlanStanding, Vec<PlanStateChanged>) {
        let mut standing = standing();
        let mut changes = Vec::new();
        let mut looks = looks.iter().copied().peekable();
        for (when, news) in news {
            while let Some(look) = looks.next_if(|look| look <= when) {
                changes.extend(standing.go_on(day(look)));
            }
            changes.extend(standing.go_on(day(*when)));
            hear(&mut standing, news, day(*when));
            changes.extend(standing.go_on(day(*when)));
        }
        for look in looks {
            changes.extend(standing.go_on(day(look)));
        }
        changes.extend(standing.go_on(day(200)));
        (standing, changes)
    }

    proptest! {
        #[test]
        fn daily_yearly_or_at_random_it_says_the_same(
            mut news in prop::collection::vec((0_i64..120, any_news()), 0..12),
            mut looks in prop::collection::vec(0_i64..200, 0..20),
        ) {
            news.sort_by_key(|(when, _)| *when);
            looks.sort_unstable();
            let seldom = live(&news, &[]);
            let daily: Vec<i64> = (0..200).collect();
            prop_assert_eq!(&live(&news, &daily), &seldom);
            prop_assert_eq!(&live(&news, &looks), &seldom);
            let (mut last, changes) = seldom;
            prop_assert_eq!(last.state, last.facts().state_at(day(200)), "stored is derived");
            prop_assert_eq!(last.go_on(day(200)), vec![], "looking again changes nothing");
            for pair in changes.windows(2) {
                prop_assert_eq!(pair[0].to, pair[1].from);
                prop_assert!(pair[0].at <= pair[1].at);
            }
        }

        #[test]
        fn a_clock_that_is_behind_changes_nothing_back(
            trial in 1_i64..50, due in 1_i64..50, now in 0_i64..80, back in 0_i64..80,
        ) {
            let mut standing = standing();
            hear(&mut standing, &News::Trial(Some(trial)), day(0));
            hear(&mut standing, &News::Bill(Some(due)), day(0));
            standing.go_on(day(0));
            standing.go_on(day(now));
            let before = standing.clone();
            standing.go_on(day(now - back));
            prop_assert_eq!((standing.state, standing.since), (before.state, before.since));
        }
    }
}
