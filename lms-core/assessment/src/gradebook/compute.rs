//! The course grade of one learner.
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::gradebook::{
    Aggregation, CategoryPlan, CategoryTrace, Fate, GradeItem, GradeState, GradeTotal, GradeTrace,
    GradebookPlan, Horizon, ItemPlan, ItemTrace, LateWork, PlanError,
    aggregation::stake,
    drop_rule::{counts, keep},
    natural::natural_weights,
    stake::Stake,
    trace::{Part, Sum, whole},
};
use crate::scoring::Cap;
use lms_kernel::{BigRatio, Id, NumberError, Points, Ratio};

/// The reader of a grade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, lms_derive::TextEnum)]
pub enum Audience {
    /// Teachers, who see every item.
    Staff,
    /// The learner and who is responsible for them: hidden items are not there at all.
    Learner,
}

/// What is known of a learner's items; those without an entry have nothing yet.
pub type LearnerGrades = BTreeMap<Id<GradeItem>, GradeState>;

/// The current and the final grade of a learner, each with everything it follows from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ComputedGrade {
    /// The marks so far.
    pub current: GradeTrace,
    /// The end, if nothing more is earned.
    pub last: GradeTrace,
}

/// Computes the course grade of a learner.
///
/// Each category first deducts the late penalty of each item, then pads, then drops, then
/// aggregates; the categories are aggregated last. Everything is exact until the percentage is
/// rounded, once: 128 bits where they suffice, integers of any size elsewhere. Padded items
/// represent future work, so only the final grade has them.
///
/// # Errors
/// [`PlanError`] for a plan that is not usable.
pub fn compute_grade(
    plan: &GradebookPlan,
    grades: &LearnerGrades,
    audience: Audience,
) -> Result<ComputedGrade, PlanError> {
    plan.check()?;
    Ok(ComputedGrade {
        current: up_to(plan, grades, audience, Horizon::Current)?,
        last: up_to(plan, grades, audience, Horizon::Final)?,
    })
}

fn up_to(
    plan: &GradebookPlan,
    grades: &LearnerGrades,
    audience: Audience,
    horizon: Horizon,
) -> Result<GradeTrace, NumberError> {
    let mut categories = Vec::with_capacity(plan.categories.len());
    for category in &plan.categories {
        let shown = category.items.iter().filter(|it| audience == Audience::Staff || !it.hidden);
        let mut items = Vec::with_capacity(category.items.len());
        for item in shown {
            let state = grades.get(&item.id).copied().unwrap_or_default();
            items.push(item_trace(plan, item, state, horizon)?);
        }
        override_weights(category, &mut items);
        if horizon == Horizon::Final {
            pad(category, &mut items);
        }
        categories.push(category_trace(category, items, plan.rules.category_cap)?);
    }
    let sum = |it: &CategoryTrace| Sum {
        share: it.share.clone(),
        earned: it.earned.clone(),
        possible: it.possible.clone(),
    };
    let parts: Vec<Part<'_>> = categories.iter().map(|it| (it, sum(it))).collect();
    let share = whole(plan.aggregation, plan.rules, &parts);
    let total = GradeTotal::of(share, plan.rounding, plan.scale.as_ref());
    Ok(GradeTrace {
        horizon,
        aggregation: plan.aggregation,
        rounding: plan.rounding,
        rules: plan.rules,
        scale: plan.scale.clone(),
        categories,
        total,
    })
}

fn item_trace(
    plan: &GradebookPlan,
    item: &ItemPlan,
    state: GradeState,
    horizon: Horizon,
) -> Result<ItemTrace, NumberError> {
    let possible = Ratio::from(item.possible);
    let (late_deduction, earned) = match state {
        GradeState::Graded { score, late_seconds } => {
            let work = LateWork { score, possible: item.possible, late_seconds };
            let deduction = item.late.deduction(work)?;
            (deduction, Ratio::from(score).sub(deduction)?)
        }
        // What only adds takes nothing away and gives nothing when it is missing.
        GradeState::Missing if !item.extra_credit => {
            (Ratio::ZERO, possible.mul(plan.missing_earns.to_ratio())?)
        }
        GradeState::Missing | GradeState::NotYet | GradeState::Pending | GradeState::Excused => {
            (Ratio::ZERO, Ratio::ZERO)
        }
    };
    let fate = match state {
        GradeState::Excused => Fate::Excused,
        GradeState::NotYet | GradeState::Pending if horizon == Horizon::Current => Fate::LeftOut,
        _ => Fate::Counts,
    };
    Ok(ItemTrace {
        item: Some(item.id),
        state,
        late_deduction,
        earned,
        possible: item.possible,
        weight: item.weight,
        times: None,
        extra_credit: item.extra_credit,
        fate,
    })
}

/// Lets items with a weight of their own count by it, and the others share what is left.
fn override_weights(category: &CategoryPlan, items: &mut [ItemTrace]) {
    let is_natural = category.aggregation == Aggregation::Natural;
    if !is_natural || category.items.iter().all(|it| it.own_weight.is_none()) {
        return;
    }
    let weights = natural_weights(&category.items);
    let regular = category.items.iter().filter(|it| !it.extra_credit);
    let possible = BigRatio::sum(regular.map(|it| BigRatio::from(it.possible)));
    for item in items {
        let at = category.items.iter().position(|it| Some(it.id) == item.item);
        let weight = at.and_then(|at| weights.get(at));
        item.times =
            weight.and_then(|it| it.mul(&possible).div(&BigRatio::from(item.possible)).ok());
    }
}

/// Adds items worth nothing until there are as many as there must be; extra credit is none of
/// them, and neither is what the learner is excused from.
fn pad(category: &CategoryPlan, items: &mut Vec<ItemTrace>) {
    let counted = items.iter().filter(|it| !it.extra_credit && it.fate == Fate::Counts).count();
    for _ in counted..usize::from(category.pad_to) {
        items.push(ItemTrace {
            item: None,
            state: GradeState::NotYet,
            late_deduction: Ratio::ZERO,
            earned: Ratio::ZERO,
            possible: category.padded_points,
            weight: Points::from_ten_thousandths(10_000),
            times: None,
            extra_credit: false,
            fate: Fate::Counts,
        });
    }
}

fn category_trace(
    category: &CategoryPlan,
    mut items: Vec<ItemTrace>,
    cap: Cap,
) -> Result<CategoryTrace, NumberError> {
    for item in &mut items {
        if item.fate == Fate::Counts && stake(category.aggregation, &item.portion()).is_none() {
            item.fate = Fate::NothingPossible;
        }
    }
    drop_items(category, &mut items)?;
    let mut trace = CategoryTrace {
        category: category.id,
        name: category.name.clone(),
        aggregation: category.aggregation,
        weight: category.weight,
        extra_credit: category.extra_credit,
        items,
        possible: BigRatio::ZERO,
        earned: BigRatio::ZERO,
        share: None,
    };
    let Sum { share, earned, possible } = trace.add_up(cap);
    (trace.share, trace.earned, trace.possible) = (share, earned, possible);
    Ok(trace)
}

/// Drops what the category's rule says: where shares are added up, those that make the rest best
/// and then worst; where they are put in order, the lowest and the highest shares.
fn drop_items(category: &CategoryPlan, items: &mut [ItemTrace]) -> Result<(), NumberError> {
    if category.drop.lowest == 0 && category.drop.highest == 0 {
        return Ok(());
    }
    let never = |item: &ItemTrace| {
        item.item.is_some_and(|id| category.items.iter().any(|it| it.id == id && it.never_drop))
    };
    let counted: Vec<usize> = (items.iter().enumerate())
        .filter(|(_, it)| it.fate == Fate::Counts)
        .map(|(at, _)| at)
        .collect();
    let mut stakes = Vec::with_capacity(counted.len());
    for item in counted.iter().filter_map(|at| items.get(*at)) {
        if let Some((earned, possible)) = stake(category.aggregation, &item.portion()) {
            stakes.push(Stake { earned, possible, never_drop: never(item) });
        }
    }
    let kept = if category.aggregation.takes_extra_credit() {
        match in_common_units(&stakes).and_then(|stakes| keep(&stakes, category.drop)) {
            Err(NumberError::Overflow) => keep(&stakes, category.drop)?,
            kept => kept?,
        }
    } else {
        by_order(category, &stakes)
    };
    for (at, _) in counted.iter().zip(kept).filter(|(_, kept)| !kept) {
        if let Some(item) = items.get_mut(*at) {
            item.fate = Fate::Dropped;
        }
    }
    Ok(())
}

/// The same fractions as integers of one unit, where 128 bits suffice.
fn in_common_units(stakes: &[Stake<BigRatio>]) -> Result<Vec<Stake<i128>>, NumberError> {
    let small = |part: &BigRatio| part.to_ratio().ok_or(NumberError::Overflow);
    let mut unit = Ratio::ONE;
    for part in stakes.iter().flat_map(|it| [&it.earned, &it.possible]) {
        // The least multiple: unit × denominator ÷ their greatest common divisor.
        let beyond = unit.mul(Ratio::new(1, small(part)?.denominator())?)?.denominator();
        unit = unit.mul(Ratio::new(beyond, 1)?)?;
    }
    let whole = |part: &BigRatio| Ok::<i128, NumberError>(small(part)?.mul(unit)?.numerator());
    let stake = |it: &Stake<BigRatio>| {
        Ok(Stake {
            earned: whole(&it.earned)?,
            possible: whole(&it.possible)?,
            never_drop: it.never_drop,
        })
    };
    stakes.iter().map(stake).collect()
}

/// Keeps all but the lowest and the highest shares; of equal ones those listed first are kept.
fn by_order(category: &CategoryPlan, stakes: &[Stake<BigRatio>]) -> Vec<bool> {
    let mut order: Vec<usize> =
        (stakes.iter().enumerate()).filter(|(_, it)| !it.never_drop).map(|(at, _)| at).collect();
    let (lowest, highest) = counts(category.drop, order.len());
    let share = |at: &usize| stakes.get(*at).map(|it| &it.earned);
    order.sort_by(|a, b| share(a).cmp(&share(b)).then(b.cmp(a)));
    let mut kept = vec![true; stakes.len()];
    let mut drop = |at: usize| {
        if let Some(kept) = kept.get_mut(at) {
            *kept = false;
        }
    };
    order.drain(..lowest.min(order.len())).for_each(&mut drop);
    order.sort_by(|a, b| share(b).cmp(&share(a)).then(b.cmp(a)));
    order.iter().take(highest).copied().for_each(&mut drop);
    kept
}

#[cfg(test)]
mod limits;
#[cfg(test)]
mod tests;
