//! A policy and its classes, checked against each other.
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use lms_derive::DomainError;
use serde::{Deserialize, Serialize};

use crate::placement::{
    BandEnds, BandMeaning, BandProblem, ClassBand, ClassId, ClassOption, LevelRule,
    PlacementPolicy, ScoreBand, band::Span, band_problem::band_problems,
};
use lms_kernel::{Slug, Title};

/// One thing that is wrong with a design.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "about", rename_all = "snake_case")]
#[non_exhaustive]
pub enum DesignProblem {
    /// A class is listed twice.
    DuplicateClass {
        /// The class.
        class: ClassId,
    },
    /// A level is listed twice.
    DuplicateLevel {
        /// The level.
        level: Title,
    },
    /// A measure decides but has no bands, or has them twice.
    Table {
        /// The measure.
        measure: Slug,
        /// How many tables it has.
        tables: usize,
    },
    /// Bands or minimums name a level that is not one of the policy's.
    UnknownLevel {
        /// The level.
        level: Title,
    },
    /// The bands of the classes of one level group contradict each other or leave a gap.
    ClassBands {
        /// The group.
        group: Option<Slug>,
        /// The measure.
        measure: Slug,
        /// What is wrong.
        problem: BandProblem,
    },
    /// Learners may reach a level for which there is no class.
    NoClass {
        /// The level.
        level: Title,
    },
}

impl DesignProblem {
    /// Whether learners cannot be placed before it is solved. Gaps, and levels without a class,
    /// only leave some of them without a place.
    pub const fn is_fatal(&self) -> bool {
        !matches!(
            self,
            Self::NoClass { .. } | Self::ClassBands { problem: BandProblem::Gap { .. }, .. }
        )
    }
}

impl fmt::Display for DesignProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DuplicateClass { class } => write!(f, "class {class} is listed twice"),
            Self::DuplicateLevel { level } => write!(f, "level `{level}` is listed twice"),
            Self::Table { measure, tables: 0 } => write!(f, "`{measure}` has no bands"),
            Self::Table { measure, .. } => write!(f, "`{measure}` has two tables of bands"),
            Self::UnknownLevel { level } => write!(f, "`{level}` is not one of the levels"),
            Self::ClassBands { group: Some(group), measure, problem } => {
                write!(f, "classes of `{group}`, {measure}: {problem}")
            }
            Self::ClassBands { group: None, measure, problem } => {
                write!(f, "classes, {measure}: {problem}")
            }
            Self::NoClass { level } => write!(f, "there is no class for `{level}`"),
        }
    }
}

/// Why a policy and classes make no design.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum DesignError {
    /// Learners could be placed in two ways, or could not be placed as the policy says.
    #[error("the placement design is not usable: {}", list(problems))]
    #[fault(invalid)]
    BadDesign {
        /// Everything that must be solved.
        problems: Vec<DesignProblem>,
    },
}

fn list(problems: &[DesignProblem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// A policy and its classes, checked against each other.
#[derive(Clone, Debug)]
pub struct PlacementDesign {
    policy: PlacementPolicy,
    classes: Vec<ClassOption>,
    /// The spans of each class's bands, in their order.
    spans: Vec<Vec<Span>>,
}

impl PlacementDesign {
    /// A design of that policy and those classes.
    ///
    /// # Errors
    /// [`DesignError::BadDesign`] with every problem that is fatal.
    pub fn new(policy: PlacementPolicy, classes: Vec<ClassOption>) -> Result<Self, DesignError> {
        let mut problems = Self::check(&policy, &classes);
        problems.retain(DesignProblem::is_fatal);
        if !problems.is_empty() {
            return Err(DesignError::BadDesign { problems });
        }
        let tops = tops(&classes);
        let spans = classes.iter().map(|class| class_spans(class, &tops)).collect();
        Ok(Self { policy, classes, spans })
    }

    /// Everything that is wrong, what is not fatal included, for a form that shows it at once.
    pub fn check(policy: &PlacementPolicy, classes: &[ClassOption]) -> Vec<DesignProblem> {
        let mut found = Vec::new();
        check_levels(policy, &mut found);
        check_measures(policy, &mut found);
        check_classes(policy, classes, &mut found);
        found
    }

    /// The policy.
    pub const fn policy(&self) -> &PlacementPolicy {
        &self.policy
    }

    /// The classes, as they are listed.
    pub fn classes(&self) -> &[ClassOption] {
        &self.classes
    }

    /// The bands of a class with their spans.
    pub(super) fn bands_of(&self, at: usize) -> impl Iterator<Item = (&ClassBand, Span)> {
        let bands = self.classes.get(at).map_or(&[][..], |class| &class.bands);
        let spans = self.spans.get(at).map_or(&[][..], Vec::as_slice);
        bands.iter().zip(spans.iter().copied())
    }
}

fn check_levels(policy: &PlacementPolicy, found: &mut Vec<DesignProblem>) {
    let mut seen = BTreeSet::new();
    for level in &policy.levels {
        if !seen.insert(level.as_str()) {
            found.push(DesignProblem::DuplicateLevel { level: level.clone() });
        }
    }
    let bands = policy.tables.iter().flat_map(|table| table.bands());
    let named = bands.flat_map(|band| band.means.levels());
    for level in named.chain(policy.minimums.iter().map(|it| &it.level)) {
        let by_class = policy.level_rule == LevelRule::ClassBands;
        if !by_class && !seen.contains(level.as_str()) {
            found.push(DesignProblem::UnknownLevel { level: level.clone() });
        }
    }
}

fn check_measures(policy: &PlacementPolicy, found: &mut Vec<DesignProblem>) {
    let mut read: Vec<&Slug> = match &policy.level_rule {
        LevelRule::ClassBands => Vec::new(),
        LevelRule::First { measures } | LevelRule::Best { measures } => measures.iter().collect(),
        LevelRule::Average { read_as, .. } => vec![read_as],
        LevelRule::Veto { main, vetoes } => std::iter::once(main).chain(vetoes).collect(),
    };
    for band in policy.tables.iter().flat_map(|table| table.bands()) {
        if let BandMeaning::SecondMeasure { measure } = &band.means {
            read.push(measure);
        }
    }
    read.sort();
    read.dedup();
    for measure in read {
        let tables = policy.tables.iter().filter(|it| it.measure() == measure).count();
        if tables != 1 {
            found.push(DesignProblem::Table { measure: measure.clone(), tables });
        }
    }
}

/// A band, and the name of the class that it leads into.
type NamedBand<'d> = (&'d str, ScoreBand);

fn check_classes(
    policy: &PlacementPolicy,
    classes: &[ClassOption],
    found: &mut Vec<DesignProblem>,
) {
    let mut seen = BTreeSet::new();
    for class in classes {
        if !seen.insert(class.class) {
            found.push(DesignProblem::DuplicateClass { class: class.class });
        }
    }
    let mut ladders: BTreeMap<(Option<&Slug>, &Slug), Vec<NamedBand<'_>>> = BTreeMap::new();
    for class in classes {
        for it in &class.bands {
            let ladder = ladders.entry((class.group.as_ref(), &it.measure)).or_default();
            ladder.push((class.level.as_str(), it.band));
        }
    }
    for ((group, measure), bands) in ladders {
        for problem in band_problems(bands, BandEnds::HalfOpen, None) {
            let (group, measure) = (group.cloned(), measure.clone());
            found.push(DesignProblem::ClassBands { group, measure, problem });
        }
    }
    if policy.level_rule != LevelRule::ClassBands {
        for level in &policy.levels {
            if !classes.iter().any(|class| class.level == *level) {
                found.push(DesignProblem::NoClass { level: level.clone() });
            }
        }
    }
}

/// The greatest end of each ladder of bands, which is closed.
type Tops<'c> = BTreeMap<(Option<&'c Slug>, &'c Slug), i64>;

fn tops(classes: &[ClassOption]) -> Tops<'_> {
    let mut tops: Tops<'_> = BTreeMap::new();
    for class in classes {
        for it in &class.bands {
            let top = tops.entry((class.group.as_ref(), &it.measure)).or_insert(i64::MIN);
            *top = (*top).max(it.band.to.ten_thousandths());
        }
    }
    tops
}

fn class_spans(class: &ClassOption, tops: &Tops<'_>) -> Vec<Span> {
    let span = |it: &ClassBand| {
        let end = it.band.to.ten_thousandths();
        let top = tops.get(&(class.group.as_ref(), &it.measure)) == Some(&end);
        let until = end.saturating_add(i64::from(top));
        Span { from: it.band.from.ten_thousandths(), until }
    };
    class.bands.iter().map(span).collect()
}
