//! How items agree with a measure from outside the test.
use serde::{Deserialize, Serialize};

use crate::analysis::{
    AnalysisError, ItemResponse,
    report::{Parts, comoment},
    response::units,
};
use lms_kernel::Ratio;

/// The sums of one item, or of the whole test.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    sum: i128,
    squares: i128,
    with_criterion: i128,
}

/// The validity of a test and its items: their correlation with a criterion such as the grade of a
/// later course. Sums are exact, so the order of candidates makes no difference.
///
/// ```
/// use lms_assessment::analysis::{CriterionAnalysis, ItemResponse};
/// use lms_kernel::{Points, Ratio};
///
/// let mut analysis = CriterionAnalysis::new(1);
/// for (mark, grade) in [(0, 10), (1, 20), (2, 30)] {
///     let mark = ItemResponse::points(Points::from_ten_thousandths(mark));
///     analysis.add(&[mark], Ratio::from(grade))?;
/// }
/// assert_eq!(analysis.report().items, [Some(1.0)]);
/// # Ok::<(), lms_assessment::analysis::AnalysisError>(())
/// ```
#[derive(Clone, Debug)]
pub struct CriterionAnalysis {
    candidates: u64,
    items: Vec<Sums>,
    total: Sums,
    criterion: Sums,
    /// The sum of the squares of what each candidate's numbers are without their signs, which no
    /// other sum exceeds.
    bound: i128,
}

/// Correlations with a criterion; none where either does not vary.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CriterionReport {
    /// How many candidates there are.
    pub candidates: u64,
    /// The correlation of the total with the criterion.
    pub total: Option<f64>,
    /// The correlation of each item with the criterion.
    pub items: Vec<Option<f64>>,
}

impl CriterionAnalysis {
    /// A test of so many items, without candidates yet.
    pub fn new(items: usize) -> Self {
        Self {
            candidates: 0,
            items: vec![Sums::default(); items],
            total: Sums::default(),
            criterion: Sums::default(),
            bound: 0,
        }
    }

    /// Adds a candidate with their value of the criterion, on any scale. Marks and criterion are
    /// kept to 10⁻¹².
    ///
    /// # Errors
    /// [`AnalysisError`] for another number of responses, or sums that are too large; nothing was
    /// added then.
    pub fn add(
        &mut self,
        responses: &[ItemResponse],
        criterion: Ratio,
    ) -> Result<(), AnalysisError> {
        if responses.len() != self.items.len() {
            let (expected, found) = (self.items.len(), responses.len());
            return Err(AnalysisError::Length { expected, found });
        }
        let large = AnalysisError::TooLarge;
        let criterion = i128::from(units(criterion).ok_or(large)?);
        let marks = responses.iter().map(|it| units(it.mark).map(i128::from).ok_or(large));
        let marks = marks.collect::<Result<Vec<_>, _>>()?;
        let sizes = marks.iter().chain([&criterion]).map(|it| it.saturating_abs());
        let size: i128 = sizes.sum();
        let square = size.checked_mul(size).ok_or(large)?;
        self.bound = self.bound.checked_add(square).ok_or(large)?;
        self.candidates += 1;
        self.criterion.add(criterion, criterion);
        self.total.add(marks.iter().sum(), criterion);
        for (sums, mark) in self.items.iter_mut().zip(marks) {
            sums.add(mark, criterion);
        }
        Ok(())
    }

    /// The correlations of the candidates added so far.
    pub fn report(&self) -> CriterionReport {
        let n = self.candidates;
        let criterion = self.criterion;
        let spread = comoment(n, criterion.squares, criterion.sum, criterion.sum);
        let correlation = |it: &Sums| {
            let own = comoment(n, it.squares, it.sum, it.sum);
            let with_total = comoment(n, it.with_criterion, it.sum, criterion.sum);
            Parts { own, with_total, total: spread.clone() }.correlation()
        };
        CriterionReport {
            candidates: n,
            total: correlation(&self.total),
            items: self.items.iter().map(correlation).collect(),
        }
    }
}

impl Sums {
    const fn add(&mut self, value: i128, criterion: i128) {
        self.sum += value;
        self.squares += value * value;
        self.with_criterion += value * criterion;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lms_kernel::Points;

    fn response(whole: i64) -> ItemResponse {
        ItemResponse::points(Points::from_whole(whole).unwrap())
    }

    /// Totals 1, 2, 3 and 6 with grades 50, 40, 70 and 80.
    #[test]
    fn correlations_with_a_later_grade_by_hand() {
        let mut analysis = CriterionAnalysis::new(2);
        for (first, second, grade) in [(1, 0, 50), (1, 1, 40), (1, 2, 70), (1, 5, 80)] {
            analysis.add(&[response(first), response(second)], Ratio::from(grade)).unwrap();
        }
        let report = analysis.report();
        // Σ(x − 3)(y − 60) = 20 + 20 + 0 + 60 = 100; Σ(x − 3)² = 14; Σ(y − 60)² = 1000.
        let expected = 100.0 / (14.0_f64.sqrt() * 1000.0_f64.sqrt());
        assert!((report.total.unwrap() - expected).abs() < 1e-12);
        assert_eq!(report.items[0], None, "it does not vary");
        assert!((report.items[1].unwrap() - expected).abs() < 1e-12, "the other item is constant");
    }

    #[test]
    fn an_offset_of_marks_or_criterion_changes_nothing() {
        let report = |base: i64, offset: i64| {
            let mut analysis = CriterionAnalysis::new(1);
            for (mark, grade) in [(1, 3), (2, 1), (4, 9), (7, 8)] {
                analysis.add(&[response(base + mark)], Ratio::from(offset + grade)).unwrap();
            }
            analysis.report()
        };
        assert_eq!(report(0, 0), report(50_000, 100_000));
    }

    #[test]
    fn what_is_too_large_or_of_another_test_is_refused_whole() {
        let mut analysis = CriterionAnalysis::new(1);
        assert!(matches!(analysis.add(&[], Ratio::ONE), Err(AnalysisError::Length { .. })));
        let huge = Ratio::from(i64::MAX);
        assert_eq!(analysis.add(&[response(1)], huge), Err(AnalysisError::TooLarge));
        assert_eq!(analysis.report().candidates, 0);
    }
}
