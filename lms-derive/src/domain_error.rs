//! `#[derive(DomainError)]`.
use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Error, Field, Fields, Ident, LitStr, Result, Type, Variant};

use crate::attributes::{snake_case, variants};

const KINDS: [&str; 6] = ["not_found", "conflict", "forbidden", "invalid", "quota", "unavailable"];

struct Fault {
    kind: Option<Ident>,
    transparent: bool,
    code: Option<String>,
    field: Option<String>,
    message: Option<LitStr>,
}

pub(crate) fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let name = &input.ident;
    let concern = snake_case(name.to_string().trim_end_matches("Error"));
    let (mut codes, mut kinds, mut fields, mut races) = (vec![], vec![], vec![], vec![]);
    let mut failures = vec![];
    let (mut messages, mut params) = (vec![], vec![]);
    for variant in variants(input)? {
        let ident = &variant.ident;
        let fault = fault(variant)?;
        if !fault.transparent && variant.fields.iter().any(is_shared) {
            let what = "an error that every operation shares is `#[fault(transparent)]`, so that a \
                        host meets it as itself";
            return Err(Error::new_spanned(variant, what));
        }
        if fault.transparent {
            let Fields::Unnamed(inner) = &variant.fields else {
                return Err(Error::new_spanned(variant, "a transparent variant wraps one error"));
            };
            if inner.unnamed.len() != 1 {
                return Err(Error::new_spanned(variant, "a transparent variant wraps one error"));
            }
            codes.push(quote!(Self::#ident(it) => ::lms_core::kernel::DomainError::code(it)));
            kinds.push(quote!(Self::#ident(it) => ::lms_core::kernel::DomainError::kind(it)));
            fields.push(quote!(Self::#ident(it) => ::lms_core::kernel::DomainError::field(it)));
            races.push(
                quote!(Self::#ident(it) => ::lms_core::kernel::DomainError::is_lost_race(it)),
            );
            failures.push(quote! {
                Self::#ident(it) => {
                    ::lms_core::store::operation::Refusal::into_failure(it).map(Self::#ident)
                }
            });
            messages.push(quote!(Self::#ident(it) => ::lms_core::kernel::DomainError::message(it)));
            params.push(quote!(Self::#ident(it) => ::lms_core::kernel::DomainError::params(it)));
            continue;
        }
        let code =
            fault.code.unwrap_or_else(|| format!("{concern}.{}", snake_case(&ident.to_string())));
        let kind =
            fault.kind.ok_or_else(|| Error::new_spanned(variant, "missing `#[fault(kind)]`"))?;
        let kind = pascal(&kind);
        let field = match fault.field {
            Some(field) => quote!(::std::option::Option::Some(#field)),
            None => quote!(::std::option::Option::None),
        };
        codes.push(quote!(Self::#ident { .. } => #code));
        kinds.push(quote!(Self::#ident { .. } => ::lms_core::kernel::ErrorKind::#kind));
        fields.push(quote!(Self::#ident { .. } => #field));
        races.push(quote!(Self::#ident { .. } => false));
        params.push(named_values(variant)?);
        if let Some(message) = fault.message {
            let names = named_fields(variant);
            messages.push(quote!(Self::#ident { #(#names,)* .. } => {
                #(let _ = #names;)*
                ::std::format!(#message)
            }));
        } else {
            messages.push(quote!(Self::#ident { .. } => ::std::string::ToString::to_string(self)));
        }
    }
    let refusal = if is_kernel(input) { TokenStream::new() } else { refusal(name, &failures) };
    let lost_race = if name == "StoreError" {
        quote!(self.is_retryable())
    } else {
        quote!(match self { #(#races),* })
    };
    Ok(quote! {
        #[automatically_derived]
        impl ::lms_core::kernel::DomainError for #name {
            fn code(&self) -> &'static str {
                match self { #(#codes),* }
            }
            fn kind(&self) -> ::lms_core::kernel::ErrorKind {
                match self { #(#kinds),* }
            }
            fn field(&self) -> ::std::option::Option<&'static str> {
                match self { #(#fields),* }
            }
            fn is_lost_race(&self) -> bool {
                #lost_race
            }
            fn message(&self) -> ::std::string::String {
                match self { #(#messages),* }
            }
            fn params(&self) -> ::std::vec::Vec<(&'static str, ::lms_core::kernel::params::Value)> {
                match self { #(#params),* }
            }
        }

        #refusal
    })
}

/// Errors that every operation shares: they tell themselves apart.
const SHARED: [&str; 4] = ["StoreError", "IdempotencyError", "AuthorizationError", "FeatureError"];

/// Whether a field holds one of them.
fn is_shared(field: &Field) -> bool {
    let Type::Path(of) = &field.ty else { return false };
    of.path.segments.last().is_some_and(|it| SHARED.contains(&it.ident.to_string().as_str()))
}

/// What of the error is a refusal of its own rule, and what every operation shares.
fn refusal(name: &Ident, failures: &[TokenStream]) -> TokenStream {
    if SHARED.contains(&name.to_string().as_str()) {
        return TokenStream::new();
    }
    let body = match failures {
        [] => TokenStream::new(),
        _ => quote! {
            fn into_failure(self) -> ::lms_core::store::operation::Failure<Self> {
                #[allow(unreachable_patterns, reason = "every variant may be transparent")]
                match self {
                    #(#failures)*
                    it => ::lms_core::store::operation::Failure::Refused(it),
                }
            }
        },
    };
    quote!(impl ::lms_core::store::operation::Refusal for #name { #body })
}

/// Whether the error is one of the kernel's, which knows no operations: `#[fault(kernel)]`.
fn is_kernel(input: &DeriveInput) -> bool {
    let mut faults = input.attrs.iter().filter(|it| it.path().is_ident("fault"));
    faults.any(|it| it.parse_args::<Ident>().is_ok_and(|it| it == "kernel"))
}

/// The names of a variant's fields, in order.
fn named_fields(variant: &Variant) -> Vec<&Ident> {
    variant.fields.iter().filter_map(|field| field.ident.as_ref()).collect()
}

/// Whether a field is for the diagnostic alone: `#[fault(log)]`.
fn is_for_the_log(field: &Field) -> Result<bool> {
    let mut is_marked = false;
    for attribute in field.attrs.iter().filter(|it| it.path().is_ident("fault")) {
        attribute.parse_nested_meta(|meta| {
            is_marked = meta.path.is_ident("log");
            if is_marked { Ok(()) } else { Err(meta.error("expected `log`")) }
        })?;
    }
    Ok(is_marked)
}

/// The arm that gives a variant's values by name. The source of the error, and what is for the
/// diagnostic alone, are none of them.
fn named_values(variant: &Variant) -> Result<TokenStream> {
    let ident = &variant.ident;
    let mut names = Vec::new();
    for field in &variant.fields {
        let name = field.ident.as_ref().filter(|it| *it != "source");
        if let (Some(name), false) = (name, is_for_the_log(field)?) {
            names.push(name);
        }
    }
    if names.is_empty() {
        return Ok(quote!(Self::#ident { .. } => ::std::vec::Vec::new()));
    }
    let texts = names.iter().map(ToString::to_string);
    Ok(quote!(Self::#ident { #(#names,)* .. } => {
        use ::lms_core::kernel::params::{ByDisplay as _, BySerde as _, Param, Unknown as _};
        ::std::vec![#((#texts, (&&&Param(#names)).value())),*]
    }))
}

fn fault(variant: &Variant) -> Result<Fault> {
    let mut fault =
        Fault { kind: None, transparent: false, code: None, field: None, message: None };
    for attribute in variant.attrs.iter().filter(|it| it.path().is_ident("fault")) {
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("transparent") {
                fault.transparent = true;
            } else if meta.path.is_ident("code") {
                fault.code = Some(meta.value()?.parse::<LitStr>()?.value());
            } else if meta.path.is_ident("field") {
                fault.field = Some(meta.value()?.parse::<LitStr>()?.value());
            } else if meta.path.is_ident("message") {
                fault.message = Some(meta.value()?.parse()?);
            } else if let Some(kind) = meta.path.get_ident()
                && KINDS.contains(&kind.to_string().as_str())
            {
                fault.kind = Some(kind.clone());
            } else {
                return Err(meta.error(format!(
                    "expected `transparent`, `code`, `field`, `message` or one of {}",
                    KINDS.join(", ")
                )));
            }
            Ok(())
        })?;
    }
    Ok(fault)
}

fn pascal(kind: &Ident) -> Ident {
    let text: String = kind
        .to_string()
        .split('_')
        .map(|word| {
            let mut letters = word.chars();
            letters.next().map_or_else(String::new, |it| it.to_uppercase().chain(letters).collect())
        })
        .collect();
    Ident::new(&text, kind.span())
}
