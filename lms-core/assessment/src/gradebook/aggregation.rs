//! How several results become one.
use lms_derive::TextEnum;

use lms_kernel::{BigRatio, Ratio};

/// How the items of a category, or the categories of a gradebook, become one share.
///
/// The share of an item is the points earned divided by the points possible, 1 for all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, TextEnum)]
#[non_exhaustive]
pub enum Aggregation {
    /// Σ earned ÷ Σ possible: an item counts by its points.
    #[default]
    Natural,
    /// The mean of the shares: every item counts alike.
    Mean,
    /// The mean of the shares by their weights.
    WeightedMean,
    /// The share in the middle; the mean of the two in the middle of an even number.
    Median,
    /// The lowest share.
    Lowest,
    /// The highest share.
    Highest,
    /// The most frequent share; the highest of equally frequent ones.
    Mode,
}

impl Aggregation {
    /// Whether extra credit has a meaning: it does where results are added up.
    pub const fn takes_extra_credit(self) -> bool {
        matches!(self, Self::Natural | Self::Mean | Self::WeightedMean)
    }
}

/// One result of several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Portion {
    pub(super) earned: BigRatio,
    pub(super) possible: BigRatio,
    pub(super) weight: Ratio,
    /// It adds to what is earned and not to what is possible.
    pub(super) extra_credit: bool,
}

impl Portion {
    /// Points earned divided by points possible; `None` where nothing was possible.
    pub(super) fn share(&self) -> Option<BigRatio> {
        self.earned.div(&self.possible).ok()
    }
}

/// What adds up to a share: above the line and below it. None where the portion does not count
/// because nothing was possible.
pub(super) fn stake(by: Aggregation, portion: &Portion) -> Option<(BigRatio, BigRatio)> {
    let (above, below) = match by {
        Aggregation::Natural => (portion.earned.clone(), portion.possible.clone()),
        Aggregation::WeightedMean => {
            let weight = BigRatio::from(portion.weight);
            (portion.share()?.mul(&weight), weight)
        }
        Aggregation::Mean
        | Aggregation::Median
        | Aggregation::Lowest
        | Aggregation::Highest
        | Aggregation::Mode => (portion.share()?, BigRatio::ONE),
    };
    Some((above, if portion.extra_credit { BigRatio::ZERO } else { below }))
}

/// The share that the portions make; none where there is nothing to divide by.
pub(super) fn aggregate(by: Aggregation, portions: &[Portion]) -> Option<BigRatio> {
    match by {
        Aggregation::Natural | Aggregation::Mean | Aggregation::WeightedMean => {
            let (above, below): (Vec<_>, Vec<_>) =
                portions.iter().filter_map(|portion| stake(by, portion)).unzip();
            BigRatio::sum(above).div(&BigRatio::sum(below)).ok()
        }
        Aggregation::Median | Aggregation::Lowest | Aggregation::Highest | Aggregation::Mode => {
            let mut shares: Vec<BigRatio> = portions.iter().filter_map(Portion::share).collect();
            shares.sort_unstable();
            of_sorted(by, &shares)
        }
    }
}

fn of_sorted(by: Aggregation, shares: &[BigRatio]) -> Option<BigRatio> {
    let middle = shares.len() / 2;
    match by {
        Aggregation::Lowest => shares.first().cloned(),
        Aggregation::Highest => shares.last().cloned(),
        Aggregation::Mode => mode(shares).cloned(),
        _ if shares.len() % 2 == 1 => shares.get(middle).cloned(),
        _ => {
            let (low, high) = (shares.get(middle.checked_sub(1)?)?, shares.get(middle)?);
            low.add(high).div(&BigRatio::from(2)).ok()
        }
    }
}

fn mode(sorted: &[BigRatio]) -> Option<&BigRatio> {
    let runs = sorted.chunk_by(|a, b| a == b);
    runs.max_by_key(|run| run.len()).and_then(|run| run.first())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(by: Aggregation, list: &[(i64, i64)]) -> String {
        let portions: Vec<Portion> = (list.iter())
            .map(|(earned, possible)| Portion {
                earned: BigRatio::from(*earned),
                possible: BigRatio::from(*possible),
                weight: Ratio::from(*possible),
                extra_credit: false,
            })
            .collect();
        aggregate(by, &portions).map_or("none".to_owned(), |it| it.to_string())
    }

    #[test]
    fn one_list_by_every_rule() {
        let list = [(1, 2), (4, 4), (1, 4), (8, 8), (0, 2), (0, 0)];
        for (by, expected) in [
            (Aggregation::Natural, "7/10"),
            (Aggregation::Mean, "11/20"),
            (Aggregation::WeightedMean, "7/10"),
            (Aggregation::Median, "1/2"),
            (Aggregation::Lowest, "0"),
            (Aggregation::Highest, "1"),
            (Aggregation::Mode, "1"),
        ] {
            assert_eq!(shares(by, &list), expected, "{by}");
            assert_eq!(shares(by, &[]), "none", "{by}");
        }
        assert_eq!(shares(Aggregation::Median, &list[..4]), "3/4");
        assert_eq!(shares(Aggregation::Mode, &[(1, 2), (1, 4)]), "1/2");
    }

    #[test]
    fn extra_credit_adds_without_being_asked_for() {
        let portion = |earned: i64, extra_credit| Portion {
            earned: BigRatio::from(earned),
            possible: BigRatio::from(10),
            weight: Ratio::ONE,
            extra_credit,
        };
        let portions = [portion(8, false), portion(6, false), portion(5, true)];
        let share = |by| aggregate(by, &portions).unwrap().to_string();
        assert_eq!(share(Aggregation::Natural), "19/20");
        assert_eq!(share(Aggregation::Mean), "19/20");
        assert_eq!(share(Aggregation::WeightedMean), "19/20");
    }
}
