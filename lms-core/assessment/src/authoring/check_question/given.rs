//! Whether spots, pairs and scales can be asked, and whether a question's own rules make sense.
use std::collections::HashSet;

use super::{QuestionProblem, check_once};
use crate::{
    question::{
        AnswerKey, Area, AssociationsKey, Choice, Place, Question, QuestionKind, QuestionRules,
        Shape, SliderKey, SpotsKey,
    },
    scoring::TryRule,
};
use lms_kernel::{Id, Ratio};

/// Whether the key of a question whose answers are spots, pairs or a number of a scale is whole.
pub(super) fn check_given(
    it: &Question,
    options: &HashSet<Id<Choice>>,
) -> Result<(), QuestionProblem> {
    match &it.answer_key {
        AnswerKey::Spots(key) => check_spots(it, key, options),
        AnswerKey::Associations(key) => check_associations(it.id, key, options),
        AnswerKey::Slider(key) => check_slider(it.id, key),
        _ => Ok(()),
    }
}

fn check_spots(
    it: &Question,
    key: &SpotsKey,
    options: &HashSet<Id<Choice>>,
) -> Result<(), QuestionProblem> {
    let question = it.id;
    if key.areas.is_empty() || key.most() == 0 {
        return Err(QuestionProblem::NoRightAnswer { question });
    }
    check_most(question, key.most())?;
    let corners = key.areas.iter().map(|it| match &it.shape {
        Shape::Polygon { corners } => corners.len(),
        Shape::Circle { .. } | Shape::Rectangle { .. } => 0,
    });
    if corners.sum::<usize>() > SpotsKey::MAX_CORNERS {
        let (what, most) = ("corners of all areas together", SpotsKey::MAX_CORNERS);
        return Err(QuestionProblem::TooMuchAccepted { question, what, most });
    }
    for area in &key.areas {
        let is_known = match area.marker {
            Some(marker) => it.kind == QuestionKind::Markers && options.contains(&marker),
            None => it.kind == QuestionKind::Hotspot,
        };
        if !is_known {
            return Err(QuestionProblem::UnknownOption { question });
        }
        check_area(question, area)?;
    }
    Ok(())
}

fn check_most(question: Id<Question>, most: usize) -> Result<(), QuestionProblem> {
    if most <= Question::MAX_PARTS {
        return Ok(());
    }
    let (what, range) = ("number of spots or pairs that an answer may have", "at most 200");
    Err(QuestionProblem::OutOfRange { question, what, range })
}

fn check_area(question: Id<Question>, area: &Area) -> Result<(), QuestionProblem> {
    let out = |what, range| Err(QuestionProblem::OutOfRange { question, what, range });
    let (places, is_whole): (&[Place], bool) = match &area.shape {
        Shape::Circle { centre, radius } => {
            (std::slice::from_ref(centre), *radius <= Place::MOST.unsigned_abs())
        }
        Shape::Rectangle { from, to } => (&[*from, *to], true),
        Shape::Polygon { corners } => {
            if !(3..=Shape::MAX_CORNERS).contains(&corners.len()) {
                return out("number of corners of an area", "from 3 to 200");
            }
            (corners, true)
        }
    };
    if is_whole && places.iter().all(|place| place.is_near()) {
        return Ok(());
    }
    out("place of an area", "at most 1,000,000 pixels from the corner of the picture")
}

fn check_associations(
    question: Id<Question>,
    key: &AssociationsKey,
    options: &HashSet<Id<Choice>>,
) -> Result<(), QuestionProblem> {
    if key.pairs.is_empty() || key.most() == 0 {
        return Err(QuestionProblem::NoRightAnswer { question });
    }
    check_most(question, key.most())?;
    let ends = key.pairs.iter().flat_map(|it| [it.pair.from, it.pair.to]);
    if !ends.chain(key.left.iter().copied()).all(|id| options.contains(&id)) {
        return Err(QuestionProblem::UnknownOption { question });
    }
    check_once(question, key.left.iter().copied())?;
    for (at, it) in key.pairs.iter().enumerate() {
        let earlier = key.pairs.iter().take(at);
        if earlier.into_iter().any(|other| other.pair.is_same(it.pair, key.is_directed)) {
            return Err(QuestionProblem::OptionTwice { question });
        }
        let is_across = key.left.contains(&it.pair.from) && !key.left.contains(&it.pair.to);
        if !key.left.is_empty() && !is_across {
            let (what, range) = ("right pair", "from the left column to the right one");
            return Err(QuestionProblem::OutOfRange { question, what, range });
        }
    }
    Ok(())
}

fn check_slider(question: Id<Question>, key: &SliderKey) -> Result<(), QuestionProblem> {
    if key.accepted.entries.is_empty() {
        return Err(QuestionProblem::NoRightAnswer { question });
    }
    let out = |what, range| Err(QuestionProblem::OutOfRange { question, what, range });
    if !key.scale.is_usable() {
        return out("scale", "rising, in steps that lead from its low end to its high end");
    }
    if key.accepted.units.is_some() {
        return out("unit", "none, because a slider is set and not written");
    }
    Ok(())
}

/// Whether the rules of a question's own are within their ranges.
pub(super) fn check_own_rules(it: &Question) -> Result<(), QuestionProblem> {
    let question = it.id;
    let out = |what, range| Err(QuestionProblem::OutOfRange { question, what, range });
    let rules = &it.rules;
    match &rules.tries {
        Some(
            TryRule::Adaptive { penalty }
            | TryRule::Interactive { penalty }
            | TryRule::Countback { penalty },
        ) if penalty.is_negative() => return out("penalty for a try", "0 or more"),
        Some(TryRule::PointsList { points })
            if points.is_empty() || points.iter().copied().any(Ratio::is_negative) =>
        {
            return out("list of what the tries pay", "at least one share, each 0 or more");
        }
        _ => {}
    }
    if rules.most_tries.is_some_and(|most| !(1..=QuestionRules::MAX_TRIES).contains(&most)) {
        return out("limit of tries", "from 1 to 64");
    }
    if rules.attachments.is_some_and(|limits| limits.least > limits.most) {
        return out("number of files", "with a least of at most the most");
    }
    Ok(())
}
