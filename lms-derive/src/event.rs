//! `#[derive(DomainEvent)]`.
use proc_macro2::TokenStream;
use quote::quote;
use syn::{
    DeriveInput, Error, Expr, Ident, LitStr, Result, Token,
    parse::{Parse, ParseStream},
};

use crate::{
    attributes::named_fields,
    operation::{doc, is_name},
};

/// `"context.what_happened", subject = Record::ENTITY, id = record_id`.
struct Arguments {
    kind: LitStr,
    entity: Expr,
    id: Ident,
}

impl Parse for Arguments {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let kind = input.parse()?;
        input.parse::<Token![,]>()?;
        expect(input, "subject")?;
        let entity = input.parse()?;
        input.parse::<Token![,]>()?;
        expect(input, "id")?;
        let id = input.parse()?;
        Ok(Self { kind, entity, id })
    }
}

fn expect(input: ParseStream<'_>, word: &str) -> Result<()> {
    let found: Ident = input.parse()?;
    if found != word {
        return Err(Error::new(found.span(), format!("expected `{word} = …`")));
    }
    input.parse::<Token![=]>().map(drop)
}

pub(crate) fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let Some(attribute) = input.attrs.iter().find(|it| it.path().is_ident("event")) else {
        let what =
            "say `#[event(\"context.what_happened\", subject = Record::ENTITY, id = field)]`";
        return Err(Error::new_spanned(&input.ident, what));
    };
    let Arguments { kind, entity, id } = attribute.parse_args()?;
    if !is_name(&kind.value()) {
        return Err(Error::new_spanned(kind, "a kind is `context.what_happened`, in snake case"));
    }
    let about = doc(&input.attrs);
    if about.is_empty() {
        return Err(Error::new_spanned(&input.ident, "an event is documented: what happened?"));
    }
    let mut fields = Vec::new();
    for field in named_fields(input)? {
        let key = field.ident.as_ref().map(ToString::to_string);
        let doc = doc(&field.attrs);
        fields.push(quote!(::lms_core::store::operation::FieldDoc { name: #key, doc: #doc }));
    }
    let ident = &input.ident;
    Ok(quote! {
        impl ::lms_core::store::outbox::DomainEvent for #ident {
            const KIND: &'static str = #kind;
            const DOC: &'static str = #about;
            const FIELDS: &'static [::lms_core::store::operation::FieldDoc] = &[#(#fields),*];
            fn subject(&self) -> ::lms_core::kernel::EntityRef {
                ::lms_core::kernel::EntityRef::to(#entity, self.#id)
            }
        }
    })
}
