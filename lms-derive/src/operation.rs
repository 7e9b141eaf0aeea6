//! `#[operation("context.name")]`.
use proc_macro2::TokenStream;
use quote::quote;
use syn::{
    Attribute, Error, Expr, ExprLit, Fields, Ident, ItemStruct, Lit, LitStr, Meta, Result, Token,
    parse::{Parse, ParseStream},
};

/// `"context.name"`, or `"context.name", secret` for what has no JSON form.
pub(crate) struct Arguments {
    name: LitStr,
    is_secret: bool,
}

impl Parse for Arguments {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let name = input.parse()?;
        let mut is_secret = false;
        if input.parse::<Option<Token![,]>>()?.is_some() {
            let word: Ident = input.parse()?;
            if word != "secret" {
                return Err(Error::new(word.span(), "expected `secret`"));
            }
            is_secret = true;
        }
        Ok(Self { name, is_secret })
    }
}

pub(crate) fn expand(arguments: &Arguments, item: &ItemStruct) -> Result<TokenStream> {
    let name = &arguments.name;
    if !is_name(&name.value()) {
        return Err(Error::new_spanned(name, "a name is `context.what_it_does`, in snake_case"));
    }
    let doc = doc(&item.attrs);
    if doc.is_empty() {
        return Err(Error::new_spanned(item, "an operation is documented: what does it do?"));
    }
    let mut fields = Vec::new();
    if let Fields::Named(named) = &item.fields {
        for field in &named.named {
            let (key, doc) =
                (field.ident.as_ref().map(ToString::to_string), self::doc(&field.attrs));
            fields.push(quote!(::lms_core::store::operation::FieldDoc { name: #key, doc: #doc }));
        }
    }
    let ident = &item.ident;
    let mut item = item.clone();
    let derives = match arguments.is_secret {
        true => quote!(#[derive(Clone, Debug)]),
        false => {
            let schema = schema();
            item.fields.iter_mut().filter(|it| may_be_left_out(it)).for_each(|field| {
                field.attrs.push(syn::parse_quote!(#[serde(default)]));
            });
            quote! {
                #[derive(Clone, Debug, ::serde::Serialize, ::serde::Deserialize)]
                #schema
                #[serde(deny_unknown_fields)]
            }
        }
    };
    Ok(quote! {
        #derives
        #item

        impl ::lms_core::store::operation::Described for #ident {
            const NAME: &'static str = #name;
            const DOC: &'static str = #doc;
            const FIELDS: &'static [::lms_core::store::operation::FieldDoc] = &[#(#fields),*];
        }
    })
}

/// Whether the JSON of a list may leave the field out: its filter, which then lets everything
/// through, and the size of its page.
fn may_be_left_out(field: &syn::Field) -> bool {
    let syn::Type::Path(path) = &field.ty else { return false };
    let named = |name: &str| field.ident.as_ref().is_some_and(|it| it == name);
    path.path.segments.last().is_some_and(|last| {
        (named("size") && last.ident == "PageSize")
            || (named("filter") && last.ident.to_string().ends_with("Filter"))
    })
}

/// The derive of a JSON Schema, where the library is built with one.
fn schema() -> TokenStream {
    match cfg!(feature = "schema") {
        true => quote! {
            #[derive(::lms_core::kernel::schemars::JsonSchema)]
            #[schemars(crate = "::lms_core::kernel::schemars")]
        },
        false => TokenStream::new(),
    }
}

pub(crate) fn is_name(name: &str) -> bool {
    let is_word = |it: &str| {
        !it.is_empty()
            && it.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    name.split_once('.').is_some_and(|(context, what)| is_word(context) && is_word(what))
}

/// The documentation, without the space that follows each `///`.
pub(crate) fn doc(attributes: &[Attribute]) -> String {
    let lines: Vec<String> = attributes.iter().filter_map(line).collect();
    lines.join("\n")
}

fn line(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(it) = &attribute.meta else { return None };
    match &it.value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) if it.path.is_ident("doc") => {
            let text = text.value();
            Some(text.strip_prefix(' ').unwrap_or(&text).to_owned())
        }
        _ => None,
    }
}
