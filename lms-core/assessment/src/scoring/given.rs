//! Questions whose answer is a set of spots or of pairs.

use crate::{
    question::{Association, AssociationsKey, Choice, Spot, SpotsKey},
    scoring::PartFinding,
};
use lms_kernel::{Id, Ratio};

/// What each area earned, in the key's order, and how many spots hit none. None for more spots
/// than an answer may have.
///
/// A spot hits the first area that it lies in, that its marker belongs to and that no spot before
/// it has hit (QTI, `areaMapResponse`: each area counts once).
pub fn find_spots(key: &SpotsKey, spots: &[Spot]) -> Option<(Vec<PartFinding>, u16)> {
    if spots.len() > key.most() {
        return None;
    }
    let mut parts: Vec<PartFinding> = key.areas.iter().map(|it| missed(it.weight)).collect();
    let mut extra = 0_u16;
    for spot in spots {
        let hit = key.areas.iter().zip(&mut parts).find(|(area, part)| {
            !part.answered && area.marker == spot.marker && area.shape.contains(spot.at)
        });
        match hit {
            Some((_, part)) => (part.answered, part.earned) = (true, Ratio::ONE),
            None => extra = extra.saturating_add(1),
        }
    }
    Some((parts, extra))
}

/// What each right pair earned, in the key's order, and how many pairs are none of them. None for
/// more pairs than an answer may have; a pair that is given again does not count.
pub fn find_associations(
    key: &AssociationsKey,
    options: &[Choice],
    given: &[Association],
) -> Option<(Vec<PartFinding>, u16)> {
    let mut distinct: Vec<Association> = Vec::new();
    for pair in given {
        if !distinct.iter().any(|it| it.is_same(*pair, key.is_directed)) {
            distinct.push(*pair);
            if distinct.len() > key.most() {
                return None;
            }
        }
    }
    let mut parts: Vec<PartFinding> = key.pairs.iter().map(|it| missed(it.weight)).collect();
    let is_known = |id: Id<Choice>| options.iter().any(|it| it.id == id);
    let mut extra = 0_u16;
    for pair in distinct.into_iter().filter(|it| is_known(it.from) && is_known(it.to)) {
        let hit = key
            .pairs
            .iter()
            .zip(&mut parts)
            .find(|(right, part)| !part.answered && right.pair.is_same(pair, key.is_directed));
        match hit {
            Some((_, part)) => (part.answered, part.earned) = (true, Ratio::ONE),
            None => extra = extra.saturating_add(1),
        }
    }
    Some((parts, extra))
}

const fn missed(weight: Ratio) -> PartFinding {
    PartFinding { answered: false, earned: Ratio::ZERO, weight }
}
