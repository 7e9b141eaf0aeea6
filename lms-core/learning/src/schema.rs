//! JSON Schemas of the values of learning that travel as a text.
use crate::{
    content::Prose,
    delivery::{JoinCode, MeetingProvider},
};

lms_kernel::text_schema! {
    Prose, "Text of several lines that is not empty.", "Read chapter one.", "minLength" = 1;
    JoinCode, "The code that learners join a class with.", "ABCD2345";
    MeetingProvider, "`teams`, `zoom`, `chime` or another name.", "zoom";
}
