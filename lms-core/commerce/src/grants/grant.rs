//! One right of one person to one thing.
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{AccessSource, GrantStatus, Item, ItemKind, NextAction, RevokeReason};
use lms_kernel::{Context, EntityKind, Id, Timestamp};
use lms_people::identity::Membership;
use lms_store::{Col, Direction, Query, Record, Stamp};

/// One right of one person to one item, with its source.
///
/// There is one grant per source and item, so that granting twice is impossible. A package or
/// program gives a grant for itself and one for each item in it, which refer to it as their parent;
/// the same item from another source is another grant, and survives on its own.
///
/// # Lifecycle
///
/// ```
/// use lms_commerce::{GrantEvent, GrantStatus};
/// use lms_kernel::machine::Step;
///
/// let resting = GrantStatus::Active.apply(GrantEvent::Suspend)?;
/// assert_eq!(resting, Step::Applied(GrantStatus::Suspended));
/// let again = GrantStatus::Suspended.apply(GrantEvent::Resume)?;
/// assert_eq!(again, Step::Applied(GrantStatus::Active));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Pitfalls
/// - Ask [`access_to`](crate::access_to) with all grants of a person; a single revoked one says
///   nothing.
/// - A grant ends at its time with or without the job that marks it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(
    table = "grants",
    unique(source_id, target_kind, target_id),
    index(holder_id, target_id),
    index(parent_id),
    index(next_action_at)
)]
pub struct Grant {
    /// The grant's id.
    pub id: Id<Grant>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// Who may use it.
    pub holder_id: Id<Membership>,
    /// What it gives access to.
    #[record(prefixed)]
    pub target: Item,
    /// What it comes from.
    #[record(prefixed)]
    pub source: AccessSource,
    /// The grant of the package or program that it is a part of.
    pub parent_id: Option<Id<Grant>>,
    /// Its status.
    pub status: GrantStatus,
    /// Why it was taken away, if it was.
    pub revoke_reason: Option<RevokeReason>,
    /// From when it gives access.
    pub starts_at: Timestamp,
    /// Up to when it gives access; for ever when there is none.
    pub ends_at: Option<Timestamp>,
    /// When time next changes its status.
    pub next_action_at: NextAction,
}

impl Grant {
    /// The kind of record in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("grant");
    /// The column `target_kind`.
    pub const TARGET_KIND: Col<Self, ItemKind> = Col::new("target_kind");
    /// The column `target_id`.
    pub const TARGET_ID: Col<Self, Uuid> = Col::new("target_id");
    /// The column `source_id`.
    pub const SOURCE_ID: Col<Self, Uuid> = Col::new("source_id");

    /// The grant of `target` to `holder` from now on, for ever.
    pub fn new(cx: &Context, holder: Id<Membership>, target: Item, source: AccessSource) -> Self {
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            holder_id: holder,
            target,
            source,
            parent_id: None,
            status: GrantStatus::Active,
            revoke_reason: None,
            starts_at: cx.now(),
            ends_at: None,
            next_action_at: NextAction::NEVER,
        }
    }

    /// The same, up to that time.
    #[must_use]
    pub fn until(mut self, end: Option<Timestamp>) -> Self {
        self.ends_at = end;
        self.next_action_at = end.into();
        self
    }

    /// The same, as a part of what `parent` gives, for the same time.
    #[must_use]
    pub fn part_of(mut self, parent: &Self) -> Self {
        self.parent_id = Some(parent.id);
        self.starts_at = parent.starts_at;
        self.until(parent.ends_at)
    }

    /// Whether it gives access at that time. It does not wait for anyone to mark it as expired.
    pub fn gives_access(&self, now: Timestamp) -> bool {
        self.status == GrantStatus::Active
            && self.starts_at <= now
            && self.ends_at.is_none_or(|end| now < end)
    }

    /// What came from one source.
    pub fn from_source(source: Uuid) -> Query<Self> {
        Query::filter(Self::SOURCE_ID.eq(source))
    }

    /// What came from any of these sources.
    pub fn from_sources(sources: impl IntoIterator<Item = Uuid>) -> Query<Self> {
        Query::filter(Self::SOURCE_ID.is_in(sources))
    }

    /// What that person has, or had, of that thing.
    pub fn held(holder: Id<Membership>, target: Item) -> Query<Self> {
        Query::filter(
            Self::HOLDER_ID
                .eq(holder)
                .and(Self::TARGET_ID.eq(target.id))
                .and(Self::TARGET_KIND.eq(target.kind)),
        )
    }

    /// What that person has, or had.
    pub fn of_holder(holder: Id<Membership>) -> Query<Self> {
        Query::filter(Self::HOLDER_ID.eq(holder))
    }

    /// The grants for which time has something to change, at that time.
    pub fn due(now: Timestamp) -> Query<Self> {
        Query::filter(Self::NEXT_ACTION_AT.le(NextAction::at(now)))
            .order_by(Self::NEXT_ACTION_AT, Direction::Asc)
    }
}
