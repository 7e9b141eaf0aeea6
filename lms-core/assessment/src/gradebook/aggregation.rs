//! How several results become one.
use lms_derive::TextEnum;

use lms_kernel::{NumberError, Ratio};

/// How the items of a category, or the categories of a gradebook, become one share.
///
/// The share of an item is what it earned of what was possible, 1 for all of it.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Portion {
    pub(super) earned: Ratio,
    pub(super) possible: Ratio,
    pub(super) weight: Ratio,
    /// It adds to what is earned and not to what is possible.
    pub(super) extra_credit: bool,
}

impl Portion {
    /// What was earned of what was possible; none where nothing was.
    pub(super) fn share(&self) -> Option<Ratio> {
        self.earned.div(self.possible).ok()
    }
}

/// What adds up to a share: above the line and below it. None where the portion does not count
/// because nothing was possible.
pub(super) fn stake(
    by: Aggregation,
    portion: &Portion,
) -> Result<Option<(Ratio, Ratio)>, NumberError> {
    let (above, below) = match by {
        Aggregation::Natural => (portion.earned, portion.possible),
        Aggregation::WeightedMean => match portion.share() {
            Some(share) => (share.mul(portion.weight)?, portion.weight),
            None => return Ok(None),
        },
        Aggregation::Mean
        | Aggregation::Median
        | Aggregation::Lowest
        | Aggregation::Highest
        | Aggregation::Mode => match portion.share() {
            Some(share) => (share, Ratio::ONE),
            None => return Ok(None),
        },
    };
    Ok(Some((above, if portion.extra_credit { Ratio::ZERO } else { below })))
}

/// The share that the portions make; none where there is nothing to divide by.
///
/// # Errors
/// [`NumberError::Overflow`].
pub(super) fn aggregate(
    by: Aggregation,
    portions: &[Portion],
) -> Result<Option<Ratio>, NumberError> {
    match by {
        Aggregation::Natural | Aggregation::Mean | Aggregation::WeightedMean => {
            let (mut above, mut below) = (Ratio::ZERO, Ratio::ZERO);
            for portion in portions {
                if let Some((own, of)) = stake(by, portion)? {
                    above = above.add(own)?;
                    below = below.add(of)?;
                }
            }
            Ok(if below.is_zero() { None } else { Some(above.div(below)?) })
        }
        Aggregation::Median | Aggregation::Lowest | Aggregation::Highest | Aggregation::Mode => {
            let mut shares: Vec<Ratio> = portions.iter().filter_map(Portion::share).collect();
            shares.sort_unstable();
            of_sorted(by, &shares)
        }
    }
}

fn of_sorted(by: Aggregation, shares: &[Ratio]) -> Result<Option<Ratio>, NumberError> {
    let at = |place: usize| shares.get(place).copied();
    Ok(match by {
        Aggregation::Lowest => at(0),
        Aggregation::Highest => shares.last().copied(),
        Aggregation::Mode => mode(shares),
        _ if shares.len() % 2 == 1 => at(shares.len() / 2),
        _ => match (shares.len().checked_sub(2).and_then(|it| at(it / 2)), at(shares.len() / 2)) {
            (Some(low), Some(high)) => Some(low.add(high)?.div(Ratio::from(2))?),
            _ => None,
        },
    })
}

fn mode(sorted: &[Ratio]) -> Option<Ratio> {
    let runs = sorted.chunk_by(|a, b| a == b);
    runs.max_by_key(|run| run.len()).and_then(|run| run.first()).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(by: Aggregation, list: &[(i64, i64)]) -> String {
        let portions: Vec<Portion> = (list.iter())
            .map(|(earned, possible)| Portion {
                earned: Ratio::from(*earned),
                possible: Ratio::from(*possible),
                weight: Ratio::from(*possible),
                extra_credit: false,
            })
            .collect();
        aggregate(by, &portions).unwrap().map_or("none".to_owned(), |it| it.to_string())
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
            earned: Ratio::from(earned),
            possible: Ratio::from(10),
            weight: Ratio::ONE,
            extra_credit,
        };
        let portions = [portion(8, false), portion(6, false), portion(5, true)];
        let share = |by| aggregate(by, &portions).unwrap().unwrap().to_string();
        assert_eq!(share(Aggregation::Natural), "19/20");
        assert_eq!(share(Aggregation::Mean), "19/20");
        assert_eq!(share(Aggregation::WeightedMean), "19/20");
    }
}
