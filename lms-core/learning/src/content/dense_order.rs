//! Order without gaps: places from 0 to n − 1, whatever is put in, moved or taken out.
use crate::content::{ActivityMaterial, ContentNode};

/// A value with a position among its siblings.
pub trait Positioned {
    /// Its place, from 0.
    fn position(&self) -> u32;
    /// Gives it another place.
    fn set_position(&mut self, position: u32);
}

macro_rules! positioned {
    ($($record:ty),+) => {$(
        impl $crate::content::Positioned for $record {
            fn position(&self) -> u32 {
                self.position
            }
            fn set_position(&mut self, position: u32) {
                self.position = position;
            }
        }
    )+};
}

positioned!(ContentNode, ActivityMaterial);
pub(crate) use positioned;

/// Moves the item at `from` to `to`; beyond the end means at the end. Does nothing when there is no
/// item at `from`.
pub fn move_item<T>(items: &mut Vec<T>, from: usize, to: usize) {
    if from < items.len() {
        let item = items.remove(from);
        insert_item(items, to, item);
    }
}

/// Inserts an item at `at`; beyond the end means at the end.
pub fn insert_item<T>(items: &mut Vec<T>, at: usize, item: T) {
    items.insert(at.min(items.len()), item);
}

/// Numbers the items from 0 in order, and returns those whose position changed: only they need to
/// be stored.
pub fn renumber<T: Positioned + Clone>(items: &mut [T]) -> Vec<T> {
    let mut changed = Vec::new();
    for (position, item) in (0_u32..).zip(items.iter_mut()) {
        if item.position() != position {
            item.set_position(position);
            changed.push(item.clone());
        }
    }
    changed
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug, PartialEq)]
    struct Item(char, u32);

    impl Positioned for Item {
        fn position(&self) -> u32 {
            self.1
        }
        fn set_position(&mut self, position: u32) {
            self.1 = position;
        }
    }

    fn items(names: &str) -> Vec<Item> {
        names.chars().zip(0..).map(|(name, at)| Item(name, at)).collect()
    }

    fn names(items: &[Item]) -> String {
        items.iter().map(|it| it.0).collect()
    }

    #[test]
    fn a_move_changes_only_what_lies_between() {
        let mut order = items("abcdef");
        move_item(&mut order, 1, 3);
        assert_eq!(names(&order), "acdbef");
        assert_eq!(renumber(&mut order), [Item('c', 1), Item('d', 2), Item('b', 3)]);
        move_item(&mut order, 0, 99);
        assert_eq!(names(&order), "cdbefa");
        move_item(&mut order, 99, 0);
        assert_eq!(names(&order), "cdbefa");
    }

    proptest! {
        #[test]
        fn order_stays_dense_under_random_moves(
            count in 0_usize..12,
            steps in proptest::collection::vec((0_u8..3, 0_usize..14, 0_usize..14), 0..40),
        ) {
            let mut order = items(&"abcdefghijkl"[..count]);
            let mut stored = order.clone();
            for (what, from, to) in steps {
                match what {
                    0 => insert_item(&mut order, to, Item('+', u32::MAX)),
                    1 => move_item(&mut order, from, to),
                    _ => {
                        if from < order.len() {
                            let gone = order.remove(from);
                            stored.retain(|it| *it != gone);
                        }
                    }
                }
                let changed = renumber(&mut order);
                // What is stored after writing only the changes is the order itself.
                for item in &order {
                    let is_new = changed.contains(item);
                    prop_assert!(is_new || stored.contains(item));
                }
                let places: Vec<u32> = order.iter().map(Positioned::position).collect();
                let dense: Vec<u32> = (0..).take(order.len()).collect();
                prop_assert_eq!(places, dense);
                stored.clone_from(&order);
            }
        }
    }
}
