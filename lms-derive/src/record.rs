//! `#[derive(Record)]`.
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::{
    DeriveInput, Error, Field, LitStr, Result, Token, Type, parenthesized,
    parse::{Parse, ParseStream},
    punctuated::Punctuated,
};

use crate::attributes::{named_fields, snake_case};

pub(crate) fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let name = &input.ident;
    let table = TableAttributes::of(input)?;
    let fields = named_fields(input)?;

    let mut schema = TokenStream::new();
    let mut write = TokenStream::new();
    let mut read = TokenStream::new();
    let mut constants = TokenStream::new();
    for field in fields {
        let column = ColumnAttributes::of(field)?;
        column.expand(name, field, [&mut schema, &mut write, &mut read, &mut constants])?;
    }
    let idents = fields.iter().map(|it| &it.ident);
    let stamp = &fields
        .iter()
        .find(|it| it.ident.as_ref().is_some_and(|it| it == "stamp"))
        .ok_or_else(|| Error::new_spanned(name, "a record has a `stamp` field"))?
        .ty;
    let (table_name, kind) = (&table.name, &table.kind);
    let uniques = &table.uniques;
    let indexes = &table.indexes;
    let flags = &table.flags;

    Ok(quote! {
        impl #name { #constants }

        impl ::lms_core::store::Record for #name {
            const TABLE: &'static str = #table_name;
            const KIND: &'static str = #kind;
            type Stamp = #stamp;
            fn schema() -> &'static ::lms_core::store::Schema {
                static SCHEMA: ::std::sync::LazyLock<::lms_core::store::Schema> =
                    ::std::sync::LazyLock::new(|| {
                        ::lms_core::store::Schema::build(#table_name, #kind)
                            #schema #(#uniques)* #(#indexes)* #(.#flags())*
                            .done()
                    });
                &SCHEMA
            }
            fn id(&self) -> ::lms_core::kernel::Id<Self> { self.id }
            fn stamp(&self) -> &Self::Stamp { &self.stamp }
            fn stamp_mut(&mut self) -> &mut Self::Stamp { &mut self.stamp }
            fn to_row(&self) -> ::lms_core::store::Row {
                let Self { #(#idents),* } = self;
                let mut out = ::std::vec::Vec::with_capacity(Self::schema().columns.len());
                #write
                ::lms_core::store::Row(out)
            }
            fn from_row(
                row: ::lms_core::store::Row,
            ) -> ::std::result::Result<Self, ::lms_core::store::StoreError> {
                let mut values = row.values(Self::schema());
                ::std::result::Result::Ok(Self { #read })
            }
        }
    })
}

/// What `#[record(…)]` says on the struct.
struct TableAttributes {
    name: LitStr,
    kind: String,
    uniques: Vec<TokenStream>,
    indexes: Vec<TokenStream>,
    flags: Vec<Ident>,
}

impl TableAttributes {
    fn of(input: &DeriveInput) -> Result<Self> {
        let mut name = None;
        let mut kind = snake_case(&input.ident.to_string());
        let (mut uniques, mut indexes, mut flags) = (Vec::new(), Vec::new(), Vec::new());
        for attribute in input.attrs.iter().filter(|it| it.path().is_ident("record")) {
            attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("table") {
                    name = Some(meta.value()?.parse::<LitStr>()?);
                } else if meta.path.is_ident("kind") {
                    kind = meta.value()?.parse::<LitStr>()?.value();
                } else if meta.path.is_ident("unique") || meta.path.is_ident("unique_always") {
                    let inner;
                    parenthesized!(inner in meta.input);
                    let unique: Unique = inner.parse()?;
                    uniques.push(unique.expand(meta.path.is_ident("unique_always")));
                } else if meta.path.is_ident("index") {
                    let inner;
                    parenthesized!(inner in meta.input);
                    indexes.push(inner.parse::<Index>()?.expand());
                } else if meta.path.is_ident("contains") {
                    let inner;
                    parenthesized!(inner in meta.input);
                    let columns = Punctuated::<Ident, Token![,]>::parse_terminated(&inner)?;
                    let columns = columns.iter().map(ToString::to_string);
                    indexes.push(quote!(.contains(&[#(#columns),*])));
                } else if let Some(flag) = meta.path.get_ident()
                    && (flag == "platform" || flag == "unaudited")
                {
                    flags.push(flag.clone());
                } else {
                    return Err(meta.error(
                        "expected `table`, `kind`, `unique`, `unique_always`, `index`, \
                         `contains`, `platform` or `unaudited`",
                    ));
                }
                Ok(())
            })?;
        }
        let name = name.ok_or_else(|| {
            Error::new_spanned(&input.ident, "missing `#[record(table = \"…\")]`")
        })?;
        Ok(Self { name, kind, uniques, indexes, flags })
    }
}

/// `a, b`, `a, b; status = "active" | "paused"` or `a; revoked_at = null`.
struct Unique {
    columns: Vec<String>,
    when: Option<TokenStream>,
}

impl Parse for Unique {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let columns = Punctuated::<Ident, Token![,]>::parse_separated_nonempty(input)?;
        let columns = columns.iter().map(ToString::to_string).collect();
        if input.is_empty() {
            return Ok(Self { columns, when: None });
        }
        input.parse::<Token![;]>()?;
        let column = input.parse::<Ident>()?.to_string();
        input.parse::<Token![=]>()?;
        let when = if input.peek(LitStr) {
            let texts = Punctuated::<LitStr, Token![|]>::parse_separated_nonempty(input)?;
            let texts = texts.iter();
            quote!(::lms_core::store::Condition::OneOf(#column, &[#(#texts),*]))
        } else {
            let null: Ident = input.parse()?;
            if null != "null" {
                return Err(Error::new_spanned(null, "expected `null` or texts"));
            }
            quote!(::lms_core::store::Condition::IsNull(#column))
        };
        Ok(Self { columns, when: Some(when) })
    }
}

impl Unique {
    fn expand(&self, reserved_when_deleted: bool) -> TokenStream {
        let columns = &self.columns;
        let when = match &self.when {
            Some(when) => quote!(::std::option::Option::Some(#when)),
            None => quote!(::std::option::Option::None),
        };
        quote!(.unique(::lms_core::store::Unique {
            columns: &[#(#columns),*],
            reserved_when_deleted: #reserved_when_deleted,
            when: #when,
        }))
    }
}

/// `a, b` or `a, b; covers(c, d)`.
struct Index {
    columns: Vec<String>,
    covers: Vec<String>,
}

impl Parse for Index {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let columns = Punctuated::<Ident, Token![,]>::parse_separated_nonempty(input)?;
        let columns = columns.iter().map(ToString::to_string).collect();
        if input.is_empty() {
            return Ok(Self { columns, covers: Vec::new() });
        }
        input.parse::<Token![;]>()?;
        let word: Ident = input.parse()?;
        if word != "covers" {
            return Err(Error::new_spanned(word, "expected `covers(…)`"));
        }
        let inner;
        parenthesized!(inner in input);
        let covers = Punctuated::<Ident, Token![,]>::parse_terminated(&inner)?;
        Ok(Self { columns, covers: covers.iter().map(ToString::to_string).collect() })
    }
}

impl Index {
    fn expand(&self) -> TokenStream {
        let Self { columns, covers } = self;
        quote!(.index(&[#(#columns),*], &[#(#covers),*]))
    }
}

/// What `#[record(…)]` says on a field.
#[derive(Default)]
struct ColumnAttributes {
    flatten: bool,
    prefixed: bool,
    json: bool,
    privacy: Option<Ident>,
}

impl ColumnAttributes {
    fn of(field: &Field) -> Result<Self> {
        let mut found = Self::default();
        for attribute in field.attrs.iter().filter(|it| it.path().is_ident("record")) {
            attribute.parse_nested_meta(|meta| {
                match meta.path.get_ident().map(ToString::to_string).as_deref() {
                    Some("flatten") => found.flatten = true,
                    Some("prefixed") => found.prefixed = true,
                    Some("json") => found.json = true,
                    Some("open") => found.privacy = Some(format_ident!("Open")),
                    Some("personal") => found.privacy = Some(format_ident!("Personal")),
                    Some("sensitive") => found.privacy = Some(format_ident!("Sensitive")),
                    Some("secret") => found.privacy = Some(format_ident!("Secret")),
                    _ => {
                        return Err(meta.error(
                            "expected `flatten`, `prefixed`, `json`, `open`, `personal`, \
                             `sensitive` or `secret`",
                        ));
                    }
                }
                Ok(())
            })?;
        }
        Ok(found)
    }

    fn expand(&self, record: &Ident, field: &Field, out: [&mut TokenStream; 4]) -> Result<()> {
        let [schema, write, read, constants] = out;
        let ident = field
            .ident
            .as_ref()
            .ok_or_else(|| Error::new_spanned(field, "a record has named fields"))?;
        let ty = &field.ty;
        let text = ident.to_string();
        if self.flatten || self.prefixed {
            let prefix = if self.prefixed { text.as_str() } else { "" };
            schema.extend(quote!(.fields::<#ty>(#prefix)));
            write.extend(quote!(::lms_core::store::Fields::write(#ident, &mut out);));
            read.extend(quote! {
                #ident: <#ty as ::lms_core::store::Fields>::read(&mut values)
                    .map_err(|e| values.corrupt(e))?,
            });
            return Ok(());
        }
        let privacy = self
            .privacy
            .as_ref()
            .map(|privacy| quote!(.with_privacy(::lms_core::store::Privacy::#privacy)));
        let constant = format_ident!("{}", text.to_uppercase());
        let doc = format!("The column `{text}`.");
        if self.json {
            let nullable = is_option(ty);
            schema.extend(
                quote!(.column(::lms_core::store::Column::json(#text, #nullable) #privacy)),
            );
            write.extend(quote!(out.push(::lms_core::store::json_to_value(#ident));));
            read.extend(quote! {
                #ident: ::lms_core::store::json_from_value(values.take_value())
                    .map_err(|e| values.corrupt(e))?,
            });
            constants.extend(quote! {
                #[doc = #doc]
                pub const #constant: ::lms_core::store::Col<#record, ::serde_json::Value> =
                    ::lms_core::store::Col::new(#text);
            });
            return Ok(());
        }
        schema.extend(quote!(.column(::lms_core::store::Column::of::<#ty>(#text) #privacy)));
        write.extend(quote!(out.push(::lms_core::store::Field::to_value(#ident));));
        read.extend(quote!(#ident: values.take::<#ty>().map_err(|e| values.corrupt(e))?,));
        constants.extend(quote! {
            #[doc = #doc]
            pub const #constant: ::lms_core::store::Col<#record, #ty> =
                ::lms_core::store::Col::new(#text);
        });
        Ok(())
    }
}

fn is_option(ty: &Type) -> bool {
    match ty {
        Type::Path(path) => path.path.segments.last().is_some_and(|it| it.ident == "Option"),
        _ => false,
    }
}
