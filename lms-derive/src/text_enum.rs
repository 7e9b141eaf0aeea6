//! `#[derive(TextEnum)]`.
use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::{DeriveInput, Error, Fields, LitStr, Result, Token, punctuated::Punctuated};

use crate::attributes::{snake_case, variants};

pub(crate) fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let name = &input.ident;
    let (mut idents, mut texts, mut reads) = (Vec::new(), Vec::new(), Vec::new());
    for variant in variants(input)? {
        if !matches!(variant.fields, Fields::Unit) {
            return Err(Error::new_spanned(variant, "a text enum has no fields"));
        }
        let mut names: Vec<String> = Vec::new();
        for attribute in variant.attrs.iter().filter(|it| it.path().is_ident("text")) {
            let given =
                attribute.parse_args_with(Punctuated::<LitStr, Token![,]>::parse_terminated)?;
            names.extend(given.iter().map(LitStr::value));
        }
        if names.is_empty() {
            names.push(snake_case(&variant.ident.to_string()));
        }
        let ident = &variant.ident;
        texts.push(names.first().cloned().unwrap_or_default());
        idents.push(ident);
        reads.push(quote!(#(#names)|* => ::std::result::Result::Ok(Self::#ident),));
    }
    let wanted = name.to_string();
    let schema = schema(name, &texts);
    let expected = format!("one of {}", texts.join(", "));
    Ok(quote! {
        impl #name {
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[#(Self::#idents),*];

            /// The text it is stored and written as.
            pub const fn as_str(self) -> &'static str {
                match self { #(Self::#idents => #texts),* }
            }
        }

        impl ::std::fmt::Display for #name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl ::std::str::FromStr for #name {
            type Err = ::lms_core::store::FieldError;
            fn from_str(text: &str) -> ::std::result::Result<Self, Self::Err> {
                match text.trim().to_ascii_lowercase().replace(['-', ' '], "_").as_str() {
                    #(#reads)*
                    _ => ::std::result::Result::Err(
                        ::lms_core::store::FieldError::invalid(#wanted, #expected),
                    ),
                }
            }
        }

        impl ::serde::Serialize for #name {
            fn serialize<S: ::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::std::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> ::serde::Deserialize<'de> for #name {
            fn deserialize<D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<Self, D::Error> {
                let text = <::std::borrow::Cow<'de, str> as ::serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(::serde::de::Error::custom)
            }
        }

        impl ::lms_core::store::Field for #name {
            const TYPE: ::lms_core::store::Type = ::lms_core::store::Type::Text;
            const ALLOWED: &'static [&'static str] = &[#(#texts),*];
            fn to_value(&self) -> ::lms_core::store::Value {
                ::lms_core::store::Value::Text(self.as_str().to_owned())
            }
            fn from_value(
                value: ::lms_core::store::Value,
            ) -> ::std::result::Result<Self, ::lms_core::store::FieldError> {
                match &value {
                    ::lms_core::store::Value::Text(text) => match text.as_str() {
                        #(#texts => ::std::result::Result::Ok(Self::#idents),)*
                        _ => ::std::result::Result::Err(
                            ::lms_core::store::FieldError::invalid(#wanted, #expected),
                        ),
                    },
                    other => ::std::result::Result::Err(
                        ::lms_core::store::FieldError::unexpected(#wanted, other),
                    ),
                }
            }
        }

        impl ::lms_core::store::Sortable for #name {}

        #schema
    })
}

/// The JSON Schema, where the library is built with one: the texts that are written.
fn schema(name: &Ident, texts: &[String]) -> TokenStream {
    if !cfg!(feature = "schema") {
        return TokenStream::new();
    }
    let wanted = name.to_string();
    quote! {
        impl ::lms_core::kernel::schemars::JsonSchema for #name {
            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                #wanted.into()
            }
            fn schema_id() -> ::std::borrow::Cow<'static, str> {
                ::std::concat!(::std::module_path!(), "::", #wanted).into()
            }
            fn json_schema(
                _: &mut ::lms_core::kernel::schemars::SchemaGenerator,
            ) -> ::lms_core::kernel::schemars::Schema {
                ::lms_core::kernel::schemars::json_schema!({
                    "type": "string",
                    "enum": [#(#texts),*],
                })
            }
        }
    }
}
