//! A seal over entries of the audit trail, and the chain that seals form.
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::digest::Parts;
use crate::{
    audit::{AuditEntry, Digest},
    {Direction, LogStamp, Query, Record},
};
use lms_kernel::{Context, EntityKind, Id, Timestamp};

/// One entry under a seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SealedEntry {
    /// The entry.
    pub entry: Uuid,
    /// Its hash when it was sealed.
    pub hash: Digest,
}

/// Which seal, and its hash: what a host keeps outside the database, so that not even a person who
/// can write there may exchange the chain up to this seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SealAnchor {
    /// The seal's number.
    pub sequence: i64,
    /// The seal's hash.
    pub hash: Digest,
}

/// Closes a run of audit entries: their hashes in order, and the hash of the seal before it, so
/// that no entry can be altered, removed or added unnoticed, and no seal either.
///
/// Entries are sealed in batches and not as they are written: a chain through every entry would
/// make all of a tenant's commits wait for each other. The seals of a tenant are numbered from 1
/// without gaps. When its entries are purged a seal loses the list of their hashes and nothing
/// else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "audit_seals", unaudited, unique(sequence))]
pub struct AuditSeal {
    /// The seal's id.
    pub id: Id<AuditSeal>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: LogStamp,
    /// The seal's number, from 1.
    pub sequence: i64,
    /// The hash of the seal before it; none for the first.
    pub previous: Option<Digest>,
    /// How many entries it covers.
    pub entry_count: u32,
    /// When the first of them was done.
    pub from_at: Timestamp,
    /// The first of them.
    pub from_entry: Uuid,
    /// When the last of them was done.
    pub to_at: Timestamp,
    /// The last of them.
    pub to_entry: Uuid,
    /// The id and the hash of each entry, in the order of their positions, packed; empty once the
    /// entries are purged.
    pub entries: Vec<u8>,
    /// The hash over `entries`.
    pub root: Digest,
    /// When it was sealed.
    pub sealed_at: Timestamp,
    /// The hash over everything above.
    pub hash: Digest,
    /// When its entries were purged by retention.
    pub purged_at: Option<Timestamp>,
}

impl AuditSeal {
    /// What a seal is called in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("audit_seal");

    /// The most entries that one seal covers.
    pub const MAX_ENTRIES: usize = 200;

    const PACKED: usize = 16 + Digest::LENGTH;

    /// The seal over `entries` that follows `previous`; none where there are no entries, or one
    /// has no [proof](AuditEntry::proof) yet. The entries are put in order.
    pub fn following(
        cx: &Context,
        previous: Option<&Self>,
        entries: &[AuditEntry],
    ) -> Option<Self> {
        let mut ordered: Vec<_> = entries.iter().collect();
        ordered.sort_unstable_by_key(|it| it.position());
        let (first, last) = (ordered.first()?, ordered.last()?);
        let mut packed = Vec::with_capacity(ordered.len() * Self::PACKED);
        for entry in &ordered {
            packed.extend_from_slice(entry.id.uuid().as_bytes());
            packed.extend_from_slice(entry.sealed_hash()?.bytes());
        }
        let mut seal = Self {
            id: cx.id(),
            stamp: LogStamp::new(cx),
            sequence: previous.map_or(1, |it| it.sequence.saturating_add(1)),
            previous: previous.map(|it| it.hash),
            entry_count: u32::try_from(ordered.len()).ok()?,
            from_at: first.occurred_at,
            from_entry: first.id.uuid(),
            to_at: last.occurred_at,
            to_entry: last.id.uuid(),
            root: root_of(&packed),
            entries: packed,
            sealed_at: cx.now(),
            hash: Digest::from_bytes([0; Digest::LENGTH]),
            purged_at: None,
        };
        seal.hash = seal.hash_of_contents();
        Some(seal)
    }

    /// The entries that it covers, in their order; none where the list is cut off, or purged.
    pub fn entries(&self) -> Vec<SealedEntry> {
        let unpack = |packed: &[u8]| {
            let (entry, hash) = packed.split_at_checked(16)?;
            Some(SealedEntry {
                entry: Uuid::from_slice(entry).ok()?,
                hash: Digest::from_bytes(hash.try_into().ok()?),
            })
        };
        self.entries.chunks(Self::PACKED).map(unpack).collect::<Option<_>>().unwrap_or_default()
    }

    /// What a host keeps of it elsewhere.
    pub const fn anchor(&self) -> SealAnchor {
        SealAnchor { sequence: self.sequence, hash: self.hash }
    }

    /// The hash that follows from what the seal says.
    pub(super) fn hash_of_contents(&self) -> Digest {
        Parts::of("lms.audit.seal.1")
            .bytes(self.stamp.tenant_id.uuid().as_bytes())
            .bytes(self.id.uuid().as_bytes())
            .number(self.sequence)
            .maybe(self.previous.as_ref().map(|it| it.bytes().as_slice()))
            .number(i64::from(self.entry_count))
            .number(self.from_at.micros())
            .bytes(self.from_entry.as_bytes())
            .number(self.to_at.micros())
            .bytes(self.to_entry.as_bytes())
            .digest(&self.root)
            .number(self.sealed_at.micros())
            .done()
    }

    /// The hash that follows from the list of entries.
    pub(super) fn root_of_entries(&self) -> Digest {
        root_of(&self.entries)
    }

    /// The same list in another order.
    pub(super) fn root_in_order(entries: &[SealedEntry]) -> Digest {
        let mut packed = Vec::with_capacity(entries.len() * Self::PACKED);
        for it in entries {
            packed.extend_from_slice(it.entry.as_bytes());
            packed.extend_from_slice(it.hash.bytes());
        }
        root_of(&packed)
    }

    /// Lets go of the list of entries, which are purged.
    #[doc(hidden)]
    pub fn purge(&mut self, now: Timestamp) {
        self.entries.clear();
        self.purged_at = Some(now);
    }

    /// The newest seal.
    pub fn newest() -> Query<Self> {
        Query::all().order_by(Self::SEQUENCE, Direction::Desc)
    }

    /// The seals after number `sequence`, the oldest first.
    pub fn after(sequence: i64) -> Query<Self> {
        Query::filter(Self::SEQUENCE.gt(sequence)).order_by(Self::SEQUENCE, Direction::Asc)
    }

    /// The seals whose entries are still there, the oldest first.
    pub fn unpurged() -> Query<Self> {
        Query::filter(Self::PURGED_AT.is_null()).order_by(Self::SEQUENCE, Direction::Asc)
    }
}

fn root_of(packed: &[u8]) -> Digest {
    Parts::of("lms.audit.root.1").bytes(packed).done()
}
