//! A candidate's ability from given item parameters.
use serde::{Deserialize, Serialize};

/// How an item separates abilities: the two-parameter logistic model (Birnbaum 1968); with a
/// discrimination of 1 for every item it is the Rasch model (Rasch 1960).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
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
/// right or all wrong, or parameters that are not finite or not above zero.
pub fn estimate_ability(items: &[ItemParameters], right: &[bool]) -> Option<AbilityEstimate> {
    let usable = |it: &ItemParameters| {
        it.discrimination.is_finite() && it.discrimination > 0.0 && it.difficulty.is_finite()
    };
    if items.len() != right.len() || !items.iter().all(usable) {
        return None;
    }
    if right.iter().all(|it| *it) || right.iter().all(|it| !*it) {
        return None;
    }
    let excess = |ability: f64| -> f64 {
        let part = |(item, right): (&ItemParameters, &bool)| {
            item.discrimination * (f64::from(u8::from(*right)) - item.chance(ability))
        };
        items.iter().zip(right).map(part).sum()
    };
    let (mut low, mut high) = (-1.0, 1.0);
    while excess(low) < 0.0 && low > -1e6 {
        low *= 2.0;
    }
    while excess(high) > 0.0 && high < 1e6 {
        high *= 2.0;
    }
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if excess(middle) > 0.0 { low = middle } else { high = middle }
    }
    let ability = f64::midpoint(low, high);
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
    }
}
