//! The proof of an audit entry, valid also after a part of it was erased.
//!
//! The hash of an entry covers the action, the actor, the operation, the record and the time, and a **commitment**
//! for each part that may be personal: the change of each field, the address, the program. A
//! commitment is the hash of the part with a salt, 32 random bytes that are stored with the entry
//! only. Erasing a part deletes its salt and keeps its commitment: the entry's hash stays the same,
//! and no one can find the erased part by trial.
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::{
    AuditEntry,
    digest::{Digest, Parts, canonical},
};
use lms_kernel::Entropy;

/// The data stored with a sealed entry so that it can be checked against its seal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum EntryProof {
    /// Nothing was erased from the entry.
    Whole {
        /// What the salt of each part follows from.
        salt: Digest,
    },
    /// Something was.
    Redacted {
        /// The salts of the parts that are left.
        salts: BTreeMap<String, Digest>,
        /// The commitments to the parts that were erased.
        erased: BTreeMap<String, Digest>,
    },
}

impl EntryProof {
    /// The proof of an entry that is being sealed.
    pub fn new(entropy: &dyn Entropy) -> Self {
        Self::Whole { salt: Digest::random(entropy) }
    }

    /// The parts that were erased, by name: `changes.<field>`, `ip_address`, `user_agent`.
    pub fn erased(&self) -> BTreeSet<&str> {
        match self {
            Self::Whole { .. } => BTreeSet::new(),
            Self::Redacted { erased, .. } => erased.keys().map(String::as_str).collect(),
        }
    }

    fn salt_of(&self, part: &str) -> Option<Digest> {
        match self {
            Self::Whole { salt } => {
                Some(Parts::of("lms.audit.salt.1").digest(salt).text(part).done())
            }
            Self::Redacted { salts, .. } => salts.get(part).copied(),
        }
    }

    /// The proof once the parts `before` are the parts `after`.
    fn redacted(self, before: &PersonalParts, after: &PersonalParts) -> Self {
        let (mut salts, mut erased) = (BTreeMap::new(), BTreeMap::new());
        for (name, part) in before {
            // A part without a salt was erased before.
            let Some(salt) = self.salt_of(name) else { continue };
            if after.get(name) == Some(part) {
                salts.insert(name.clone(), salt);
            } else {
                erased.insert(name.clone(), commitment(&salt, name, part));
            }
        }
        if let Self::Redacted { erased: earlier, .. } = &self {
            erased.extend(earlier.iter().map(|(name, it)| (name.clone(), *it)));
        }
        if erased.is_empty() { self } else { Self::Redacted { salts, erased } }
    }
}

/// The parts of an entry that may be personal, by name.
type PersonalParts = BTreeMap<String, Json>;

fn commitment(salt: &Digest, name: &str, part: &Json) -> Digest {
    Parts::of("lms.audit.part.1").digest(salt).text(name).text(&canonical(part)).done()
}

/// Whether a part may replace an erased one: it says only that the part was erased.
fn says_nothing(part: &Json) -> bool {
    let nothing =
        |it: &Json| it.is_null() || *it == json!("[erased]") || *it == json!("[redacted]");
    part.as_object().is_some_and(|it| it.values().all(nothing))
}

impl AuditEntry {
    fn personal_parts(&self) -> PersonalParts {
        let mut parts = PersonalParts::new();
        match self.changes.as_object() {
            Some(fields) => {
                parts.extend(fields.iter().map(|(it, of)| (format!("changes.{it}"), of.clone())));
            }
            None => {
                parts.insert("changes".to_owned(), self.changes.clone());
            }
        }
        let origin = [("ip_address", &self.ip_address), ("user_agent", &self.user_agent)];
        for (name, text) in origin {
            if let Some(text) = text {
                parts.insert(name.to_owned(), json!(text));
            }
        }
        parts
    }

    /// The entry's hash, as its seal has it; `None` when its contents and its erased parts do not
    /// match, or when it is not sealed.
    pub fn sealed_hash(&self) -> Option<Digest> {
        let proof = self.proof.as_ref()?;
        let held = self.personal_parts();
        let mut commitments: BTreeMap<&str, Digest> = BTreeMap::new();
        if let EntryProof::Redacted { erased, .. } = proof {
            commitments.extend(erased.iter().map(|(name, it)| (name.as_str(), *it)));
        }
        for (name, part) in &held {
            if commitments.contains_key(name.as_str()) {
                if !says_nothing(part) {
                    return None;
                }
                continue;
            }
            commitments.insert(name, commitment(&proof.salt_of(name)?, name, part));
        }
        Some(self.hash_with(&commitments))
    }

    fn hash_with(&self, commitments: &BTreeMap<&str, Digest>) -> Digest {
        let actor = self.actor_id.map(|it| it.uuid());
        let hash = Parts::of("lms.audit.entry.1")
            .bytes(self.stamp.tenant_id.uuid().as_bytes())
            .bytes(self.id.uuid().as_bytes())
            .number(self.stamp.created_at.micros())
            .number(self.occurred_at.micros())
            .text(self.action.as_str())
            .maybe(actor.as_ref().map(|it| it.as_bytes().as_slice()))
            .text(&self.actor_kind)
            .maybe(self.operation.as_ref().map(String::as_bytes))
            .text(&self.entity_kind)
            .maybe(self.entity_id.as_ref().map(|it| it.as_bytes().as_slice()))
            .maybe(self.request.as_ref().map(String::as_bytes));
        commitments.iter().fold(hash, |hash, (name, it)| hash.text(name).digest(it)).done()
    }

    /// Changes what the entry says of people to something that says less, and keeps it verifiable
    /// if it is sealed.
    #[doc(hidden)]
    pub fn redact(&mut self, less: impl FnOnce(&mut Self)) {
        let before = self.personal_parts();
        less(self);
        let after = self.personal_parts();
        self.proof = self.proof.take().map(|it| it.redacted(&before, &after));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::audit::Action;
    use lms_kernel::{Actor, Client, Context, SeededEntropy, SequentialIds, TenantId, Timestamp};

    fn entry(changes: Json) -> AuditEntry {
        let client = Client::new(Some("192.0.2.7".parse().unwrap()), Some("phone"));
        let ids = Arc::new(SequentialIds::new());
        let cx = Context::new(TenantId::SINGLE, Actor::system("test"), Timestamp::EPOCH, ids)
            .with_client(client);
        let mut entry = AuditEntry::of(&cx, Action::Update, "membership", None, changes);
        entry.proof = Some(EntryProof::new(&SeededEntropy::new(1)));
        entry
    }

    fn changes() -> Json {
        json!({
            "full_name": { "old": "Ada", "new": "Ada L." },
            "email": { "old": null, "new": "ada@a.example" },
            "status": { "old": "pending", "new": "active" },
        })
    }

    fn erase(entry: &mut AuditEntry, field: &str) {
        entry.redact(|it| it.changes[field] = json!({ "old": null, "new": "[erased]" }));
    }

    #[test]
    fn an_entry_keeps_its_hash_while_its_parts_are_erased_one_by_one() {
        let mut entry = entry(changes());
        let hash = entry.sealed_hash().unwrap();
        erase(&mut entry, "full_name");
        assert_eq!(entry.sealed_hash(), Some(hash));
        entry.redact(|it| (it.ip_address, it.user_agent) = (None, None));
        assert_eq!(entry.sealed_hash(), Some(hash));
        erase(&mut entry, "email");
        erase(&mut entry, "email");
        assert_eq!(entry.sealed_hash(), Some(hash));
        let erased = entry.proof.as_ref().unwrap().erased();
        let names = ["changes.email", "changes.full_name", "ip_address", "user_agent"];
        assert_eq!(erased.into_iter().collect::<Vec<_>>(), names);
        let kept = serde_json::to_string(&entry).unwrap();
        assert!(!kept.contains("Ada") && !kept.contains("192.0.2.7"), "{kept}");
    }

    #[test]
    fn an_erased_part_leaves_no_way_to_find_out_by_trying() {
        let mut entry = entry(changes());
        let before = entry.personal_parts();
        erase(&mut entry, "full_name");
        let Some(EntryProof::Redacted { salts, erased }) = &entry.proof else { panic!() };
        let said = &before["changes.full_name"];
        let by_other_salts = salts.values().map(|it| commitment(it, "changes.full_name", said));
        assert!(by_other_salts.into_iter().all(|it| it != erased["changes.full_name"]));
        assert!(!salts.contains_key("changes.full_name"));
    }

    #[test]
    fn what_is_left_cannot_be_changed_and_what_was_erased_cannot_be_filled_in() {
        let whole = entry(changes());
        let hash = whole.sealed_hash();
        let mut redacted = whole.clone();
        erase(&mut redacted, "full_name");
        let changed = |change: &dyn Fn(&mut AuditEntry)| {
            [&whole, &redacted].map(|it| {
                let mut it = it.clone();
                change(&mut it);
                it.sealed_hash()
            })
        };
        let ways: [&dyn Fn(&mut AuditEntry); 12] = [
            &|it| it.changes["status"]["new"] = json!("left"),
            &|it| it.changes["shoe_size"] = json!({ "new": 44 }),
            &|it| it.changes["full_name"] = json!({ "old": "Bob", "new": "Bob L." }),
            &|it| drop(it.changes.as_object_mut().unwrap().remove("status")),
            &|it| it.changes = Json::Null,
            &|it| it.ip_address = None,
            &|it| it.user_agent = Some("laptop".into()),
            &|it| it.action = Action::Create,
            &|it| it.actor_kind = "user".into(),
            &|it| it.entity_id = Some(uuid::Uuid::nil()),
            &|it| it.occurred_at = Timestamp::MAX,
            &|it| it.request = Some("r".into()),
        ];
        for (at, way) in ways.iter().enumerate() {
            assert!(changed(*way).iter().all(|it| *it != hash), "{at}");
        }
        // Erasing without keeping the commitment is a change, too.
        let mut blanked = whole.clone();
        blanked.changes["full_name"] = json!({ "old": "[erased]", "new": "[erased]" });
        assert_ne!(blanked.sealed_hash(), hash);
    }

    #[test]
    fn an_entry_that_says_nothing_has_a_hash_and_an_unsealed_one_has_none() {
        let mut entry = entry(Json::Null);
        let hash = entry.sealed_hash();
        assert!(hash.is_some());
        entry.changes = json!({});
        assert_ne!(entry.sealed_hash(), hash);
        entry.proof = None;
        entry.redact(|it| it.ip_address = None);
        assert_eq!((entry.sealed_hash(), entry.proof), (None, None));
    }
}
