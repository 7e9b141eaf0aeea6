//! State machines, each written once: as the table of its states and events.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{DomainError, ErrorKind};

/// A status whose changes are a table of states and events.
///
/// [`machine!`](crate::machine!) implements it, from the table.
pub trait Machine: Copy + Eq + 'static {
    /// What can happen to the entity.
    type Event: Copy + 'static;

    /// What the status belongs to, in words, such as `order`.
    const ENTITY: &'static str;
    /// Every state, in the order of declaration.
    const STATES: &'static [Self];
    /// Every event, in the order of declaration.
    const EVENTS: &'static [Self::Event];

    /// The state that `event` leads to; none where it is refused or changes nothing.
    fn next(self, event: Self::Event) -> Option<Self>;
}

/// Lists the states that a machine reaches from some of its states, those included.
pub fn reachable<S: Machine>(from: &[S]) -> Vec<S> {
    let mut reached = from.to_vec();
    let mut at = 0;
    while let Some(state) = reached.get(at).copied() {
        for to in S::EVENTS.iter().filter_map(|event| state.next(*event)) {
            if !reached.contains(&to) {
                reached.push(to);
            }
        }
        at += 1;
    }
    reached
}

/// Lists the steps of a machine that lead to a state: from where, by which event, to where.
pub fn moves<S: Machine>() -> Vec<(S, S::Event, S)> {
    let all = S::STATES.iter().flat_map(|from| S::EVENTS.iter().map(move |event| (from, event)));
    all.filter_map(|(from, event)| from.next(*event).map(|to| (*from, *event, to))).collect()
}

/// The outcome of an event that may arrive again, or too late.
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

/// An answer of a machine that may lead to a state.
pub trait StateAfter<S> {
    /// The state that the answer leads to; none where it changes nothing.
    fn state_after(&self) -> Option<S>;
}

impl<S: Copy> StateAfter<S> for Step<S> {
    fn state_after(&self) -> Option<S> {
        match self {
            Self::Applied(state) => Some(*state),
            Self::NoOp(_) => None,
        }
    }
}

/// Why an event says nothing new.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum NoOpReason {
    /// It was heard before.
    Repeated,
    /// The state has moved on, and the event does not matter any more.
    Stale,
}

/// The answer of a machine whose events may arrive again: a step, or a refusal.
pub type Transition<S> = Result<Step<S>, Rejected>;

/// The refusal of an event by an entity in a state whose table does not list it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rejected {
    entity: &'static str,
    state: &'static str,
    event: &'static str,
    events: &'static [&'static str],
    possible: u32,
}

impl Rejected {
    /// The refusal of `event` by an `entity` in `state`, where nothing is known of other events.
    pub const fn new(entity: &'static str, state: &'static str, event: &'static str) -> Self {
        Self { entity, state, event, events: &[], possible: 0 }
    }

    /// The same refusal, with what the state accepts: the first 32 of its `events` at most.
    #[must_use]
    pub const fn with_possible(
        mut self,
        events: &'static [&'static str],
        accepts: &[bool],
    ) -> Self {
        self.events = events;
        let (mut rest, mut bit) = (accepts, 1_u32);
        while let Some((accepted, others)) = rest.split_first() {
            if *accepted {
                self.possible |= bit;
            }
            (rest, bit) = (others, bit << 1);
        }
        self
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

    /// The events that the state accepts.
    pub fn possible(&self) -> Vec<&'static str> {
        let bits = (0..u32::BITS).map(|bit| self.possible >> bit & 1 == 1);
        let events = self.events.iter().zip(bits);
        events.filter(|(_, accepted)| *accepted).map(|(event, _)| *event).collect()
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { entity, state, event, .. } = self;
        write!(f, "`{event}` is not possible while the {entity} is `{state}`; ")?;
        match self.possible().as_slice() {
            [] if self.events.is_empty() => f.write_str("read it again"),
            [] => f.write_str("its state is final"),
            events => write!(f, "possible now: `{}`", events.join("`, `")),
        }
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

    fn field(&self) -> Option<&'static str> {
        Some("status")
    }

    fn params(&self) -> Vec<(&'static str, serde_json::Value)> {
        vec![
            ("entity", self.entity.into()),
            ("status", self.state.into()),
            ("event", self.event.into()),
            ("possible", self.possible().into()),
        ]
    }
}

/// Writes a state machine as its table, which is also what the status type's page shows.
///
/// Both enums are field-less, with `ALL` and `as_str` (`#[derive(TextEnum)]` gives both). There is
/// one row for each state and one cell for each event, in any order; a state, an event or a cell
/// that is missing or written twice does not compile. A cell is the state that follows, or `-`
/// where the event is refused.
///
/// ```ignore
/// machine! {
///     "door": DoorStatus x DoorEvent {
///                 [Open  Close   Lock  ]
///         Open:   [-     Closed  -     ]
///         Closed: [Open  -       Locked]
///         Locked: [-     -       -     ]
///     }
/// }
/// ```
///
/// The macro implements [`Machine`] and gives the status `const fn apply(self, event) ->
/// Result<Self, Rejected>`. A machine that may receive an event more than once answers with
/// [`Step`]: `"order": OrderStatus x OrderEvent => Step<Self> { … }`. There a cell may also be `=`
/// (a repeated event, nothing changes) or `~` (an outdated event, nothing changes), and, where the
/// answer is an enum of its own with the variants of [`Step`] and more, `(Name)` for a variant of
/// it that leaves the status unchanged.
///
/// With more events than fit beside each other, the table is written `by event { … }`: one row for
/// each event, one column for each state.
#[macro_export]
macro_rules! machine {
    (@answer [Self]) => { Self };
    (@answer [step $A:path]) => { $A };
    (@next $state:ident, $event:ident, [Self]) => { $state.cell($event) };
    (@next $state:ident, $event:ident, [step $A:path]) => {
        $state.cell($event).and_then(|answer| $crate::machine::StateAfter::state_after(&answer))
    };
    // One binding for each event, so that a row has as many cells as there are events.
    (@pick $row:ident, $value:ident, $E:ident, [$($column:ident)+]) => {{
        #[expect(non_snake_case, reason = "each cell is called as its column")]
        let [$($column),+] = $row;
        match $value { $($E::$column => $column),+ }
    }};
    (@cell $S:ident $answer:tt -) => { None };
    (@cell $S:ident [step $A:path] =) => {
        Some(<$A>::NoOp($crate::machine::NoOpReason::Repeated))
    };
    (@cell $S:ident [step $A:path] ~) => { Some(<$A>::NoOp($crate::machine::NoOpReason::Stale)) };
    (@cell $S:ident [step $A:path] ($remark:ident)) => { Some(<$A>::$remark) };
    (@cell $S:ident [step $A:path] $to:ident) => { Some(<$A>::Applied($S::$to)) };
    (@cell $S:ident [Self] $to:ident) => { Some($S::$to) };
    (@rule $column:ident) => { "---|" };
    (@text -) => { "–" };
    (@text =) => { "*repeated*" };
    (@text ~) => { "*stale*" };
    (@text ($remark:ident)) => { concat!("*", stringify!($remark), "*") };
    (@text $to:ident) => { stringify!($to) };
    ($(#[$note:meta])* $entity:literal: $S:ident x $E:ident $(by $by:ident)? {
        $($table:tt)*
    }) => {
        $crate::machine!(@$($by)? [$(#[$note])*] $entity, $S, $E, [Self] { $($table)* });
    };
    ($(#[$note:meta])* $entity:literal: $S:ident x $E:ident => $A:path $(, by $by:ident)? {
        $($table:tt)*
    }) => {
        $crate::machine!(@$($by)? [$(#[$note])*] $entity, $S, $E, [step $A] { $($table)* });
    };
    (@ $notes:tt $entity:literal, $S:ident, $E:ident, $answer:tt {
        [$($event:ident)+] $($state:ident: [$($cell:tt)+])+
    }) => {
        $crate::machine!(@doc $notes $S [$($event)+] $($state: [$($cell)+])+ {
            /// The cell of the table; none where it refuses.
            const fn cell(self, event: $E) -> ::core::option::Option<
                $crate::machine!(@answer $answer)
            > {
                let row = match self {
                    $(Self::$state => [$($crate::machine!(@cell $S $answer $cell)),+]),+
                };
                $crate::machine!(@pick row, event, $E, [$($event)+])
            }
        });
        $crate::machine!(@machine $entity, $S, $E, $answer, [$($event)+]);
    };
    (@event $notes:tt $entity:literal, $S:ident, $E:ident, $answer:tt {
        [$($state:ident)+] $($event:ident: [$($cell:tt)+])+
    }) => {
        $crate::machine!(@doc $notes $S [$($state)+] $($event: [$($cell)+])+ {
            /// The cell of the table; none where it refuses.
            const fn cell(self, event: $E) -> ::core::option::Option<
                $crate::machine!(@answer $answer)
            > {
                let row = match event {
                    $($E::$event => [$($crate::machine!(@cell $S $answer $cell)),+]),+
                };
                $crate::machine!(@pick row, self, $S, [$($state)+])
            }
        });
        $crate::machine!(@machine $entity, $S, $E, $answer, [$($event)+]);
    };
    (@doc [$(#[$note:meta])*] $S:ident
        [$($column:ident)+] $($row:ident: [$($cell:tt)+])+ { $($item:tt)* }
    ) => {
        $(#[$note])*
        #[doc = ""]
        #[doc = "What each state does with each event (– is refused):"]
        #[doc = ""]
        #[doc = concat!("| |", $(" ", stringify!($column), " |",)+)]
        #[doc = concat!("|---|", $($crate::machine!(@rule $column),)+)]
        $(#[doc = concat!("| **", stringify!($row), "** |",
            $(" ", $crate::machine!(@text $cell), " |",)+)])+
        impl $S { $($item)* }
    };
    (@machine $entity:literal, $S:ident, $E:ident, $answer:tt, [$($event:ident)+]) => {
        impl $S {
            /// The answer to `event`, as the table has it.
            ///
            /// # Errors
            /// [`Rejected`](lms_kernel::Rejected) for a pair that the table refuses.
            pub const fn apply(
                self,
                event: $E,
            ) -> ::core::result::Result<$crate::machine!(@answer $answer), $crate::Rejected> {
                const NAMES: &[&str] = &[$($E::$event.as_str()),+];
                match self.cell(event) {
                    Some(answer) => Ok(answer),
                    None => {
                        let accepts = [$(self.cell($E::$event).is_some()),+];
                        let refused = $crate::Rejected::new($entity, self.as_str(), event.as_str());
                        Err(refused.with_possible(NAMES, &accepts))
                    }
                }
            }
        }

        impl $crate::Machine for $S {
            type Event = $E;
            const ENTITY: &'static str = $entity;
            const STATES: &'static [Self] = Self::ALL;
            const EVENTS: &'static [$E] = $E::ALL;

            fn next(self, event: $E) -> ::core::option::Option<Self> {
                $crate::machine!(@next self, event, $answer)
            }
        }
    };
}

#[cfg(test)]
mod tests {
    #![expect(unreachable_pub, reason = "the macro's functions are public, these machines are not")]

    use super::*;

    macro_rules! names {
        ($name:ident: $($variant:ident $text:literal),+) => {
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            enum $name { $($variant),+ }
            impl $name {
                const ALL: &'static [Self] = &[$(Self::$variant),+];
                const fn as_str(self) -> &'static str {
                    match self { $(Self::$variant => $text),+ }
                }
            }
        };
    }

    names!(Door: Open "open", Closed "closed", Locked "locked", Gone "gone");
    names!(DoorEvent: Shut "shut", Lock "lock", Remove "remove");

    machine! {
        // Rows and columns stand in an order of their own.
        "door": Door x DoorEvent {
                    [Lock    Remove  Shut  ]
            Locked: [-       Gone    -     ]
            Open:   [-       Gone    Closed]
            Gone:   [-       -       -     ]
            Closed: [Locked  Gone    -     ]
        }
    }

    names!(Bill: Sent "sent", Paid "paid", Void "void");
    names!(BillEvent: Pay "pay", Withdraw "withdraw");

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum BillStep {
        Applied(Bill),
        NoOp(NoOpReason),
        Surplus,
    }

    impl StateAfter<Bill> for BillStep {
        fn state_after(&self) -> Option<Bill> {
            match self {
                Self::Applied(state) => Some(*state),
                Self::NoOp(_) | Self::Surplus => None,
            }
        }
    }

    machine! {
        "bill": Bill x BillEvent => BillStep {
                  [Pay        Withdraw]
            Sent: [Paid       Void    ]
            Paid: [=          -       ]
            Void: [(Surplus)  ~       ]
        }
    }

    #[test]
    fn a_table_is_read_cell_by_cell() {
        for state in Door::ALL {
            for event in DoorEvent::ALL {
                let wanted = match (state, event) {
                    (Door::Open, DoorEvent::Shut) => Some(Door::Closed),
                    (Door::Closed, DoorEvent::Lock) => Some(Door::Locked),
                    (Door::Open | Door::Closed | Door::Locked, DoorEvent::Remove) => {
                        Some(Door::Gone)
                    }
                    _ => None,
                };
                assert_eq!(state.apply(*event).ok(), wanted, "{state:?} × {event:?}");
                assert_eq!(state.next(*event), wanted, "{state:?} × {event:?}");
            }
        }
        assert_eq!(<Door as Machine>::ENTITY, "door");
        assert_eq!(moves::<Door>().len(), 5);
    }

    #[test]
    fn a_refusal_names_the_entity_the_state_the_event_and_what_is_possible() {
        let refusal = Door::Closed.apply(DoorEvent::Shut).unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "`shut` is not possible while the door is `closed`; possible now: `lock`, `remove`"
        );
        assert_eq!(format!("{refusal:?}"), "Rejected(door closed × shut)");
        let last = Door::Gone.apply(DoorEvent::Remove).unwrap_err();
        assert!(last.to_string().ends_with("its state is final"), "{last}");
        assert!(last.possible().is_empty());
        let params: serde_json::Map<_, _> =
            refusal.params().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let wanted = serde_json::json!({
            "entity": "door", "status": "closed", "event": "shut", "possible": ["lock", "remove"],
        });
        assert_eq!(serde_json::Value::Object(params), wanted);
        let other = Rejected::new("door", "open", "paint");
        assert!(other.to_string().ends_with("read it again"), "{other}");
        assert_eq!((last.code(), last.kind()), ("transition_rejected", ErrorKind::Conflict));
    }

    #[test]
    fn events_that_come_again_or_too_late_are_steps_that_change_nothing() {
        use NoOpReason::{Repeated, Stale};
        assert_eq!(Bill::Sent.apply(BillEvent::Pay), Ok(BillStep::Applied(Bill::Paid)));
        assert_eq!(Bill::Paid.apply(BillEvent::Pay), Ok(BillStep::NoOp(Repeated)));
        assert_eq!(Bill::Void.apply(BillEvent::Withdraw), Ok(BillStep::NoOp(Stale)));
        assert_eq!(Bill::Void.apply(BillEvent::Pay), Ok(BillStep::Surplus));
        let refusal = Bill::Paid.apply(BillEvent::Withdraw).unwrap_err();
        // What changes nothing is accepted all the same.
        assert_eq!(refusal.possible(), ["pay"]);
        assert_eq!(moves::<Bill>().len(), 2);
    }

    names!(Lamp: Off "off", On "on");
    names!(LampEvent: Press "press", Break "break", Mend "mend");

    machine! {
        "lamp": Lamp x LampEvent => Step<Self>, by event {
                    [On   Off]
            Press:  [Off  On ]
            Break:  [Off  =  ]
            Mend:   [-    ~  ]
        }
    }

    #[test]
    fn a_table_may_have_a_row_for_each_event() {
        assert_eq!(Lamp::On.apply(LampEvent::Press), Ok(Step::Applied(Lamp::Off)));
        assert_eq!(Lamp::Off.apply(LampEvent::Press), Ok(Step::Applied(Lamp::On)));
        assert_eq!(Lamp::Off.apply(LampEvent::Break), Ok(Step::NoOp(NoOpReason::Repeated)));
        assert_eq!(Lamp::Off.apply(LampEvent::Mend), Ok(Step::NoOp(NoOpReason::Stale)));
        let refusal = Lamp::On.apply(LampEvent::Mend).unwrap_err();
        assert_eq!(refusal.possible(), ["press", "break"]);
    }

    #[test]
    fn what_can_be_reached_is_found_over_several_steps() {
        assert_eq!(reachable(&[Door::Open]), [Door::Open, Door::Closed, Door::Gone, Door::Locked]);
        assert_eq!(reachable(&[Door::Locked]), [Door::Locked, Door::Gone]);
        assert_eq!(reachable::<Door>(&[]), []);
    }
}
