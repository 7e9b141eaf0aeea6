//! What a teacher may want to look at.
use lms::assessment::analysis::ItemStatistics;

use crate::responses::Question;

/// What is worth a look about a question; nothing for one that works.
///
/// The limits are rules of thumb: discrimination below 0.2 is to be revised (Ebel, Measuring
/// Educational Achievement, 1965); a distractor that fewer than 2 percent choose does no work.
pub(crate) fn advice(question: &Question, item: &ItemStatistics) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    match item.corrected_discrimination {
        Some(it) if it < 0.0 => found.push("the better candidates miss it: check the key".into()),
        Some(it) if it < 0.2 => found.push("it hardly tells good from weak candidates".into()),
        _ => {}
    }
    match item.facility {
        Some(it) if it > 0.95 => found.push("nearly everybody is right".into()),
        Some(it) if it < 0.2 => found.push("nearly everybody is wrong".into()),
        _ => {}
    }
    let right = item.distractors.iter().filter(|it| question.key.contains(&it.choice));
    let best = right.filter_map(|it| it.mean_total).fold(f64::MIN, f64::max);
    for (place, option) in (0_u16..).zip(&question.options) {
        if question.key.contains(&place) {
            continue;
        }
        let chosen = item.distractors.iter().find(|it| it.choice == place);
        let share = chosen.and_then(|it| it.share).unwrap_or(0.0);
        let total = chosen.and_then(|it| it.mean_total).unwrap_or(f64::MIN);
        if share < 0.02 {
            found.push(format!("hardly anybody chooses {option}"));
        } else if share >= 0.1 && total > best {
            found.push(format!("those who choose {option} are better than those who are right"));
        }
    }
    found
}
