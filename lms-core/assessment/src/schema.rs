//! The JSON Schema of numbers of any size, which travel as a text.
use crate::question::Numeral;

lms_kernel::text_schema! {
    Numeral, "A number in digits.", "12.5";
}
