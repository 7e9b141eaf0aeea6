//! The inner loops: look up and add, for a block of attempts at a time.
//!
//! Sums cannot overflow: before a batch is graded, the sum of the greatest entries of all tables
//! is shown to fit. So the additions wrap, which lets the compiler use vector instructions.

/// An integer that scores are added in.
pub(super) trait Units: Copy + Default + 'static {
    /// The sum; it is known to fit.
    fn plus(self, other: Self) -> Self;
    /// So many times this; it is known to fit.
    fn times(self, count: u8) -> Self;
    /// The value of these units; they are known to fit.
    fn of(units: i64) -> Self;
    /// The units.
    fn units(self) -> i64;
}

macro_rules! units {
    ($($integer:ty),*) => {$(
        impl Units for $integer {
            #[inline(always)]
            fn plus(self, other: Self) -> Self {
                self.wrapping_add(other)
            }

            #[inline(always)]
            fn times(self, count: u8) -> Self {
                self.wrapping_mul(Self::from(count))
            }

            fn of(units: i64) -> Self {
                Self::try_from(units).unwrap_or_default()
            }

            #[inline(always)]
            fn units(self) -> i64 {
                i64::from(self)
            }
        }
    )*};
}

units!(i16, i32, i64);

/// Counts for each attempt how many of four columns hold their key.
#[inline]
pub(super) fn count_four(counts: &mut [u8], columns: [&[u8]; 4], keys: [u8; 4]) {
    let [a, b, c, d] = columns;
    let [ka, kb, kc, kd] = keys;
    let cells = a.iter().zip(b).zip(c.iter().zip(d));
    for (count, ((a, b), (c, d))) in counts.iter_mut().zip(cells) {
        let first = u8::from(*a == ka).wrapping_add(u8::from(*b == kb));
        let second = u8::from(*c == kc).wrapping_add(u8::from(*d == kd));
        *count = count.wrapping_add(first.wrapping_add(second));
    }
}

/// Counts for each attempt whether a column holds its key.
#[inline]
pub(super) fn count_one(counts: &mut [u8], column: &[u8], key: u8) {
    for (count, cell) in counts.iter_mut().zip(column) {
        *count = count.wrapping_add(u8::from(*cell == key));
    }
}

/// Adds so many units for each count, and clears the counts.
#[inline]
pub(super) fn add_counted<U: Units>(sums: &mut [U], counts: &mut [u8], units: U) {
    for (sum, count) in sums.iter_mut().zip(counts) {
        *sum = sum.plus(units.times(std::mem::take(count)));
    }
}

/// Adds what each of four columns earns where it holds its key.
#[inline]
pub(super) fn add_four<U: Units>(
    sums: &mut [U],
    columns: [&[u8]; 4],
    keys: [u8; 4],
    units: [U; 4],
) {
    let [a, b, c, d] = columns;
    let [ka, kb, kc, kd] = keys;
    let [ua, ub, uc, ud] = units;
    let cells = a.iter().zip(b).zip(c.iter().zip(d));
    for (sum, ((a, b), (c, d))) in sums.iter_mut().zip(cells) {
        let first = earned(*a == ka, ua).plus(earned(*b == kb, ub));
        let second = earned(*c == kc, uc).plus(earned(*d == kd, ud));
        *sum = sum.plus(first.plus(second));
    }
}

/// Adds what a column earns where it holds its key.
#[inline]
pub(super) fn add_one<U: Units>(sums: &mut [U], column: &[u8], key: u8, units: U) {
    for (sum, cell) in sums.iter_mut().zip(column) {
        *sum = sum.plus(earned(*cell == key, units));
    }
}

#[inline(always)]
fn earned<U: Units>(is_right: bool, units: U) -> U {
    if is_right { units } else { U::default() }
}

/// Adds what a table of 256 entries says for each byte.
#[inline]
pub(super) fn add_bytes<U: Units>(sums: &mut [U], cells: &[u8], table: &[U; 256]) {
    for (sum, cell) in sums.iter_mut().zip(cells) {
        if let Some(units) = table.get(usize::from(*cell)) {
            *sum = sum.plus(*units);
        }
    }
}

/// Adds what a table says for each code. Codes are known to be in the table.
#[inline]
pub(super) fn add_codes<U: Units>(sums: &mut [U], cells: &[u32], table: &[U]) {
    for (sum, cell) in sums.iter_mut().zip(cells) {
        let place = usize::try_from(*cell).unwrap_or(usize::MAX);
        *sum = sum.plus(table.get(place).copied().unwrap_or_default());
    }
}
