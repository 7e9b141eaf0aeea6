//! Inputs of operations in which one id names nothing.
use std::cell::Cell;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use uuid::Uuid;

thread_local! {
    /// Which id of the next operation's input names nothing, and how many it has.
    static BENT: Cell<(Option<usize>, usize)> = const { Cell::new((None, 0)) };
}

/// From now on that id of an operation's input, counted from 0, names nothing; or none does.
pub(crate) fn bend(at: Option<usize>) {
    BENT.set((at, 0));
}

/// How many ids the latest input had.
pub(crate) fn ids_of_latest() -> usize {
    BENT.get().1
}

/// The input of an operation.
pub(crate) struct Input<'a, T>(pub(crate) &'a T);

/// An input that has a JSON form.
pub(crate) trait Bendable {
    type Operation;
    fn bent(&self) -> Self::Operation;
}

impl<T: Serialize + DeserializeOwned + Clone> Bendable for Input<'_, T> {
    type Operation = T;
    fn bent(&self) -> T {
        let (at, mut count) = (BENT.get().0, 0);
        let mut input = serde_json::to_value(self.0).unwrap();
        bend_in(&mut input, at, &mut count);
        BENT.set((at, count));
        if at.is_none() { self.0.clone() } else { serde_json::from_value(input).unwrap() }
    }
}

/// An input that has none.
pub(crate) trait AsItIs {
    type Operation;
    fn bent(&self) -> Self::Operation;
}

impl<T: Clone> AsItIs for &Input<'_, T> {
    type Operation = T;
    fn bent(&self) -> T {
        BENT.set((BENT.get().0, 0));
        self.0.clone()
    }
}

fn bend_in(value: &mut Value, at: Option<usize>, count: &mut usize) {
    match value {
        Value::String(text) if Uuid::parse_str(text).is_ok() => {
            if at == Some(*count) {
                "00000000-0000-7000-8000-00000000dead".clone_into(text);
            }
            *count += 1;
        }
        Value::Array(items) => items.iter_mut().for_each(|it| bend_in(it, at, count)),
        Value::Object(fields) => fields.values_mut().for_each(|it| bend_in(it, at, count)),
        _ => {}
    }
}
