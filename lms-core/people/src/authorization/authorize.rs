//! Checking permissions before anything else.
use std::{collections::HashMap, sync::Arc};

use lms_derive::DomainError;

use crate::{
    authorization::{
        Access, GrantScope, Permission, Permit, Place, Principal, Protected, Subject, decide,
    },
    identity::{GuardianLink, Membership, MembershipKind, MembershipStatus},
    tenancy::{OrgUnit, PlanState, TenantSettings, TenantStatus, UnitStatus, plan_state},
};
use lms_kernel::{Actor, ActorId, DomainError as _, Id};
use lms_store::{
    Record, StoreError, Transaction,
    audit::{Action, AuditEntry, Denial},
    operation::{Denied, Failure, Refusal},
};

/// Why someone was refused. What is to be shown to strangers is the kind, `forbidden`.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum AuthorizationError {
    /// No one has signed in.
    #[error("`{permission}` needs a person; sign in first")]
    #[fault(forbidden, message = "sign in first")]
    Anonymous {
        /// The permission that was requested.
        permission: Permission,
    },
    /// The person does not belong to the tenant.
    #[error("`{permission}` is for members of the tenant; join it first")]
    #[fault(forbidden, message = "this is for members; join first")]
    NotAMember {
        /// The permission that was requested.
        permission: Permission,
    },
    /// The person's membership is pending, suspended or over.
    #[error("`{permission}` needs an active membership, and this one is {status}")]
    #[fault(forbidden, message = "your membership is {status}; contact the administrators")]
    MembershipInactive {
        /// The permission that was requested.
        permission: Permission,
        /// The status of the membership.
        status: MembershipStatus,
    },
    /// The tenant is suspended and refuses changes, or is closed and refuses everything.
    #[error("`{permission}` is refused because the tenant is {status}")]
    #[fault(forbidden, message = "the organisation is {status} and takes no changes")]
    TenantInactive {
        /// The permission that was requested.
        permission: Permission,
        /// The status of the tenant.
        status: TenantStatus,
    },
    /// The tenant owes for its plan since longer than the grace, or its plan was cancelled:
    /// everything can be read, and nothing changed.
    #[error(
        "`{permission}` is refused because the plan of the tenant is {state}; pay what is due, or \
         choose a plan, to go on"
    )]
    #[fault(
        forbidden,
        message = "the plan is {state}; pay what is due, or choose a plan, to go on"
    )]
    PlanInactive {
        /// The permission that was requested.
        permission: Permission,
        /// The status of the plan.
        state: PlanState,
    },
    /// The unit, or one above it, is closed and refuses changes.
    #[error("`{permission}` is refused because the unit is inactive")]
    #[fault(forbidden, message = "this part of the organization is closed and takes no changes")]
    UnitInactive {
        /// The permission that was requested.
        permission: Permission,
        /// The unit that is inactive.
        unit: Id<OrgUnit>,
    },
    /// No role permits it there, or one forbids it.
    #[error("`{permission}` is not permitted for {place}: {why}")]
    #[fault(forbidden, message = "you may not do this; ask an administrator for the permission")]
    NotPermitted {
        /// The permission that was requested.
        permission: Permission,
        /// The place it was asked for.
        place: Place,
        /// Which role forbids it or permits it elsewhere.
        why: String,
    },
    /// It judges, grants or pays, and is the actor's own, or what they asked for.
    #[error("`{permission}` is for what belongs to others; ask a colleague to decide this")]
    #[fault(forbidden, message = "this is your own; ask a colleague to decide it")]
    OwnThing {
        /// The permission that was requested.
        permission: Permission,
    },
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

impl Refusal for AuthorizationError {
    fn into_failure(self) -> Failure<Self> {
        let denied = |permission: &Permission| {
            let message = match permission.allows() {
                Some(allows) => format!("you may not {allows} here; ask an administrator"),
                None => "you may not do this here; ask an administrator".to_owned(),
            };
            Denied {
                permission: permission.clone(),
                code: self.code(),
                message,
                diagnostic: self.to_string(),
            }
        };
        let message = |denied: Denied, message: &str| {
            Failure::Denied(Denied { message: message.to_owned(), ..denied })
        };
        match &self {
            Self::Store(_) => {}
            Self::NotPermitted { permission, .. } | Self::UnitInactive { permission, .. } => {
                return Failure::Denied(denied(permission));
            }
            Self::Anonymous { permission } => {
                return message(denied(permission), "sign in first");
            }
            Self::NotAMember { permission } => {
                return message(denied(permission), "join the school first");
            }
            Self::MembershipInactive { permission, .. } => {
                return message(denied(permission), "your membership is not active");
            }
            Self::TenantInactive { permission, .. } => {
                return message(denied(permission), "the school is not open for changes");
            }
            Self::PlanInactive { permission, .. } => {
                let text = "the school's plan does not allow changes until it is paid";
                return message(denied(permission), text);
            }
            Self::OwnThing { permission } => {
                return message(denied(permission), "ask a colleague to decide on what is yours");
            }
        }
        match self {
            Self::Store(error) => Failure::Store(error),
            error => Failure::Refused(error),
        }
    }
}

/// Asks whether the actor may do what `permission` says to a thing. Whose it is, who leads it and
/// where it is, the thing says itself; see [`Subject`].
///
/// The system itself may do everything: code that runs as [`Actor::System`] answers for it. An
/// anonymous caller may do nothing. A user acts through their membership in the tenant, and must be
/// granted the permission (see [`decide`]); a suspended tenant, and one whose plan is suspended or
/// cancelled, still lets them read. Where the transaction includes the platform, the platform's own
/// people act by their platform roles.
///
/// A permission that judges, grants or pays is refused on the
/// actor's own things, whatever roles they have; only where the actor is the tenant's one member of
/// staff and its settings say so it is not, and then the trail says it. A refusal is noted for the audit trail and
/// survives the rollback of the work.
///
/// # Errors
/// [`AuthorizationError`], which names the permission and says why.
pub async fn authorize_on<T: Protected>(
    tx: &mut Transaction,
    permission: Permission,
    thing: &T,
) -> Result<Permit, AuthorizationError> {
    let subject = thing.subject(tx).await?;
    authorize_subject(tx, permission, &subject).await
}

/// Whether the actor may do what `permission` says to a thing, for services that show less instead
/// of refusing. Nothing is noted.
///
/// # Errors
/// [`StoreError`] if the answer cannot be found out.
pub async fn is_permitted_on<T: Protected>(
    tx: &mut Transaction,
    permission: Permission,
    thing: &T,
) -> Result<bool, StoreError> {
    let subject = thing.subject(tx).await?;
    match examine_subject(tx, &permission, &subject).await {
        Ok(_) => {
            tx.note_permit();
            Ok(true)
        }
        Err(AuthorizationError::Store(error)) => Err(error),
        Err(_) => Ok(false),
    }
}

/// The record with that id, after asking for `permission` on it. Where there is none, an actor who
/// could not have had it anywhere in the tenant gets the same refusal as for one that is there.
///
/// # Errors
/// [`AuthorizationError`]; [`StoreError::NotFound`] within it.
pub async fn get_authorized<R: Record + Protected>(
    tx: &mut Transaction,
    permission: Permission,
    id: Id<R>,
) -> Result<R, AuthorizationError> {
    let found = tx.get(id).await?;
    found_authorized(tx, permission, found, id).await
}

/// The same, held until the transaction ends.
///
/// # Errors
/// As of [`get_authorized`].
pub async fn lock_authorized<R: Record + Protected>(
    tx: &mut Transaction,
    permission: Permission,
    id: Id<R>,
) -> Result<R, AuthorizationError> {
    let found = match tx.lock(id).await {
        Err(StoreError::NotFound { .. }) => None,
        other => Some(other?),
    };
    found_authorized(tx, permission, found, id).await
}

/// The record with that id, for a service that asks about it in a way of its own. Where there is
/// none, an actor who may not do it in the whole tenant is refused as for one that is there.
///
/// # Errors
/// [`AuthorizationError`]; [`StoreError::NotFound`] within it.
pub async fn require_for<R: Record>(
    tx: &mut Transaction,
    permission: Permission,
    id: Id<R>,
) -> Result<R, AuthorizationError> {
    if let Some(found) = tx.get(id).await? {
        return Ok(found);
    }
    authorize_subject(tx, permission, &Subject::default()).await?;
    Err(StoreError::NotFound { table: R::TABLE, id: id.uuid() }.into())
}

async fn found_authorized<R: Record + Protected>(
    tx: &mut Transaction,
    permission: Permission,
    found: Option<R>,
    id: Id<R>,
) -> Result<R, AuthorizationError> {
    let Some(found) = found else {
        authorize_subject(tx, permission, &Subject::default()).await?;
        return Err(StoreError::NotFound { table: R::TABLE, id: id.uuid() }.into());
    };
    let subject = found.subject(tx).await?;
    authorize_subject(tx, permission, &subject).await?;
    Ok(found)
}

// Not generic, so that it compiles once.
async fn authorize_subject(
    tx: &mut Transaction,
    permission: Permission,
    subject: &Subject,
) -> Result<Permit, AuthorizationError> {
    let places = subject.places();
    match examine_subject(tx, &permission, subject).await {
        Ok(member) => {
            if is_own_decision(&permission, subject, member) {
                note_own_decision(tx, &permission, places.main());
            }
            tx.note_permit();
            Ok(Permit::new(permission, places, member))
        }
        Err(error) => {
            note_denial(tx, &permission, places.main(), &error);
            Err(error)
        }
    }
}

/// Whether a member would judge, grant or pay what is their own, or what they asked for.
fn is_own_decision(permission: &Permission, subject: &Subject, me: Option<Id<Membership>>) -> bool {
    permission.is_never_on_own() && me.is_some_and(|me| subject.is_own_of(me))
}

async fn examine_subject(
    tx: &mut Transaction,
    permission: &Permission,
    subject: &Subject,
) -> Result<Option<Id<Membership>>, AuthorizationError> {
    let permission = permission.clone();
    let actor = match tx.actor() {
        Actor::System { .. } => return Ok(None),
        Actor::User(actor) => *actor,
        Actor::Anonymous => return Err(AuthorizationError::Anonymous { permission }),
    };
    let principal = Principal::of(tx, actor).await?;
    check_standing(&principal, &permission)?;
    check_plan(tx, &principal, &permission).await?;
    let me = principal.membership().map(|it| it.id);
    let is_own = is_own_decision(&permission, subject, me)
        || is_money_of_ward(tx, &permission, subject, me).await?;
    if is_own && !decides_alone(tx, &principal).await? {
        return Err(AuthorizationError::OwnThing { permission });
    }
    let units = units_of(tx, &principal, &permission, subject).await?;
    let decision = decide(principal.grants(), &permission, subject, &units);
    if decision.is_allowed() {
        return Ok(me);
    }
    let (place, why) = (subject.places().main(), decision.to_string());
    Err(AuthorizationError::NotPermitted { permission, place, why })
}

/// Permissions that move money to or for the person it is about.
const MONEY: [Permission; 5] = [
    Permission::ORDERS_REVIEW_PROOF,
    Permission::PAYMENTS_RECORD,
    Permission::PAYMENTS_REFUND,
    Permission::WALLETS_ADJUST,
    Permission::PAYOUTS_MANAGE,
];

/// Whether a guardian would decide on money of their ward's, which is as good as their own.
async fn is_money_of_ward(
    tx: &mut Transaction,
    permission: &Permission,
    subject: &Subject,
    me: Option<Id<Membership>>,
) -> Result<bool, StoreError> {
    let (Some(me), Some(owner)) = (me, subject.owner) else { return Ok(false) };
    if !MONEY.contains(permission) {
        return Ok(false);
    }
    let guardians = tx.all(GuardianLink::of_student(owner)).await?;
    Ok(guardians.iter().any(|it| it.guardian_id == me))
}

/// Whether the actor is the tenant's one member of staff, and its settings let that person decide
/// on what is their own.
async fn decides_alone(tx: &mut Transaction, principal: &Principal) -> Result<bool, StoreError> {
    const STAFF: [MembershipKind; 2] = [MembershipKind::Staff, MembershipKind::Admin];
    if principal.membership().is_none_or(|it| !STAFF.contains(&it.kind)) {
        return Ok(false);
    }
    let settings = tx.recall(TenantSettings::id_of(tx.cx())).await?;
    if !settings.is_some_and(|it| it.decides_alone) {
        return Ok(false);
    }
    Ok(tx.count(Membership::active(STAFF)).await? == 1)
}

/// Notes that the tenant's one member of staff decides on what is their own.
fn note_own_decision(tx: &mut Transaction, permission: &Permission, place: Place) {
    let what = serde_json::json!({ "decided_on_own": permission.as_str() });
    let entry = AuditEntry::of(tx.cx(), Action::Update, place.kind(), place.id(), what);
    tx.record_audit(entry);
}

/// The unit of a thing with those above it, and those of its owner. An inactive unit of the thing
/// refuses changes.
async fn units_of(
    tx: &mut Transaction,
    principal: &Principal,
    permission: &Permission,
    subject: &Subject,
) -> Result<Vec<Id<OrgUnit>>, AuthorizationError> {
    let by_unit = principal
        .grants()
        .iter()
        .any(|it| matches!(it.scope, GrantScope::Unit(_)) && it.pattern.matches(permission));
    let changes = permission.access() == Access::Write && *permission != Permission::UNITS_MANAGE;
    let mut units = Vec::new();
    if let Some(unit) = subject.unit.filter(|_| by_unit || changes) {
        for (unit, status) in line_of(tx, unit).await?.iter() {
            if changes && *status == UnitStatus::Inactive {
                let permission = permission.clone();
                return Err(AuthorizationError::UnitInactive { permission, unit: *unit });
            }
            units.push(*unit);
        }
    }
    if by_unit
        && let Some(owner) = subject.owner
        && let Some(unit) = unit_of(tx, principal, owner).await?
    {
        units.extend(line_of(tx, unit).await?.iter().map(|(unit, _)| *unit));
    }
    Ok(units)
}

/// The active membership of the actor of `cx`; for operations that everyone may run for
/// themselves. A refusal is noted for the audit trail, as by [`authorize_on`].
///
/// # Errors
/// [`AuthorizationError`] if no one has signed in, the actor is the system, the membership is not
/// active, or the tenant's status forbids it. `permission` is what the error names.
pub async fn acting_member(
    tx: &mut Transaction,
    permission: Permission,
) -> Result<Membership, AuthorizationError> {
    let found = find_acting(tx, &permission).await;
    match &found {
        Ok(_) => tx.note_permit(),
        Err(error) => note_denial(tx, &permission, Place::Tenant, error),
    }
    found
}

async fn find_acting(
    tx: &mut Transaction,
    permission: &Permission,
) -> Result<Membership, AuthorizationError> {
    let anonymous = || AuthorizationError::Anonymous { permission: permission.clone() };
    let actor = tx.actor_id().ok_or_else(anonymous)?;
    let principal = Principal::of(tx, actor).await?;
    check_standing(&principal, permission)?;
    check_plan(tx, &principal, permission).await?;
    // The platform's own people need no membership to act, and have none to act by.
    let permission = permission.clone();
    match principal.membership() {
        None => Err(AuthorizationError::NotAMember { permission }),
        Some(member) if member.status == MembershipStatus::Active => Ok(member.clone()),
        Some(member) => {
            Err(AuthorizationError::MembershipInactive { permission, status: member.status })
        }
    }
}

/// The user who acts, member or not; for services by which people join. A refusal is noted.
pub(crate) fn signed_in(
    tx: &mut Transaction,
    permission: Permission,
) -> Result<ActorId, AuthorizationError> {
    if let Some(actor) = tx.actor_id() {
        tx.note_permit();
        return Ok(actor);
    }
    let error = AuthorizationError::Anonymous { permission: permission.clone() };
    note_denial(tx, &permission, Place::Tenant, &error);
    Err(error)
}

/// Who asks for a list, and who they are where the permission is never used on one's own things;
/// nothing for the system.
pub(super) async fn list_principal(
    tx: &mut Transaction,
    permission: &Permission,
) -> Result<Option<(Arc<Principal>, Option<Id<Membership>>)>, AuthorizationError> {
    let actor = match tx.actor() {
        Actor::System { .. } => return Ok(None),
        Actor::User(actor) => *actor,
        Actor::Anonymous => {
            return Err(AuthorizationError::Anonymous { permission: permission.clone() });
        }
    };
    let principal = Principal::of(tx, actor).await?;
    check_standing(&principal, permission)?;
    check_plan(tx, &principal, permission).await?;
    let mut own = principal.membership().map(|it| it.id);
    if !permission.is_never_on_own() || decides_alone(tx, &principal).await? {
        own = None;
    }
    Ok(Some((principal, own)))
}

/// Notes a refusal for the audit trail; a failure of the store is none.
pub(super) fn note_denial(
    tx: &mut Transaction,
    permission: &Permission,
    place: Place,
    error: &AuthorizationError,
) {
    if !matches!(error, AuthorizationError::Store(_)) {
        tx.record_denial(Denial {
            asked: permission.to_string(),
            reason: error.to_string(),
            entity_kind: place.kind().to_owned(),
            entity_id: place.id(),
        });
    }
}

fn acts_for_platform(principal: &Principal) -> bool {
    principal.grants().iter().any(|it| it.scope == GrantScope::Platform)
}

/// Refuses changes while the tenant's plan is suspended or cancelled; the platform's own people
/// make them nevertheless.
async fn check_plan(
    tx: &mut Transaction,
    principal: &Principal,
    permission: &Permission,
) -> Result<(), AuthorizationError> {
    if permission.access() != Access::Write || acts_for_platform(principal) {
        return Ok(());
    }
    let state = plan_state(tx).await?;
    match state.is_read_only() {
        true => Err(AuthorizationError::PlanInactive { permission: permission.clone(), state }),
        false => Ok(()),
    }
}

/// Refuses anyone who is not an active member, and what the tenant's status forbids; the platform's
/// own people need neither.
fn check_standing(
    principal: &Principal,
    permission: &Permission,
) -> Result<(), AuthorizationError> {
    if acts_for_platform(principal) {
        return Ok(());
    }
    let permission = permission.clone();
    match principal.membership().map(|it| it.status) {
        None => return Err(AuthorizationError::NotAMember { permission }),
        Some(MembershipStatus::Active) => {}
        Some(status) => return Err(AuthorizationError::MembershipInactive { permission, status }),
    }
    let status = principal.tenant_status().unwrap_or(TenantStatus::Closed);
    let refused = match status {
        TenantStatus::Active => false,
        TenantStatus::Suspended => permission.access() == Access::Write,
        TenantStatus::Closed => true,
    };
    match refused {
        true => Err(AuthorizationError::TenantInactive { permission, status }),
        false => Ok(()),
    }
}

async fn unit_of(
    tx: &mut Transaction,
    principal: &Principal,
    member: Id<Membership>,
) -> Result<Option<Id<OrgUnit>>, StoreError> {
    match principal.membership() {
        Some(own) if own.id == member => Ok(own.org_unit_id),
        _ => Ok(tx.get(member).await?.and_then(|it| it.org_unit_id)),
    }
}

type UnitLine = Arc<Vec<(Id<OrgUnit>, UnitStatus)>>;

/// The units that a transaction has looked up.
#[derive(Debug, Default)]
struct KnownUnits(HashMap<Id<OrgUnit>, UnitLine>);

/// Forgets the units that the transaction looked up, after a change to the tree in it.
pub(crate) fn forget_units(tx: &mut Transaction) {
    tx.remove_extension::<KnownUnits>();
}

/// The unit and those above it, with their status; empty for a unit that does not exist.
pub(super) async fn line_of(
    tx: &mut Transaction,
    unit: Id<OrgUnit>,
) -> Result<UnitLine, StoreError> {
    if let Some(known) = tx.extension::<KnownUnits>().and_then(|it| it.0.get(&unit)) {
        return Ok(Arc::clone(known));
    }
    let line = match tx.get(unit).await? {
        None => Vec::new(),
        Some(found) => {
            let mut line = vec![(found.id, found.status)];
            let above: Vec<_> = found.path.ancestors().collect();
            if !above.is_empty() {
                let above = tx.get_many::<OrgUnit>(&above).await?;
                line.extend(above.into_iter().map(|it| (it.id, it.status)));
            }
            line
        }
    };
    let line = Arc::new(line);
    let mut known = tx.remove_extension::<KnownUnits>().unwrap_or_default();
    known.0.insert(unit, Arc::clone(&line));
    tx.set_extension(known);
    Ok(line)
}
