//! JSON Schemas of the values of people that travel as a text.
use lms_kernel::{
    schemars::{JsonSchema, Schema, SchemaGenerator},
    text_schema,
};

use crate::{
    authorization::RoleKey,
    identity::{AuthMethodKind, PasswordHash, ProviderData, SecretHash},
    tenancy::{DataRegion, MailDomain, Month, RetentionClass, UnitPath},
};

text_schema! {
    RoleKey, "The key of a role, in snake case.", "instructor", "pattern" = "^[a-z0-9_]+$";
    AuthMethodKind, "`email`, `google`, `apple`, `phone`, `oidc:<issuer>` or `saml:<provider>`.",
        "email";
    SecretHash, "The hash of a secret, which is never shown.", "[redacted]";
    PasswordHash, "The hash of a password, which is never shown.", "[redacted]";
    DataRegion, "The region that data stay in.", "eu";
    RetentionClass, "`standard`, `regulated` or `custom:<days>`.", "standard",
        "pattern" = "^(standard|regulated|custom:[0-9]+)$";
    MailDomain, "The domain of e-mail addresses.", "school.example";
    Month, "A month.", "2026-03", "pattern" = "^[0-9]{4}-[0-9]{2}$";
    UnitPath, "A unit below those above it: ids of 32 hexadecimal digits, each with a `/`.",
        "01900000000070008000000000000003/", "pattern" = "^([0-9a-f]{32}/)*$";
}

impl JsonSchema for ProviderData {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ProviderData".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        Schema::default()
    }
}
