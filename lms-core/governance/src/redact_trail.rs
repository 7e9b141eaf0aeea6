//! Entries of the audit trail that say no more who a person is. Who did what to which record, and
//! when, stays, and a sealed entry stays verifiable.
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::redact::is_erased;
use lms_store::{
    audit::AuditEntry,
    {PageSize, Query, Schema, StoreError, Transaction},
};

/// The changes of an entry without personal data; `None` when there were none.
pub(super) fn redact_changes(schema: &Schema, changes: &Json) -> Option<Json> {
    let mut redacted = changes.as_object()?.clone();
    let mut said_less = false;
    for column in schema.columns.iter().filter(|it| is_erased(schema, it)) {
        let Some(change) = redacted.get_mut(column.name).and_then(Json::as_object_mut) else {
            continue;
        };
        for value in change.values_mut() {
            if !value.is_null() && *value != json!("[erased]") && *value != json!("[redacted]") {
                *value = json!("[erased]");
                said_less = true;
            }
        }
    }
    said_less.then_some(Json::Object(redacted))
}

/// Redacts what the trail says about those rows.
pub(super) async fn redact_trail(
    tx: &mut Transaction,
    schema: &Schema,
    ids: &[Uuid],
) -> Result<u64, StoreError> {
    let mut count = 0;
    for ids in ids.chunks(PageSize::MAX.get() as usize) {
        let about = AuditEntry::ENTITY_KIND
            .eq(schema.kind.to_owned())
            .and(AuditEntry::ENTITY_ID.is_some_in(ids.iter().copied()));
        for mut entry in tx.all(Query::filter(about)).await? {
            if let Some(changes) = redact_changes(schema, &entry.changes) {
                entry.redact(|it| it.changes = changes);
                tx.update(&mut entry).await?;
                count += 1;
            }
        }
    }
    Ok(count)
}

/// Forgets from where a login acted.
pub(super) async fn forget_origin(tx: &mut Transaction, user: Uuid) -> Result<u64, StoreError> {
    let mut count = 0;
    let by = AuditEntry::ACTOR_ID.is(lms_kernel::ActorId::from_uuid(user));
    let known = AuditEntry::IP_ADDRESS.is_not_null().or(AuditEntry::USER_AGENT.is_not_null());
    for mut entry in tx.all(Query::filter(by.and(known))).await? {
        entry.redact(|it| (it.ip_address, it.user_agent) = (None, None));
        tx.update(&mut entry).await?;
        count += 1;
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use lms_people::identity::Membership;
    use lms_store::Record as _;

    #[test]
    fn what_was_personal_is_gone_and_the_rest_stays() {
        let schema = Membership::schema();
        let changes = json!({
            "full_name": { "old": "Ada", "new": "Ada L." },
            "email": { "old": null, "new": "ada@a.example" },
            "status": { "old": "pending", "new": "active" },
        });
        let redacted = redact_changes(schema, &changes).unwrap();
        assert_eq!(
            redacted,
            json!({
                "full_name": { "old": "[erased]", "new": "[erased]" },
                "email": { "old": null, "new": "[erased]" },
                "status": { "old": "pending", "new": "active" },
            })
        );
        assert_eq!(redact_changes(schema, &redacted), None);
        assert_eq!(redact_changes(schema, &json!({ "columns": ["full_name"] })), None);
    }
}
