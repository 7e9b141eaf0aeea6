//! A candidate's ability from given item parameters.
use serde::{Deserialize, Serialize};

/// How an item separates abilities: the two-parameter logistic model (Birnbaum 1968); with a
/// discrimination of 1 for every item it is the Rasch model (Rasch 1960).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ItemParameters {
    /// How steeply the chance of a right answer rises; above zero.
    pub discrimination: f64,
    /// The ability at which the chance is one half.
    pub difficulty: f64,
}

impl ItemParameters {
    /// An item of the Rasch model.
    pub const fn rasch(difficulty: f64) -> Self {
        Self { discrimination: 1.0, difficulty }
    }

    /// The chance of a right answer at an ability.
    pub fn chance(&self, ability: f64) -> f64 {
        1.0 / (1.0 + (-self.discrimination * (ability - self.difficulty)).exp())
    }
}

/// A candidate's ability, in logits.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AbilityEstimate {
    /// The ability.
    pub ability: f64,
    /// Its standard error: one over the root of the test's information.
    pub standard_error: f64,
}

/// The ability that makes right and wrong answers most likely.
///
/// The equation Σ a·(right − chance) = 0 has one root, because its left side falls with the
/// ability; it is found by halving, so it always ends. `None` where there is none: no items, all
/// right or all wrong, or parameters that are not finite or not above zero. For all right and all
/// wrong [`estimate_ability_weighted`] has an answer.
pub fn estimate_ability(items: &[ItemParameters], right: &[bool]) -> Option<AbilityEstimate> {
    if !are_usable(items, right) {
        return None;
    }
    if right.iter().all(|it| *it) || right.iter().all(|it| !*it) {
        return None;
    }
    let excess = |ability| excess(items, right, ability);
    let (mut low, mut high) = (-1.0, 1.0);
    while excess(low) < 0.0 && low > -1e6 {
        low *= 2.0;
    }
    while excess(high) > 0.0 && high < 1e6 {
        high *= 2.0;
    }
    estimate_at(items, root_between(low, high, excess))
}

/// The ability by weighted likelihood (T. A. Warm, "Weighted likelihood estimation of ability in
/// item response theory", Psychometrika 54, 1989): nearly without bias, and finite for every
/// pattern, also all right and all wrong.
///
/// It solves Σ a·(right − chance) + J ÷ 2I = 0, with the test's information I = Σ a²·c·(1 − c) and
/// J = Σ a³·c·(1 − c)·(1 − 2c) for the chances c. The left side is above zero far below every
/// difficulty and below zero far above, so there is a root; it is found by halving. `None` without
/// items, or for parameters that are not finite or not above zero.
pub fn estimate_ability_weighted(
    items: &[ItemParameters],
    right: &[bool],
) -> Option<AbilityEstimate> {
    if items.is_empty() || !are_usable(items, right) {
        return None;
    }
    let least = |all: &mut dyn Iterator<Item = f64>| all.fold(f64::INFINITY, f64::min);
    // Thirty logits from the outermost item its information is still far from nothing.
    let reach = 30.0 / least(&mut items.iter().map(|it| it.discrimination));
    let low = least(&mut items.iter().map(|it| it.difficulty)) - reach;
    let high = reach - least(&mut items.iter().map(|it| -it.difficulty));
    let weighted = |ability: f64| {
        let (mut information, mut skew) = (0.0, 0.0);
        for item in items {
            let (a, chance) = (item.discrimination, item.chance(ability));
            let spread = chance * (1.0 - chance);
            information += a * a * spread;
            skew += a * a * a * spread * (1.0 - 2.0 * chance);
        }
        excess(items, right, ability) + skew / (2.0 * information)
    };
    estimate_at(items, root_between(low, high, weighted))
}

fn are_usable(items: &[ItemParameters], right: &[bool]) -> bool {
    let usable = |it: &ItemParameters| {
        it.discrimination.is_finite() && it.discrimination > 0.0 && it.difficulty.is_finite()
    };
    items.len() == right.len() && items.iter().all(usable)
}

/// Σ a·(right − chance): above zero below the most likely ability, and below zero above it.
fn excess(items: &[ItemParameters], right: &[bool], ability: f64) -> f64 {
    let part = |(item, right): (&ItemParameters, &bool)| {
        item.discrimination * (f64::from(u8::from(*right)) - item.chance(ability))
    };
    items.iter().zip(right).map(part).sum()
}

/// Where a function that is above zero at `low` and below zero at `high` passes zero.
fn root_between(mut low: f64, mut high: f64, value: impl Fn(f64) -> f64) -> f64 {
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if value(middle) > 0.0 { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

fn estimate_at(items: &[ItemParameters], ability: f64) -> Option<AbilityEstimate> {
    let information: f64 = items
        .iter()
        .map(|item| {
            let chance = item.chance(ability);
            item.discrimination * item.discrimination * chance * (1.0 - chance)
        })
        .sum();
    (information > 0.0)
        .then(|| AbilityEstimate { ability, standard_error: information.sqrt().recip() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_right_of_equal_items_is_their_difficulty() {
        let items = [ItemParameters::rasch(0.7); 4];
        let found = estimate_ability(&items, &[true, false, true, false]).unwrap();
        assert!((found.ability - 0.7).abs() < 1e-9);
        // Information 4 · 1/4.
        assert!((found.standard_error - 1.0).abs() < 1e-9);
        // Three of four: ln 3 above.
        let found = estimate_ability(&items, &[true, true, true, false]).unwrap();
        assert!((found.ability - 0.7 - 3.0_f64.ln()).abs() < 1e-9);
    }

    #[test]
    fn in_the_rasch_model_only_the_number_of_right_answers_counts() {
        let items = [-1.0, 0.0, 2.0].map(ItemParameters::rasch);
        let easy = estimate_ability(&items, &[true, false, false]).unwrap();
        let hard = estimate_ability(&items, &[false, false, true]).unwrap();
        assert!((easy.ability - hard.ability).abs() < 1e-9);
        let steep = ItemParameters { discrimination: 2.0, difficulty: 2.0 };
        let items = [items[0], items[1], steep];
        let easy = estimate_ability(&items, &[true, false, false]).unwrap();
        let hard = estimate_ability(&items, &[false, false, true]).unwrap();
        assert!(hard.ability > easy.ability);
    }

    #[test]
    fn without_a_root_there_is_no_estimate() {
        let items = [ItemParameters::rasch(0.0); 2];
        for right in [[true, true], [false, false]] {
            assert_eq!(estimate_ability(&items, &right), None);
        }
        assert_eq!(estimate_ability(&items, &[true]), None);
        let flat = ItemParameters { discrimination: 0.0, difficulty: 0.0 };
        assert_eq!(estimate_ability(&[flat, flat], &[true, false]), None);
        assert_eq!(estimate_ability_weighted(&[flat, flat], &[true, false]), None);
        assert_eq!(estimate_ability_weighted(&[], &[]), None);
    }

    /// With n equal items, r of them right, the equation is r + 1/2 = (n + 1)·chance.
    #[test]
    fn by_weighted_likelihood_every_pattern_has_an_ability() {
        let items = [ItemParameters::rasch(-0.4); 5];
        for (right, odds) in [(0, 0.5 / 5.5), (2, 2.5 / 3.5), (4, 4.5 / 1.5), (5, 5.5 / 0.5)] {
            let pattern: Vec<bool> = (0..5).map(|at| at < right).collect();
            let found = estimate_ability_weighted(&items, &pattern).unwrap();
            assert!((found.ability + 0.4 - f64::ln(odds)).abs() < 1e-9, "{right}: {found:?}");
            assert!(found.standard_error.is_finite());
        }
    }

    #[test]
    fn weighted_abilities_are_finite_and_rise_with_what_is_right_for_items_of_any_kind() {
        let item = |discrimination, difficulty| ItemParameters { discrimination, difficulty };
        let items = [item(0.3, -40.0), item(5.0, 0.0), item(1.0, 2.5), item(2.0, 60.0)];
        let mut before = f64::NEG_INFINITY;
        for right in 0..=4 {
            let pattern: Vec<bool> = (0..4).map(|at| at < right).collect();
            let found = estimate_ability_weighted(&items, &pattern).unwrap();
            assert!(found.ability.is_finite() && found.ability > before, "{right}: {found:?}");
            before = found.ability;
        }
    }
}
