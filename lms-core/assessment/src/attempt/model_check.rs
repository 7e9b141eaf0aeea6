//! Every order of saving, handing in, ending, giving up, opening again, extending and grading
//! again, up to six events.
use std::collections::BTreeSet;

use chrono::TimeDelta;
use uuid::Uuid;

use super::*;
use lms_kernel::{Actor, Context, Id, SequentialIds, TenantId, Timestamp};
use lms_store::Col;

/// What can happen, and when: the clock moves by this much first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Event {
    Save,
    Submit,
    Expire,
    Extend,
    Abandon,
    Reopen,
    Regrade,
    Wait,
}

const EVENTS: [Event; 8] = [
    Event::Save,
    Event::Submit,
    Event::Expire,
    Event::Extend,
    Event::Abandon,
    Event::Reopen,
    Event::Regrade,
    Event::Wait,
];

/// The whole of what the check looks at. Saves are counted, not kept: the n-th save is answer n.
#[derive(Clone, Debug)]
struct World {
    attempt: Attempt,
    rule: WhenTimeIsUp,
    extra_seconds: u32,
    /// The latest end that it was given.
    longest: i64,
    now: i64,
    /// The last answer that was acknowledged.
    acknowledged: u32,
    saves: u32,
    /// The answer on the sheet, once it was packed.
    packed: Option<u32>,
    /// How often the attempt was packed.
    finishes: u32,
    graded: Option<u32>,
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::EPOCH.saturating_add(TimeDelta::seconds(seconds))
}

fn limits(extra: u32) -> AttemptLimits {
    let own = AttemptLimits {
        opens_at: None,
        closes_at: None,
        time_limit_seconds: Some(10),
        grace_seconds: 5,
        max_attempts: None,
        section_time: SectionTime::AS_IT_IS,
        unlocked: false,
    };
    let time = Some(TimeAllowance::Extra { seconds: extra });
    let learner = vec![Allowance { time, ..Allowance::default() }];
    own.with(&Allowances { learner, classes: Vec::new() })
}

impl World {
    fn new(rule: WhenTimeIsUp) -> Self {
        let ids = std::sync::Arc::new(SequentialIds::new());
        let cx = Context::new(TenantId::SINGLE, Actor::system("check"), at(0), ids);
        let [assessment, learner] = [1, 2].map(Uuid::from_u128);
        let (assessment, learner) = (Id::from_uuid(assessment), Id::from_uuid(learner));
        Self {
            attempt: Attempt::new(&cx, assessment, learner, 1, &limits(0)),
            rule,
            extra_seconds: 0,
            longest: 10,
            now: 0,
            acknowledged: 0,
            saves: 0,
            packed: None,
            finishes: 0,
            graded: None,
        }
    }

    /// What the services do, each in one transaction with the attempt locked.
    fn step(&mut self, event: Event) {
        let now = at(self.now);
        match event {
            Event::Wait => self.now += 4,
            Event::Save => {
                self.saves += 1;
                if self.attempt.check_answer(now, None).is_ok() {
                    self.acknowledged = self.saves;
                }
            }
            Event::Submit => {
                if self.attempt.submit(now, EndedBy::Learner).is_ok() {
                    self.pack();
                }
            }
            Event::Expire => {
                let was = self.attempt.status;
                if self.attempt.time_out(now, self.rule).is_ok()
                    && self.attempt.status.is_handed_in()
                    && !was.is_handed_in()
                {
                    self.pack();
                }
            }
            Event::Extend => {
                self.extra_seconds += 6;
                let _ = self.attempt.extend(&limits(self.extra_seconds), None, now);
                self.longest = self.longest.max(10 + i64::from(self.extra_seconds));
            }
            Event::Abandon => {
                let _ = self.attempt.abandon(now, EndedBy::Learner);
            }
            Event::Reopen => {
                let until = at(self.now + 5);
                let limits = limits(self.extra_seconds);
                if self.attempt.reopen(&limits, Some(until), now).is_ok() {
                    self.longest = self.longest.max(self.now + 5);
                }
            }
            Event::Regrade => {
                if self.attempt.status.is_handed_in() {
                    self.graded = self.packed;
                    self.attempt.marked(true, now).unwrap();
                }
            }
        }
        self.check(event);
    }

    fn pack(&mut self) {
        self.packed = Some(self.acknowledged);
        self.finishes += 1;
    }

    fn check(&self, event: Event) {
        let attempt = &self.attempt;
        assert!(self.finishes <= 1, "finished twice: {self:?} after {event:?}");
        assert_eq!(attempt.status.is_handed_in(), self.packed.is_some(), "{self:?}");
        if let Some(packed) = self.packed {
            assert_eq!(packed, self.acknowledged, "an acknowledged answer was lost: {self:?}");
        }
        if let Some(graded) = self.graded {
            assert_eq!(graded, self.acknowledged, "an acknowledged answer was not graded");
        }
        if attempt.status.is_handed_in() || attempt.status == AttemptStatus::Abandoned {
            let spent = attempt.time_spent_seconds.unwrap();
            assert!(i64::from(spent) <= self.longest, "more time than there was: {self:?}");
        }
        if let (Some(submitted), Some(until)) = (attempt.submitted_at, attempt.answers_until) {
            assert!(submitted <= until, "handed in after the end: {self:?}");
        }
    }

    /// The job runs for ever after; what must then be true.
    fn settle(mut self) -> Self {
        self.now += 1_000;
        for _ in 0..3 {
            self.step(Event::Expire);
        }
        self.step(Event::Regrade);
        self
    }

    fn key(&self) -> String {
        let attempt = &self.attempt;
        format!(
            "{} {} {:?} {:?} {:?} {:?}",
            attempt.status,
            self.now,
            attempt.answers_until,
            attempt.submitted_at,
            (self.acknowledged, self.packed, self.finishes, self.graded, self.longest),
            (attempt.ended_by, attempt.completed_at.is_some(), self.saves),
        )
    }
}

#[test]
fn every_order_of_six_events_keeps_what_was_acknowledged() {
    let (mut sequences, mut states) = (0_u64, 0_usize);
    for rule in WhenTimeIsUp::ALL {
        let mut seen: BTreeSet<String> = BTreeSet::new();
        let mut frontier = vec![World::new(*rule)];
        for _ in 0..6 {
            let mut next = Vec::new();
            for world in &frontier {
                for event in EVENTS {
                    let mut after = world.clone();
                    after.step(event);
                    sequences += 1;
                    if seen.insert(after.key()) {
                        let settled = after.clone().settle();
                        let expected = match rule {
                            // Handed in by the learner or by time: always graded.
                            WhenTimeIsUp::Submit if settled.packed.is_some() => {
                                settled.graded == Some(settled.acknowledged)
                            }
                            // Not handed in only where it was given up.
                            WhenTimeIsUp::Submit => {
                                settled.attempt.status == AttemptStatus::Abandoned
                                    && settled.attempt.ended_by == Some(EndedBy::Learner)
                            }
                            _ => {
                                settled.graded == settled.packed
                                    && settled.attempt.status != AttemptStatus::InProgress
                            }
                        };
                        assert!(expected, "{rule}: {after:?} became {settled:?}");
                        next.push(after);
                    }
                }
            }
            frontier = next;
        }
        states += seen.len();
    }
    println!("{sequences} steps led to {states} distinct states");
    // Every sequence of up to six events ends in one of these states, for each of the three
    // rules; another number means that the check or the attempt changed.
    assert_eq!((sequences, states), (13_392, 3_712));
}

#[test]
fn the_condition_of_a_saved_answer_reads_the_columns_that_the_check_reads() {
    let text = format!("{:?}", Attempt::taking_answers(at(0), Some(Id::from_uuid(Uuid::nil()))));
    let names: [Col<Attempt, Option<Timestamp>>; 2] =
        [Attempt::ANSWERS_UNTIL, Attempt::SECTION_UNTIL];
    for name in names.map(Col::name).into_iter().chain([Attempt::STATUS.name()]) {
        assert!(text.contains(name), "{text}");
    }
    assert!(text.contains(Attempt::CURRENT_SECTION_ID.name()));
}
