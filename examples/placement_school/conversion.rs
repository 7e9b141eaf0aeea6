//! The test's conversion tables: raw to scaled, section by section; the total is their sum.
use lms::{
    assessment::{
        Assessment, Section,
        conversion::{
            Composite, ConversionRow, ConversionRule, DefineConversion, Lookup, OutsideTable,
            RoundTo, ScaleDefinition, WithinRow,
        },
    },
    kernel::{Id, Points},
    store::Transaction,
};

use crate::{data::SchoolFile, desk::Failure};

/// How the tables are read. Partial credit gives raw scores between two rows; such a score is read
/// from the lower one.
pub(crate) const RULE: ConversionRule = ConversionRule {
    lookup: Lookup::Floor,
    outside: OutsideTable::Refuse,
    within: WithinRow::Low,
    never_decreases: true,
    raw_step: Points::from_ten_thousandths(10_000),
    covers: None,
    round: RoundTo::FINEST,
};

/// Stores the tables of the data file. A table with a gap, an overlap or a decrease is refused
/// with the raw scores that are at fault.
pub(crate) async fn store_tables(
    tx: &mut Transaction,
    test: Id<Assessment>,
    file: &SchoolFile,
) -> Result<(), Failure> {
    let sections = tx.all(Section::of_assessment(test)).await?;
    for (section, data) in sections.iter().zip(&file.test.sections) {
        let rows = data.conversion.iter().map(|it| ConversionRow::single(it.raw, it.scaled));
        let command = DefineConversion {
            assessment_id: test,
            section_id: Some(section.id),
            scale: ScaleDefinition::Table { rule: RULE, rows: rows.collect() },
        };
        tx.run(command)
            .await
            .map_err(|e| format!("the conversion table of section `{}`: {e}", data.id))?;
    }
    let whole = DefineConversion {
        assessment_id: test,
        section_id: None,
        scale: ScaleDefinition::Composite(Composite::sum()),
    };
    tx.run(whole).await?;
    Ok(())
}
