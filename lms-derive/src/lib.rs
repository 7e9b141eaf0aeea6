//! Derives for records, text enums and errors: what a struct or enum already says, said once.
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    warn(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::print_stdout,
        clippy::float_arithmetic
    )
)]
mod attributes;
mod domain_error;
mod event;
mod operation;
mod record;
mod text_enum;

use proc_macro::TokenStream;
use syn::{DeriveInput, Error, ItemStruct, parse_macro_input};

/// Implements `Record` for a struct with named fields, and a typed constant per column.
///
/// On the struct, `#[record(…)]` takes
/// - `table = "courses"`: the table's name (required); `kind = "course"`: the entity's name, by
///   default the struct's in snake case;
/// - `unique(a, b)`: columns that must not repeat among records that are not deleted;
///   `unique(a, b; status = "active" | "paused")` and `unique(a; revoked_at = null)` speak of
///   some rows only; `unique_always(a)` keeps the values of deleted records reserved;
/// - `index(a, b)`: columns that queries filter or sort by; `index(a; covers(b, c))` lets a
///   backend keep `b` and `c` beside them, for queries that read nothing else; `contains(d)`:
///   JSON columns that queries search by what they contain;
/// - `platform`: the platform owns the rows; `unaudited`: changes leave no audit entry.
///
/// On a field: `flatten` and `prefixed` spread a part over several columns, `json` stores it as
/// JSON, and `open`, `personal`, `sensitive`, `secret` say how closely it must be kept.
#[proc_macro_derive(Record, attributes(record))]
pub fn derive_record(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    record::expand(&input).unwrap_or_else(Error::into_compile_error).into()
}

/// Gives a field-less enum its text form: `ALL`, `as_str`, `Display`, `FromStr`, serde, `Field`.
///
/// The text is the variant's name in snake case. `#[text("single_choice", "mcq")]` names it, and
/// then the aliases that are read but never written.
#[proc_macro_derive(TextEnum, attributes(text))]
pub fn derive_text_enum(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    text_enum::expand(&input).unwrap_or_else(Error::into_compile_error).into()
}

/// Gives an error enum its stable code and its kind.
///
/// Each variant says `#[fault(kind)]`, where the kind is `not_found`, `conflict`, `forbidden`,
/// `invalid`, `quota` or `unavailable`, or `#[fault(transparent)]` when its only field is an error
/// that answers for itself. The code is `enum.variant` in snake case (`ProofError::AlreadyDecided`
/// is `proof.already_decided`); `code = "…"` overrides it, `field = "…"` names the input at fault.
///
/// The variant's named fields are the parameters of the error. `Display` is for logs; what a
/// person reads is the same unless `message = "…"` says it without names of tables, ids and
/// permissions. The message may use the fields, as in `format!`.
#[proc_macro_derive(DomainError, attributes(fault))]
pub fn derive_domain_error(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    domain_error::expand(&input).unwrap_or_else(Error::into_compile_error).into()
}

/// Makes a struct a domain event: `#[event("commerce.order_completed", subject = Order::ENTITY,
/// id = order_id)]` says its kind, the kind of record that it happened to, and the field that holds
/// the record's id. Its documentation and that of its fields are kept for the list of events.
#[proc_macro_derive(DomainEvent, attributes(event))]
pub fn derive_domain_event(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    event::expand(&input).unwrap_or_else(Error::into_compile_error).into()
}

/// Makes a struct the input of an operation: `#[operation("learning.renew_enrollment")]`.
///
/// The struct is a value that is cloned, shown, and written and read as JSON; unknown fields are
/// refused. Its documentation and that of its fields are kept for the registry. What it does is
/// written as `impl Operation for …`. With `#[operation("…", secret)]` it has no JSON form, because
/// it holds a password or a token.
#[proc_macro_attribute]
pub fn operation(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let arguments = parse_macro_input!(arguments as operation::Arguments);
    let item = parse_macro_input!(item as ItemStruct);
    operation::expand(&arguments, &item).unwrap_or_else(Error::into_compile_error).into()
}
