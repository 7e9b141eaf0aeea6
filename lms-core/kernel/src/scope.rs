//! Whose rows an operation may see and change.

use crate::TenantId;

/// Whose rows an operation may see and change.
///
/// A scope is spelled out every time: it has no default, is not made from an `Option`, and is not
/// read from input. Rows outside a scope look as if they did not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// The rows of one tenant.
    Tenant(TenantId),
    /// What belongs to the platform itself, such as tenants and logins; no tenant's rows.
    Platform,
    /// One tenant and the platform together, for sign-up and invitations.
    TenantAndPlatform(TenantId),
    /// Everything: the rows of every tenant and of the platform, for relays and maintenance.
    AllTenants,
}

impl Scope {
    /// The one tenant this scope is about, if it is about one.
    pub const fn tenant(&self) -> Option<TenantId> {
        match self {
            Self::Tenant(tenant) | Self::TenantAndPlatform(tenant) => Some(*tenant),
            Self::Platform | Self::AllTenants => None,
        }
    }

    /// Whether rows that the platform owns are inside.
    pub const fn includes_platform(&self) -> bool {
        match self {
            Self::Platform | Self::TenantAndPlatform(_) | Self::AllTenants => true,
            Self::Tenant(_) => false,
        }
    }

    /// Whether the rows of `tenant` are inside.
    pub fn includes_tenant(&self, tenant: TenantId) -> bool {
        match self {
            Self::Tenant(own) | Self::TenantAndPlatform(own) => *own == tenant,
            Self::AllTenants => true,
            Self::Platform => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn each_scope_says_what_it_includes() {
        let (own, other) = (TenantId::SINGLE, TenantId::from_uuid(Uuid::from_u128(2)));
        for (scope, tenant, platform, includes_own, includes_other) in [
            (Scope::Tenant(own), Some(own), false, true, false),
            (Scope::Platform, None, true, false, false),
            (Scope::TenantAndPlatform(own), Some(own), true, true, false),
            (Scope::AllTenants, None, true, true, true),
        ] {
            assert_eq!(scope.tenant(), tenant);
            assert_eq!(scope.includes_platform(), platform);
            assert_eq!(scope.includes_tenant(own), includes_own);
            assert_eq!(scope.includes_tenant(other), includes_other);
        }
    }
}
