//! The school as it stands in the store: where each name of the data file leads.
use std::collections::BTreeMap;

use lms::{
    assessment::{Assessment, AssessmentKind, Section, question::Question},
    authorization::BuiltinRole,
    commerce::Package,
    delivery::ClassGroup,
    identity::{Membership, Role, RoleAssignment},
    kernel::{Id, Money, Slug},
    store::{Query, Transaction},
    tenancy::OrgUnit,
};

use crate::{
    desk::{Desk, Failure, Person},
    setup::KEY,
};

/// Where each name leads.
pub(crate) struct World {
    pub(crate) finance: Person,
    pub(crate) branches: BTreeMap<Slug, Id<OrgUnit>>,
    pub(crate) package: Package,
    pub(crate) price: Money,
    pub(crate) test: Assessment,
    pub(crate) sections: Vec<Section>,
    /// The questions by the data file's ids.
    pub(crate) questions: BTreeMap<String, Question>,
    pub(crate) classes: Vec<ClassGroup>,
}

impl World {
    /// Reads it.
    pub(crate) async fn read(desk: &Desk) -> Result<Self, Failure> {
        let cx = desk.system();
        let finance = staff(desk, BuiltinRole::Finance).await?;
        let mut tx = desk.store.begin(&cx).await?;
        let units = tx.all(Query::<OrgUnit>::all()).await?;
        let branches = units.into_iter().filter_map(|it| Some((it.slug?, it.id))).collect();
        let package = tx.first(Query::<Package>::all()).await?.ok_or("there is no package")?;
        let price = package.price.ok_or("the package has no price")?;
        let placement = Query::filter(Assessment::KIND.eq(AssessmentKind::Placement));
        let test = tx.first(placement).await?.ok_or("there is no placement test")?;
        let sections = tx.all(Section::of_assessment(test.id)).await?;
        let questions = tx.all(Question::of_assessment(test.id)).await?;
        let questions = questions.into_iter().filter_map(|it| {
            let key = it.stamp.metadata.get(KEY)?.as_str()?.to_owned();
            Some((key, it))
        });
        let questions = questions.collect();
        let mut classes = tx.all(Query::<ClassGroup>::all()).await?;
        classes.sort_by(|a, b| (&a.level, a.org_unit_id).cmp(&(&b.level, b.org_unit_id)));
        tx.rollback().await?;
        Ok(Self { finance, branches, package, price, test, sections, questions, classes })
    }
}

/// The first of the staff with that role.
pub(crate) async fn staff(desk: &Desk, role: BuiltinRole) -> Result<Person, Failure> {
    let cx = desk.system();
    let mut tx = desk.store.begin(&cx).await?;
    let found = person_with(&mut tx, role).await?;
    tx.rollback().await?;
    found.ok_or_else(|| format!("nobody is `{role}`; the data file's `staff` must name one").into())
}

/// The first to whom a role was given.
pub(crate) async fn person_with(
    tx: &mut Transaction,
    role: BuiltinRole,
) -> Result<Option<Person>, Failure> {
    let Some(role) = tx.first(Role::by_key(role)).await? else { return Ok(None) };
    let given = Query::filter(RoleAssignment::ROLE_ID.eq(role.id));
    let Some(given) = tx.first(given).await? else { return Ok(None) };
    let member: Membership = tx.require(given.membership_id).await?;
    Ok(member.user_id.map(|user| Person { user, member: member.id }))
}
