//! Storing and reading conversion tables.
use lms_derive::DomainError;
use lms_store::operation::{Access, Effect, Operation, Part, operation};
use serde::{Deserialize, Serialize};

use crate::{
    Assessment, Section,
    conversion::{
        Composite, ConversionEntry, ConversionError, ConversionRow, ConversionRule,
        ConversionScale, ConversionSet, ConversionTable, ScaleMethod,
    },
};
use lms_kernel::Id;
use lms_people::authorization::{AuthorizationError, Permission, authorize_on};
use lms_store::{StoreError, Transaction};

/// The definition of a conversion scale.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ScaleDefinition {
    /// A table of raw and scaled scores.
    Table {
        /// How it is read.
        rule: ConversionRule,
        /// Its rows, in any order.
        rows: Vec<ConversionRow>,
    },
    /// A composite of the scaled sections; for the whole test only.
    Composite(Composite),
    /// The raw score of the section is its scaled one, which a composite may use.
    Raw,
    /// None: raw scores are reported, and no composite can be made of them.
    None,
}

/// Sets the conversion scale of an assessment or of one of its sections. It replaces the earlier
/// one.
///
/// The rows are checked first; every fault is named with its raw scores. Scores that were reported
/// stay as they are until they are graded again.
///
/// # Locks
/// The assessment's row is locked.
///
/// # Errors
/// [`DefineConversionError`].
#[operation("assessment.define_conversion")]
pub struct DefineConversion {
    /// The assessment whose raw scores are converted.
    pub assessment_id: Id<Assessment>,
    /// The section whose scores are converted; `None` for the whole test.
    pub section_id: Option<Id<Section>>,
    /// The conversion from raw to reported scores, with at most 10,001 rows.
    pub scale: ScaleDefinition,
}

/// Why a scale was not stored.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum DefineConversionError {
    /// A section has no composite.
    #[error("a composite is for the whole test; leave the section out")]
    #[fault(invalid, field = "section_id")]
    CompositeOfSection,
    /// The section belongs to another assessment.
    #[error("the section is not part of the assessment")]
    #[fault(invalid, field = "section_id")]
    ForeignSection,
    /// The rows are not usable.
    #[error(transparent)]
    #[fault(transparent)]
    Table(#[from] ConversionError),
    /// The actor may not.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

impl Operation for DefineConversion {
    const ACCESS: Access = Access::Asks(&[Permission::CONVERSIONS_MANAGE]);
    type Answer = Option<ConversionScale>;
    type Error = DefineConversionError;

    async fn run(
        self,
        tx: &mut Transaction,
    ) -> Result<Option<ConversionScale>, DefineConversionError> {
        let command = self;
        let assessment = tx.lock(command.assessment_id).await?;
        authorize_on(tx, Permission::CONVERSIONS_MANAGE, &assessment).await?;
        if let Some(section) = command.section_id
            && tx.require(section).await?.assessment_id != assessment.id
        {
            return Err(DefineConversionError::ForeignSection);
        }
        let (method, rows) = match command.scale {
            ScaleDefinition::None => (None, Vec::new()),
            ScaleDefinition::Composite(_) if command.section_id.is_some() => {
                return Err(DefineConversionError::CompositeOfSection);
            }
            ScaleDefinition::Composite(composite) => {
                (Some(ScaleMethod::Composite { composite }), Vec::new())
            }
            // The raw score of the whole is reported without a scale.
            ScaleDefinition::Raw => (command.section_id.map(|_| ScaleMethod::Raw), Vec::new()),
            ScaleDefinition::Table { rule, rows } => {
                let table = ConversionTable::new(rule, rows)?;
                (Some(ScaleMethod::Table { rule }), table.rows().to_vec())
            }
        };
        remove(tx, assessment.id, command.section_id).await?;
        let Some(method) = method else { return Ok(None) };
        let scale = ConversionScale::new(tx.cx(), assessment.id, command.section_id, method);
        tx.insert(&scale).await?;
        let entries: Vec<_> =
            rows.iter().map(|row| ConversionEntry::new(tx.cx(), &scale, row)).collect();
        tx.insert_all(&entries).await?;
        Ok(Some(scale))
    }
}

async fn remove(
    tx: &mut Transaction,
    assessment: Id<Assessment>,
    section: Option<Id<Section>>,
) -> Result<(), StoreError> {
    let entries = tx.all(ConversionEntry::of_assessment(assessment)).await?;
    for entry in entries.iter().filter(|it| it.section_id == section) {
        tx.purge(entry).await?;
    }
    let scales = tx.all(ConversionScale::of_assessment(assessment)).await?;
    for scale in scales.iter().filter(|it| it.section_id == section) {
        tx.purge(scale).await?;
    }
    Ok(())
}

/// Everything that converts the scores of an assessment. Stored rows that make no table are kept
/// as [`ConversionSet::broken`], so that grading can say so.
///
/// # Errors
/// [`StoreError`].
#[derive(Clone, Copy, Debug)]
pub struct LoadConversions {
    /// The assessment.
    pub assessment_id: Id<Assessment>,
}

impl Part for LoadConversions {
    const NAME: &'static str = "assessment.load_conversions";
    const EFFECT: Effect = Effect::Reads;
    type Answer = ConversionSet;
    type Error = StoreError;

    async fn run(self, tx: &mut Transaction) -> Result<ConversionSet, StoreError> {
        load_conversions(tx, self.assessment_id).await
    }
}

pub(crate) async fn load_conversions(
    tx: &mut Transaction,
    assessment: Id<Assessment>,
) -> Result<ConversionSet, StoreError> {
    let scales = tx.all(ConversionScale::of_assessment(assessment)).await?;
    let mut set = ConversionSet::default();
    if scales.is_empty() {
        return Ok(set);
    }
    let entries = tx.all(ConversionEntry::of_assessment(assessment)).await?;
    for scale in scales {
        let rule = match scale.method {
            ScaleMethod::Composite { composite } => {
                set.composite = Some(composite);
                continue;
            }
            ScaleMethod::Raw => {
                set.raw_sections.extend(scale.section_id);
                continue;
            }
            ScaleMethod::Table { rule } => rule,
        };
        let rows = entries.iter().filter(|it| it.scale_id == scale.id).map(ConversionEntry::row);
        match (ConversionTable::new(rule, rows.collect()), scale.section_id) {
            (Ok(table), Some(section)) => {
                set.sections.insert(section, table);
            }
            (Ok(table), None) => set.whole = Some(table),
            (Err(error), _) => set.broken = Some(error.into()),
        }
    }
    Ok(set)
}
