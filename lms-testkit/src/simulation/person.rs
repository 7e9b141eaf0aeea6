//! Who acts in a simulation, and what the table of roles lets them do.
use lms_core::{
    authorization::{BuiltinRole, Effect, Permission, Reach},
    identity::{Membership, User},
    kernel::{Actor, Id},
};

/// A person, and what they may do by the table of roles.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) name: &'static str,
    pub(crate) actor: Actor,
    pub(crate) member: Option<Id<Membership>>,
    /// The learners whose guardian they are.
    pub(crate) wards: Vec<Id<Membership>>,
    pub(crate) roles: Vec<BuiltinRole>,
}

impl Person {
    pub(crate) fn system() -> Self {
        let actor = Actor::system("simulation");
        Self { name: "system", actor, member: None, wards: Vec::new(), roles: Vec::new() }
    }

    pub(crate) fn nobody() -> Self {
        let actor = Actor::Anonymous;
        Self { name: "nobody", actor, member: None, wards: Vec::new(), roles: Vec::new() }
    }

    pub(crate) fn member(
        name: &'static str,
        user: &User,
        member: Id<Membership>,
        roles: Vec<BuiltinRole>,
    ) -> Self {
        let actor = Actor::User(user.actor_id());
        Self { name, actor, member: Some(member), wards: Vec::new(), roles }
    }

    /// The same person in a tenant to which they do not belong.
    pub(crate) fn as_stranger(&self) -> Self {
        let (member, wards, roles) = (None, Vec::new(), Vec::new());
        Self { member, wards, roles, ..self.clone() }
    }

    /// Whether it is the system, which may do everything.
    pub(crate) const fn is_system(&self) -> bool {
        matches!(self.actor, Actor::System { .. })
    }

    /// How far the table of roles lets them do it; empty where it does not.
    pub(crate) fn reaches(&self, permissions: &[Permission]) -> Vec<Reach> {
        let lines = self.roles.iter().flat_map(|it| it.lines());
        let allowing = lines.filter(|line| {
            line.effect == Effect::Allow && permissions.iter().any(|it| line.pattern.matches(it))
        });
        allowing.map(|it| it.reach).collect()
    }
}
