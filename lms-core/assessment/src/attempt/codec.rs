//! A sheet of answers as bytes: small, and read without building JSON first.
//!
//! The first byte is the version. Numbers are little-endian base-128, ids their 16 bytes, texts
//! UTF-8 after their length. What is rare (comments and rubrics of a mark) is JSON inside.
use lms_derive::DomainError;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    grading::{AnswerSheet, Given, ManualMark, SheetEntry},
    question::{Answer, Association, FilledBlank, Media, MediaKind, Pair, Spot, Written},
    scoring::{Certainty, RubricMark},
};
use lms_kernel::{Id, Link, Points};

const VERSION: u8 = 1;

/// Why bytes are not a sheet of answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum SheetCodecError {
    /// They were written by a newer library.
    #[error("the sheet has version {found}, and this library reads version {known}")]
    #[fault(unavailable)]
    Version {
        /// The version found.
        found: u8,
        /// The version that is read.
        known: u8,
    },
    /// They were cut or changed.
    #[error("the sheet is damaged at byte {at}")]
    #[fault(unavailable)]
    Damaged {
        /// Where reading stopped, counted from the end.
        at: usize,
    },
}

/// What is rare in a mark.
#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct MarkNotes {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rubric: Option<RubricMark>,
}

/// A sheet as bytes.
pub fn pack(sheet: &AnswerSheet) -> Vec<u8> {
    let mut out = Vec::with_capacity(16 + sheet.entries.len() * 40);
    out.push(VERSION);
    put_number(&mut out, sheet.entries.len());
    for entry in &sheet.entries {
        put_id(&mut out, entry.question);
        match &entry.given {
            Given::NotAsked => out.push(0),
            Given::Missing => out.push(1),
            Given::Excused => out.push(2),
            Given::Answer(answer) => {
                out.push(3);
                put_answer(&mut out, answer);
            }
        }
        put_number(&mut out, entry.earlier.len());
        for answer in &entry.earlier {
            put_answer(&mut out, answer);
        }
        out.push(place_of(Certainty::ALL, &entry.certainty));
        put_mark(&mut out, entry.mark.as_ref());
    }
    out
}

/// The sheet that bytes mean.
///
/// # Errors
/// [`SheetCodecError`] for bytes of another version, cut short or damaged.
pub fn unpack(bytes: &[u8]) -> Result<AnswerSheet, SheetCodecError> {
    match bytes.split_first() {
        Some((&VERSION, rest)) => {
            let mut reader = Reader { rest };
            reader.sheet().ok_or(SheetCodecError::Damaged { at: reader.rest.len() })
        }
        Some((&found, _)) => Err(SheetCodecError::Version { found, known: VERSION }),
        None => Err(SheetCodecError::Damaged { at: 0 }),
    }
}

fn place_of<T: PartialEq>(all: &[T], value: &T) -> u8 {
    let at = all.iter().position(|it| it == value).unwrap_or(0);
    u8::try_from(at).unwrap_or(0)
}

fn put_number(out: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn put_id<T>(out: &mut Vec<u8>, id: Id<T>) {
    out.extend_from_slice(id.uuid().as_bytes());
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    put_number(out, text.len());
    out.extend_from_slice(text.as_bytes());
}

fn put_answer(out: &mut Vec<u8>, answer: &Answer) {
    match answer {
        Answer::Blank => out.push(0),
        Answer::Choices(ids) => {
            out.push(1);
            put_number(out, ids.len());
            ids.iter().for_each(|id| put_id(out, *id));
        }
        Answer::Text(text) => {
            out.push(2);
            put_text(out, text);
        }
        Answer::Blanks(blanks) => {
            out.push(3);
            put_number(out, blanks.len());
            for it in blanks {
                put_id(out, it.blank);
                put_text(out, &it.text);
            }
        }
        Answer::Pairs(pairs) => {
            out.push(4);
            put_number(out, pairs.len());
            for it in pairs {
                put_id(out, it.stem);
                put_id(out, it.choice);
            }
        }
        Answer::Order(ids) => {
            out.push(5);
            put_number(out, ids.len());
            ids.iter().for_each(|id| put_id(out, *id));
        }
        Answer::Media(media) => {
            out.push(6);
            put_media(out, media);
        }
        Answer::Spots(spots) => {
            out.push(7);
            put_number(out, spots.len());
            for it in spots {
                out.extend_from_slice(&it.at.x.to_le_bytes());
                out.extend_from_slice(&it.at.y.to_le_bytes());
                out.push(u8::from(it.marker.is_some()));
                it.marker.iter().for_each(|id| put_id(out, *id));
            }
        }
        Answer::Associations(pairs) => {
            out.push(8);
            put_number(out, pairs.len());
            for it in pairs {
                put_id(out, it.from);
                put_id(out, it.to);
            }
        }
        Answer::Written(it) => {
            out.push(9);
            put_text(out, &it.text);
            put_media(out, &it.attachments);
        }
    }
}

fn put_media(out: &mut Vec<u8>, media: &[Media]) {
    put_number(out, media.len());
    for it in media {
        out.push(place_of(MediaKind::ALL, &it.kind));
        put_text(out, it.link.as_str());
    }
}

fn put_mark(out: &mut Vec<u8>, mark: Option<&ManualMark>) {
    let Some(mark) = mark else { return out.push(0) };
    let notes = MarkNotes { comment: mark.comment.clone(), rubric: mark.rubric.clone() };
    let has_notes = notes.comment.is_some() || notes.rubric.is_some();
    let has_worth = mark.out_of.is_some();
    out.push(1 + u8::from(has_notes) + 2 * u8::from(has_worth));
    out.extend_from_slice(&mark.points.ten_thousandths().to_le_bytes());
    if let Some(worth) = mark.out_of {
        out.extend_from_slice(&worth.ten_thousandths().to_le_bytes());
    }
    if has_notes {
        put_text(out, &serde_json::to_string(&notes).unwrap_or_default());
    }
}

/// Reads from the front. Everything is `None` where the bytes do not fit.
struct Reader<'b> {
    rest: &'b [u8],
}

impl<'b> Reader<'b> {
    fn sheet(&mut self) -> Option<AnswerSheet> {
        let count = self.count(18)?;
        let mut entries = Vec::with_capacity(count);
        for _ in 0..count {
            entries.push(self.entry()?);
        }
        self.rest.is_empty().then_some(AnswerSheet { entries })
    }

    fn entry(&mut self) -> Option<SheetEntry> {
        let question = self.id()?;
        let given = match self.byte()? {
            0 => Given::NotAsked,
            1 => Given::Missing,
            2 => Given::Excused,
            3 => Given::Answer(self.answer()?),
            _ => return None,
        };
        let earlier = self.many(1, Self::answer)?;
        let certainty = *Certainty::ALL.get(usize::from(self.byte()?))?;
        Some(SheetEntry { question, given, earlier, certainty, mark: self.mark()? })
    }

    fn answer(&mut self) -> Option<Answer> {
        Some(match self.byte()? {
            0 => Answer::Blank,
            1 => Answer::Choices(self.many(16, Self::id)?),
            2 => Answer::Text(self.text()?.to_owned()),
            3 => Answer::Blanks(self.many(17, |it| {
                Some(FilledBlank { blank: it.id()?, text: it.text()?.to_owned() })
            })?),
            4 => {
                Answer::Pairs(self.many(32, |it| Some(Pair { stem: it.id()?, choice: it.id()? }))?)
            }
            5 => Answer::Order(self.many(16, Self::id)?),
            6 => Answer::Media(self.media()?),
            7 => Answer::Spots(self.many(9, Self::spot)?),
            8 => Answer::Associations(
                self.many(32, |it| Some(Association::new(it.id()?, it.id()?)))?,
            ),
            9 => Answer::Written(Written {
                text: self.text()?.to_owned(),
                attachments: self.media()?,
            }),
            _ => return None,
        })
    }

    fn media(&mut self) -> Option<Vec<Media>> {
        self.many(2, |it| {
            let kind = *MediaKind::ALL.get(usize::from(it.byte()?))?;
            Some(Media { kind, link: Link::try_from(it.text()?.to_owned()).ok()? })
        })
    }

    fn spot(&mut self) -> Option<Spot> {
        let x = i32::from_le_bytes(self.take(4)?.try_into().ok()?);
        let y = i32::from_le_bytes(self.take(4)?.try_into().ok()?);
        match self.byte()? {
            0 => Some(Spot::new(x, y)),
            1 => Some(Spot::marked(self.id()?, x, y)),
            _ => None,
        }
    }

    fn mark(&mut self) -> Option<Option<ManualMark>> {
        let form = self.byte()?;
        if form == 0 {
            return Some(None);
        }
        let mut mark = ManualMark::new(self.points()?);
        if form > 2 {
            mark.out_of = Some(self.points()?);
        }
        if form == 2 || form == 4 {
            let notes: MarkNotes = serde_json::from_str(self.text()?).ok()?;
            (mark.comment, mark.rubric) = (notes.comment, notes.rubric);
        }
        (form <= 4).then_some(Some(mark))
    }

    fn points(&mut self) -> Option<Points> {
        let units = i64::from_le_bytes(self.take(8)?.try_into().ok()?);
        Some(Points::from_ten_thousandths(units))
    }

    fn many<T>(
        &mut self,
        least_bytes: usize,
        read: impl Fn(&mut Self) -> Option<T>,
    ) -> Option<Vec<T>> {
        let count = self.count(least_bytes)?;
        let mut found = Vec::with_capacity(count);
        for _ in 0..count {
            found.push(read(self)?);
        }
        Some(found)
    }

    /// A count of things of at least so many bytes, which must still be there: so that damaged
    /// bytes never ask for more memory than they have.
    fn count(&mut self, least_bytes: usize) -> Option<usize> {
        let count = self.number()?;
        (count <= self.rest.len() / least_bytes).then_some(count)
    }

    fn number(&mut self) -> Option<usize> {
        let mut number = 0_usize;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            number |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn take(&mut self, count: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    fn id<T>(&mut self) -> Option<Id<T>> {
        Uuid::from_slice(self.take(16)?).ok().map(Id::from_uuid)
    }

    fn text(&mut self) -> Option<&'b str> {
        let length = self.number()?;
        std::str::from_utf8(self.take(length)?).ok()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ids<T>() -> impl Strategy<Value = Vec<Id<T>>> {
        prop::collection::vec(any::<u128>().prop_map(|it| Id::from_uuid(Uuid::from_u128(it))), 0..5)
    }

    fn answers() -> impl Strategy<Value = Answer> {
        let id = || any::<u128>().prop_map(Uuid::from_u128);
        let blank = (id(), any::<String>())
            .prop_map(|(id, text)| FilledBlank { blank: Id::from_uuid(id), text });
        let pair = (id(), id())
            .prop_map(|(a, b)| Pair { stem: Id::from_uuid(a), choice: Id::from_uuid(b) });
        let media = prop::sample::select(MediaKind::ALL.to_vec()).prop_map(|kind| Media {
            kind,
            link: Link::try_from("https://files.example.org/1.mp3".to_owned()).unwrap(),
        });
        let spot = (any::<i32>(), any::<i32>(), prop::option::of(id()))
            .prop_map(|(x, y, id)| Spot { marker: id.map(Id::from_uuid), ..Spot::new(x, y) });
        let association =
            (id(), id()).prop_map(|(a, b)| Association::new(Id::from_uuid(a), Id::from_uuid(b)));
        prop_oneof![
            Just(Answer::Blank),
            ids().prop_map(Answer::Choices),
            any::<String>().prop_map(Answer::Text),
            prop::collection::vec(blank, 0..4).prop_map(Answer::Blanks),
            prop::collection::vec(pair, 0..4).prop_map(Answer::Pairs),
            ids().prop_map(Answer::Order),
            prop::collection::vec(media.clone(), 0..3).prop_map(Answer::Media),
            prop::collection::vec(spot, 0..3).prop_map(Answer::Spots),
            prop::collection::vec(association, 0..3).prop_map(Answer::Associations),
            (any::<String>(), prop::collection::vec(media, 0..3))
                .prop_map(|(text, attachments)| Answer::Written(Written { text, attachments })),
        ]
    }

    fn marks() -> impl Strategy<Value = Option<ManualMark>> {
        let mark =
            (any::<i64>(), prop::option::of(any::<i64>()), prop::option::of(any::<String>()));
        prop::option::of(mark.prop_map(|(points, out_of, comment)| ManualMark {
            points: Points::from_ten_thousandths(points),
            out_of: out_of.map(Points::from_ten_thousandths),
            comment,
            rubric: None,
        }))
    }

    fn sheets() -> impl Strategy<Value = AnswerSheet> {
        let given = prop_oneof![
            Just(Given::NotAsked),
            Just(Given::Missing),
            Just(Given::Excused),
            answers().prop_map(Given::Answer),
        ];
        let certainty = prop::sample::select(Certainty::ALL.to_vec());
        let earlier = prop::collection::vec(answers(), 0..3);
        let entry = (any::<u128>(), given, earlier, certainty, marks());
        let entry = entry.prop_map(|(question, given, earlier, certainty, mark)| SheetEntry {
            question: Id::from_uuid(Uuid::from_u128(question)),
            given,
            earlier,
            certainty,
            mark,
        });
        prop::collection::vec(entry, 0..8).prop_map(|entries| AnswerSheet { entries })
    }

    proptest! {
        #[test]
        fn every_sheet_comes_back(sheet in sheets()) {
            prop_assert_eq!(unpack(&pack(&sheet)), Ok(sheet));
        }

        #[test]
        fn damaged_bytes_are_refused_and_never_panic(
            sheet in sheets(), at: prop::sample::Index, byte: u8, noise: Vec<u8>,
        ) {
            let bytes = pack(&sheet);
            let cut = at.index(bytes.len());
            prop_assert!(unpack(&bytes[..cut]).is_err());
            let mut changed = bytes.clone();
            changed[cut] = byte;
            let _ = unpack(&changed);
            let _ = unpack(&noise);
            let mut longer = bytes;
            longer.push(0);
            prop_assert!(unpack(&longer).is_err());
        }
    }

    #[test]
    fn another_version_is_named() {
        let error = unpack(&[9, 0]).unwrap_err();
        assert_eq!(error.to_string(), "the sheet has version 9, and this library reads version 1");
        assert_eq!(unpack(&[]), Err(SheetCodecError::Damaged { at: 0 }));
    }

    #[test]
    fn a_sheet_of_sixty_choices_takes_two_kilobytes() {
        let id = Uuid::from_u128(7);
        let answer = || Answer::choice(Id::from_uuid(id));
        let sheet = AnswerSheet::new((0..60).map(|_| (Id::from_uuid(id), answer())));
        assert_eq!(pack(&sheet).len(), 2 + 60 * 38);
    }
}
