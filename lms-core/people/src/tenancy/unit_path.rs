//! The position of a unit in its tree, and the rule that keeps trees free of cycles.
use std::fmt;

use lms_derive::DomainError;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use crate::tenancy::OrgUnit;
use lms_kernel::Id;
use lms_store::{Field, FieldError, Type, Value};

/// The ids from the top of a tree down to a unit.
///
/// Its text is each id as 32 hexadecimal digits followed by `/`, so that the text of a unit
/// starts with the text of every unit above it, and with no other.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitPath(String);

/// Why a unit cannot be placed there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum UnitTreeError {
    /// The unit would be above itself.
    #[error("a unit cannot be moved below itself; choose another parent")]
    #[fault(conflict, field = "parent_id")]
    Cycle,
    /// The tree would be too deep.
    #[error("a tree of units has at most {} levels; choose a higher parent", UnitPath::MAX_DEPTH)]
    #[fault(invalid, field = "parent_id")]
    TooDeep,
}

impl UnitPath {
    /// The most levels of a tree.
    pub const MAX_DEPTH: usize = 32;

    const STEP: usize = 33;

    /// The path of a unit at the top.
    pub fn root(unit: Id<OrgUnit>) -> Self {
        Self(step(unit))
    }

    /// The path of a unit directly below the one with this path.
    ///
    /// # Errors
    /// [`UnitTreeError::Cycle`] if the unit is above that one or is that one,
    /// [`UnitTreeError::TooDeep`] at the last level.
    pub fn child(&self, unit: Id<OrgUnit>) -> Result<Self, UnitTreeError> {
        if self.contains(unit) {
            return Err(UnitTreeError::Cycle);
        }
        if self.depth() >= Self::MAX_DEPTH {
            return Err(UnitTreeError::TooDeep);
        }
        Ok(Self(format!("{}{}", self.0, step(unit))))
    }

    /// The path's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The unit's level; 1 at the top.
    pub fn depth(&self) -> usize {
        self.0.len() / Self::STEP
    }

    /// Every unit of the path, from the top down to the unit itself.
    pub fn units(&self) -> impl DoubleEndedIterator<Item = Id<OrgUnit>> + '_ {
        self.0.split_terminator('/').filter_map(|it| Uuid::try_parse(it).ok()).map(Id::from_uuid)
    }

    /// The units above it, from the top down.
    pub fn ancestors(&self) -> impl Iterator<Item = Id<OrgUnit>> + '_ {
        self.units().take(self.depth().saturating_sub(1))
    }

    /// Whether `unit` is this unit or above it.
    pub fn contains(&self, unit: Id<OrgUnit>) -> bool {
        self.units().any(|it| it == unit)
    }

    /// Whether this is the unit at `top` or one below it.
    pub fn is_within(&self, top: &Self) -> bool {
        self.0.starts_with(&top.0)
    }

    /// The path that this one, at or below `old`, has after the unit at `old` moved to `new`.
    ///
    /// # Errors
    /// [`UnitTreeError::TooDeep`] if it would end below the last level.
    pub fn moved(&self, old: &Self, new: &Self) -> Result<Self, UnitTreeError> {
        let Some(rest) = self.0.strip_prefix(&old.0) else { return Ok(self.clone()) };
        let moved = Self(format!("{}{rest}", new.0));
        if moved.depth() > Self::MAX_DEPTH { Err(UnitTreeError::TooDeep) } else { Ok(moved) }
    }
}

fn step(unit: Id<OrgUnit>) -> String {
    format!("{}/", unit.uuid().simple())
}

impl fmt::Display for UnitPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for UnitPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for UnitPath {
    type Error = FieldError;

    fn try_from(text: String) -> Result<Self, FieldError> {
        let invalid = |reason| FieldError::invalid("a path of unit ids", reason);
        let is_step = |it: &str| {
            it.len() == 32 && it.bytes().all(|c| c.is_ascii_digit() || (b'a'..=b'f').contains(&c))
        };
        if !text.ends_with('/') || !text.split_terminator('/').all(is_step) {
            return Err(invalid("each id has 32 hexadecimal digits and ends with `/`"));
        }
        let path = Self(text);
        let mut seen: Vec<_> = path.units().collect();
        seen.sort_unstable();
        seen.dedup();
        if seen.len() != path.depth() || path.depth() > Self::MAX_DEPTH {
            return Err(invalid("no id repeats and there are at most 32"));
        }
        Ok(path)
    }
}

impl Serialize for UnitPath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for UnitPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::try_from(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

impl Field for UnitPath {
    const TYPE: Type = Type::Text;
    const MAX_LENGTH: Option<u32> = Some(1_056);
    fn to_value(&self) -> Value {
        Value::Text(self.0.clone())
    }
    fn from_value(value: Value) -> Result<Self, FieldError> {
        Self::try_from(String::from_value(value)?)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn unit(number: u128) -> Id<OrgUnit> {
        Id::from_uuid(Uuid::from_u128(number))
    }

    #[test]
    fn a_child_starts_with_its_parent() {
        let top = UnitPath::root(unit(1));
        let child = top.child(unit(2)).unwrap();
        assert!(child.is_within(&top) && !top.is_within(&child));
        assert_eq!((top.depth(), child.depth()), (1, 2));
        assert_eq!(child.ancestors().collect::<Vec<_>>(), [unit(1)]);
        assert_eq!(child.units().collect::<Vec<_>>(), [unit(1), unit(2)]);
        assert_eq!(UnitPath::from_value(child.to_value()), Ok(child));
    }

    #[test]
    fn a_unit_is_never_below_itself() {
        let child = UnitPath::root(unit(1)).child(unit(2)).unwrap();
        assert_eq!(child.child(unit(1)), Err(UnitTreeError::Cycle));
        assert_eq!(child.child(unit(2)), Err(UnitTreeError::Cycle));
    }

    #[test]
    fn a_tree_has_at_most_32_levels() {
        let mut path = UnitPath::root(unit(1));
        for number in 2..=32 {
            path = path.child(unit(number)).unwrap();
        }
        assert_eq!(path.depth(), 32);
        assert_eq!(path.as_str().len(), 1_056);
        assert_eq!(path.child(unit(33)), Err(UnitTreeError::TooDeep));
        let top = UnitPath::root(unit(1));
        let lower = UnitPath::root(unit(40)).child(unit(1)).unwrap();
        assert_eq!(path.moved(&top, &lower), Err(UnitTreeError::TooDeep));
    }

    #[test]
    fn what_is_not_a_path_is_refused() {
        let one = step(unit(1));
        for text in ["", "/", "1/", one.trim_end_matches('/'), &format!("{one}{one}")] {
            assert!(UnitPath::try_from(text.to_owned()).is_err(), "{text}");
        }
    }

    /// A tree kept the slow way: each unit's parent.
    fn slow_path(parents: &BTreeMap<u128, Option<u128>>, of: u128) -> Vec<u128> {
        let mut path = vec![of];
        let mut at = of;
        while let Some(Some(parent)) = parents.get(&at) {
            path.insert(0, *parent);
            at = *parent;
            assert!(path.len() <= parents.len(), "a cycle");
        }
        path
    }

    proptest! {
        #[test]
        fn random_moves_keep_trees_free_of_cycles(
            moves in prop::collection::vec((0_u128..12, prop::option::of(0_u128..12)), 1..60),
        ) {
            let mut parents: BTreeMap<u128, Option<u128>> = (0..12).map(|it| (it, None)).collect();
            let mut paths: BTreeMap<u128, UnitPath> =
                (0..12).map(|it| (it, UnitPath::root(unit(it)))).collect();
            for (moving, parent) in moves {
                let old = paths[&moving].clone();
                let new = match parent {
                    None => Ok(UnitPath::root(unit(moving))),
                    Some(parent) => paths[&parent].child(unit(moving)),
                };
                let below = |at: u128| slow_path(&parents, at).contains(&moving);
                prop_assert_eq!(new.is_err(), parent.is_some_and(below));
                let Ok(new) = new else { continue };
                parents.insert(moving, parent);
                for path in paths.values_mut() {
                    *path = path.moved(&old, &new).unwrap();
                }
                for at in 0..12 {
                    let slow: Vec<_> = slow_path(&parents, at).into_iter().map(unit).collect();
                    prop_assert_eq!(paths[&at].units().collect::<Vec<_>>(), slow);
                }
            }
        }
    }
}
