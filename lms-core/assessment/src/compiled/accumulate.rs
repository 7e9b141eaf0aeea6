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
    /// The value of these few units.
    fn of_few(units: i16) -> Self;
    /// The units.
    fn units(self) -> i64;
}

impl Units for i32 {
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
    fn of_few(units: i16) -> Self {
        Self::from(units)
    }

    #[inline(always)]
    fn units(self) -> i64 {
        i64::from(self)
    }
}

impl Units for i64 {
    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        self.wrapping_add(other)
    }

    #[inline(always)]
    fn times(self, count: u8) -> Self {
        self.wrapping_mul(Self::from(count))
    }

    fn of(units: i64) -> Self {
        units
    }

    #[inline(always)]
    fn of_few(units: i16) -> Self {
        Self::from(units)
    }

    #[inline(always)]
    fn units(self) -> i64 {
        self
    }
}

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

/// A key, and what it earns.
type Weighted = (u8, i16);

#[inline(always)]
const fn earned(cell: u8, (key, weight): Weighted) -> i16 {
    if cell == key { weight } else { 0 }
}

/// Adds for each attempt what it earns in four columns.
#[inline]
pub(super) fn weigh_four(partial: &mut [i16], columns: [&[u8]; 4], keys: [Weighted; 4]) {
    let [a, b, c, d] = columns;
    let [ka, kb, kc, kd] = keys;
    let cells = a.iter().zip(b).zip(c.iter().zip(d));
    for (sum, ((a, b), (c, d))) in partial.iter_mut().zip(cells) {
        let first = earned(*a, ka).wrapping_add(earned(*b, kb));
        let second = earned(*c, kc).wrapping_add(earned(*d, kd));
        *sum = sum.wrapping_add(first.wrapping_add(second));
    }
}

/// Adds for each attempt what it earns in a column.
#[inline]
pub(super) fn weigh_one(partial: &mut [i16], column: &[u8], key: Weighted) {
    for (sum, cell) in partial.iter_mut().zip(column) {
        *sum = sum.wrapping_add(earned(*cell, key));
    }
}

/// Adds partial sums, and clears them.
#[inline]
pub(super) fn add_partial<U: Units>(sums: &mut [U], partial: &mut [i16]) {
    for (sum, partial) in sums.iter_mut().zip(partial) {
        *sum = sum.plus(U::of_few(std::mem::take(partial)));
    }
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
