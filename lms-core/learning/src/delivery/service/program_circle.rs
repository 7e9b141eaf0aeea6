//! Programs in order whose courses would wait for each other.
use std::collections::{BTreeMap, BTreeSet};

use super::programs::ProgramError;
use crate::{
    content::Course,
    delivery::{Program, ProgramCourse},
};
use lms_kernel::Id;
use lms_store::{Lock, Query, Transaction};

/// Refuses courses that would wait for each other by the order of several programs.
///
/// # Locks
/// The programs in order, so that two changes at once make no circle.
pub(super) async fn check_no_circle(tx: &mut Transaction) -> Result<(), ProgramError> {
    let in_order = Query::filter(Program::IN_ORDER.eq(true)).lock(Lock::Update);
    let programs: Vec<_> = tx.all(in_order).await?.iter().map(|it| it.id).collect();
    let mut after: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for program in programs {
        let courses = tx.all(ProgramCourse::of(program)).await?;
        for pair in courses.windows(2) {
            if let [before, next] = pair {
                after.entry(before.course_id).or_default().push(next.course_id);
            }
        }
    }
    match waits_in_a_circle(&after) {
        true => Err(ProgramError::Circle),
        false => Ok(()),
    }
}

/// Whether some courses follow each other in a circle: takes away what follows nothing, until
/// nothing is left or nothing can be taken.
fn waits_in_a_circle(after: &BTreeMap<Id<Course>, Vec<Id<Course>>>) -> bool {
    let mut left = after.clone();
    loop {
        let followers: BTreeSet<_> = left.values().flatten().copied().collect();
        let count = left.len();
        left.retain(|it, _| followers.contains(it));
        if left.len() == count {
            return count > 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn order(pairs: &[(u128, u128)]) -> BTreeMap<Id<Course>, Vec<Id<Course>>> {
        let id = |it| Id::from_uuid(Uuid::from_u128(it));
        let mut after: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (before, next) in pairs {
            after.entry(id(*before)).or_default().push(id(*next));
        }
        after
    }

    #[test]
    fn only_a_circle_is_a_circle() {
        assert!(!waits_in_a_circle(&order(&[])));
        assert!(!waits_in_a_circle(&order(&[(1, 2), (1, 3), (2, 3)])));
        assert!(waits_in_a_circle(&order(&[(1, 2), (2, 1)])));
        assert!(waits_in_a_circle(&order(&[(0, 1), (1, 2), (2, 3), (3, 1), (3, 4)])));
    }
}
