//! The migrations of this build; written by `--example migrations`.
use super::Migration;

#[rustfmt::skip]
pub(super) const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, name: "foundation", sql: include_str!("../../migrations/0001_foundation.sql") },
    Migration { version: 2, name: "store", sql: include_str!("../../migrations/0002_store.sql") },
    Migration { version: 3, name: "audit", sql: include_str!("../../migrations/0003_audit.sql") },
    Migration { version: 4, name: "outbox", sql: include_str!("../../migrations/0004_outbox.sql") },
    Migration { version: 5, name: "authorization", sql: include_str!("../../migrations/0005_authorization.sql") },
    Migration { version: 6, name: "tenancy", sql: include_str!("../../migrations/0006_tenancy.sql") },
    Migration { version: 7, name: "identity", sql: include_str!("../../migrations/0007_identity.sql") },
    Migration { version: 8, name: "content", sql: include_str!("../../migrations/0008_content.sql") },
    Migration { version: 9, name: "delivery", sql: include_str!("../../migrations/0009_delivery.sql") },
    Migration { version: 10, name: "learning", sql: include_str!("../../migrations/0010_learning.sql") },
    Migration { version: 11, name: "assessment", sql: include_str!("../../migrations/0011_assessment.sql") },
    Migration { version: 12, name: "commerce", sql: include_str!("../../migrations/0012_commerce.sql") },
    Migration { version: 13, name: "recognition", sql: include_str!("../../migrations/0013_recognition.sql") },
    Migration { version: 14, name: "engagement", sql: include_str!("../../migrations/0014_engagement.sql") },
    Migration { version: 15, name: "notification", sql: include_str!("../../migrations/0015_notification.sql") },
    Migration { version: 16, name: "operations", sql: include_str!("../../migrations/0016_operations.sql") },
    Migration { version: 17, name: "governance", sql: include_str!("../../migrations/0017_governance.sql") },
    Migration { version: 100, name: "read_models", sql: include_str!("../../migrations/0100_read_models.sql") },
];
