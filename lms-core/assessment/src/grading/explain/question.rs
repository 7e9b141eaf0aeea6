//! The explanation of the score of one question.

use super::{Explanation, Fact, PartAnswer, Reveal, TickedOption};
use crate::{
    grading::{AnswerState, Finding, Given, QuestionResult, SheetEntry, question::chosen_in},
    question::{
        Answer, AnswerKey, Area, BlankKey, Choice, Question, QuestionKind, RightPair, SliderKey,
        Treatment,
    },
    scoring::{NumberFinding, RubricMark, TryRule, UnitFinding},
};
use lms_kernel::{Id, NumberError, Ratio};

/// Explains a result to the learner.
///
/// # Errors
/// [`NumberError`] when a stored result holds numbers that cannot be kept exactly.
pub fn explain_question(
    question: &Question,
    entry: Option<&SheetEntry>,
    result: &QuestionResult,
    reveal: Reveal,
) -> Result<Explanation, NumberError> {
    let mut facts = Vec::new();
    if let Some(points) = result.earned {
        facts.push(Fact::Earned { points, of: result.worth });
    }
    if result.treatment == Treatment::Bonus {
        facts.push(Fact::Bonus);
    }
    let answer = match entry.map(|entry| &entry.given) {
        Some(Given::Answer(answer)) => Some(answer),
        _ => None,
    };
    match result.state {
        AnswerState::NotAsked => facts.push(Fact::NotAsked),
        AnswerState::Excused => facts.push(Fact::Excused),
        AnswerState::Pending => facts.push(Fact::Pending),
        AnswerState::Missing => facts.push(Fact::Missing),
        AnswerState::Voided if result.treatment == Treatment::FullCredit => {
            facts.push(Fact::FullCredit);
        }
        AnswerState::Voided => facts.push(Fact::Dropped),
        AnswerState::Blank => facts.push(Fact::Blank),
        AnswerState::Answered => {
            let story = Story { question, answer, reveal };
            story.tell(result, entry, &mut facts)?;
        }
    }
    let counts = !matches!(result.state, AnswerState::NotAsked | AnswerState::Pending);
    if reveal == Reveal::Answers && counts && result.share != Some(Ratio::ONE) {
        let answers = right_answers(question);
        if !answers.is_empty() {
            facts.push(Fact::Right { answers });
        }
    }
    if let Some(text) = feedback(question, &result.finding) {
        facts.push(Fact::Feedback { text: text.to_owned() });
    }
    Ok(Explanation { question: question.id, earned: result.earned, worth: result.worth, facts })
}

/// The answer of a learner and how much of the result is disclosed.
struct Story<'a> {
    question: &'a Question,
    answer: Option<&'a Answer>,
    reveal: Reveal,
}

impl Story<'_> {
    fn tell(
        &self,
        result: &QuestionResult,
        entry: Option<&SheetEntry>,
        facts: &mut Vec<Fact>,
    ) -> Result<(), NumberError> {
        self.tell_finding(&result.finding, entry, facts);
        if let Finding::Marked { out_of, share, .. } = result.finding {
            if let Some(from) = out_of.filter(|from| *from != result.worth && !from.is_zero()) {
                facts.push(Fact::Rescaled { from, to: result.worth });
            }
            if let Some(to) = result.share.filter(|to| *to != share) {
                facts.push(Fact::Limited { from: share, to });
            }
            return Ok(());
        }
        let last = result.finding.share()?;
        let mut share = last;
        if !result.earlier.is_empty() {
            let all = result.earlier.iter().chain([&result.finding]);
            let shares = all.clone().map(Finding::share).collect::<Result<Vec<_>, _>>()?;
            let tries = all.map(Finding::try_share).collect::<Result<Vec<_>, _>>()?;
            share = result.tries.share(&tries, result.certainty)?;
            facts.push(Fact::Tries { rule: result.tries.clone(), shares });
        } else if result.tries != TryRule::Deferred {
            share = result.tries.share(&[result.finding.try_share()?], result.certainty)?;
        }
        if result.tries == TryRule::Certainty {
            let certainty = result.certainty;
            facts.push(Fact::Certainty { certainty, before: last, after: share });
        }
        if let Some(to) = result.share.filter(|to| *to != share) {
            facts.push(Fact::Limited { from: share, to });
        }
        Ok(())
    }

    fn tell_finding(&self, finding: &Finding, entry: Option<&SheetEntry>, facts: &mut Vec<Fact>) {
        let written = || match self.answer {
            Some(Answer::Text(text)) => text.clone(),
            Some(Answer::Written(it)) => it.text.clone(),
            _ => String::new(),
        };
        match finding {
            Finding::Nothing => facts.push(Fact::Blank),
            Finding::Misfit => facts.push(Fact::Misfit),
            Finding::Choice { chosen, share } => {
                let option = chosen.and_then(|id| self.option(id)).map(|it| it.text.clone());
                facts.push(Fact::Chose { option, share: *share });
            }
            Finding::Ticked { by, ticks } => {
                facts.push(Fact::Ticked { rule: *by, ticks: *ticks, options: self.ticked() });
            }
            Finding::Words { entry, share } => {
                let accepted = entry.is_some();
                facts.push(Fact::Wrote { text: written(), accepted, share: *share });
            }
            Finding::Number { number, .. } => tell_number(number, written(), facts),
            Finding::Parts { by, extra, .. } => {
                let (right, of) = finding.right_parts().unwrap_or_default();
                let parts = self.parts(finding);
                facts.push(Fact::Parts { rule: *by, right, of, extra: *extra, parts });
            }
            Finding::Ordered { by, order } => {
                facts.push(Fact::Ordered { rule: *by, hits: order.hits, of: order.of });
            }
            Finding::Marked { points, .. } => {
                let mark = entry.and_then(|entry| entry.mark.as_ref());
                let comment = mark.and_then(|mark| mark.comment.clone());
                facts.push(Fact::Marked { points: *points, comment });
                if let Some(chosen) = mark.and_then(|mark| mark.rubric.as_ref()) {
                    self.tell_rubric(chosen, facts);
                }
            }
        }
    }

    fn tell_rubric(&self, mark: &RubricMark, facts: &mut Vec<Fact>) {
        let AnswerKey::Manual(key) = &self.question.answer_key else { return };
        let Some(rubric) = &key.rubric else { return };
        for chosen in &mark.levels {
            let criterion = rubric.criteria.iter().find(|it| it.id == chosen.criterion);
            let level = |it: &crate::scoring::Criterion| {
                it.levels.iter().find(|level| level.id == chosen.level).cloned()
            };
            if let Some((criterion, level)) = criterion.and_then(|it| Some((it, level(it)?))) {
                facts.push(Fact::RubricLevel {
                    criterion: criterion.title.clone(),
                    level: level.title,
                    points: level.points,
                    comment: chosen.comment.clone(),
                });
            }
        }
    }

    fn option(&self, id: Id<Choice>) -> Option<&Choice> {
        self.question.options.iter().find(|option| option.id == id)
    }

    fn ticked(&self) -> Vec<TickedOption> {
        let Some(Answer::Choices(chosen)) = self.answer else { return Vec::new() };
        if self.reveal == Reveal::Outcome {
            return Vec::new();
        }
        let told = |option: &Choice| TickedOption {
            text: option.text.clone(),
            ticked: chosen.contains(&option.id),
            right: option.is_correct,
        };
        self.question.options.iter().map(told).collect()
    }

    fn parts(&self, finding: &Finding) -> Vec<PartAnswer> {
        let Finding::Parts { parts, .. } = finding else { return Vec::new() };
        let given =
            |at: usize| parts.get(at).filter(|part| part.answered).map(|_| "marked".to_owned());
        let told = |label: String, answer: Option<String>, right: Option<String>, at: usize| {
            let earned = parts.get(at).map_or(Ratio::ZERO, |part| part.earned);
            let tells = self.reveal == Reveal::Answers && earned != Ratio::ONE;
            PartAnswer { label, answer, earned, right: right.filter(|_| tells) }
        };
        match (&self.question.answer_key, self.answer) {
            (AnswerKey::Blanks(key), Some(Answer::Blanks(filled))) => {
                let blanks = key.blanks.iter().enumerate();
                blanks
                    .map(|(at, blank)| {
                        let answer = filled.iter().rev().find(|it| it.blank == blank.id);
                        let label = match blank.label.as_str() {
                            "" => format!("Blank {}", at + 1),
                            label => label.to_owned(),
                        };
                        let answer = answer.map(|it| self.filled(&blank.key, &it.text));
                        told(label, answer, right_text(&blank.key), at)
                    })
                    .collect()
            }
            (AnswerKey::Pairs(key), Some(Answer::Pairs(pairs))) => {
                let text = |id| self.option(id).map(|option| option.text.clone());
                let stems = key.stems.iter().enumerate();
                stems
                    .map(|(at, stem)| {
                        let pair = pairs.iter().rev().find(|it| it.stem == stem.id);
                        let answer = pair.and_then(|pair| text(pair.choice));
                        told(stem.text.clone(), answer, text(stem.choice), at)
                    })
                    .collect()
            }
            (AnswerKey::Spots(key), Some(Answer::Spots(_))) => {
                let label = |(at, area): (usize, &Area)| {
                    let marker = area.marker.and_then(|id| self.option(id));
                    let name = || format!("Area {}", at + 1);
                    told(marker.map_or_else(name, |it| it.text.clone()), given(at), None, at)
                };
                key.areas.iter().enumerate().map(label).collect()
            }
            // The names of the parts are the right pairs.
            (AnswerKey::Associations(key), Some(Answer::Associations(_)))
                if self.reveal == Reveal::Answers =>
            {
                let text = |id| self.option(id).map_or("", |it| it.text.as_str());
                let label = |(at, it): (usize, &RightPair)| {
                    let label = format!("{} – {}", text(it.pair.from), text(it.pair.to));
                    told(label, given(at), None, at)
                };
                key.pairs.iter().enumerate().map(label).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The answer to a blank as the learner read it: its text, or the options that were chosen.
    fn filled(&self, key: &BlankKey, text: &str) -> String {
        match key {
            BlankKey::Choice(gap) | BlankKey::Ticks(gap) => {
                let chosen = chosen_in(&gap.options, text);
                let chosen = gap.options.iter().filter(|it| chosen.contains(&it.id));
                chosen.map(|it| it.text.as_str()).collect::<Vec<_>>().join(", ")
            }
            BlankKey::Text(_) | BlankKey::Number(_) => text.to_owned(),
        }
    }
}

fn tell_number(number: &NumberFinding, text: String, facts: &mut Vec<Fact>) {
    facts.push(Fact::WroteNumber {
        text,
        read: number.read.map(|read| read.to_string()),
        accepted: number.entry.is_some(),
        share: number.fraction,
    });
    if let (Some(_), UnitFinding::Penalized { penalty, .. }) = (number.entry, number.unit) {
        facts.push(Fact::UnitPenalty { penalty });
    }
}

fn right_text(key: &BlankKey) -> Option<String> {
    match key {
        BlankKey::Text(key) => key.model_answer().map(str::to_owned),
        BlankKey::Number(key) => key.entries.first().map(|entry| entry.accept.to_string()),
        BlankKey::Choice(gap) | BlankKey::Ticks(gap) => {
            let right = gap.options.iter().filter(|it| it.is_correct).map(|it| it.text.as_str());
            Some(right.collect::<Vec<_>>().join(", ")).filter(|it| !it.is_empty())
        }
    }
}

/// What would have been right, in words.
fn right_answers(question: &Question) -> Vec<String> {
    let text =
        |id: &Id<Choice>| question.options.iter().find(|it| it.id == *id).map(|it| it.text.clone());
    match &question.answer_key {
        AnswerKey::Choices(_) if question.kind == QuestionKind::MultipleSelect => Vec::new(),
        AnswerKey::Choices(_) => {
            let right = question.options.iter().filter(|option| option.is_correct);
            right.map(|option| option.text.clone()).collect()
        }
        AnswerKey::Texts(key) => key.model_answer().map(str::to_owned).into_iter().collect(),
        AnswerKey::Numbers(key) => {
            key.entries.iter().take(1).map(|entry| entry.accept.to_string()).collect()
        }
        AnswerKey::Order(key) => key.order.iter().filter_map(text).collect(),
        AnswerKey::Manual(key) => key.model_answer.iter().cloned().collect(),
        AnswerKey::Slider(key) => {
            key.accepted.entries.iter().take(1).map(|entry| entry.accept.to_string()).collect()
        }
        AnswerKey::Blanks(_)
        | AnswerKey::Pairs(_)
        | AnswerKey::Spots(_)
        | AnswerKey::Associations(_)
        | AnswerKey::Nothing => Vec::new(),
    }
}

/// What the author wrote for this answer, or for every answer.
fn feedback<'q>(question: &'q Question, finding: &Finding) -> Option<&'q str> {
    let own = match (finding, &question.answer_key) {
        (Finding::Choice { chosen: Some(id), .. }, _) => {
            question.options.iter().find(|it| it.id == *id).and_then(|it| it.feedback.as_deref())
        }
        (Finding::Words { entry: Some(at), .. }, AnswerKey::Texts(key)) => {
            key.entries.get(usize::from(*at)).and_then(|it| it.feedback.as_deref())
        }
        (
            Finding::Number { number, .. },
            AnswerKey::Numbers(key) | AnswerKey::Slider(SliderKey { accepted: key, .. }),
        ) => number
            .entry
            .and_then(|at| key.entries.get(usize::from(at)))
            .and_then(|it| it.feedback.as_deref()),
        _ => None,
    };
    own.or(question.explanation.as_deref())
}
