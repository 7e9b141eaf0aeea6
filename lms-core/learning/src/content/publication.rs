//! The publication status of a course or a node.
use lms_derive::TextEnum;

/// Whether learners may see a course or a part of it.
///
/// The aliases read what other schemas say: an `active` chapter is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
#[non_exhaustive]
pub enum PublicationStatus {
    /// Its authors work on it.
    Draft,
    /// Its authors are done, and a reviewer has not decided yet.
    UnderReview,
    /// Learners may see it.
    #[text("published", "active")]
    Published,
    /// It was published and is no longer; those who learn in it keep what they did.
    #[text("archived", "inactive")]
    Archived,
}

/// An event in the lifecycle of a course or a part of it on its way to learners.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum PublicationEvent {
    /// Its authors ask for a review.
    Submit,
    /// A reviewer lets it pass.
    Approve,
    /// A reviewer gives it back.
    Reject,
    /// It is published without a review.
    Publish,
    /// It is withdrawn.
    Archive,
    /// It is taken up again, as a draft.
    Restore,
}

lms_kernel::machine! {
    "content": PublicationStatus x PublicationEvent {
                     [Submit       Approve    Reject  Publish    Archive   Restore]
        Draft:       [UnderReview  -          -       Published  -         -      ]
        UnderReview: [-            Published  Draft   -          -         -      ]
        Published:   [-            -          -       -          Archived  -      ]
        Archived:    [-            -          -       -          -         Draft  ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_refusal_names_the_status_and_the_step() {
        let error = PublicationStatus::Archived.apply(PublicationEvent::Approve).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`approve` is not possible while the content is `archived`; possible now: `restore`"
        );
    }
}
