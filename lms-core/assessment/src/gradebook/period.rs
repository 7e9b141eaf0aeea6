//! Course grades of several grading periods.
use serde::{Deserialize, Serialize};

use crate::{
    gradebook::{
        Audience, ComputedGrade, GradeScale, GradeTotal, GradebookPlan, LearnerGrades, PlanError,
        aggregation::{Aggregation, Portion, aggregate},
        compute_grade,
    },
    scoring::{Cap, CourseRules, ScoreRounding, ShortWeights},
};
use lms_kernel::{BigRatio, Percent, Title};

/// A part of the year with a gradebook of its own, such as a term.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PeriodPlan {
    /// Its name.
    pub name: Title,
    /// Its share of the whole.
    pub weight: Percent,
    /// The categories with the items of the period.
    pub plan: GradebookPlan,
}

/// How the grades of periods make the grade of a course.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PeriodRules {
    /// The grades; none where only percentages are shown.
    pub scale: Option<GradeScale>,
    /// How the percentage is rounded, and what the grade is decided on.
    pub rounding: ScoreRounding,
    /// What happens to weights below 100 percent and of a course grade above it.
    pub rules: CourseRules,
}

/// The grade of a learner over several periods.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PeriodGrades {
    /// The grade of each period, in order.
    pub periods: Vec<ComputedGrade>,
    /// The marks so far.
    pub current: GradeTotal,
    /// The end, if nothing more is earned.
    pub last: GradeTotal,
}

/// Computes the course grade of a learner over several periods.
///
/// Each period is computed by itself; the exact shares of those that have one are weighted. Weights
/// that sum below 100 percent are scaled up, or keep their loss, as the rules say, and are never
/// scaled down (as Canvas's weighted grading periods; <https://community.canvaslms.com>, "How do I
/// use grading periods in a course?"). The percentage is rounded once.
///
/// # Errors
/// [`PlanError`] for a period whose plan is not usable.
pub fn compute_period_grades(
    periods: &[PeriodPlan],
    rules: &PeriodRules,
    grades: &LearnerGrades,
    audience: Audience,
) -> Result<PeriodGrades, PlanError> {
    let computed = (periods.iter())
        .map(|period| compute_grade(&period.plan, grades, audience))
        .collect::<Result<Vec<_>, _>>()?;
    let total = |of: &dyn Fn(&ComputedGrade) -> &GradeTotal| {
        let shares = computed.iter().map(|it| of(it).share.as_ref());
        let share = weighted(periods.iter().map(|it| it.weight).zip(shares), rules.rules);
        GradeTotal::of(share, rules.rounding, rules.scale.as_ref())
    };
    let current = total(&|it| &it.current.total);
    let last = total(&|it| &it.last.total);
    Ok(PeriodGrades { periods: computed, current, last })
}

fn weighted<'s>(
    parts: impl Iterator<Item = (Percent, Option<&'s BigRatio>)>,
    rules: CourseRules,
) -> Option<BigRatio> {
    let portion = |(weight, share): (Percent, Option<&BigRatio>)| {
        let (earned, possible) = (share?.clone(), BigRatio::ONE);
        Some(Portion { earned, possible, weight: weight.to_ratio(), extra_credit: false })
    };
    let portions: Vec<Portion> = parts.filter_map(portion).collect();
    let mean = aggregate(Aggregation::WeightedMean, &portions)?;
    let weights = BigRatio::sum(portions.iter().map(|it| BigRatio::from(it.weight)));
    let share = match rules.short_weights {
        ShortWeights::ScaleUp => mean.mul(&weights.max(BigRatio::ONE)),
        ShortWeights::Keep => mean.mul(&weights),
    };
    Some(match rules.course_cap {
        Cap::Full => share.min(BigRatio::ONE),
        Cap::Bonus => share,
    })
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::gradebook::{CategoryPlan, GradeState, ItemPlan};
    use lms_kernel::{Id, Points};

    fn id<T>(number: u128) -> Id<T> {
        Id::from_uuid(Uuid::from_u128(number))
    }

    fn period(number: u128, weight: &str) -> PeriodPlan {
        let item = ItemPlan::new(id(number), Points::from_whole(100).unwrap());
        let category = CategoryPlan::new(id(number), "Work".parse().unwrap(), vec![item]);
        PeriodPlan {
            name: format!("Term {number}").parse().unwrap(),
            weight: weight.parse().unwrap(),
            plan: GradebookPlan::weighted(vec![category]),
        }
    }

    fn percents(weights: &[&str], scores: &[Option<&str>], rules: CourseRules) -> [String; 2] {
        let periods: Vec<_> = (1..).zip(weights).map(|(at, it)| period(at, it)).collect();
        let graded = |(at, score): (u128, &Option<&str>)| {
            let score = score.as_ref()?.parse().unwrap();
            Some((id(at), GradeState::Graded { score, late_seconds: 0 }))
        };
        let grades = (1..).zip(scores).filter_map(graded).collect();
        let rules = PeriodRules { rules, ..PeriodRules::default() };
        let found = compute_period_grades(&periods, &rules, &grades, Audience::Staff).unwrap();
        [found.current, found.last]
            .map(|it| it.percent.map_or_else(|| "none".to_owned(), |it| it.to_string()))
    }

    #[test]
    fn periods_count_by_their_weights() {
        let usual = CourseRules::default();
        let is = |found: [String; 2], current: &str, last: &str| {
            assert_eq!(found, [current.to_owned(), last.to_owned()]);
        };
        is(percents(&["40", "60"], &[Some("80"), Some("90")], usual), "86", "86");
        // The second term has not begun: it counts as nothing in the end only.
        is(percents(&["40", "60"], &[Some("80"), None], usual), "80", "32");
        is(percents(&["20", "30"], &[Some("80"), Some("90")], usual), "86", "86");
        is(percents(&["100", "50"], &[Some("80"), Some("90")], usual), "125", "125");
        is(percents(&["0", "0"], &[Some("80"), Some("90")], usual), "none", "none");
        is(percents(&[], &[], usual), "none", "none");
        let kept = CourseRules { short_weights: ShortWeights::Keep, ..usual };
        is(percents(&["20", "30"], &[Some("80"), Some("90")], kept), "43", "43");
        let capped = CourseRules { course_cap: Cap::Full, ..usual };
        is(percents(&["100", "50"], &[Some("80"), Some("90")], capped), "100", "100");
    }
}
