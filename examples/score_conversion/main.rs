//! From raw scores to bands: two forms of English tests, one that rounds as IELTS does and one
//! that adds up as TOEFL ITP does. The tables and the candidates are invented. Run it with
//! `cargo run --example score_conversion`.
//!
//! - The overall band of IELTS is the mean of four sections to the nearest half band; a mean that
//!   ends in .25 goes up to the half band and one that ends in .75 to the whole band ("IELTS
//!   scoring in detail", <https://ielts.org/take-a-test/your-results/ielts-scoring-in-detail>).
//! - The total of TOEFL ITP is the sum of three scaled sections times ten, divided by three (ETS,
//!   "TOEFL ITP Test Taker Handbook", <https://www.ets.org/toefl/itp.html>).
//!
//! ```text
//! --database URL    runs on PostgreSQL instead of the memory store (feature `postgres`)
//! ```
use std::{process::ExitCode, sync::Arc};

use lms::{
    assessment::{
        Assessment, AssessmentKind, Section,
        conversion::{
            ConversionSet, ConversionTable, DefineConversion, LoadConversions, ScaleDefinition,
        },
    },
    kernel::{
        Actor, Context, LanguageTag, Points, Scope, SequentialIds, Slug, TenantId, Timestamp, Title,
    },
    store::Store,
    tenancy::CreateTenant,
};

mod forms;
#[path = "../support/store.rs"]
mod store;

use forms::Form;

type Failure = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("score_conversion: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Failure> {
    let store = store::named_by_arguments().await?;
    let ids = Arc::new(SequentialIds::new());
    let cx = Context::new(TenantId::SINGLE, Actor::system("example"), Timestamp::EPOCH, ids);
    let mut tx = store.begin_in(&cx, Scope::TenantAndPlatform(cx.tenant())).await?;
    let (slug, language) = (Slug::new("harbour")?, LanguageTag::new("en")?);
    let school = CreateTenant::new(Title::new("Harbour School")?, slug, language);
    tx.run(school).await?;
    tx.commit().await?;
    for form in [forms::bands()?, forms::scaled()?] {
        let (sections, conversions) = keep(&store, &cx, &form).await?;
        report(&form, &sections, &conversions)?;
    }
    mistakes()
}

/// Stores a form's tables and reads them again, as grading does.
async fn keep(
    store: &Store,
    cx: &Context,
    form: &Form,
) -> Result<(Vec<Section>, ConversionSet), Failure> {
    let mut tx = store.begin(cx).await?;
    let assessment = Assessment::new(cx, AssessmentKind::Test, Title::new(form.name)?);
    tx.insert(&assessment).await?;
    let mut sections = Vec::new();
    for (at, part) in (0..).zip(&form.parts) {
        let section = Section::new(cx, assessment.id, Title::new(part.name)?, at);
        tx.insert(&section).await?;
        // What is marked in bands has no table: its raw score is its band.
        let scale = match &part.table {
            Some((rule, rows)) => ScaleDefinition::Table { rule: *rule, rows: rows.clone() },
            None => ScaleDefinition::Raw,
        };
        let (assessment_id, section_id) = (assessment.id, Some(section.id));
        tx.run(DefineConversion { assessment_id, section_id, scale }).await?;
        sections.push(section);
    }
    let command = DefineConversion {
        assessment_id: assessment.id,
        section_id: None,
        scale: ScaleDefinition::Composite(form.composite.clone()),
    };
    tx.run(command).await?;
    let conversions = tx.part(LoadConversions { assessment_id: assessment.id }).await?;
    tx.commit().await?;
    Ok((sections, conversions))
}

fn report(form: &Form, sections: &[Section], set: &ConversionSet) -> Result<(), Failure> {
    println!("{}", form.name);
    print!("  {:<8}", "");
    for part in &form.parts {
        print!("{:>20}", part.name);
    }
    println!("{:>12}{:>10}", "exact", "reported");
    for candidate in &form.candidates {
        let raw: Vec<Points> =
            candidate.raw.iter().map(|it| it.parse()).collect::<Result<_, _>>()?;
        let sum = Points::sum(raw.iter().copied())?;
        let pairs = sections.iter().map(|it| it.id).zip(raw.iter().copied());
        let converted = set.convert(sum, pairs)?;
        print!("  {:<8}", candidate.name);
        let mut reported = Vec::new();
        for (raw, scaled) in raw.iter().zip(&converted.sections) {
            let text = match scaled {
                Some(scaled) if scaled != raw => format!("{raw} → {scaled}"),
                _ => raw.to_string(),
            };
            print!("{text:>20}");
            reported.push(scaled.unwrap_or(*raw));
        }
        let exact = form.composite.exact(&reported)?;
        let total = converted.total.ok_or("the form has a composite")?;
        println!("{:>12}{:>10}", exact.to_string(), total.to_string());
    }
    println!();
    Ok(())
}

/// What a table that was typed wrongly is told, and what a raw score is told that it lacks.
fn mistakes() -> Result<(), Failure> {
    println!("A table that was typed wrongly is refused, with every raw score that is wrong:");
    let (rule, rows) = forms::mistyped()?;
    match ConversionTable::new(rule, rows) {
        Err(error) => println!("  {error}"),
        Ok(_) => return Err("a table with a gap was taken".into()),
    }
    println!("A raw score outside a table is refused, not bent to fit:");
    let form = forms::bands()?;
    let (rule, rows) = form.parts[0].table.clone().ok_or("listening has a table")?;
    match ConversionTable::new(rule, rows)?.convert("41".parse()?) {
        Err(error) => println!("  {error}"),
        Ok(scaled) => return Err(format!("41 of 40 became {scaled}").into()),
    }
    Ok(())
}
