//! Inputs made by type, where money, seats, marks or rights are concerned.
mod commerce;
mod learning;
mod marks;

use std::collections::BTreeMap;

use lms_core::operation::{Operation, OperationType};
use serde::Serialize;
use serde_json::Value;

use super::hand::Hand;

/// Draws the input of an operation; none where nothing is there that it could be about.
pub(crate) type Draw = Box<dyn Fn(&mut Hand<'_>) -> Option<Value> + Send + Sync>;

/// The typed generators, by operation.
pub(crate) type Typed = BTreeMap<&'static str, Draw>;

/// All typed generators.
pub(crate) fn typed() -> Typed {
    let mut all = Typed::new();
    commerce::add(&mut all);
    learning::add(&mut all);
    marks::add(&mut all);
    let known: Vec<_> = super::drawn().filter(OperationType::takes_json).collect();
    all.retain(|name, _| known.iter().any(|it| it.name == *name));
    all
}

/// Adds the generator of an operation.
fn draws<O: Operation + Serialize>(all: &mut Typed, draw: fn(&mut Hand<'_>) -> Option<O>) {
    let draw: Draw = Box::new(move |hand: &mut Hand<'_>| serde_json::to_value(draw(hand)?).ok());
    all.insert(O::NAME, draw);
}
