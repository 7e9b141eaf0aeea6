//! Verifying a seal and its entries.
use std::collections::HashMap;

use chrono::TimeDelta;
use lms_derive::DomainError;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::audit::{AuditEntry, AuditSeal, SealAnchor, SealedEntry};
use lms_kernel::Timestamp;

/// The first thing that is not as it was sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error, DomainError)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AuditFault {
    /// A seal is not there.
    #[error("seal {sequence} is missing")]
    #[fault(conflict)]
    SealMissing {
        /// Its number.
        sequence: i64,
    },
    /// A seal differs from the one that was made.
    #[error("seal {sequence} was altered")]
    #[fault(conflict)]
    SealAltered {
        /// Its number.
        sequence: i64,
    },
    /// A seal does not follow from the one before it: one of the two was exchanged.
    #[error("seal {sequence} does not follow from the seal before it")]
    #[fault(conflict)]
    ChainBroken {
        /// The number of the later one.
        sequence: i64,
    },
    /// A seal is not the one that the host trusts.
    #[error("seal {sequence} is not the one whose hash was kept elsewhere")]
    #[fault(conflict)]
    NotTheTrusted {
        /// Its number.
        sequence: i64,
    },
    /// A seal lists the right entries in another order.
    #[error("seal {sequence} lists entry {entry} out of its order")]
    #[fault(conflict)]
    Reordered {
        /// The seal's number.
        sequence: i64,
        /// The first entry that is not in its place.
        entry: Uuid,
    },
    /// An entry that was sealed is not there, or no longer under its seal.
    #[error("entry {entry} under seal {sequence} was removed")]
    #[fault(conflict)]
    EntryRemoved {
        /// The seal's number.
        sequence: i64,
        /// The entry.
        entry: Uuid,
    },
    /// An entry differs from the one that was sealed.
    #[error("entry {entry} under seal {sequence} was altered")]
    #[fault(conflict)]
    EntryAltered {
        /// The seal's number.
        sequence: i64,
        /// The entry.
        entry: Uuid,
    },
    /// An entry claims a seal that does not know it.
    #[error("entry {entry} was put under seal {sequence} later")]
    #[fault(conflict)]
    EntryInserted {
        /// The seal's number.
        sequence: i64,
        /// The entry.
        entry: Uuid,
    },
    /// Entries were purged before retention allowed it.
    #[error("the entries of seal {sequence} were purged too early")]
    #[fault(conflict)]
    PurgedTooEarly {
        /// The seal's number.
        sequence: i64,
    },
}

/// The findings under an intact seal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SealCheck {
    /// The number of entries that are present and unchanged.
    pub entries: u32,
    /// From how many of them a part was erased.
    pub redacted: u32,
    /// How many were sealed more than a day after they happened. A few are work that was noted
    /// late; many mean that no one seals, or that history was written afterwards.
    pub late: u32,
    /// Whether the entries were purged.
    pub purged: bool,
}

/// Checks a seal, its place behind `previous`, and the entries that are under it now. `kept` is
/// for how long retention keeps entries.
///
/// # Errors
/// The first [`AuditFault`].
pub fn check_seal(
    previous: Option<&SealAnchor>,
    seal: &AuditSeal,
    entries: &[AuditEntry],
    kept: TimeDelta,
) -> Result<SealCheck, AuditFault> {
    let sequence = seal.sequence;
    let expected = previous.map_or(1, |it| it.sequence.saturating_add(1));
    if sequence != expected {
        return Err(AuditFault::SealMissing { sequence: expected });
    }
    check_contents(seal, entries)?;
    if seal.previous != previous.map(|it| it.hash) {
        return Err(AuditFault::ChainBroken { sequence });
    }
    if let Some(purged_at) = seal.purged_at {
        return check_purged(seal, entries, (purged_at, kept));
    }
    check_entries(seal, entries)
}

fn check_contents(seal: &AuditSeal, entries: &[AuditEntry]) -> Result<(), AuditFault> {
    let sequence = seal.sequence;
    if seal.hash != seal.hash_of_contents() {
        return Err(AuditFault::SealAltered { sequence });
    }
    if seal.purged_at.is_some() || seal.root == seal.root_of_entries() {
        return Ok(());
    }
    // The list is not the one that was sealed; is it the same in another order?
    let listed = seal.entries();
    let positions: HashMap<Uuid, _> =
        entries.iter().map(|it| (it.id.uuid(), it.position())).collect();
    let mut ordered = listed.clone();
    ordered.sort_by_key(|it| positions.get(&it.entry).copied());
    let moved = listed.iter().zip(&ordered).find(|(is, was)| is != was);
    match moved {
        Some((is, _)) if AuditSeal::root_in_order(&ordered) == seal.root => {
            Err(AuditFault::Reordered { sequence, entry: is.entry })
        }
        _ => Err(AuditFault::SealAltered { sequence }),
    }
}

fn check_purged(
    seal: &AuditSeal,
    entries: &[AuditEntry],
    (purged_at, kept): (Timestamp, TimeDelta),
) -> Result<SealCheck, AuditFault> {
    let sequence = seal.sequence;
    if let Some(entry) = entries.first() {
        return Err(AuditFault::EntryInserted { sequence, entry: entry.id.uuid() });
    }
    if purged_at.since(seal.to_at) < kept {
        return Err(AuditFault::PurgedTooEarly { sequence });
    }
    Ok(SealCheck { purged: true, ..SealCheck::default() })
}

fn check_entries(seal: &AuditSeal, entries: &[AuditEntry]) -> Result<SealCheck, AuditFault> {
    let sequence = seal.sequence;
    let mut there: HashMap<Uuid, &AuditEntry> =
        entries.iter().map(|it| (it.id.uuid(), it)).collect();
    let mut check = SealCheck::default();
    for SealedEntry { entry, hash } in seal.entries() {
        let Some(found) = there.remove(&entry) else {
            return Err(AuditFault::EntryRemoved { sequence, entry });
        };
        if found.sealed_hash() != Some(hash) {
            return Err(AuditFault::EntryAltered { sequence, entry });
        }
        let is_redacted = found.proof.as_ref().is_some_and(|it| !it.erased().is_empty());
        let is_late = seal.sealed_at.since(found.occurred_at) > TimeDelta::days(1);
        check.entries = check.entries.saturating_add(1);
        check.redacted = check.redacted.saturating_add(u32::from(is_redacted));
        check.late = check.late.saturating_add(u32::from(is_late));
    }
    match there.into_keys().min() {
        Some(entry) => Err(AuditFault::EntryInserted { sequence, entry }),
        None => Ok(check),
    }
}

#[cfg(test)]
mod tests;
