//! The records that an actor may see, as the condition of a query.
use std::{
    collections::{HashMap, hash_map::Entry},
    future::{Future, ready},
};

use uuid::Uuid;

use crate::{
    authorization::{
        AuthorizationError, Decision, Effect, Grant, GrantScope, Permission, Place, Protected,
        Reach,
        authorize::{list_principal, note_denial},
    },
    identity::Membership,
    tenancy::OrgUnit,
};
use lms_kernel::Id;
use lms_store::{Col, Filter, Query, Record, StoreError, Transaction};

/// People, as a query names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum People {
    /// These.
    These(Vec<Id<Membership>>),
    /// Those who belong to one of these units.
    OfUnits(Vec<Id<OrgUnit>>),
}

impl People {
    /// The records whose column names one of them.
    pub fn in_column<R: Record>(&self, column: Col<R, Id<Membership>>) -> Filter<R> {
        match self {
            Self::These(people) => column.is_in(people.iter().copied()),
            Self::OfUnits(units) => column.in_records(Membership::ID, of_units(units)),
        }
    }

    /// The same of a column that may be empty; an empty one names no one.
    pub fn in_optional<R: Record>(&self, column: Col<R, Option<Id<Membership>>>) -> Filter<R> {
        let named = match self {
            Self::These(people) => column.is_some_in(people.iter().copied()),
            Self::OfUnits(units) => column.in_records(Membership::ID, of_units(units)),
        };
        column.is_not_null().and(named)
    }

    /// The members themselves.
    pub fn themselves(&self) -> Filter<Membership> {
        match self {
            Self::These(people) => Membership::ID.is_in(people.iter().copied()),
            Self::OfUnits(units) => of_units(units),
        }
    }
}

fn of_units(units: &[Id<OrgUnit>]) -> Filter<Membership> {
    in_units(Membership::ORG_UNIT_ID, units)
}

/// The records whose unit is one of these; a record without a unit is in none of them.
pub fn in_units<R: Record>(
    column: Col<R, Option<Id<OrgUnit>>>,
    units: &[Id<OrgUnit>],
) -> Filter<R> {
    column.is_not_null().and(column.is_some_in(units.iter().copied()))
}

/// A record that lists show: what its [`Subject`](super::Subject) says of one record, as
/// conditions on all of them.
///
/// Each condition is true or false of every record, never unknown, so that its opposite hides
/// what a denial covers and nothing else. What a kind of record does not have (an owner, a course,
/// leaders) is left out, and then no record matches.
pub trait Listed: Protected + Record {
    /// Those whose owner is one of these people.
    fn owned_by(_people: &People) -> Filter<Self> {
        Filter::none()
    }

    /// Those that belong to one of these units themselves; their owners' units are looked at
    /// besides.
    fn in_units(
        _tx: &mut Transaction,
        _units: &[Id<OrgUnit>],
    ) -> impl Future<Output = Result<Filter<Self>, StoreError>> + Send {
        ready(Ok(Filter::none()))
    }

    /// Those that belong to that course.
    fn in_course(
        _tx: &mut Transaction,
        _course: Uuid,
    ) -> impl Future<Output = Result<Filter<Self>, StoreError>> + Send {
        ready(Ok(Filter::none()))
    }

    /// Those that belong to that class.
    fn in_class(
        _tx: &mut Transaction,
        _class: Uuid,
    ) -> impl Future<Output = Result<Filter<Self>, StoreError>> + Send {
        ready(Ok(Filter::none()))
    }

    /// Those that this person leads.
    fn led_by(
        _tx: &mut Transaction,
        _leader: Id<Membership>,
    ) -> impl Future<Output = Result<Filter<Self>, StoreError>> + Send {
        ready(Ok(Filter::none()))
    }
}

/// The records of a kind on which the actor has that permission: those, and only those, on which
/// [`authorize_on`](super::authorize_on) would allow it.
///
/// An actor who has the permission on nothing at all is refused; one who has it on their own
/// things, in a unit or in the courses that they lead gets a query for these, which may find
/// nothing. It takes a number of statements that depends on the actor's roles and not on how many
/// records there are.
///
/// # Errors
/// [`AuthorizationError`]. A refusal is noted for the audit trail.
pub async fn authorize_list<R: Listed>(
    tx: &mut Transaction,
    permission: Permission,
) -> Result<Query<R>, AuthorizationError> {
    match grants_for(tx, &permission).await {
        Ok(grants) => Ok(listed(tx, grants).await?),
        Err(error) => {
            note_denial(tx, &permission, Place::Tenant, &error);
            Err(error)
        }
    }
}

/// The same, for services that show less instead of refusing: nothing where the actor is refused.
/// Nothing is noted.
///
/// # Errors
/// [`StoreError`] if the answer cannot be found out.
pub async fn list_permitted<R: Listed>(
    tx: &mut Transaction,
    permission: Permission,
) -> Result<Option<Query<R>>, StoreError> {
    match grants_for(tx, &permission).await {
        Ok(grants) => Ok(Some(listed(tx, grants).await?)),
        Err(AuthorizationError::Store(error)) => Err(error),
        Err(_) => Ok(None),
    }
}

/// What an actor is granted of a permission, and who they are where it is never used on one's own
/// things.
type Grants = (Vec<Grant>, Option<Id<Membership>>);

async fn listed<R: Listed>(
    tx: &mut Transaction,
    grants: Option<Grants>,
) -> Result<Query<R>, StoreError> {
    let Some((grants, never)) = grants else {
        tx.note_permit();
        return Ok(Query::all());
    };
    let mut units = HashMap::new();
    let (mut shown, mut hidden) = (Vec::new(), Vec::new());
    for grant in &grants {
        let records = records_of::<R>(tx, grant, &mut units).await?;
        match grant.effect {
            Effect::Allow => shown.push(records),
            Effect::Deny => hidden.push(records),
        }
    }
    let mut query = match shown.iter().any(Option::is_none) {
        true => Query::all(),
        false => Query::filter(Filter::any(shown.into_iter().flatten())),
    };
    hidden.extend(never.map(|me| Some(R::owned_by(&People::These(vec![me])))));
    if !hidden.is_empty() {
        query = query.and(!Filter::any(hidden.into_iter().flatten()));
    }
    tx.note_permit();
    Ok(query)
}

/// What the actor is granted; nothing for the system, who sees everything. Not generic, so that it
/// compiles once.
async fn grants_for(
    tx: &mut Transaction,
    permission: &Permission,
) -> Result<Option<Grants>, AuthorizationError> {
    let Some((principal, never)) = list_principal(tx, permission).await? else { return Ok(None) };
    let grants = principal.grants().iter().filter(|it| it.pattern.matches(permission));
    let grants: Vec<_> = grants.cloned().collect();
    refuse_nothing(permission, &grants)?;
    Ok(Some((grants, never)))
}

/// Refuses an actor whom no line allows it anywhere, or one of whose lines denies it everywhere.
fn refuse_nothing(permission: &Permission, grants: &[Grant]) -> Result<(), AuthorizationError> {
    let everywhere = |it: &&Grant| it.effect == Effect::Deny && it.is_everything();
    let decision = match grants.iter().find(everywhere) {
        Some(by) => Decision::Denied { by: by.clone() },
        None if grants.iter().any(|it| it.effect == Effect::Allow) => return Ok(()),
        None => Decision::NotGranted { elsewhere: None },
    };
    let (permission, why) = (permission.clone(), decision.to_string());
    Err(AuthorizationError::NotPermitted { permission, place: Place::Tenant, why })
}

/// The records that a grant reaches; nothing for all of them.
async fn records_of<R: Listed>(
    tx: &mut Transaction,
    grant: &Grant,
    units: &mut HashMap<Id<OrgUnit>, Vec<Id<OrgUnit>>>,
) -> Result<Option<Filter<R>>, StoreError> {
    let place = match grant.scope {
        GrantScope::Platform | GrantScope::Tenant => None,
        GrantScope::Course(course) => Some(R::in_course(tx, course).await?),
        GrantScope::Class(class) => Some(R::in_class(tx, class).await?),
        GrantScope::Unit(unit) => {
            let below = match units.entry(unit) {
                Entry::Occupied(known) => known.get().clone(),
                Entry::Vacant(new) => new.insert(units_below(tx, unit).await?).clone(),
            };
            let own = R::in_units(tx, &below).await?;
            Some(own.or(R::owned_by(&People::OfUnits(below))))
        }
    };
    let people = match (grant.reach, &grant.members) {
        (Reach::All, _) | (Reach::Led, None) => None,
        (Reach::Own | Reach::Wards, members) => {
            let people = members.clone().unwrap_or_default();
            Some(R::owned_by(&People::These(people)))
        }
        (Reach::Led, Some(members)) => {
            let mut led = Vec::new();
            for leader in members {
                led.push(R::led_by(tx, *leader).await?);
            }
            Some(Filter::any(led))
        }
    };
    Ok(match (place, people) {
        (Some(place), Some(people)) => Some(place.and(people)),
        (place, people) => place.or(people),
    })
}

/// The unit and all units below it.
async fn units_below(
    tx: &mut Transaction,
    unit: Id<OrgUnit>,
) -> Result<Vec<Id<OrgUnit>>, StoreError> {
    let Some(unit) = tx.recall(unit).await? else { return Ok(Vec::new()) };
    let below = tx.all(OrgUnit::subtree(&unit.path)).await?;
    Ok(below.into_iter().map(|it| it.id).collect())
}

impl Listed for Membership {
    fn owned_by(people: &People) -> Filter<Self> {
        people.themselves()
    }

    async fn in_units(
        _: &mut Transaction,
        units: &[Id<OrgUnit>],
    ) -> Result<Filter<Self>, StoreError> {
        Ok(of_units(units))
    }
}

impl Listed for OrgUnit {
    async fn in_units(
        _: &mut Transaction,
        units: &[Id<OrgUnit>],
    ) -> Result<Filter<Self>, StoreError> {
        Ok(OrgUnit::ID.is_in(units.iter().copied()))
    }
}
