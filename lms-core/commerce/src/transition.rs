//! What every machine of this context answers.
use std::fmt;

use serde::{Deserialize, Serialize};

use lms_kernel::{DomainError, ErrorKind};

/// What a machine does with an event that it accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step<S> {
    /// The state is now this one.
    Applied(S),
    /// The state stays, because the event says nothing new.
    NoOp(NoOpReason),
}

impl<S> Step<S> {
    /// The state after the step, which was `before`.
    pub fn after(self, before: S) -> S {
        match self {
            Self::Applied(state) => state,
            Self::NoOp(_) => before,
        }
    }

    /// Whether the state is a new one.
    pub const fn is_applied(&self) -> bool {
        matches!(self, Self::Applied(_))
    }
}

/// Why an event says nothing new.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum NoOpReason {
    /// It was heard before.
    Repeated,
    /// The state has moved on, and the event does not matter any more.
    Stale,
}

/// The answer of a machine: a step, or the refusal of a pair that its table does not list.
pub type Transition<S> = Result<Step<S>, Rejected>;

/// A state and an event that do not go together.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rejected {
    entity: &'static str,
    state: &'static str,
    event: &'static str,
}

impl Rejected {
    /// The refusal of `event` by an `entity` in `state`.
    pub const fn new(entity: &'static str, state: &'static str, event: &'static str) -> Self {
        Self { entity, state, event }
    }

    /// What refused, such as `order`.
    pub const fn entity(&self) -> &'static str {
        self.entity
    }

    /// The state it was in.
    pub const fn state(&self) -> &'static str {
        self.state
    }

    /// The event it refused.
    pub const fn event(&self) -> &'static str {
        self.event
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { entity, state, event } = self;
        write!(f, "`{event}` cannot happen to the {entity} while it is `{state}`; read it again")
    }
}

impl fmt::Debug for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rejected({} {} × {})", self.entity, self.state, self.event)
    }
}

impl std::error::Error for Rejected {}

impl DomainError for Rejected {
    fn code(&self) -> &'static str {
        "transition_rejected"
    }

    fn kind(&self) -> ErrorKind {
        ErrorKind::Conflict
    }
}

/// Checks a machine against its golden table: one row of cells per state, one cell per event.
#[cfg(test)]
pub(crate) fn check_table<S, E>(
    states: &[S],
    events: &[E],
    table: &str,
    cell: impl Fn(S, E) -> String,
) where
    S: Copy + fmt::Display,
    E: Copy + fmt::Display,
{
    let mut made = String::new();
    for state in states {
        for event in events {
            made.push_str(&format!("{state} × {event} = {}\n", cell(*state, *event)));
        }
    }
    let wanted: Vec<&str> = table.lines().map(str::trim).filter(|it| !it.is_empty()).collect();
    let made: Vec<&str> = made.lines().collect();
    assert_eq!(made.len(), states.len() * events.len());
    for (made, wanted) in made.iter().zip(&wanted) {
        assert_eq!(made, wanted);
    }
    assert_eq!(made.len(), wanted.len(), "the golden table has every cell, once");
}

/// How a golden table writes the answer of a machine; `-` is a refusal.
#[cfg(test)]
pub(crate) fn cell<S: fmt::Display>(answer: Transition<S>) -> String {
    match answer {
        Ok(Step::Applied(state)) => state.to_string(),
        Ok(Step::NoOp(NoOpReason::Repeated)) => "repeated".to_owned(),
        Ok(Step::NoOp(NoOpReason::Stale)) => "stale".to_owned(),
        Err(_) => "-".to_owned(),
    }
}

/// Every step of a machine that changes something: from where, by which event, to where.
#[cfg(test)]
pub(crate) fn moves<S: Copy, E: Copy>(
    states: &[S],
    events: &[E],
    apply: impl Fn(S, E) -> Transition<S>,
) -> Vec<(S, E, S)> {
    let mut moves = Vec::new();
    for state in states {
        for event in events {
            if let Ok(Step::Applied(to)) = apply(*state, *event) {
                moves.push((*state, *event, to));
            }
        }
    }
    moves
}
