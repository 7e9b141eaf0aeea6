//! The roles that every tenant starts with, and what they allow.
use lms_derive::TextEnum;

use crate::authorization::{
    Effect, Permission, PermissionPattern, Reach, RoleLevel, RoleLine, builtin_lines as lines,
};

/// A role that every tenant has from the start.
///
/// What it allows is copied into the tenant's own [`Role`](crate::authorization::Role) when the
/// tenant is opened, and is the tenant's to change from then on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, TextEnum)]
#[non_exhaustive]
pub enum BuiltinRole {
    /// Runs the platform, in every tenant; not a role that a tenant can give.
    #[text("platform_admin", "super_admin")]
    PlatformAdmin,
    /// Runs the tenant.
    #[text("admin")]
    Admin,
    /// Runs a unit: its people, classes and progress.
    #[text("supervisor", "centre_manager")]
    Supervisor,
    /// Writes courses, teaches classes and marks.
    #[text("instructor", "teacher", "tutor")]
    Instructor,
    /// Marks tests and coursework, and observes learners.
    #[text("assessor")]
    Assessor,
    /// Looks after orders, payments and books.
    #[text("finance")]
    Finance,
    /// Helps people with their requests.
    #[text("support")]
    Support,
    /// Works for the tenant.
    #[text("staff", "tenant_staff")]
    Staff,
    /// Learns.
    #[text("student", "learner")]
    Student,
    /// Is responsible for learners.
    #[text("guardian", "parent")]
    Guardian,
}

impl BuiltinRole {
    /// The roles that a tenant can give: all but the platform's.
    pub fn of_tenants() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|it| it.level() != RoleLevel::Platform)
    }

    /// The name that people read, in English; a tenant may change it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::PlatformAdmin => "Platform administrator",
            Self::Admin => "Administrator",
            Self::Supervisor => "Supervisor",
            Self::Instructor => "Instructor",
            Self::Assessor => "Assessor",
            Self::Finance => "Finance",
            Self::Support => "Support",
            Self::Staff => "Staff",
            Self::Student => "Student",
            Self::Guardian => "Guardian",
        }
    }

    /// The narrowest place that the role can be given for.
    pub const fn level(self) -> RoleLevel {
        match self {
            Self::PlatformAdmin => RoleLevel::Platform,
            Self::Admin | Self::Staff | Self::Student | Self::Guardian => RoleLevel::Tenant,
            Self::Supervisor | Self::Finance | Self::Support => RoleLevel::Unit,
            Self::Instructor | Self::Assessor => RoleLevel::Class,
        }
    }

    /// What the role allows from the start.
    pub fn lines(self) -> Vec<RoleLine> {
        let mut found = Vec::new();
        let mut allow = |reach, permissions: &[PermissionPattern]| {
            found.extend(permissions.iter().map(|pattern| RoleLine {
                effect: Effect::Allow,
                pattern: pattern.clone(),
                reach,
            }));
        };
        let own: Vec<_> = lines::MEMBER_OWN.iter().cloned().map(Into::into).collect();
        match self {
            Self::PlatformAdmin => {
                allow(Reach::All, &[PermissionPattern::from_static("platform.*")]);
                allow(Reach::All, &[PermissionPattern::EVERYTHING]);
                allow(Reach::All, &patterns(&[Permission::DATA_ERASE]));
            }
            Self::Admin => {
                allow(Reach::All, &[PermissionPattern::EVERYTHING]);
                allow(Reach::All, &patterns(Permission::GUARDED));
            }
            Self::Supervisor => {
                allow(Reach::All, &patterns(lines::STAFF_ALL));
                allow(Reach::Own, &patterns(lines::STAFF_OWN));
                allow(Reach::All, &patterns(lines::SUPERVISOR_ALL));
                allow(Reach::Own, &own);
            }
            Self::Instructor => {
                allow(Reach::All, &patterns(lines::STAFF_ALL));
                allow(Reach::Own, &patterns(lines::STAFF_OWN));
                allow(Reach::All, &patterns(lines::INSTRUCTOR_ALL));
                allow(Reach::Led, &patterns(lines::INSTRUCTOR_LED));
                allow(Reach::Own, &patterns(lines::INSTRUCTOR_OWN));
                allow(Reach::Own, &own);
            }
            Self::Assessor => {
                allow(Reach::All, &patterns(lines::STAFF_ALL));
                allow(Reach::Own, &patterns(lines::STAFF_OWN));
                allow(Reach::All, &patterns(lines::ASSESSOR_ALL));
                allow(Reach::Own, &own);
            }
            Self::Finance => {
                allow(Reach::All, &patterns(lines::STAFF_ALL));
                allow(Reach::Own, &patterns(lines::STAFF_OWN));
                allow(Reach::All, &patterns(lines::FINANCE_ALL));
                allow(Reach::Own, &own);
            }
            Self::Support => {
                allow(Reach::All, &patterns(lines::STAFF_ALL));
                allow(Reach::Own, &patterns(lines::STAFF_OWN));
                allow(Reach::All, &patterns(lines::SUPPORT_ALL));
                allow(Reach::Own, &own);
            }
            Self::Staff => {
                allow(Reach::All, &patterns(lines::STAFF_ALL));
                allow(Reach::Own, &patterns(lines::STAFF_OWN));
                allow(Reach::Own, &own);
            }
            Self::Student => {
                allow(Reach::All, &patterns(lines::CATALOGUE_ALL));
                allow(Reach::Own, &own);
                allow(Reach::Own, &patterns(lines::STUDENT_OWN));
            }
            Self::Guardian => {
                allow(Reach::All, &patterns(lines::CATALOGUE_ALL));
                allow(Reach::Own, &own);
                allow(Reach::Own, &patterns(lines::GUARDIAN_OWN));
                allow(Reach::Wards, &patterns(lines::GUARDIAN_WARDS));
            }
        }
        found
    }
}

fn patterns(permissions: &[Permission]) -> Vec<PermissionPattern> {
    permissions.iter().cloned().map(Into::into).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_the_source_schemas_are_read() {
        for (name, role) in [
            ("teacher", BuiltinRole::Instructor),
            ("tutor", BuiltinRole::Instructor),
            ("parent", BuiltinRole::Guardian),
            ("super_admin", BuiltinRole::PlatformAdmin),
            ("tenant_staff", BuiltinRole::Staff),
            ("Student", BuiltinRole::Student),
        ] {
            assert_eq!(name.parse::<BuiltinRole>().unwrap(), role);
        }
        assert!("owner".parse::<BuiltinRole>().is_err());
    }

    #[test]
    fn no_role_of_a_tenant_reaches_the_platform() {
        for role in BuiltinRole::of_tenants() {
            for line in role.lines() {
                assert!(!line.pattern.matches(&Permission::PLATFORM_MANAGE_TENANTS), "{role}");
            }
        }
        assert_eq!(BuiltinRole::of_tenants().count(), 9);
    }

    #[test]
    fn no_role_lists_a_permission_twice_for_the_same_people() {
        for role in BuiltinRole::ALL {
            let lines = role.lines();
            for (at, line) in lines.iter().enumerate() {
                assert!(!lines[..at].contains(line), "{role}: {}", line.pattern);
            }
        }
    }
}
