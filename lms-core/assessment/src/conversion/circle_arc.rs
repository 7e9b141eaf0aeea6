//! Equating small groups by an arc through three points.
use crate::conversion::EquatingError;
use lms_kernel::{BigRatio, NumberError, Rounding};

/// The score on the scale of the old form of every raw score of the new one, from 0 to the upper
/// end, on the arc through three points, before any rounding.
///
/// The ends are fixed: the lowest score that means something, such as what guessing earns, and the
/// highest, each on both forms. The middle is what equating a small group can tell: the mean of the
/// new form and its equivalent. The line through the ends is taken off, a circle is laid through
/// what is left, and the line is added again (Livingston and Kim, "The circle-arc method for
/// equating in small samples", Journal of Educational Measurement 46, 2009: the simplified method).
/// Below the lower end scores go up to it in a straight line from 0. Roots are cut to 150 fraction
/// digits.
///
/// ```
/// use lms_assessment::conversion::equated_by_arc;
/// use lms_kernel::BigRatio;
///
/// let at = |x: i64, y: i64| (BigRatio::from(x), BigRatio::from(y));
/// let straight = equated_by_arc([at(0, 0), at(5, 6), at(10, 12)])?;
/// assert_eq!(straight[5].to_string(), "6");
/// let bent = equated_by_arc([at(0, 0), at(5, 7), at(10, 10)])?;
/// assert_eq!(bent[5].to_string(), "7");
/// # Ok::<(), lms_assessment::conversion::EquatingError>(())
/// ```
///
/// # Errors
/// [`EquatingError::Number`] where the new form's scores of the points do not rise, or the middle
/// lies so far from the line that no arc leads back to the ends.
pub fn equated_by_arc(points: [(BigRatio, BigRatio); 3]) -> Result<Vec<BigRatio>, EquatingError> {
    let [low, middle, high] = points;
    let out_of_range = NumberError::OutOfRange { least: 0, most: 10_000 };
    let most = BigRatio::from(10_000);
    if low.0.is_negative() || low.0 >= middle.0 || middle.0 >= high.0 || high.0 > most {
        return Err(out_of_range.into());
    }
    let slope = high.1.sub(&low.1).div(&high.0.sub(&low.0))?;
    let line = |x: &BigRatio| low.1.add(&slope.mul(&x.sub(&low.0)));
    let arc = Arc::through(&low.0, (&middle.0, middle.1.sub(&line(&middle.0))), &high.0)?;
    let last = high.0.to_integer(Rounding::Floor).unwrap_or(0);
    let last = i64::try_from(last).map_err(|_| out_of_range)?;
    let mut equated = Vec::new();
    for raw in (0..=last).map(BigRatio::from) {
        equated.push(if raw < low.0 {
            // From 0 up to the lower end.
            raw.mul(&low.1).div(&low.0)?
        } else {
            line(&raw).add(&arc.at(&raw)?)
        });
    }
    Ok(equated)
}

/// A circle through two points on the axis and one beside it; none where that is on it, too.
struct Arc(Option<Circle>);

struct Circle {
    x: BigRatio,
    y: BigRatio,
    squared_radius: BigRatio,
    is_above: bool,
}

impl Arc {
    const ROOT_DIGITS: u32 = 150;

    fn through(
        low: &BigRatio,
        (at, height): (&BigRatio, BigRatio),
        high: &BigRatio,
    ) -> Result<Self, EquatingError> {
        if height.is_zero() {
            return Ok(Self(None));
        }
        let half = BigRatio::ONE.div(&BigRatio::from(2))?;
        let x = low.add(high).mul(&half);
        // The middle is as far from the centre as the ends are.
        let squared = |of: &BigRatio| of.mul(of);
        let from_centre = squared(&at.sub(&x)).add(&squared(&height));
        let to_end = squared(&low.sub(&x));
        let y = from_centre.sub(&to_end).div(&height)?.mul(&half);
        let is_above = !height.is_negative();
        if y.is_negative() != is_above && !y.is_zero() {
            // More than half a circle: it would leave the range of the scores.
            return Err(NumberError::OutOfRange { least: 0, most: 10_000 }.into());
        }
        let squared_radius = to_end.add(&squared(&y));
        Ok(Self(Some(Circle { x, y, squared_radius, is_above })))
    }

    fn at(&self, x: &BigRatio) -> Result<BigRatio, EquatingError> {
        let Some(circle) = &self.0 else { return Ok(BigRatio::ZERO) };
        let across = x.sub(&circle.x);
        let root = circle.squared_radius.sub(&across.mul(&across));
        let root = root.square_root(Self::ROOT_DIGITS)?;
        Ok(if circle.is_above { circle.y.add(&root) } else { circle.y.sub(&root) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(x: &str, y: &str) -> (BigRatio, BigRatio) {
        (x.parse().unwrap(), y.parse().unwrap())
    }

    /// Ends (0, 0) and (10, 10), middle (5, 6): the circle through (0, 0), (5, 1) and (10, 0) has
    /// its centre at (5, −12) and the radius 13.
    #[test]
    fn an_arc_by_hand() {
        let found = equated_by_arc([point("0", "0"), point("5", "6"), point("10", "10")]).unwrap();
        assert_eq!(found.len(), 11);
        for (raw, squared) in [(0, 144), (1, 153), (3, 165), (5, 169), (8, 160), (10, 144)] {
            let expected = f64::from(raw) - 12.0 + f64::from(squared).sqrt();
            let decimal = found[raw as usize].round(12, Rounding::HalfUp).unwrap().to_string();
            assert!((decimal.parse::<f64>().unwrap() - expected).abs() < 1e-11, "{raw} {decimal}");
        }
        let below = equated_by_arc([point("0", "0"), point("5", "4"), point("10", "10")]).unwrap();
        for (above, below) in found.iter().zip(&below) {
            let raws = above.add(below).round(20, Rounding::HalfUp).unwrap();
            assert_eq!(raws.normalize().to_string().parse::<u32>().unwrap() % 2, 0, "mirrored");
        }
    }

    #[test]
    fn the_ends_and_the_middle_are_kept_and_scores_rise() {
        let points = [point("4", "5"), point("22.5", "26.25"), point("40", "41")];
        let found = equated_by_arc(points).unwrap();
        let rounded = |at: usize| found[at].round(10, Rounding::HalfUp).unwrap().normalize();
        assert_eq!([rounded(4), rounded(40)].map(|it| it.to_string()), ["5", "41"]);
        assert_eq!([rounded(0), rounded(2)].map(|it| it.to_string()), ["0", "2.5"]);
        assert!(found.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn points_that_make_no_arc_are_refused() {
        for points in [
            [point("5", "5"), point("5", "6"), point("10", "10")],
            [point("0", "0"), point("12", "6"), point("10", "10")],
            [point("-1", "0"), point("5", "6"), point("10", "10")],
            [point("0", "0"), point("5", "30"), point("10", "10")],
            [point("0", "0"), point("5", "6"), point("10001", "10")],
        ] {
            assert!(equated_by_arc(points).is_err());
        }
    }
}
