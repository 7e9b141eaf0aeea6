//! Shares of a score, which the format writes in percent.
use lms_core::kernel::{Ratio, Rounding};

/// The parts into which Moodle divides a score, where no decimal is exact.
const PARTS: [i128; 6] = [3, 6, 7, 9, 11, 12];

/// The share that a percentage means; that of a rounded third is the third itself, so that three of
/// them make a whole.
pub(crate) fn of_percent(text: &str) -> Option<Ratio> {
    let text = text.trim();
    let text = text.strip_prefix('+').unwrap_or(text);
    if text.contains('/') || text.len() > 20 {
        return None;
    }
    let percent: Ratio = text.parse().ok()?;
    let hundred = Ratio::new(100, 1).ok()?;
    let share = percent.div(hundred).ok()?;
    if text.split_once('.').is_some_and(|(_, digits)| digits.len() > 1) {
        for parts in PARTS {
            let parts = Ratio::new(parts, 1).ok()?;
            let count = share.mul(parts).ok()?.to_integer(Rounding::HalfUp);
            let exact = Ratio::new(count, 1).ok()?.div(parts).ok()?;
            let off = percent.sub(exact.mul(hundred).ok()?).ok()?.abs();
            if off <= Ratio::new(6, 1_000).ok()? {
                return Some(exact);
            }
        }
    }
    Some(share)
}

/// The percentage of a share, with at most five digits after the point.
pub(crate) fn percent(share: Ratio) -> Option<String> {
    let percent = share.mul(Ratio::new(100, 1).ok()?).ok()?;
    Some(percent.round(5, Rounding::HalfUp).ok()?.normalize().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounded_parts_are_the_parts_themselves() {
        for (text, share) in [
            ("50", "1/2"),
            ("33.333", "1/3"),
            ("66.66667", "2/3"),
            ("-33.33", "-1/3"),
            ("14.28571", "1/7"),
            ("16.667", "1/6"),
            ("12.5", "1/8"),
            ("-100", "-1"),
            ("33.3", "333/1000"),
        ] {
            let share: Ratio = share.parse().unwrap();
            assert_eq!(of_percent(text), Some(share), "{text}");
            assert_eq!(of_percent(&percent(share).unwrap()), Some(share), "{text}");
        }
        for text in ["", "a", "1/3", "1e3", "--1"] {
            assert_eq!(of_percent(text), None, "{text}");
        }
    }
}
