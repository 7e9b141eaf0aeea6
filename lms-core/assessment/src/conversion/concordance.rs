//! Comparing the scores of two tests.
use serde::{Deserialize, Serialize};

use crate::conversion::{ConversionError, ConversionTable};
use lms_kernel::{Points, Slug};

/// Which score on one scale corresponds to which on another, such as SAT and ACT.
///
/// A concordance compares; it does not make the tests the same. Going back gives a range, because
/// several scores on one side may correspond to one on the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Concordance {
    /// The scale that is read.
    pub from: Slug,
    /// The scale of the result.
    pub to: Slug,
    /// Which score corresponds to which.
    pub table: ConversionTable,
}

impl Concordance {
    /// The score on the other scale.
    ///
    /// # Errors
    /// As [`ConversionTable::convert`].
    pub fn convert(&self, score: Points) -> Result<Points, ConversionError> {
        self.table.convert(score)
    }

    /// The scores, from least to greatest, that correspond to one on the other scale, as the table
    /// is read.
    ///
    /// As [`ConversionTable::raw_scores_for`].
    pub fn convert_back(&self, score: Points) -> Option<(Points, Points)> {
        self.table.raw_scores_for(score)
    }

    /// The score on a third scale: this concordance, then `next`, which starts where this ends.
    /// `None` if it starts elsewhere.
    pub fn through(&self, next: &Self, score: Points) -> Option<Result<Points, ConversionError>> {
        (self.to == next.from).then(|| next.convert(self.convert(score)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversion::{ConversionRow, ConversionRule};

    fn p(text: &str) -> Points {
        text.parse().unwrap()
    }

    /// A part of the 2018 ACT/SAT concordance (act.org and College Board): SAT 1130 to 1150
    /// is ACT 23, 1160 to 1190 is ACT 24.
    fn sat_to_act() -> Concordance {
        let rule = ConversionRule { raw_step: p("10"), ..ConversionRule::default() };
        let rows = vec![
            ConversionRow::range(p("1130"), p("1150"), p("23")),
            ConversionRow::range(p("1160"), p("1190"), p("24")),
        ];
        Concordance {
            from: "sat".parse().unwrap(),
            to: "act".parse().unwrap(),
            table: ConversionTable::new(rule, rows).unwrap(),
        }
    }

    #[test]
    fn there_and_back() {
        let concordance = sat_to_act();
        assert_eq!(concordance.convert(p("1180")), Ok(p("24")));
        assert_eq!(concordance.convert_back(p("23")), Some((p("1130"), p("1150"))));
        assert_eq!(concordance.convert_back(p("25")), None);
        assert!(concordance.through(&concordance, p("1180")).is_none());
    }
}
