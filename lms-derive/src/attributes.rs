//! What the derives share: snake case, and access to fields and variants.
use syn::{
    Data, DeriveInput, Error, Field, Fields, Result, Token, Variant, punctuated::Punctuated,
};

pub(crate) fn snake_case(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    for (at, letter) in name.chars().enumerate() {
        if letter.is_uppercase() && at > 0 {
            out.push('_');
        }
        out.extend(letter.to_lowercase());
    }
    out
}

pub(crate) fn named_fields(input: &DeriveInput) -> Result<&Punctuated<Field, Token![,]>> {
    match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => Ok(&fields.named),
            other => Err(Error::new_spanned(other, "a record has named fields")),
        },
        _ => Err(Error::new_spanned(&input.ident, "a record is a struct")),
    }
}

pub(crate) fn variants(input: &DeriveInput) -> Result<&Punctuated<Variant, Token![,]>> {
    match &input.data {
        Data::Enum(data) => Ok(&data.variants),
        _ => Err(Error::new_spanned(&input.ident, "this derive is for enums")),
    }
}
