//! The grading of one batch.

use std::{collections::HashMap, ops::Range};

use crate::{
    compiled::{
        BatchScores, CompiledTest,
        accumulate::Units,
        adder::{Adder, Scratch},
        outcome::{Standing, common_multiple, in_units},
        plan::{Plan, Span},
        prepare::Prepared,
    },
    grading::{PassDecision, ScoreFrame, SectionFrame},
    scoring::PassRule,
};
use lms_kernel::{NumberError, Points, Ratio};

/// The grading of one batch.
pub(super) struct Run<'b> {
    columns: &'b [Prepared<'b>],
    sections: &'b [Range<usize>],
    frames: &'b [&'b SectionFrame],
    frame: &'b ScoreFrame,
    attempts: usize,
    unit: i64,
    spans: Vec<Span>,
    /// What each question adds to what can be earned, in units.
    worth: Vec<i64>,
    /// What each section could earn where nothing varies.
    possible: Vec<i64>,
    varies: bool,
    narrow: bool,
}

/// The most units in a point: it leaves room for the sums.
const MOST_UNITS: i128 = 1_000_000_000_000;

/// The unit that all columns can be added in: one part in this many.
fn unit_of(columns: &[Prepared<'_>]) -> Result<i64, NumberError> {
    let mut unit: i128 = 1;
    for column in columns {
        let (own, _) = column.outcomes.units()?;
        let common = common_multiple(unit, i128::from(own)).filter(|it| *it <= MOST_UNITS);
        unit = common.ok_or(NumberError::Overflow)?;
    }
    i64::try_from(unit).map_err(|_| NumberError::Overflow)
}

/// How many attempts are graded at a time: few enough for their sums to stay in the cache.
const BLOCK: usize = 4_096;

impl<'b> Run<'b> {
    pub(super) fn new(
        test: &'b CompiledTest,
        columns: &'b [Prepared<'b>],
        frames: &'b [&'b SectionFrame],
        attempts: usize,
    ) -> Result<Self, NumberError> {
        let unit = unit_of(columns)?;
        let mut run = Self {
            columns,
            sections: test.sections(),
            frames,
            frame: &test.form().frame,
            attempts,
            unit,
            spans: Vec::new(),
            worth: Vec::with_capacity(columns.len()),
            possible: Vec::new(),
            varies: columns.iter().any(|it| it.standing.is_none()),
            narrow: true,
        };
        for section in run.sections {
            let own = columns.get(section.clone()).unwrap_or_default();
            let (mut span, mut sum) = (Span { least: 0, most: 0 }, 0_i64);
            for column in own {
                let (least, most) = column.ends(unit)?;
                let add = |a: i64, b: i64| a.checked_add(b).ok_or(NumberError::Overflow);
                span.least = add(span.least, least)?;
                span.most = add(span.most, most)?;
                let worth = in_units(Ratio::from(column.possible), unit)?;
                run.worth.push(worth);
                if column.standing != Some(Standing::Left) {
                    sum = add(sum, worth)?;
                }
            }
            let fits = |end: i64| i32::try_from(end).is_ok();
            run.narrow &= fits(span.least) && fits(span.most);
            run.spans.push(span);
            run.possible.push(sum);
        }
        Ok(run)
    }

    pub(super) fn grade(&self, sections: bool) -> Result<BatchScores, NumberError> {
        if self.narrow { self.grade_in::<i32>(sections) } else { self.grade_in::<i64>(sections) }
    }

    fn grade_in<U: Units>(&self, wants_sections: bool) -> Result<BatchScores, NumberError> {
        let adders: Vec<Vec<Adder<'_, U>>> = self
            .sections
            .iter()
            .map(|section| {
                let own = self.columns.get(section.clone()).unwrap_or_default();
                Adder::for_columns(own, self.unit)
            })
            .collect::<Result<_, _>>()?;
        let mut plans = Plans::new();
        let mut scores = BatchScores {
            totals: Vec::with_capacity(self.attempts),
            passed: Vec::with_capacity(self.attempts),
            ..BatchScores::default()
        };
        if wants_sections {
            scores.sections = vec![Vec::with_capacity(self.attempts); self.sections.len()];
        }
        let mut sums = vec![vec![U::default(); BLOCK]; self.sections.len()];
        let mut scratch = Scratch::for_attempts(BLOCK);
        let mut start = 0;
        while start < self.attempts {
            let block = start..self.attempts.min(start + BLOCK);
            for (sums, adders) in sums.iter_mut().zip(&adders) {
                sums.truncate(block.len());
                sums.fill(U::default());
                for adder in adders {
                    adder.add(block.clone(), sums, &mut scratch);
                }
            }
            if self.varies {
                self.finish_varying(block.clone(), &sums, &mut plans, &mut scores)
            } else {
                self.finish(block.len(), &sums, &mut plans, &mut scores)
            }?;
            start = block.end;
        }
        Ok(scores)
    }

    /// Turns the sums of a block into scores, where what could be earned is the same for all.
    fn finish<U: Units>(
        &self,
        length: usize,
        sums: &[Vec<U>],
        plans: &mut Plans<'b>,
        scores: &mut BatchScores,
    ) -> Result<(), NumberError> {
        let plan = plans.of(self, &self.possible)?;
        let mut totals = vec![0_i64; length];
        for (at, sums) in sums.iter().enumerate() {
            plan.add_section(at, sums, &mut totals);
        }
        let from = scores.passed.len();
        scores.totals.resize(from + length, Points::ZERO);
        scores.passed.resize(from + length, PassDecision::NoRule);
        let shown = scores.totals.get_mut(from..).unwrap_or_default();
        let passed = scores.passed.get_mut(from..).unwrap_or_default();
        plan.totals(&totals, shown, passed)?;
        if scores.sections.is_empty() && !plan.asks_sections() {
            return Ok(());
        }
        for (at, sums) in sums.iter().enumerate() {
            let mut column = scores.sections.get_mut(at);
            let passed = scores.passed.get_mut(from..).unwrap_or_default();
            for (sum, passed) in sums.iter().zip(passed) {
                let (shown, passes) = plan.section(at, sum.units(), self.unit)?;
                if let Some(column) = &mut column {
                    column.push(shown);
                }
                if !passes && *passed == PassDecision::Passed {
                    *passed = PassDecision::Failed;
                }
            }
        }
        Ok(())
    }

    /// The same, where what could be earned depends on the attempt.
    fn finish_varying<U: Units>(
        &self,
        block: Range<usize>,
        sums: &[Vec<U>],
        plans: &mut Plans<'b>,
        scores: &mut BatchScores,
    ) -> Result<(), NumberError> {
        let mut standing = Standings::new(self.sections.len());
        for (within, attempt) in block.enumerate() {
            self.stand(attempt, &mut standing)?;
            let sum = |section: usize| {
                let column: Option<&Vec<U>> = sums.get(section);
                column.and_then(|it| it.get(within)).map_or(0, |it| it.units())
            };
            let (shown, passed) = self.one(plans, &standing.possible, sum, &mut scores.sections)?;
            scores.totals.push(shown);
            if standing.pending == 0 {
                scores.current.push(shown);
                scores.passed.push(passed);
            } else {
                let (current, _) = self.one(plans, &standing.settled, sum, &mut Vec::new())?;
                scores.current.push(current);
                let rule = self.frame.passing == PassRule::None;
                let undecided = if rule { PassDecision::NoRule } else { PassDecision::Undecided };
                scores.passed.push(undecided);
            }
            scores.pending.push(standing.pending);
        }
        Ok(())
    }

    fn one(
        &self,
        plans: &mut Plans<'b>,
        possible: &[i64],
        sum: impl Fn(usize) -> i64,
        columns: &mut [Vec<Points>],
    ) -> Result<(Points, PassDecision), NumberError> {
        let plan = plans.of(self, possible)?;
        let mut total = [0_i64];
        let mut all_pass = true;
        for section in 0..self.sections.len() {
            let sum = sum(section);
            plan.add_section(section, &[sum], &mut total);
            let (shown, passes) = plan.section(section, sum, self.unit)?;
            all_pass &= passes;
            if let Some(column) = columns.get_mut(section) {
                column.push(shown);
            }
        }
        let (shown, mut passed) = plan.total(total[0])?;
        if !all_pass && passed == PassDecision::Passed {
            passed = PassDecision::Failed;
        }
        Ok((shown, passed))
    }

    /// What each section of one attempt could earn, and how much is pending.
    fn stand(&self, attempt: usize, into: &mut Standings) -> Result<(), NumberError> {
        into.clear();
        for (at, section) in self.sections.iter().enumerate() {
            let columns = self.columns.get(section.clone()).unwrap_or_default();
            let worth = self.worth.get(section.clone()).unwrap_or_default();
            for (column, worth) in columns.iter().zip(worth) {
                let standing = column.standing.unwrap_or_else(|| column.standing_of(attempt));
                into.add(at, standing, *worth)?;
            }
        }
        Ok(())
    }
}

/// What the sections of one attempt could earn.
struct Standings {
    /// With what is pending.
    possible: Vec<i64>,
    /// Without what is pending.
    settled: Vec<i64>,
    pending: u32,
}

impl Standings {
    fn new(sections: usize) -> Self {
        Self { possible: vec![0; sections], settled: vec![0; sections], pending: 0 }
    }

    fn clear(&mut self) {
        self.possible.fill(0);
        self.settled.fill(0);
        self.pending = 0;
    }

    fn add(&mut self, section: usize, standing: Standing, units: i64) -> Result<(), NumberError> {
        let settled = standing == Standing::Counts;
        self.pending += u32::from(standing == Standing::Pending);
        if standing == Standing::Left {
            return Ok(());
        }
        let possible = self.possible.get_mut(section);
        let settled = self.settled.get_mut(section).filter(|_| settled);
        for sum in possible.into_iter().chain(settled) {
            *sum = sum.checked_add(units).ok_or(NumberError::Overflow)?;
        }
        Ok(())
    }
}

/// The plans of a batch, one for each way in which sections could earn.
struct Plans<'b> {
    known: HashMap<Vec<i64>, Plan<'b>>,
}

impl<'b> Plans<'b> {
    /// The most plans that are kept at a time.
    const MOST: usize = 64;

    fn new() -> Self {
        Self { known: HashMap::new() }
    }

    fn of(&mut self, run: &Run<'b>, possible: &[i64]) -> Result<&mut Plan<'b>, NumberError> {
        if !self.known.contains_key(possible) {
            if self.known.len() >= Self::MOST {
                self.known.clear();
            }
            let plan = Plan::new(run.frame, run.frames, &run.spans, possible, run.unit)?;
            self.known.insert(possible.to_vec(), plan);
        }
        self.known.get_mut(possible).ok_or(NumberError::Overflow)
    }
}
