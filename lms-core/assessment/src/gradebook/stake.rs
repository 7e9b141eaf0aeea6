//! The total points of a group's items, in 128 bits where they suffice and in any size elsewhere.
use std::cmp::Ordering;

use lms_kernel::{BigRatio, NumberError};

/// One item in a unit that all items of its group share.
#[derive(Clone, Debug)]
pub(super) struct Stake<N> {
    pub(super) earned: N,
    pub(super) possible: N,
    pub(super) never_drop: bool,
}

/// The sums of a choice of items.
#[derive(Clone, Debug)]
pub(super) struct Sums<N> {
    pub(super) earned: N,
    pub(super) possible: N,
}

/// Numbers that items are counted in.
pub(super) trait Amount: Clone + Ord {
    /// Nothing.
    fn zero() -> Self;

    /// The sums of the items at these places.
    ///
    /// # Errors
    /// [`NumberError::Overflow`], in 128 bits only, as of the others.
    fn sums(items: &[Stake<Self>], of: &[usize]) -> Result<Sums<Self>, NumberError>;

    /// The sum of two.
    fn plus(&self, other: &Self) -> Result<Self, NumberError>;

    /// Compares two ratios with denominators above zero.
    fn compare(a: &Sums<Self>, b: &Sums<Self>) -> Result<Ordering, NumberError>;

    /// Sorts places by earned − ratio × possible of their items, the greatest first if `best`, else
    /// the least; equal ones stay in order. Without a ratio the points earned alone decide.
    fn sort(
        items: &[Stake<Self>],
        places: &mut Vec<usize>,
        ratio: Option<&Sums<Self>>,
        best: bool,
    ) -> Result<(), NumberError>;
}

/// The order of values, turned where the greatest comes first; then that of places.
fn placed(order: Ordering, best: bool, places: (usize, usize)) -> Ordering {
    let order = if best { order.reverse() } else { order };
    order.then(places.0.cmp(&places.1))
}

fn product(a: i128, b: i128) -> Result<i128, NumberError> {
    a.checked_mul(b).ok_or(NumberError::Overflow)
}

impl Amount for i128 {
    fn zero() -> Self {
        0
    }

    fn sums(items: &[Stake<Self>], of: &[usize]) -> Result<Sums<Self>, NumberError> {
        let mut sum = Sums { earned: 0, possible: 0 };
        for it in of.iter().filter_map(|at| items.get(*at)) {
            sum.earned = sum.earned.plus(&it.earned)?;
            sum.possible = sum.possible.plus(&it.possible)?;
        }
        Ok(sum)
    }

    fn plus(&self, other: &Self) -> Result<Self, NumberError> {
        self.checked_add(*other).ok_or(NumberError::Overflow)
    }

    fn compare(a: &Sums<Self>, b: &Sums<Self>) -> Result<Ordering, NumberError> {
        Ok(product(a.earned, b.possible)?.cmp(&product(b.earned, a.possible)?))
    }

    fn sort(
        items: &[Stake<Self>],
        places: &mut Vec<usize>,
        ratio: Option<&Sums<Self>>,
        best: bool,
    ) -> Result<(), NumberError> {
        let mut valued = Vec::with_capacity(places.len());
        for at in places.iter() {
            let Some(it) = items.get(*at) else { continue };
            let value = match ratio {
                None => it.earned,
                Some(ratio) => product(it.earned, ratio.possible)?
                    .checked_sub(product(it.possible, ratio.earned)?)
                    .ok_or(NumberError::Overflow)?,
            };
            valued.push((value, *at));
        }
        valued.sort_unstable_by(|a, b| placed(a.0.cmp(&b.0), best, (a.1, b.1)));
        places.clear();
        places.extend(valued.into_iter().map(|(_, at)| at));
        Ok(())
    }
}

impl Amount for BigRatio {
    fn zero() -> Self {
        Self::ZERO
    }

    fn sums(items: &[Stake<Self>], of: &[usize]) -> Result<Sums<Self>, NumberError> {
        let kept = || of.iter().filter_map(|at| items.get(*at));
        Ok(Sums {
            earned: Self::sum(kept().map(|it| it.earned.clone())),
            possible: Self::sum(kept().map(|it| it.possible.clone())),
        })
    }

    fn plus(&self, other: &Self) -> Result<Self, NumberError> {
        Ok(self.add(other))
    }

    fn compare(a: &Sums<Self>, b: &Sums<Self>) -> Result<Ordering, NumberError> {
        Ok(a.earned.mul(&b.possible).cmp(&b.earned.mul(&a.possible)))
    }

    /// The values themselves are as large as the ratio. Comparing two of them is dividing the
    /// difference of the points earned by that of the points possible, which are both small.
    fn sort(
        items: &[Stake<Self>],
        places: &mut Vec<usize>,
        ratio: Option<&Sums<Self>>,
        best: bool,
    ) -> Result<(), NumberError> {
        let ratio = match ratio {
            Some(ratio) => ratio.earned.div(&ratio.possible)?,
            None => Self::ZERO,
        };
        let order = |a: &Stake<Self>, b: &Stake<Self>| {
            let possible = a.possible.sub(&b.possible);
            match a.earned.sub(&b.earned).div(&possible) {
                Ok(slope) if possible.is_negative() => ratio.cmp(&slope),
                Ok(slope) => slope.cmp(&ratio),
                Err(_) => a.earned.cmp(&b.earned),
            }
        };
        places.retain(|at| *at < items.len());
        places.sort_unstable_by(|a, b| {
            let (first, second) = (items.get(*a), items.get(*b));
            let order = first.zip(second).map_or(Ordering::Equal, |(a, b)| order(a, b));
            placed(order, best, (*a, *b))
        });
        Ok(())
    }
}
