//! The kinds of questions, and of their prompts.

use lms_derive::TextEnum;

/// The kind of a question.
///
/// The text forms also read the names that other systems use: `mcq` and `multiple_choice` for one
/// right option, `essay` for a long answer, `audio`, `video` and `image` for recorded answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum QuestionKind {
    /// Choose one option.
    #[text("single_choice", "mcq", "multiple_choice")]
    SingleChoice,
    /// Tick every option that is right.
    #[text("multiple_select", "multiple_answers", "multi_select", "checkbox")]
    MultipleSelect,
    /// Choose between true and false.
    #[text("true_false", "boolean")]
    TrueFalse,
    /// Write a few words, compared with accepted answers.
    #[text("short_answer")]
    ShortAnswer,
    /// Write a longer text, marked by a person.
    #[text("long_answer", "essay")]
    LongAnswer,
    /// Fill one or several blanks in a text.
    #[text("fill_blank", "fill_in_the_blank", "cloze")]
    FillBlank,
    /// Write a number, perhaps with a unit.
    #[text("numeric", "numerical")]
    Numeric,
    /// Match each item to an option.
    #[text("matching")]
    Matching,
    /// Put items in order.
    #[text("ordering")]
    Ordering,
    /// Record speech, marked by a person.
    #[text("audio_response", "audio")]
    AudioResponse,
    /// Record a video, marked by a person.
    #[text("video_response", "video")]
    VideoResponse,
    /// Hand in a picture, marked by a person.
    #[text("image_response", "image")]
    ImageResponse,
    /// Hand in files, marked by a person.
    #[text("file_upload")]
    FileUpload,
    /// Mark places on a picture.
    #[text("hotspot", "select_point", "image_hotspot")]
    Hotspot,
    /// Put markers on a picture, each where it belongs.
    #[text("markers", "drag_markers", "graphic_gap_match")]
    Markers,
    /// Join options that belong together; each may be used several times.
    #[text("association", "associate", "directed_pairs")]
    Association,
    /// Set a number on a scale.
    #[text("slider")]
    Slider,
    /// Only read: there is nothing to answer and nothing to earn.
    #[text("information", "description", "text_only")]
    Information,
}

impl QuestionKind {
    /// Whether a person has to mark the answer.
    pub const fn is_manual(self) -> bool {
        match self {
            Self::LongAnswer
            | Self::AudioResponse
            | Self::VideoResponse
            | Self::ImageResponse
            | Self::FileUpload => true,
            Self::SingleChoice
            | Self::MultipleSelect
            | Self::TrueFalse
            | Self::ShortAnswer
            | Self::FillBlank
            | Self::Numeric
            | Self::Matching
            | Self::Ordering
            | Self::Hotspot
            | Self::Markers
            | Self::Association
            | Self::Slider
            | Self::Information => false,
        }
    }
}

/// The medium of a prompt, an option or a recorded answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum MediaKind {
    /// Words only.
    #[default]
    Text,
    /// Sound.
    Audio,
    /// Moving pictures.
    Video,
    /// A picture.
    Image,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_other_systems_are_read() {
        for (text, kind) in [
            ("mcq", QuestionKind::SingleChoice),
            ("multiple_choice", QuestionKind::SingleChoice),
            ("essay", QuestionKind::LongAnswer),
            ("audio", QuestionKind::AudioResponse),
            ("Fill-Blank", QuestionKind::FillBlank),
        ] {
            assert_eq!(text.parse::<QuestionKind>().unwrap(), kind);
        }
        assert!("riddle".parse::<QuestionKind>().is_err());
    }

    #[test]
    fn five_kinds_are_marked_by_people() {
        let manual = QuestionKind::ALL.iter().filter(|kind| kind.is_manual()).count();
        assert_eq!((manual, QuestionKind::ALL.len()), (5, 18));
    }
}
