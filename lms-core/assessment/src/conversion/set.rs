//! All conversions of the scores of one assessment.
use std::collections::{HashMap, HashSet};

use lms_derive::DomainError;

use crate::{
    Section,
    conversion::{Composite, CompositeError, ConversionError, ConversionTable},
};
use lms_kernel::{Id, Points};

/// Everything that converts the scores of one assessment: a table for any section, and a table or
/// a composite for the whole. Empty where raw scores are reported.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConversionSet {
    /// The tables of sections.
    pub sections: HashMap<Id<Section>, ConversionTable>,
    /// The sections without a table whose raw score is their scaled one, as of an essay that is
    /// marked in bands.
    pub raw_sections: HashSet<Id<Section>>,
    /// The table of the whole test.
    pub whole: Option<ConversionTable>,
    /// How scaled sections make the total; comes before a table of the whole.
    pub composite: Option<Composite>,
    /// What is wrong with what is stored, where it cannot be used.
    pub broken: Option<SetError>,
}

/// Scaled scores, beside the raw ones they come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Converted {
    /// The whole test; none where raw scores are reported.
    pub total: Option<Points>,
    /// The sections in the order given; none where a section has no scale.
    pub sections: Vec<Option<Points>>,
}

/// Why the scores of an attempt cannot be converted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum SetError {
    /// A table refuses a raw score, or is not usable.
    #[error(transparent)]
    #[fault(transparent)]
    Table(#[from] ConversionError),
    /// The sections have no composite.
    #[error(transparent)]
    #[fault(transparent)]
    Composite(#[from] CompositeError),
    /// A section that is part of a composite has no scale.
    #[error("section `{section}` has no conversion; define one, or define it as raw")]
    #[fault(
        invalid,
        field = "section_id",
        message = "a section has no conversion; define one, or define it as raw"
    )]
    NoTable {
        /// The section.
        section: Id<Section>,
    },
}

impl ConversionSet {
    /// Whether raw scores are reported.
    pub fn is_empty(&self) -> bool {
        self.sections.is_empty()
            && self.raw_sections.is_empty()
            && self.whole.is_none()
            && self.composite.is_none()
    }

    /// The scaled scores for raw ones: sections by their own tables, or raw where they are defined
    /// so; the total by the composite of all sections, or by the table of the whole.
    ///
    /// # Errors
    /// [`SetError`] where a table refuses a raw score, or a composite lacks the scale of a section.
    pub fn convert(
        &self,
        raw: Points,
        sections: impl IntoIterator<Item = (Id<Section>, Points)>,
    ) -> Result<Converted, SetError> {
        if let Some(broken) = &self.broken {
            return Err(broken.clone());
        }
        let (mut scaled, mut parts) = (Vec::new(), Vec::new());
        for (section, raw) in sections {
            let worth = match self.sections.get(&section) {
                Some(table) => Some(table.convert(raw)?),
                None => self.raw_sections.contains(&section).then_some(raw),
            };
            match worth {
                Some(worth) => parts.push(worth),
                None if self.composite.is_some() => return Err(SetError::NoTable { section }),
                None => {}
            }
            scaled.push(worth);
        }
        let total = match (&self.composite, &self.whole) {
            (Some(composite), _) => Some(composite.score(&parts)?),
            (None, Some(table)) => Some(table.convert(raw)?),
            (None, None) => None,
        };
        Ok(Converted { total, sections: scaled })
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::conversion::{ConversionRow, ConversionRule};

    fn p(text: &str) -> Points {
        text.parse().unwrap()
    }

    fn table(rows: &[(&str, &str)]) -> ConversionTable {
        let rows = rows.iter().map(|(raw, scaled)| ConversionRow::single(p(raw), p(scaled)));
        ConversionTable::new(ConversionRule::default(), rows.collect()).unwrap()
    }

    #[test]
    fn sections_by_their_tables_and_the_total_by_the_composite() {
        let [reading, writing] = [1, 2].map(|at| Id::from_uuid(Uuid::from_u128(at)));
        let mut set = ConversionSet::default();
        assert!(set.is_empty());
        let raw = [(reading, p("1")), (writing, p("6"))];
        let nothing = set.convert(p("7"), raw).unwrap();
        assert_eq!(nothing, Converted { total: None, sections: vec![None, None] });
        set.sections.insert(reading, table(&[("0", "0"), ("1", "6.5")]));
        set.whole = Some(table(&[("7", "70")]));
        let by_table = set.convert(p("7"), raw).unwrap();
        assert_eq!(
            by_table,
            Converted { total: Some(p("70")), sections: vec![Some(p("6.5")), None] }
        );
        set.composite = Some(Composite { sections: None, ..Composite::ielts() });
        // 6 is a raw score unless somebody says that it is a band.
        assert_eq!(set.convert(p("7"), raw), Err(SetError::NoTable { section: writing }));
        set.raw_sections.insert(writing);
        let scaled = set.convert(p("7"), raw).unwrap();
        assert_eq!(scaled.total, Some(p("6.5")));
        assert_eq!(scaled.sections, [Some(p("6.5")), Some(p("6"))]);
        let refused = set.convert(p("7"), [(reading, p("2"))]).unwrap_err();
        assert_eq!(refused.to_string(), "raw score 2 is outside the table, which goes from 0 to 1");
    }
}
