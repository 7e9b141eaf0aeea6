use std::sync::Arc;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::audit::{Action, EntryProof};
use lms_kernel::{Actor, Context, SeededEntropy, SequentialIds, TenantId};

const KEPT: TimeDelta = TimeDelta::days(2_557);

fn cx() -> Context {
    let ids = Arc::new(SequentialIds::new());
    Context::new(TenantId::SINGLE, Actor::system("test"), Timestamp::EPOCH, ids)
}

/// A chain of seals over so many entries each, with the entries.
fn chain(lengths: &[usize]) -> Vec<(AuditSeal, Vec<AuditEntry>)> {
    let (cx, entropy) = (cx(), SeededEntropy::new(7));
    let mut made: Vec<(AuditSeal, Vec<AuditEntry>)> = Vec::new();
    let mut second = 0;
    for length in lengths {
        let sequence = made.len() as i64 + 1;
        let entries: Vec<_> = (0..*length)
            .map(|at| {
                second += 1;
                let cx = cx.clone().at(Timestamp::EPOCH.saturating_add(TimeDelta::seconds(second)));
                let changes = json!({ "title": { "new": format!("{at}") } });
                let mut entry = AuditEntry::of(&cx, Action::Create, "course", None, changes);
                entry.proof = Some(EntryProof::new(&entropy));
                entry.seal = Some(sequence);
                entry
            })
            .collect();
        let sealed = cx.clone().at(Timestamp::EPOCH.saturating_add(TimeDelta::seconds(second)));
        let seal = AuditSeal::following(&sealed, made.last().map(|it| &it.0), &entries).unwrap();
        made.push((seal, entries));
    }
    made
}

fn check(chain: &[(AuditSeal, Vec<AuditEntry>)]) -> Result<u32, AuditFault> {
    let (mut previous, mut entries) = (None, 0);
    for (seal, under) in chain {
        entries += check_seal(previous.as_ref(), seal, under, KEPT)?.entries;
        previous = Some(seal.anchor());
    }
    Ok(entries)
}

#[test]
fn a_chain_that_nobody_touched_is_whole() {
    assert_eq!(check(&chain(&[3, 1, 5])), Ok(9));
    let mut shuffled = chain(&[4, 4]);
    shuffled.iter_mut().for_each(|it| it.1.reverse());
    assert_eq!(check(&shuffled), Ok(8), "a store may hand entries out in any order");
    assert_eq!(AuditSeal::following(&cx(), None, &[]), None);
    let mut unproven = chain(&[1]).remove(0).1;
    unproven[0].proof = None;
    assert_eq!(AuditSeal::following(&cx(), None, &unproven), None);
}

#[test]
fn an_altered_entry_is_named() {
    let mut touched = chain(&[3, 3]);
    let entry = touched[1].1[1].id.uuid();
    touched[1].1[1].changes = json!({ "title": { "new": "other" } });
    assert_eq!(check(&touched), Err(AuditFault::EntryAltered { sequence: 2, entry }));
}

#[test]
fn two_entries_that_change_places_are_altered() {
    let mut touched = chain(&[3]);
    let entries = &mut touched[0].1;
    let (first, second) = (entries[0].occurred_at, entries[1].occurred_at);
    (entries[0].occurred_at, entries[1].occurred_at) = (second, first);
    let entry = entries[0].id.uuid();
    assert_eq!(check(&touched), Err(AuditFault::EntryAltered { sequence: 1, entry }));
}

#[test]
fn a_removed_entry_is_named() {
    let mut touched = chain(&[3, 3]);
    let entry = touched[0].1.remove(2).id.uuid();
    assert_eq!(check(&touched), Err(AuditFault::EntryRemoved { sequence: 1, entry }));
}

#[test]
fn an_inserted_entry_is_named() {
    let mut touched = chain(&[3]);
    let mut forged = touched[0].1[1].clone();
    forged.id = lms_kernel::Id::from_uuid(Uuid::from_u128(7));
    touched[0].1.push(forged);
    let fault = AuditFault::EntryInserted { sequence: 1, entry: Uuid::from_u128(7) };
    assert_eq!(check(&touched), Err(fault));
}

#[test]
fn entries_listed_in_another_order_are_found_and_the_first_is_named() {
    let mut touched = chain(&[4]);
    let packed = &mut touched[0].0.entries;
    let size = packed.len() / 4;
    packed.rotate_left(size);
    let entry = touched[0].1[1].id.uuid();
    assert_eq!(check(&touched), Err(AuditFault::Reordered { sequence: 1, entry }));
}

#[test]
fn a_seal_that_was_touched_is_named() {
    let touches: [fn(&mut AuditSeal); 9] = [
        |it| it.entries[20] ^= 1,
        |it| it.entries.truncate(50),
        |it| it.entry_count += 1,
        |it| it.from_at = Timestamp::MIN,
        |it| it.to_entry = Uuid::nil(),
        |it| it.root = it.hash,
        |it| it.sealed_at = Timestamp::MAX,
        |it| it.previous = Some(it.root),
        |it| it.hash = it.root,
    ];
    for (at, touch) in touches.iter().enumerate() {
        let mut touched = chain(&[3, 3, 3]);
        touch(&mut touched[1].0);
        assert_eq!(check(&touched), Err(AuditFault::SealAltered { sequence: 2 }), "{at}");
    }
}

#[test]
fn a_seal_that_was_removed_is_missed() {
    let mut first = chain(&[2, 2, 2]);
    first.remove(0);
    assert_eq!(check(&first), Err(AuditFault::SealMissing { sequence: 1 }));
    let mut second = chain(&[2, 2, 2]);
    second.remove(1);
    assert_eq!(check(&second), Err(AuditFault::SealMissing { sequence: 2 }));
}

#[test]
fn a_seal_made_anew_over_forged_entries_breaks_the_chain() {
    let mut touched = chain(&[2, 2, 2]);
    touched[1].1[0].changes = json!({ "title": { "new": "forged" } });
    let (first, rest) = touched.split_at_mut(1);
    rest[0].0 = AuditSeal::following(&cx(), Some(&first[0].0), &rest[0].1).unwrap();
    assert_eq!(check(&touched), Err(AuditFault::ChainBroken { sequence: 3 }));
    let again = AuditSeal::following(&cx(), Some(&touched[1].0), &touched[2].1).unwrap();
    let trusted = touched[2].0.anchor();
    touched[2].0 = again;
    assert_eq!(check(&touched), Ok(6), "made anew to the end, only the trusted hash tells");
    assert_ne!(touched[2].0.anchor(), trusted);
}

#[test]
fn redacted_entries_and_purged_seals_are_whole() {
    let mut redacted = chain(&[3, 2]);
    redacted[0].1[2].redact(|it| it.changes = json!({ "title": { "new": "[erased]" } }));
    assert_eq!(check(&redacted), Ok(5));
    let found = check_seal(None, &redacted[0].0, &redacted[0].1, KEPT).unwrap();
    assert_eq!((found.entries, found.redacted), (3, 1));

    let due = redacted[0].0.to_at.saturating_add(KEPT);
    let mut purged = redacted.clone();
    purged[0].0.purge(due);
    purged[0].1.clear();
    assert_eq!(check(&purged), Ok(2));
    purged[0].0.purged_at = Some(due.saturating_sub(TimeDelta::microseconds(1)));
    assert_eq!(check(&purged), Err(AuditFault::PurgedTooEarly { sequence: 1 }));
    let mut refilled = redacted;
    refilled[0].0.purge(due);
    let entry = refilled[0].1[0].id.uuid();
    assert_eq!(check(&refilled), Err(AuditFault::EntryInserted { sequence: 1, entry }));
}

#[test]
fn entries_sealed_long_after_they_happened_are_counted() {
    let mut late = chain(&[3]);
    let entries = late.remove(0).1;
    let day = Timestamp::EPOCH.saturating_add(TimeDelta::days(1));
    for (after, count) in [(1, 0), (2, 1), (4, 3)] {
        let cx = cx().at(day.saturating_add(TimeDelta::seconds(after)));
        let seal = AuditSeal::following(&cx, None, &entries).unwrap();
        assert_eq!(check_seal(None, &seal, &entries, KEPT).unwrap().late, count);
    }
}

/// What a person with access to the database may do to a chain.
#[derive(Clone, Debug)]
enum Tampering {
    Alter(usize, usize),
    Remove(usize, usize),
    Insert(usize),
    Redate(usize, usize),
    DropSeal(usize),
    FlipByte(usize, usize),
    HidePurge(usize),
}

fn any_tampering() -> impl Strategy<Value = Tampering> {
    use Tampering::*;
    let at = 0..8_usize;
    prop_oneof![
        (at.clone(), at.clone()).prop_map(|(a, b)| Alter(a, b)),
        (at.clone(), at.clone()).prop_map(|(a, b)| Remove(a, b)),
        at.clone().prop_map(Insert),
        (at.clone(), at.clone()).prop_map(|(a, b)| Redate(a, b)),
        at.clone().prop_map(DropSeal),
        (at.clone(), 0..400_usize).prop_map(|(a, b)| FlipByte(a, b)),
        at.prop_map(HidePurge),
    ]
}

/// Does it; whether there is anything to find.
fn tamper(chain: &mut Vec<(AuditSeal, Vec<AuditEntry>)>, how: &Tampering) -> bool {
    use Tampering::*;
    let seals = chain.len();
    let (Alter(seal, _)
    | Remove(seal, _)
    | Insert(seal)
    | Redate(seal, _)
    | DropSeal(seal)
    | FlipByte(seal, _)
    | HidePurge(seal)) = *how;
    let at = seal % seals;
    let (seal, entries) = &mut chain[at];
    let count = entries.len();
    match *how {
        Alter(_, entry) => entries[entry % count].actor_kind.push('x'),
        Remove(_, entry) => drop(entries.remove(entry % count)),
        Insert(_) => {
            let mut forged = entries[0].clone();
            forged.id = lms_kernel::Id::from_uuid(Uuid::from_u128(9));
            entries.push(forged);
        }
        Redate(_, entry) => {
            let entry = &mut entries[entry % count];
            entry.occurred_at = entry.occurred_at.saturating_add(TimeDelta::microseconds(1));
        }
        // The last seal is missed only by the entries that claim it, or by a trusted hash.
        DropSeal(_) if at + 1 == seals => return false,
        DropSeal(_) => drop(chain.remove(at)),
        FlipByte(_, byte) => {
            let length = seal.entries.len();
            seal.entries[byte % length] ^= 0x10;
        }
        HidePurge(_) => {
            seal.purge(seal.sealed_at);
            entries.clear();
        }
    }
    true
}

proptest! {
    #[test]
    fn whatever_is_done_to_a_chain_is_found(
        lengths in prop::collection::vec(1..6_usize, 1..5),
        how in any_tampering(),
    ) {
        let mut chain = chain(&lengths);
        prop_assert_eq!(check(&chain), Ok(lengths.iter().sum::<usize>() as u32));
        if tamper(&mut chain, &how) {
            prop_assert!(check(&chain).is_err(), "{how:?}");
        }
    }

    #[test]
    fn erasing_any_parts_leaves_the_chain_whole(
        lengths in prop::collection::vec(1..6_usize, 1..5),
        erased in prop::collection::vec((0..8_usize, 0..8_usize), 0..10),
    ) {
        let mut chain = chain(&lengths);
        for (seal, entry) in erased {
            let at = seal % chain.len();
            let entries = &mut chain[at].1;
            let at = entry % entries.len();
            entries[at].redact(|it| it.changes = json!({ "title": { "new": "[erased]" } }));
        }
        prop_assert_eq!(check(&chain), Ok(lengths.iter().sum::<usize>() as u32));
    }
}
