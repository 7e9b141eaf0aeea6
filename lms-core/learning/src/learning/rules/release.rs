//! Release rules: when a node opens for a learner.
use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use lms_derive::DomainError;
use serde::{Deserialize, Serialize};

use crate::{
    content::{ContentNode, Course},
    delivery::ClassGroup,
    learning::Unmet,
};
use lms_kernel::{Id, Percent, Timestamp};

/// When a node opens for a learner.
///
/// ```
/// use lms_learning::learning::{ReleaseFacts, ReleaseRule};
/// use lms_kernel::Timestamp;
///
/// let at: Timestamp = "2024-09-01T07:00:00Z".parse()?;
/// let rule = ReleaseRule::All { of: vec![ReleaseRule::From { at }] };
/// let verdict = rule.evaluate(&ReleaseFacts::at("2024-08-31T12:00:00Z".parse()?));
/// assert_eq!(verdict.opens_at(), Some(at));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum ReleaseRule {
    /// Another node is done.
    Prerequisite {
        /// The node.
        node_id: Id<ContentNode>,
    },
    /// Another course is completed.
    CourseCompleted {
        /// The course.
        course_id: Id<Course>,
    },
    /// The node before it in the course is done; nothing is before the first.
    Sequence,
    /// It is this time or later.
    From {
        /// The time.
        at: Timestamp,
    },
    /// It is earlier than this time.
    Until {
        /// The time.
        at: Timestamp,
    },
    /// That many days of 24 hours have passed since the learner enrolled.
    DaysAfterEnrollment {
        /// The number of days.
        days: u32,
    },
    /// The learner is in a class.
    Group {
        /// The class.
        class_id: Id<ClassGroup>,
    },
    /// The learner's best score at a node is at least this.
    Score {
        /// The node concerned.
        node_id: Id<ContentNode>,
        /// At least that part of the marks.
        least: Percent,
    },
    /// All of these hold; without any it is open.
    All {
        /// The rules.
        of: Vec<ReleaseRule>,
    },
    /// Any of these holds; without any it is closed.
    Any {
        /// The rules.
        of: Vec<ReleaseRule>,
    },
    /// This does not hold.
    Not {
        /// The rule.
        rule: Box<ReleaseRule>,
    },
}

/// The facts about a learner that release rules are checked against.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReleaseFacts {
    /// The time.
    pub now: Timestamp,
    /// The start of the learner's schedule in the course, the day of their first seat.
    pub enrolled_at: Option<Timestamp>,
    /// The nodes that are done.
    pub completed: BTreeSet<Id<ContentNode>>,
    /// The courses that are completed.
    pub completed_courses: BTreeSet<Id<Course>>,
    /// The best score at each node that was scored.
    pub scores: BTreeMap<Id<ContentNode>, Percent>,
    /// The classes that the learner is in.
    pub classes: BTreeSet<Id<ClassGroup>>,
    /// The node before the one that is asked about; none for the first.
    pub before: Option<Id<ContentNode>>,
    /// Whether the learner opened the node before: what it waited for counts as met from then on.
    pub was_opened: bool,
}

impl ReleaseFacts {
    /// That nothing is known but the time.
    pub const fn at(now: Timestamp) -> Self {
        Self {
            now,
            enrolled_at: None,
            completed: BTreeSet::new(),
            completed_courses: BTreeSet::new(),
            scores: BTreeMap::new(),
            classes: BTreeSet::new(),
            before: None,
            was_opened: false,
        }
    }
}

/// Whether a node is open and, when it is not, what is missing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Verdict {
    /// What is missing: all of it. Nothing means that the node is open.
    pub unmet: Vec<Unmet>,
}

impl Verdict {
    /// An open node.
    pub const OPEN: Self = Self { unmet: Vec::new() };

    /// Whether the node is open.
    pub fn is_open(&self) -> bool {
        self.unmet.is_empty()
    }

    /// When time alone will open it, if it will.
    pub fn opens_at(&self) -> Option<Timestamp> {
        let times = self.unmet.iter().map(Unmet::opens_at);
        times.collect::<Option<Vec<_>>>()?.into_iter().max()
    }

    fn missing(unmet: Unmet) -> Self {
        Self { unmet: vec![unmet] }
    }

    fn when(is_met: bool, unmet: impl FnOnce() -> Unmet) -> Self {
        if is_met { Self::OPEN } else { Self::missing(unmet()) }
    }
}

impl ReleaseRule {
    /// The most levels that rules nest.
    pub const MAX_DEPTH: usize = 8;
    /// The most rules in one.
    pub const MAX_SIZE: usize = 200;

    /// Whether the rule holds, and what is missing when it does not. A node that the learner opened
    /// before waits for nothing any more; it closes where a time, a class or a condition closes it.
    pub fn evaluate(&self, facts: &ReleaseFacts) -> Verdict {
        if facts.was_opened && self.is_a_wait() {
            return Verdict::OPEN;
        }
        match self {
            Self::Prerequisite { node_id } => {
                let node_id = *node_id;
                let is_met = facts.completed.contains(&node_id);
                Verdict::when(is_met, || Unmet::Prerequisite { node_id })
            }
            Self::CourseCompleted { course_id } => {
                let course_id = *course_id;
                let is_met = facts.completed_courses.contains(&course_id);
                Verdict::when(is_met, || Unmet::CourseCompleted { course_id })
            }
            Self::Sequence => match facts.before {
                Some(node_id) if !facts.completed.contains(&node_id) => {
                    Verdict::missing(Unmet::Sequence { node_id })
                }
                _ => Verdict::OPEN,
            },
            Self::From { at } => Verdict::when(*at <= facts.now, || Unmet::NotBefore { at: *at }),
            Self::Until { at } => Verdict::when(facts.now < *at, || Unmet::ClosedSince { at: *at }),
            Self::DaysAfterEnrollment { days } => after_enrollment(*days, facts),
            Self::Group { class_id } => {
                let class_id = *class_id;
                let is_met = facts.classes.contains(&class_id);
                Verdict::when(is_met, || Unmet::Group { class_id })
            }
            Self::Score { node_id, least } => {
                let (node_id, least) = (*node_id, *least);
                let best = facts.scores.get(&node_id).copied();
                let is_met = best.is_some_and(|it| it >= least);
                Verdict::when(is_met, || Unmet::Score { node_id, least, best })
            }
            Self::All { of } => {
                Verdict { unmet: of.iter().flat_map(|it| it.evaluate(facts).unmet).collect() }
            }
            Self::Any { of } => any_of(of, facts),
            Self::Not { rule } => {
                let facts = ReleaseFacts { was_opened: false, ..facts.clone() };
                Verdict::when(!rule.evaluate(&facts).is_open(), || Unmet::MustNot)
            }
        }
    }

    /// Whether it is a condition that is met once, and not one that can end again.
    const fn is_a_wait(&self) -> bool {
        match self {
            Self::Prerequisite { .. }
            | Self::CourseCompleted { .. }
            | Self::Sequence
            | Self::From { .. }
            | Self::DaysAfterEnrollment { .. }
            | Self::Score { .. } => true,
            Self::Until { .. }
            | Self::Group { .. }
            | Self::All { .. }
            | Self::Any { .. }
            | Self::Not { .. } => false,
        }
    }

    /// Refuses rules that are too many or nest too deep, such as those read from outside.
    ///
    /// # Errors
    /// [`RuleError`].
    pub fn check(&self) -> Result<(), RuleError> {
        let mut size = 0;
        self.measure(1, &mut size)
    }

    /// The nodes that the rule speaks of.
    pub fn nodes(&self) -> Vec<Id<ContentNode>> {
        match self {
            Self::Prerequisite { node_id } | Self::Score { node_id, .. } => vec![*node_id],
            Self::All { of } | Self::Any { of } => of.iter().flat_map(Self::nodes).collect(),
            Self::Not { rule } => rule.nodes(),
            Self::CourseCompleted { .. }
            | Self::Sequence
            | Self::From { .. }
            | Self::Until { .. }
            | Self::DaysAfterEnrollment { .. }
            | Self::Group { .. } => Vec::new(),
        }
    }

    /// The same rule about other nodes, as `rename` says; nodes that it does not know stay.
    #[must_use]
    pub fn renamed(&self, rename: &BTreeMap<Id<ContentNode>, Id<ContentNode>>) -> Self {
        let new = |id: &Id<ContentNode>| rename.get(id).copied().unwrap_or(*id);
        let all = |of: &[Self]| of.iter().map(|it| it.renamed(rename)).collect();
        match self {
            Self::Prerequisite { node_id } => Self::Prerequisite { node_id: new(node_id) },
            Self::Score { node_id, least } => Self::Score { node_id: new(node_id), least: *least },
            Self::All { of } => Self::All { of: all(of) },
            Self::Any { of } => Self::Any { of: all(of) },
            Self::Not { rule } => Self::Not { rule: Box::new(rule.renamed(rename)) },
            Self::CourseCompleted { .. }
            | Self::Sequence
            | Self::From { .. }
            | Self::Until { .. }
            | Self::DaysAfterEnrollment { .. }
            | Self::Group { .. } => self.clone(),
        }
    }

    /// What is left of the rule without those nodes, which are removed: no one waits for what is no
    /// longer there. None when nothing is left, so that the node is open.
    #[must_use]
    pub fn without(&self, gone: &BTreeSet<Id<ContentNode>>) -> Option<Self> {
        let left = |of: &[Self]| {
            let left: Vec<_> = of.iter().filter_map(|it| it.without(gone)).collect();
            (of.is_empty() || !left.is_empty()).then_some(left)
        };
        match self {
            Self::Prerequisite { node_id } | Self::Score { node_id, .. } => {
                (!gone.contains(node_id)).then(|| self.clone())
            }
            Self::All { of } => left(of).map(|of| Self::All { of }),
            Self::Any { of } => left(of).map(|of| Self::Any { of }),
            Self::Not { rule } => rule.without(gone).map(|it| Self::Not { rule: Box::new(it) }),
            Self::CourseCompleted { .. }
            | Self::Sequence
            | Self::From { .. }
            | Self::Until { .. }
            | Self::DaysAfterEnrollment { .. }
            | Self::Group { .. } => Some(self.clone()),
        }
    }

    fn measure(&self, depth: usize, size: &mut usize) -> Result<(), RuleError> {
        *size += 1;
        if depth > Self::MAX_DEPTH {
            return Err(RuleError::TooDeep { most: Self::MAX_DEPTH });
        }
        if *size > Self::MAX_SIZE {
            return Err(RuleError::TooMany { most: Self::MAX_SIZE });
        }
        match self {
            Self::All { of } | Self::Any { of } => {
                of.iter().try_for_each(|it| it.measure(depth + 1, size))
            }
            Self::Not { rule } => rule.measure(depth + 1, size),
            _ => Ok(()),
        }
    }
}

fn after_enrollment(days: u32, facts: &ReleaseFacts) -> Verdict {
    let at = facts.enrolled_at.map(|it| it.saturating_add(TimeDelta::days(days.into())));
    let is_met = at.is_some_and(|at| at <= facts.now);
    Verdict::when(is_met, || Unmet::DaysAfterEnrollment { days, at })
}

fn any_of(of: &[ReleaseRule], facts: &ReleaseFacts) -> Verdict {
    let mut missing = Vec::new();
    for rule in of {
        let Verdict { mut unmet } = rule.evaluate(facts);
        match unmet.len() {
            0 => return Verdict::OPEN,
            1 => missing.append(&mut unmet),
            // Several things are missing of this one: it stands for its first, so that the
            // explanation stays readable.
            _ => missing.extend(unmet.into_iter().next()),
        }
    }
    Verdict::missing(Unmet::AnyOf { of: missing })
}

/// Why a rule was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum RuleError {
    /// Rules nest too deep.
    #[error("rules nest at most {most} levels deep")]
    #[fault(invalid, field = "release")]
    TooDeep {
        /// The most levels.
        most: usize,
    },
    /// There are too many rules in one.
    #[error("a rule holds at most {most} rules")]
    #[fault(invalid, field = "release")]
    TooMany {
        /// The most rules.
        most: usize,
    },
    /// The rule can never be met: by the rules, the order and the parts of the course, nodes wait
    /// for each other in a circle.
    #[error("the rule of `{node_id}` can never be met: {circle} wait for each other")]
    #[fault(
        invalid,
        field = "release",
        message = "the rule can never be met: {circle} wait for each other"
    )]
    WaitsForItself {
        /// The node.
        node_id: Id<ContentNode>,
        /// The titles of the nodes that wait for each other, from one to itself.
        circle: String,
    },
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn id<T>(number: u128) -> Id<T> {
        Id::from_uuid(Uuid::from_u128(number))
    }

    fn at(day: i64) -> Timestamp {
        Timestamp::EPOCH.saturating_add(TimeDelta::days(day))
    }

    fn percent(text: &str) -> Percent {
        text.parse().unwrap()
    }

    fn facts() -> ReleaseFacts {
        ReleaseFacts {
            enrolled_at: Some(at(0)),
            completed: [id(1), id(2)].into(),
            completed_courses: [id(70)].into(),
            scores: [(id(1), percent("60"))].into(),
            classes: [id(50)].into(),
            before: Some(id(2)),
            ..ReleaseFacts::at(at(10))
        }
    }

    #[test]
    fn each_rule_says_what_is_missing() {
        let text = |rule: ReleaseRule| {
            rule.evaluate(&facts()).unmet.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let none: [&str; 0] = [];
        assert_eq!(text(ReleaseRule::Prerequisite { node_id: id(1) }), none);
        assert_eq!(
            text(ReleaseRule::Prerequisite { node_id: id(9) }),
            ["complete `00000000-0000-0000-0000-000000000009` first"]
        );
        assert_eq!(text(ReleaseRule::Sequence), none);
        assert_eq!(text(ReleaseRule::From { at: at(10) }), none);
        assert_eq!(text(ReleaseRule::From { at: at(11) }), ["opens at 1970-01-12T00:00:00Z"]);
        assert_eq!(text(ReleaseRule::Until { at: at(10) }), ["closed since 1970-01-11T00:00:00Z"]);
        assert_eq!(text(ReleaseRule::DaysAfterEnrollment { days: 10 }), none);
        assert_eq!(
            text(ReleaseRule::DaysAfterEnrollment { days: 11 }),
            ["opens 11 days after enrolling, at 1970-01-12T00:00:00Z"]
        );
        assert_eq!(text(ReleaseRule::Group { class_id: id(50) }), none);
        assert_eq!(
            text(ReleaseRule::Score { node_id: id(1), least: percent("60.0001") }),
            ["reach 60.0001 % in `00000000-0000-0000-0000-000000000001`, best so far 60 %"]
        );
        assert_eq!(text(ReleaseRule::CourseCompleted { course_id: id(70) }), none);
        let either = ReleaseRule::Any {
            of: vec![ReleaseRule::From { at: at(12) }, ReleaseRule::From { at: at(11) }],
        };
        assert_eq!(
            text(either.clone()),
            ["one of: opens at 1970-01-13T00:00:00Z; opens at 1970-01-12T00:00:00Z"]
        );
        assert_eq!(either.evaluate(&facts()).opens_at(), Some(at(11)));
        assert_eq!(
            text(ReleaseRule::Not { rule: Box::new(ReleaseRule::Group { class_id: id(50) }) }),
            ["a condition that must not hold does"]
        );
    }

    #[test]
    fn time_opens_a_node_only_when_nothing_else_is_missing() {
        let of = vec![ReleaseRule::From { at: at(11) }, ReleaseRule::From { at: at(20) }];
        let rule = ReleaseRule::All { of: of.clone() };
        assert_eq!(rule.evaluate(&facts()).opens_at(), Some(at(20)));
        let more = vec![ReleaseRule::All { of }, ReleaseRule::Prerequisite { node_id: id(9) }];
        assert_eq!(ReleaseRule::All { of: more }.evaluate(&facts()).opens_at(), None);
    }

    #[test]
    fn somebody_who_is_not_enrolled_waits() {
        let facts = ReleaseFacts { enrolled_at: None, ..facts() };
        let verdict = ReleaseRule::DaysAfterEnrollment { days: 0 }.evaluate(&facts);
        assert_eq!(verdict.unmet, [Unmet::DaysAfterEnrollment { days: 0, at: None }]);
    }

    #[test]
    fn rules_are_bounded() {
        let mut deep = ReleaseRule::Sequence;
        for _ in 1..ReleaseRule::MAX_DEPTH {
            deep = ReleaseRule::Not { rule: Box::new(deep) };
        }
        assert_eq!(deep.check(), Ok(()));
        let deeper = ReleaseRule::Not { rule: Box::new(deep) };
        assert_eq!(deeper.check(), Err(RuleError::TooDeep { most: 8 }));
        let of = vec![ReleaseRule::Sequence; ReleaseRule::MAX_SIZE];
        assert_eq!(ReleaseRule::All { of }.check(), Err(RuleError::TooMany { most: 200 }));
    }

    #[test]
    fn nobody_waits_for_what_is_removed() {
        let done = |number| ReleaseRule::Prerequisite { node_id: id(number) };
        let score = ReleaseRule::Score { node_id: id(9), least: percent("50") };
        let not = |rule| ReleaseRule::Not { rule: Box::new(rule) };
        let gone = [id(9)].into();
        for rule in [
            done(9),
            score.clone(),
            not(done(9)),
            ReleaseRule::All { of: vec![done(9), score.clone()] },
            ReleaseRule::Any { of: vec![done(9)] },
            not(ReleaseRule::All { of: vec![done(9)] }),
        ] {
            assert_eq!(rule.without(&gone), None, "{rule:?}");
            assert_eq!(rule.without(&BTreeSet::new()), Some(rule));
        }
        let left = ReleaseRule::All { of: vec![done(9), done(3), not(score)] }.without(&gone);
        assert_eq!(left, Some(ReleaseRule::All { of: vec![done(3)] }));
        let never = ReleaseRule::Any { of: Vec::new() };
        assert_eq!(never.without(&gone), Some(never));
    }

    #[test]
    fn the_stored_form_is_a_contract() {
        let rule = ReleaseRule::Any {
            of: vec![
                ReleaseRule::DaysAfterEnrollment { days: 7 },
                ReleaseRule::Not { rule: Box::new(ReleaseRule::Sequence) },
            ],
        };
        let json = concat!(
            r#"{"kind":"any","of":[{"kind":"days_after_enrollment","days":7},"#,
            r#"{"kind":"not","rule":{"kind":"sequence"}}]}"#
        );
        assert_eq!(serde_json::to_string(&rule).unwrap(), json);
        assert_eq!(serde_json::from_str::<ReleaseRule>(json).unwrap(), rule);
    }

    fn rules() -> impl Strategy<Value = ReleaseRule> {
        let leaf = prop_oneof![
            (0_u128..6).prop_map(|it| ReleaseRule::Prerequisite { node_id: id(it) }),
            Just(ReleaseRule::Sequence),
            (5_i64..15).prop_map(|it| ReleaseRule::From { at: at(it) }),
            (5_i64..15).prop_map(|it| ReleaseRule::Until { at: at(it) }),
            (5_u32..15).prop_map(|days| ReleaseRule::DaysAfterEnrollment { days }),
            (50_u128..52).prop_map(|it| ReleaseRule::Group { class_id: id(it) }),
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4)
                    .prop_map(|of| ReleaseRule::All { of }),
                proptest::collection::vec(inner.clone(), 0..4)
                    .prop_map(|of| ReleaseRule::Any { of }),
                inner.prop_map(|rule| ReleaseRule::Not { rule: Box::new(rule) }),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_met_rule_never_closes_any_and_never_opens_all(
            of in proptest::collection::vec(rules(), 0..5),
            more in rules(),
        ) {
            let facts = facts();
            let open = |rule: &ReleaseRule| rule.evaluate(&facts).is_open();
            let with = |of: &[ReleaseRule]| [of, std::slice::from_ref(&more)].concat();
            let (any, all) =
                (ReleaseRule::Any { of: of.clone() }, ReleaseRule::All { of: of.clone() });
            let (wider_any, wider_all) =
                (ReleaseRule::Any { of: with(&of) }, ReleaseRule::All { of: with(&of) });
            // Adding any rule, met or not, never closes `any` and never opens `all`.
            prop_assert!(!open(&any) || open(&wider_any));
            prop_assert!(open(&all) || !open(&wider_all));
            // Adding a met one opens `any` and leaves `all` as it was.
            if open(&more) {
                prop_assert!(open(&wider_any));
                prop_assert_eq!(open(&wider_all), open(&all));
            }
        }

        #[test]
        fn doing_more_never_closes_rules_without_not_and_until(
            nodes in proptest::collection::vec(0_u128..6, 1..4),
            done in 0_u128..6,
        ) {
            let of = nodes.iter().map(|it| ReleaseRule::Prerequisite { node_id: id(*it) });
            let rule = ReleaseRule::All { of: of.collect() };
            let before = facts();
            let mut after = before.clone();
            after.completed.insert(id(done));
            prop_assert!(!rule.evaluate(&before).is_open() || rule.evaluate(&after).is_open());
        }

        #[test]
        fn a_rule_survives_its_stored_form_and_another_name(rule in rules()) {
            let json = serde_json::to_string(&rule).unwrap();
            prop_assert_eq!(&serde_json::from_str::<ReleaseRule>(&json).unwrap(), &rule);
            let there: BTreeMap<_, _> = (0..6).map(|it| (id(it), id(it + 100))).collect();
            let back: BTreeMap<_, _> = (0..6).map(|it| (id(it + 100), id(it))).collect();
            let renamed = rule.renamed(&there);
            prop_assert!(renamed.nodes().iter().all(|it| there.values().any(|new| new == it)));
            prop_assert_eq!(renamed.renamed(&back), rule);
        }
    }
}
