//! The kinds of node allowed under each kind.
use lms_derive::{DomainError, TextEnum};

/// The kind of a node in a course's tree, from the largest to the smallest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
#[non_exhaustive]
pub enum NodeKind {
    /// A large part of the course; a marketplace calls it a chapter.
    #[text("module", "chapter")]
    Module,
    /// A part of a module.
    Unit,
    /// What is learned in one sitting; a marketplace calls it a lecture.
    #[text("lesson", "lecture")]
    Lesson,
    /// Something to do within a lesson.
    Activity,
}

/// Which kinds of node a course's tree has, and which may be under which.
///
/// | profile | tree |
/// |---|---|
/// | flat | lessons |
/// | chapters | chapters and, in each, lectures |
/// | modules | modules, lessons, and activities in lessons |
/// | full | modules, units, lessons, activities |
/// | custom | any kind under a larger one, or on its own |
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, TextEnum)]
#[non_exhaustive]
pub enum HierarchyProfile {
    /// Lessons are directly in the course.
    Flat,
    /// Chapters (modules) hold lectures (lessons).
    Chapters,
    /// Modules hold lessons, and lessons may hold activities.
    #[default]
    Modules,
    /// Modules hold units, units hold lessons, lessons hold activities.
    Full,
    /// Any kind is under any larger kind or directly in the course.
    Custom,
}

impl HierarchyProfile {
    /// Whether a `child` may be under `parent`, or directly in the course when there is none.
    pub fn allows(self, parent: Option<NodeKind>, child: NodeKind) -> bool {
        use NodeKind::{Activity, Lesson, Module, Unit};
        match self {
            Self::Flat => matches!((parent, child), (None, Lesson)),
            Self::Chapters => matches!((parent, child), (None, Module) | (Some(Module), Lesson)),
            Self::Modules => matches!(
                (parent, child),
                (None, Module) | (Some(Module), Lesson) | (Some(Lesson), Activity)
            ),
            Self::Full => matches!(
                (parent, child),
                (None, Module)
                    | (Some(Module), Unit)
                    | (Some(Unit), Lesson)
                    | (Some(Lesson), Activity)
            ),
            Self::Custom => parent.is_none_or(|parent| parent < child),
        }
    }

    /// Refuses a child where the profile does not allow it.
    ///
    /// # Errors
    /// [`HierarchyError`], which names the profile and both kinds.
    pub fn check(self, parent: Option<NodeKind>, child: NodeKind) -> Result<(), HierarchyError> {
        if self.allows(parent, child) {
            return Ok(());
        }
        let parent = parent.map_or("course", NodeKind::as_str);
        Err(HierarchyError::Misplaced { profile: self, parent, child })
    }
}

/// Why a node cannot be placed there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum HierarchyError {
    /// The course's profile does not put such a node there.
    #[error("a course of profile `{profile}` has no `{child}` directly under a `{parent}`")]
    #[fault(invalid, field = "kind")]
    Misplaced {
        /// The course's profile.
        profile: HierarchyProfile,
        /// What it was put under.
        parent: &'static str,
        /// The kind of node to place.
        child: NodeKind,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_table() {
        let rows: Vec<String> = HierarchyProfile::ALL
            .iter()
            .map(|profile| {
                let parents = std::iter::once(None).chain(NodeKind::ALL.iter().copied().map(Some));
                let cells: Vec<String> = parents
                    .map(|parent| {
                        let name = parent.map_or("course", NodeKind::as_str);
                        let children: Vec<_> = NodeKind::ALL
                            .iter()
                            .filter(|child| profile.allows(parent, **child))
                            .map(|child| child.as_str())
                            .collect();
                        format!("{name}>{}", children.join("+"))
                    })
                    .collect();
                format!("{profile}: {}", cells.join(" "))
            })
            .collect();
        assert_eq!(
            rows,
            [
                "flat: course>lesson module> unit> lesson> activity>",
                "chapters: course>module module>lesson unit> lesson> activity>",
                "modules: course>module module>lesson unit> lesson>activity activity>",
                "full: course>module module>unit unit>lesson lesson>activity activity>",
                "custom: course>module+unit+lesson+activity module>unit+lesson+activity \
                 unit>lesson+activity lesson>activity activity>",
            ]
        );
    }

    #[test]
    fn the_names_of_a_marketplace_are_read() {
        assert_eq!("chapter".parse(), Ok(NodeKind::Module));
        assert_eq!("lecture".parse(), Ok(NodeKind::Lesson));
    }

    #[test]
    fn the_refusal_names_the_place() {
        let error = HierarchyProfile::Flat.check(None, NodeKind::Unit).unwrap_err();
        assert_eq!(
            error.to_string(),
            "a course of profile `flat` has no `unit` directly under a `course`"
        );
    }
}
