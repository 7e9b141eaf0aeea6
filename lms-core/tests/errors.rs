//! `docs/errors.md` lists every error with its code, kind and parameters, as the sources have them.
//! `LMS_WRITE_DOCS=1` writes it.
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use lms_core::{
    authorization::AuthorizationError,
    identity::LoginRefusal,
    kernel::{DomainError, ErrorKind, TextError},
    store::StoreError,
};
use serde_json::json;
use syn::{Attribute, Fields, Item, LitStr, Meta, Variant};

struct Row {
    code: String,
    kind: String,
    field: Option<String>,
    params: Vec<(String, String)>,
    /// What a person is told, as a template.
    message: String,
}

struct Errors {
    name: String,
    what: String,
    rows: Vec<Row>,
    /// The errors that answer for themselves.
    includes: Vec<String>,
}

/// Derived enums, and the enums that are errors without a code.
#[derive(Default)]
struct Found {
    errors: Vec<Errors>,
    without_code: Vec<String>,
    by_hand: BTreeSet<String>,
}

fn derives(attributes: &[Attribute], name: &str) -> bool {
    let lists = attributes.iter().filter(|it| it.path().is_ident("derive"));
    lists.filter_map(|it| it.meta.require_list().ok()).any(|list| {
        let text = list.tokens.to_string();
        text.split(',').any(|it| it.trim().replace(' ', "").rsplit("::").next() == Some(name))
    })
}

fn docs(attributes: &[Attribute]) -> String {
    let mut text = String::new();
    for attribute in attributes.iter().filter(|it| it.path().is_ident("doc")) {
        if let Meta::NameValue(pair) = &attribute.meta
            && let syn::Expr::Lit(it) = &pair.value
            && let syn::Lit::Str(line) = &it.lit
        {
            text.push_str(line.value().trim());
            text.push(' ');
        }
    }
    text.split(". ").next().unwrap_or_default().trim().trim_end_matches('.').to_owned()
}

fn snake(text: &str) -> String {
    let mut out = String::new();
    for (at, letter) in text.chars().enumerate() {
        if letter.is_uppercase() && at > 0 {
            out.push('_');
        }
        out.extend(letter.to_lowercase());
    }
    out
}

/// One row, or the name of the error that the variant wraps.
fn row_of(concern: &str, variant: &Variant) -> Result<Row, String> {
    let mut row = Row {
        code: format!("{concern}.{}", snake(&variant.ident.to_string())),
        kind: String::new(),
        field: None,
        params: Vec::new(),
        message: String::new(),
    };
    let mut is_transparent = false;
    for attribute in &variant.attrs {
        if attribute.path().is_ident("error")
            && let Ok(list) = attribute.meta.require_list()
            && let Some(proc_macro2::TokenTree::Literal(text)) =
                list.tokens.clone().into_iter().next()
            && row.message.is_empty()
        {
            row.message = text.to_string();
        }
        if !attribute.path().is_ident("fault") {
            continue;
        }
        let read = attribute.parse_nested_meta(|meta| {
            let name = meta.path.get_ident().unwrap().to_string();
            match name.as_str() {
                "transparent" => is_transparent = true,
                "code" => row.code = meta.value()?.parse::<LitStr>()?.value(),
                "field" => row.field = Some(meta.value()?.parse::<LitStr>()?.value()),
                "message" => row.message = meta.value()?.parse::<LitStr>()?.value(),
                _ => row.kind = name,
            }
            Ok(())
        });
        read.unwrap();
    }
    if is_transparent {
        let field = variant.fields.iter().next().unwrap();
        let ty = &field.ty;
        return Err(quote::quote!(#ty).to_string().replace(' ', ""));
    }
    if let Fields::Named(fields) = &variant.fields {
        for field in &fields.named {
            let (name, ty) = (field.ident.as_ref().unwrap().to_string(), &field.ty);
            let is_for_the_log = field.attrs.iter().any(|it| it.path().is_ident("fault"));
            if name != "source" && !is_for_the_log {
                let ty = quote::quote!(#ty).to_string().replace(' ', "");
                row.params
                    .push((name, ty.replace("&'staticstr", "text").replace("String", "text")));
            }
        }
    }
    Ok(row)
}

fn look_at(items: &[Item], found: &mut Found) {
    for item in items {
        match item {
            Item::Mod(it) if it.ident != "tests" => {
                look_at(it.content.as_ref().map_or(&[][..], |it| &it.1), found);
            }
            Item::Impl(it) => {
                if let Some((path, _)) = &it.trait_
                    && path.segments.last().is_some_and(|it| it.ident == "DomainError")
                {
                    let ty = &it.self_ty;
                    let name = quote::quote!(#ty).to_string();
                    let name = name.split([' ', '<']).next().unwrap_or_default().to_owned();
                    found.by_hand.insert(name);
                }
            }
            Item::Enum(it) if derives(&it.attrs, "DomainError") => {
                let name = it.ident.to_string();
                let concern = snake(name.trim_end_matches("Error"));
                let (mut rows, mut includes) = (Vec::new(), Vec::new());
                for variant in &it.variants {
                    match row_of(&concern, variant) {
                        Ok(row) => rows.push(row),
                        Err(inner) => includes.push(inner),
                    }
                }
                found.errors.push(Errors { name, what: docs(&it.attrs), rows, includes });
            }
            Item::Enum(it) if derives(&it.attrs, "Error") => {
                found.without_code.push(it.ident.to_string());
            }
            _ => {}
        }
    }
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "tests" {
            sources(&path, found);
        } else if name.ends_with(".rs") && name != "tests.rs" {
            found.push(path);
        }
    }
}

fn districts() -> BTreeMap<usize, (&'static str, Found)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let names = [
        "kernel",
        "store",
        "people",
        "learning",
        "assessment",
        "commerce",
        "community",
        "governance",
    ];
    let read = names.into_iter().enumerate().map(|(at, name)| {
        let (mut files, mut found) = (Vec::new(), Found::default());
        sources(&root.join(name).join("src"), &mut files);
        for path in files {
            let text = fs::read_to_string(&path).unwrap();
            look_at(&syn::parse_file(&text).unwrap().items, &mut found);
        }
        found.errors.sort_by(|a, b| a.name.cmp(&b.name));
        (at, (name, found))
    });
    read.collect()
}

fn page() -> String {
    let mut page = String::from(
        "# Errors\n\nEvery error of the core: its code, its kind, the input at fault, and its \
         parameters with their types.\nA host maps the kind to a status, and the code and the \
         parameters to a sentence; `message()` is an\nEnglish one. The page is made from the \
         sources by a test, which also says when it is stale:\n`LMS_WRITE_DOCS=1 cargo test -p \
         lms-core --test errors` writes it anew.\n\nState machines refuse with \
         `transition_rejected` (conflict; `entity`, `status`, `event`, `possible`).\n",
    );
    for (district, found) in districts().into_values() {
        let title = district.replacen(&district[..1], &district[..1].to_uppercase(), 1);
        write!(page, "\n## {title}\n").unwrap();
        for errors in &found.errors {
            write!(page, "\n### {}\n\n{}.\n", errors.name, errors.what).unwrap();
            if !errors.rows.is_empty() {
                page.push_str("\n| code | kind | field | parameters |\n|---|---|---|---|\n");
            }
            for row in &errors.rows {
                let params = row.params.iter().map(|(name, ty)| format!("`{name}: {ty}`"));
                let params = params.collect::<Vec<_>>().join(", ").replace('|', "\\|");
                let field = row.field.as_ref().map_or(String::new(), |it| format!("`{it}`"));
                writeln!(page, "| `{}` | {} | {field} | {params} |", row.code, row.kind).unwrap();
            }
            if !errors.includes.is_empty() {
                write!(page, "\nAnd those of {}.\n", errors.includes.join(", ")).unwrap();
            }
        }
    }
    page
}

#[test]
fn every_error_is_listed() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/errors.md");
    let page = page();
    if std::env::var_os("LMS_WRITE_DOCS").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "docs/errors.md is stale; run this test with LMS_WRITE_DOCS=1");
}

#[test]
fn every_error_and_every_refusal_has_a_code() {
    let mut without = Vec::new();
    for (_, found) in districts().into_values() {
        without.extend(found.without_code.into_iter().filter(|it| !found.by_hand.contains(it)));
    }
    assert!(without.is_empty(), "derive `DomainError` for {without:?}");
}

/// A message for people names no table, no id and nothing that roles say.
#[test]
fn messages_to_people_name_no_tables_ids_or_permissions() {
    let mut telling = Vec::new();
    // What only those who run the service ask for: audits, transfers, batches of columns.
    let operators = ["AuditFault", "BatchError", "GovernanceError", "TransferError"];
    for (_, found) in districts().into_values() {
        let errors = found.errors.iter().filter(|it| !operators.contains(&it.name.as_str()));
        for row in errors.flat_map(|it| &it.rows) {
            for (name, ty) in &row.params {
                let is_internal = ["Id<", "Uuid", "TenantId", "EntityRef", "Permission"]
                    .iter()
                    .any(|it| ty.contains(it))
                    || ["table", "column", "columns", "place"].contains(&name.as_str());
                let is_told = row.message.contains(&format!("{{{name}}}"))
                    || row.message.contains(&format!("{{{name}:"));
                if is_internal && is_told {
                    telling.push(format!("{}: {}", row.code, row.message));
                }
            }
        }
    }
    assert!(telling.is_empty(), "say these in a `message = \"…\"` of their own: {telling:#?}");
}

/// A parameter goes to the host, which may show it: names of tables and columns do not.
#[test]
fn parameters_name_no_tables() {
    let mut telling = Vec::new();
    let operators = ["AuditFault", "BatchError", "GovernanceError", "TransferError"];
    for (_, found) in districts().into_values() {
        let errors = found.errors.iter().filter(|it| !operators.contains(&it.name.as_str()));
        for row in errors.flat_map(|it| &it.rows) {
            let is_internal = |it: &&(String, String)| {
                ["table", "column", "columns", "constraint", "backend"].contains(&it.0.as_str())
            };
            let found = row.params.iter().find(is_internal);
            telling.extend(found.map(|it| format!("{}: {}", row.code, it.0)));
        }
    }
    assert!(telling.is_empty(), "mark these with `#[fault(log)]`: {telling:#?}");
    let errors = [
        StoreError::Duplicate { table: "orders", columns: vec!["number"] },
        StoreError::BrokenReference { table: "orders", columns: vec!["buyer_id"] },
        StoreError::OutOfScope { table: "orders" },
        StoreError::InvalidQuery { table: "orders", reason: "it has too many values" },
    ];
    for error in errors {
        let sent = sent(&error).to_string();
        assert!(!sent.contains("orders") && !sent.contains("number"), "{sent}");
        assert!(error.to_string().contains("orders"), "the diagnostic says where");
    }
}

/// What a host sends: the code, the parameters as one object, and the sentence.
fn sent(error: &dyn DomainError) -> serde_json::Value {
    let params = error.params().into_iter().map(|(name, value)| (name.to_owned(), value));
    json!({
        "code": error.code(),
        "params": params.collect::<serde_json::Map<_, _>>(),
        "message": error.message(),
    })
}

#[test]
fn errors_give_their_values_by_name_and_keep_internals_to_themselves() {
    let id = uuid::Uuid::from_u128(7);
    let missing = StoreError::NotFound { table: "user_profiles", id };
    assert_eq!(
        sent(&missing),
        json!({
            "code": "store.not_found",
            "params": {},
            "message": "it does not exist, or is not yours to see",
        })
    );
    assert!(missing.to_string().contains("user_profiles"), "the diagnostic says where");
    let text = TextError::TooLong { what: "title", most: 500 };
    assert_eq!(
        sent(&text),
        json!({
            "code": "too_long",
            "params": { "what": "title", "most": 500 },
            "message": "title is too long; use at most 500 characters",
        })
    );
    // What wraps another error says what that says.
    let wrapped = AuthorizationError::Store(StoreError::Poisoned);
    assert_eq!(sent(&wrapped), sent(&StoreError::Poisoned));
}

#[test]
fn a_refused_login_is_an_error_like_any_other() {
    let until = "2024-03-01T10:00:00Z".parse().unwrap();
    let locked = LoginRefusal::Locked { until };
    assert_eq!(locked.kind(), ErrorKind::Forbidden);
    assert_eq!(
        sent(&locked),
        json!({
            "code": "login.locked",
            "params": { "until": "2024-03-01T10:00:00Z" },
            "message": "too many failed sign-ins; try again after 2024-03-01T10:00:00Z",
        })
    );
}
