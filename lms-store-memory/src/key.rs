//! Index keys: column values as bytes that sort as the values do.
use std::{borrow::Borrow, cmp::Ordering, fmt, sync::Arc};

use chrono::Datelike as _;
use lms_store::{Row, Value};
use uuid::Uuid;

/// The greatest number of bytes that a key holds without an allocation of its own.
const SHORT: usize = 46;

/// Column values, then the row's id, as bytes that sort as the values do.
#[derive(Clone)]
pub(crate) enum Key {
    /// So many of the bytes.
    Short(u8, [u8; SHORT]),
    /// Bytes that do not fit.
    Long(Arc<[u8]>),
}

impl Key {
    /// The key of a row in an index over the columns at `positions`.
    pub(crate) fn of(row: &Row, positions: &[usize], id: Uuid) -> Self {
        let mut bytes = values_at(row, positions);
        bytes.extend_from_slice(id.as_bytes());
        Self::from(bytes.as_slice())
    }

    /// The id that the key ends with.
    pub(crate) fn id(&self) -> Uuid {
        let bytes: &[u8] = self.borrow();
        let tail = bytes.last_chunk::<16>();
        tail.map_or(Uuid::nil(), |it| Uuid::from_bytes(*it))
    }
}

/// The bytes of the values at `positions`.
pub(crate) fn values_at(row: &Row, positions: &[usize]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(64);
    for at in positions {
        encode(row.0.get(*at).unwrap_or(&Value::Null), &mut bytes);
    }
    bytes
}

impl From<&[u8]> for Key {
    fn from(bytes: &[u8]) -> Self {
        let mut short = [0; SHORT];
        match (short.get_mut(..bytes.len()), u8::try_from(bytes.len())) {
            (Some(slot), Ok(length)) => {
                slot.copy_from_slice(bytes);
                Self::Short(length, short)
            }
            _ => Self::Long(bytes.into()),
        }
    }
}

impl Borrow<[u8]> for Key {
    fn borrow(&self) -> &[u8] {
        match self {
            Self::Short(length, bytes) => bytes.get(..usize::from(*length)).unwrap_or(bytes),
            Self::Long(bytes) => bytes,
        }
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        Borrow::<[u8]>::borrow(self).cmp(other.borrow())
    }
}
impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}
impl Eq for Key {}

impl fmt::Debug for Key {
    // Keys hold values, which may be personal: only the id is shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key(… {})", self.id())
    }
}

/// What a value that is not null starts with.
pub(crate) const PRESENT: u8 = 1;
/// The key of null, which sorts after every value.
pub(crate) const NULL: u8 = 2;

/// Appends a value so that bytes sort as values do, and so that no value is the start of another.
pub(crate) fn encode(value: &Value, out: &mut Vec<u8>) {
    if value.is_null() {
        return out.push(NULL);
    }
    out.push(PRESENT);
    match value {
        Value::Null => {}
        Value::Bool(it) => out.push(u8::from(*it)),
        Value::Int(it) => whole(*it, out),
        Value::Decimal(it) => decimal(it.normalize().mantissa(), it.normalize().scale(), out),
        Value::Text(it) => closed(it.as_bytes(), out),
        Value::Uuid(it) => out.extend_from_slice(it.as_bytes()),
        Value::Time(it) => whole(it.micros(), out),
        Value::Date(it) => whole(i64::from(it.num_days_from_ce()), out),
        Value::Json(it) => closed(it.document().to_string().as_bytes(), out),
        Value::Bytes(it) => closed(it, out),
    }
}

/// Appends the start of a text, so that exactly the texts with that start share it.
pub(crate) fn encode_prefix(prefix: &str, out: &mut Vec<u8>) {
    out.push(PRESENT);
    escaped(prefix.as_bytes(), out);
}

fn whole(number: i64, out: &mut Vec<u8>) {
    out.extend_from_slice(&(number.cast_unsigned() ^ (1 << 63)).to_be_bytes());
}

fn escaped(bytes: &[u8], out: &mut Vec<u8>) {
    for byte in bytes {
        out.push(*byte);
        if *byte == 0 {
            out.push(0xFF);
        }
    }
}

fn closed(bytes: &[u8], out: &mut Vec<u8>) {
    escaped(bytes, out);
    out.extend_from_slice(&[0, 0]);
}

/// Sign, power of ten, digits; all of it mirrored below zero.
fn decimal(mantissa: i128, scale: u32, out: &mut Vec<u8>) {
    let sign = match mantissa.cmp(&0) {
        Ordering::Less => 0,
        Ordering::Equal => return out.push(1),
        Ordering::Greater => 2,
    };
    let mirror = if sign == 0 { 0xFF } else { 0 };
    let digits = mantissa.unsigned_abs().to_string();
    // A decimal has at most 29 digits and a scale up to 28, so the power fits.
    let power = 64 + digits.len().saturating_sub(scale as usize);
    let power = power.saturating_sub((scale as usize).saturating_sub(digits.len()));
    out.push(sign);
    out.push(u8::try_from(power).unwrap_or(u8::MAX) ^ mirror);
    out.extend(digits.trim_end_matches('0').bytes().map(|it| it ^ mirror));
    out.push(mirror);
}

/// The least bytes that sort after everything that starts with `bytes`; none when there are none.
pub(crate) fn after(mut bytes: Vec<u8>) -> Option<Vec<u8>> {
    while let Some(last) = bytes.pop() {
        if let Some(next) = last.checked_add(1) {
            bytes.push(next);
            return Some(bytes);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use lms_kernel::Timestamp;
    use proptest::prelude::*;
    use rust_decimal::Decimal;

    use super::*;

    fn bytes(value: &Value) -> Vec<u8> {
        let mut out = Vec::new();
        encode(value, &mut out);
        out
    }

    fn sorts<T: Ord>(a: &T, b: &T, as_value: impl Fn(&T) -> Value) {
        let (left, right) = (bytes(&as_value(a)), bytes(&as_value(b)));
        assert_eq!(left.cmp(&right), a.cmp(b));
        assert!(left == right || !(left.starts_with(&right) || right.starts_with(&left)));
        assert!(left < bytes(&Value::Null));
    }

    fn text() -> impl Strategy<Value = String> {
        prop_oneof!["[ab\u{0}é\u{10FFFF}]{0,4}", ".{0,40}"]
    }

    proptest! {
        #[test]
        fn whole_numbers_sort_as_bytes(a: i64, b: i64) {
            sorts(&a, &b, |it| Value::Int(*it));
        }

        #[test]
        fn texts_sort_as_bytes(a in text(), b in text()) {
            sorts(&a, &b, |it| Value::Text(it.clone()));
            sorts(&a, &b, |it| Value::Bytes(it.as_bytes().into()));
            let mut prefix = Vec::new();
            encode_prefix(&a, &mut prefix);
            prop_assert_eq!(b.starts_with(&a), bytes(&Value::Text(b)).starts_with(&prefix));
        }

        #[test]
        fn decimals_sort_as_bytes(
            a in (any::<i64>(), 0_u32..28), b in (any::<i64>(), 0_u32..28), small in -20_i64..20,
        ) {
            let (a, b) = (Decimal::new(a.0, a.1), Decimal::new(b.0, b.1));
            let small = Decimal::new(small, 1);
            for (a, b) in [(a, b), (a, small), (small, b), (small, Decimal::new(1, 0))] {
                sorts(&a, &b, |it| Value::Decimal(*it));
            }
            let padded = Decimal::new(1500, 3);
            sorts(&padded, &Decimal::new(15, 1), |it| Value::Decimal(*it));
        }

        #[test]
        fn times_and_days_sort_as_bytes(
            a in -62_135_596_800_000_000_i64..=253_402_300_799_999_999,
            b in -62_135_596_800_000_000_i64..=253_402_300_799_999_999,
        ) {
            let at = |it| Timestamp::from_micros(it).unwrap();
            sorts(&at(a), &at(b), |it| Value::Time(*it));
            sorts(&at(a).date(), &at(b).date(), |it| Value::Date(*it));
        }

        #[test]
        fn what_comes_after_comes_after_everything_with_that_start(
            start in prop::collection::vec(any::<u8>(), 0..4),
            rest in prop::collection::vec(any::<u8>(), 0..4),
        ) {
            let whole = [start.clone(), rest].concat();
            match after(start.clone()) {
                Some(next) => prop_assert!(whole < next && next > start),
                None => prop_assert!(start.iter().all(|it| *it == 0xFF)),
            }
        }

        #[test]
        fn a_key_knows_its_id(text in ".{0,60}", id: u128) {
            let (row, id) = (Row(vec![Value::Text(text)]), Uuid::from_u128(id));
            prop_assert_eq!(Key::of(&row, &[0], id).id(), id);
        }
    }

    #[test]
    fn extreme_decimals_sort() {
        let greatest = Decimal::MAX;
        let least = Decimal::MIN;
        let tiny = Decimal::from_i128_with_scale(1, 28);
        let mut values = [greatest, tiny, Decimal::ZERO, least, -tiny];
        values.sort();
        for pair in values.windows(2) {
            sorts(&pair[0], &pair[1], |it| Value::Decimal(*it));
        }
        let day = NaiveDate::from_ymd_opt(-4, 1, 1).unwrap();
        assert!(bytes(&Value::Date(day)) < bytes(&Value::Date(NaiveDate::default())));
    }
}
