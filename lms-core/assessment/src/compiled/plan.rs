//! From the units that sections earned to shown scores, in integers.

use crate::{
    compiled::outcome::in_units,
    grading::{
        PassDecision, ScoreFrame, SectionFrame,
        total::{Composition, Tally},
    },
    scoring::{Cap, Floor, PassRule},
};
use lms_kernel::{BigRatio, NumberError, Points, Ratio};

/// How section sums become scores when the sections could earn these units.
///
/// Every shown score is computed once for each value of a sum, by the rules that the readable
/// grader uses, and looked up after that.
#[derive(Debug)]
pub(super) struct Plan<'f> {
    frame: &'f ScoreFrame,
    sections: Vec<SectionPlan<'f>>,
    composition: Composition,
    /// The total is a whole number of parts of this size.
    scale: i64,
    totals: Memo<(Points, PassDecision)>,
}

#[derive(Debug)]
struct SectionPlan<'f> {
    frame: &'f SectionFrame,
    possible: Ratio,
    /// The limits on the sum, in units.
    limits: (i64, i64),
    /// What one unit adds to the total, in parts of the plan's scale.
    factor: i64,
    /// Whether a sum adds itself: no limit cuts it, and the factor is one.
    is_plain: bool,
    shown: Memo<(Points, bool)>,
}

/// What a section can earn: the least and the greatest sum of its tables.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) least: i64,
    pub(super) most: i64,
}

impl<'f> Plan<'f> {
    /// A plan for sections that could earn `possible` units of one part in `unit`.
    ///
    /// # Errors
    /// [`NumberError`] where the sums cannot be kept in integers.
    pub(super) fn new(
        frame: &'f ScoreFrame,
        frames: &[&'f SectionFrame],
        spans: &[Span],
        possible: &[i64],
        unit: i64,
    ) -> Result<Self, NumberError> {
        let part = |units: i64| Ratio::new(i128::from(units), i128::from(unit));
        let mut maxima = Vec::with_capacity(frames.len());
        let mut scales = Vec::with_capacity(frames.len());
        for (section, units) in frames.iter().zip(possible) {
            let possible = part(*units)?;
            let whole = frame.section(section, tally(possible, possible));
            let maximum = whole.maximum.to_ratio().ok_or(NumberError::Overflow)?;
            if maximum.is_negative() || possible.is_negative() {
                return Err(NumberError::Overflow);
            }
            scales.push(match maximum.is_zero() || possible.is_zero() {
                // What is scaled to nothing, or what has no scale.
                true if !possible.is_zero() => Ratio::ZERO,
                true => Ratio::ONE,
                false => maximum.div(possible)?,
            });
            maxima.push(whole.maximum);
        }
        let composition = frame.composition(frames, &maxima);
        let mut factors = Vec::with_capacity(frames.len());
        for (scale, factor) in scales.iter().zip(&composition.factors) {
            let factor = factor.to_ratio().ok_or(NumberError::Overflow)?;
            factors.push(scale.mul(factor)?.mul(part(1)?)?);
        }
        let scale = least_scale(&factors)?;
        let mut plan =
            Self { frame, sections: Vec::new(), composition, scale, totals: Memo::empty() };
        let mut total = Span { least: 0, most: 0 };
        let each = frames.iter().zip(spans).zip(possible.iter().zip(&factors));
        for ((section, span), (units, factor)) in each {
            let limits = plan.limits(*units);
            let factor = in_units(*factor, scale)?;
            // The ends below bound the total only where every section adds to it.
            if factor < 0 {
                return Err(NumberError::Overflow);
            }
            let ends = [span.least, span.most].map(|end| clamped(end, limits));
            for (sum, end) in [(&mut total.least, ends[0]), (&mut total.most, ends[1])] {
                let added = end.checked_mul(factor).and_then(|added| sum.checked_add(added));
                *sum = added.ok_or(NumberError::Overflow)?;
            }
            plan.sections.push(SectionPlan {
                frame: section,
                possible: part(*units)?,
                limits,
                factor,
                is_plain: factor == 1 && limits.0 <= span.least && span.most <= limits.1,
                shown: Memo::spanning(*span),
            });
        }
        plan.totals = Memo::spanning(total);
        Ok(plan)
    }

    fn limits(&self, possible: i64) -> (i64, i64) {
        let clamp = self.frame.section_clamp;
        let least = if clamp.floor == Floor::Zero { 0 } else { i64::MIN };
        let most = if clamp.cap == Cap::Full { possible } else { i64::MAX };
        (least, most)
    }

    /// Adds what a section's sums make of the total.
    pub(super) fn add_section<U: super::accumulate::Units>(
        &self,
        section: usize,
        sums: &[U],
        totals: &mut [i64],
    ) {
        let Some(plan) = self.sections.get(section) else { return };
        if plan.is_plain {
            for (total, sum) in totals.iter_mut().zip(sums) {
                *total = total.wrapping_add(sum.units());
            }
            return;
        }
        for (total, sum) in totals.iter_mut().zip(sums) {
            let added = clamped(sum.units(), plan.limits).wrapping_mul(plan.factor);
            *total = total.wrapping_add(added);
        }
    }

    /// The shown score of a section, and whether it passes where every section has to.
    pub(super) fn section(
        &mut self,
        section: usize,
        sum: i64,
        unit: i64,
    ) -> Result<(Points, bool), NumberError> {
        let frame = self.frame;
        let Some(plan) = self.sections.get_mut(section) else { return Ok((Points::ZERO, true)) };
        let (of, possible) = (plan.frame, plan.possible);
        plan.shown.get(sum, || {
            let earned = Ratio::new(i128::from(sum), i128::from(unit))?;
            let score = frame.section(of, tally(earned, possible));
            let shown = frame.rounding.show_within_range(&score.exact);
            Ok((shown, frame.section_passes(of, &score)))
        })
    }

    /// The shown total, and whether it passes as far as the total decides.
    pub(super) fn total(&mut self, sum: i64) -> Result<(Points, PassDecision), NumberError> {
        let (frame, composition, scale) = (self.frame, &self.composition, self.scale);
        self.totals.get(sum, || {
            let exact = Ratio::new(i128::from(sum), i128::from(scale))?;
            let score = frame.finish(BigRatio::from(exact), composition);
            let shown = frame.rounding.show_within_range(&score.exact);
            Ok((shown, frame.decide(&[], &[], &score)))
        })
    }

    /// The same for many sums: into as many shown totals and decisions.
    pub(super) fn totals(
        &mut self,
        sums: &[i64],
        shown: &mut [Points],
        passed: &mut [PassDecision],
    ) -> Result<(), NumberError> {
        for (sum, (shown, passed)) in sums.iter().zip(shown.iter_mut().zip(passed)) {
            (*shown, *passed) = match self.totals.known(*sum) {
                Some(known) => known,
                None => self.total(*sum)?,
            };
        }
        Ok(())
    }

    /// Whether passing asks every section.
    pub(super) const fn asks_sections(&self) -> bool {
        matches!(self.frame.passing, PassRule::AllSections(_))
    }
}

fn tally(earned: Ratio, possible: Ratio) -> Tally {
    Tally { earned: earned.into(), possible: possible.into() }
}

const fn clamped(sum: i64, (least, most): (i64, i64)) -> i64 {
    if sum < least {
        least
    } else if sum > most {
        most
    } else {
        sum
    }
}

/// The least common multiple of the denominators.
fn least_scale(factors: &[Ratio]) -> Result<i64, NumberError> {
    let mut scale: i128 = 1;
    for factor in factors {
        let lacking = Ratio::new(scale, factor.denominator())?.denominator();
        scale = scale.checked_mul(lacking).ok_or(NumberError::Overflow)?;
    }
    i64::try_from(scale).map_err(|_| NumberError::Overflow)
}

/// Values that are computed once for each whole number of a span.
#[derive(Debug)]
struct Memo<T> {
    least: i64,
    values: Vec<Option<T>>,
}

impl<T: Copy> Memo<T> {
    /// The most values that are kept; beyond that they are computed each time.
    const MOST: i64 = 1 << 18;

    const fn empty() -> Self {
        Self { least: 0, values: Vec::new() }
    }

    fn spanning(span: Span) -> Self {
        let kept = span
            .most
            .checked_sub(span.least)
            .filter(|width| (0..Self::MOST).contains(width))
            .and_then(|width| usize::try_from(width + 1).ok());
        Self { least: span.least, values: vec![None; kept.unwrap_or(0)] }
    }

    /// The value of a number that was computed before.
    #[inline(always)]
    fn known(&self, key: i64) -> Option<T> {
        // Below the least it wraps around to a place that is not there.
        let place = usize::try_from(key.wrapping_sub(self.least)).ok()?;
        self.values.get(place).copied().flatten()
    }

    #[inline]
    fn get<E>(&mut self, key: i64, compute: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let place = key.checked_sub(self.least).and_then(|place| usize::try_from(place).ok());
        let slot = place.and_then(|place| self.values.get_mut(place));
        if let Some(Some(known)) = slot {
            return Ok(*known);
        }
        let value = compute()?;
        if let Some(slot) = place.and_then(|place| self.values.get_mut(place)) {
            *slot = Some(value);
        }
        Ok(value)
    }
}
