//! Grading one answer against its key.

use serde::{Deserialize, Serialize};

use crate::{
    grading::{AnswerState, Finding, GradeError, sheet::rescaled},
    question::{
        Answer, AnswerKey, BlankKey, BlanksKey, Choice, FilledBlank, NumberFormat, OrderKey,
        Question, QuestionKind, Treatment, answer::is_empty_text,
    },
    scoring::{
        Certainty, Clamp, MultipleSelectRule, OrderFinding, OrderingRule, PartFinding, PartsRule,
        ScoringRules, Ticks, TryRule, find_associations, find_number, find_pairs, find_spots,
        first_match,
    },
};
use lms_kernel::{BigRatio, Id, NumberError, Points, Ratio};

/// The result of one question with everything that it follows from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct QuestionResult {
    /// Which question.
    pub question: Id<Question>,
    /// Which edition of it was graded.
    pub edition: u32,
    /// The status of the answer.
    pub state: AnswerState,
    /// How the question counts.
    #[serde(default, skip_serializing_if = "is_default")]
    pub treatment: Treatment,
    /// What it is worth.
    pub worth: Points,
    /// What the last try found.
    pub finding: Finding,
    /// What the tries before found, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<Finding>,
    /// How the tries make one share.
    #[serde(default, skip_serializing_if = "is_default")]
    pub tries: TryRule,
    /// How sure the learner was, where that counts.
    #[serde(default, skip_serializing_if = "is_default")]
    pub certainty: Certainty,
    /// The limits on the share.
    #[serde(default, skip_serializing_if = "is_default")]
    pub clamp: Clamp,
    /// The share of the score that was earned, within its limits; none where the question does
    /// not count or is still to be marked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<Ratio>,
    /// The points that were earned, exactly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earned: Option<Ratio>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Grades one answer by itself: no earlier tries, no mark by a person.
///
/// Unknown options earn 0 and an answer of another shape earns nothing; neither is an error.
///
/// # Errors
/// [`GradeError`] when the key does not fit the question or cannot be kept exactly.
pub fn grade_question(
    question: &Question,
    answer: &Answer,
    rules: &ScoringRules,
) -> Result<QuestionResult, GradeError> {
    let (state, finding) = examine(question, answer, rules)?;
    QuestionResult::new(question, rules, state, finding).settled()
}

/// What an answer is and what comparing it found.
pub(crate) fn examine(
    question: &Question,
    answer: &Answer,
    rules: &ScoringRules,
) -> Result<(AnswerState, Finding), GradeError> {
    if question.kind == QuestionKind::Information {
        return Ok((AnswerState::NotAsked, Finding::Nothing));
    }
    if answer.is_blank() {
        return Ok((AnswerState::Blank, Finding::Nothing));
    }
    if !question.answer_key.fits(question.kind) {
        return Err(GradeError::KeyDoesNotFit { question: question.id, kind: question.kind });
    }
    if question.is_manual() {
        return Ok((AnswerState::Pending, Finding::Nothing));
    }
    let finding = compare(question, answer, rules)
        .map_err(|source| GradeError::Inexact { question: question.id, source })?;
    Ok((AnswerState::Answered, finding))
}

fn compare(
    question: &Question,
    answer: &Answer,
    rules: &ScoringRules,
) -> Result<Finding, NumberError> {
    Ok(match (&question.answer_key, answer) {
        (AnswerKey::Choices(key), Answer::Choices(chosen)) => {
            if question.kind == QuestionKind::MultipleSelect {
                let by = key.rule.unwrap_or(rules.multiple_select);
                let ticks = count_ticks(&question.options, chosen, by, rules.option_clamp)?;
                Finding::Ticked { by, ticks }
            } else {
                choose_one(&question.options, chosen, rules)
            }
        }
        (AnswerKey::Texts(key), Answer::Text(text)) => {
            let entry = first_match(key, text, rules.text);
            let share = entry.and_then(|at| key.entries.get(at)).map(|entry| entry.fraction);
            Finding::Words {
                entry: entry.and_then(|at| u16::try_from(at).ok()),
                share: share.unwrap_or(rules.wrong_answer),
            }
        }
        (AnswerKey::Numbers(key), Answer::Text(text)) => Finding::Number {
            number: find_number(key, text, rules.numbers)?,
            otherwise: rules.wrong_answer,
        },
        (AnswerKey::Blanks(key), Answer::Blanks(filled)) => Finding::Parts {
            by: key.rule.unwrap_or(rules.blanks),
            parts: find_blanks(key, filled, rules)?,
            extra: 0,
        },
        (AnswerKey::Pairs(key), Answer::Pairs(pairs)) => Finding::Parts {
            by: key.rule.unwrap_or(rules.pairs),
            parts: find_pairs(key, &question.options, pairs),
            extra: 0,
        },
        (AnswerKey::Order(key), Answer::Order(order)) => {
            let by = key.rule.unwrap_or(rules.ordering);
            Finding::Ordered { by, order: put_in_order(&question.options, key, order, by) }
        }
        (AnswerKey::Spots(key), Answer::Spots(spots)) => {
            as_parts(key.rule.unwrap_or(rules.pairs), find_spots(key, spots))
        }
        (AnswerKey::Associations(key), Answer::Associations(pairs)) => {
            let found = find_associations(key, &question.options, pairs);
            as_parts(key.rule.unwrap_or(rules.pairs), found)
        }
        (AnswerKey::Slider(key), Answer::Text(text)) => {
            let number = find_number(&key.accepted, text, NumberFormat::Point)?;
            match number.read {
                Some(read) if !key.scale.has(read)? => Finding::Misfit,
                _ => Finding::Number { number, otherwise: rules.wrong_answer },
            }
        }
        _ => Finding::Misfit,
    })
}

/// A finding part by part; a misfit where more was given than may be.
fn as_parts(by: PartsRule, found: Option<(Vec<PartFinding>, u16)>) -> Finding {
    found.map_or(Finding::Misfit, |(parts, extra)| Finding::Parts { by, parts, extra })
}

/// An order without the items that are shown in their places: they were not put there by the
/// learner, so no rule counts them.
fn put_in_order(
    options: &[Choice],
    key: &OrderKey,
    given: &[Id<Choice>],
    by: OrderingRule,
) -> OrderFinding {
    if !options.iter().any(|it| it.pinned) {
        return by.find(&key.order, given);
    }
    let moves = |id: &&Id<Choice>| !options.iter().any(|it| it.id == **id && it.pinned);
    let [key, given] = [key.order.as_slice(), given]
        .map(|order| order.iter().filter(moves).copied().collect::<Vec<_>>());
    by.find(&key, &given)
}

/// One chosen option. Several are a misfit: a learner cannot choose two and keep the better.
fn choose_one(options: &[Choice], chosen: &[Id<Choice>], rules: &ScoringRules) -> Finding {
    let [chosen] = chosen else { return Finding::Misfit };
    let Some(option) = options.iter().find(|option| option.id == *chosen) else {
        return Finding::Choice { chosen: None, share: Ratio::ZERO };
    };
    let worth = match (option.fraction, option.is_correct) {
        (Some(fraction), _) => rules.option_clamp.apply(fraction, Ratio::ONE),
        (None, true) => Ratio::ONE,
        (None, false) => rules.wrong_answer,
    };
    Finding::Choice { chosen: Some(option.id), share: worth }
}

fn count_ticks(
    options: &[Choice],
    chosen: &[Id<Choice>],
    by: MultipleSelectRule,
    clamp: Clamp,
) -> Result<Ticks, NumberError> {
    let mut ticks = Ticks { right: 0, wrong: 0, keys: 0, choices: 0, fractions: None };
    for option in options {
        let is_ticked = chosen.contains(&option.id);
        ticks.choices = ticks.choices.saturating_add(1);
        ticks.keys = ticks.keys.saturating_add(u16::from(option.is_correct));
        ticks.right = ticks.right.saturating_add(u16::from(is_ticked && option.is_correct));
        ticks.wrong = ticks.wrong.saturating_add(u16::from(is_ticked && !option.is_correct));
    }
    if by.uses_fractions() {
        let mut worths = Vec::new();
        for option in options.iter().filter(|option| chosen.contains(&option.id)) {
            let worth = option_worth(option, by, ticks.keys)?;
            worths.push(BigRatio::from(clamp.apply(worth, Ratio::ONE)));
        }
        ticks.fractions = Some(BigRatio::sum(worths).nearby());
    }
    Ok(ticks)
}

/// What a ticked option adds under a rule that sums fractions.
pub(crate) fn option_worth(
    option: &Choice,
    by: MultipleSelectRule,
    keys: u16,
) -> Result<Ratio, NumberError> {
    match (option.fraction, by) {
        (Some(fraction), _) => Ok(fraction),
        (None, MultipleSelectRule::Mapping { default, .. }) => Ok(default),
        (None, _) if option.is_correct => Ratio::new(1, i128::from(keys.max(1))),
        (None, _) => Ok(Ratio::ZERO),
    }
}

/// What each blank earned, in the key's order. Of several texts for one blank, the last counts.
fn find_blanks(
    key: &BlanksKey,
    filled: &[FilledBlank],
    rules: &ScoringRules,
) -> Result<Vec<PartFinding>, NumberError> {
    let find = |blank: &crate::question::Blank| {
        let text = filled.iter().rev().find(|it| it.blank == blank.id).map(|it| it.text.as_str());
        let text = text.filter(|text| !is_empty_text(text));
        let earned = match (text, &blank.key) {
            (None, _) => Ratio::ZERO,
            (Some(text), BlankKey::Text(key)) => first_match(key, text, rules.text)
                .and_then(|at| key.entries.get(at))
                .map_or(Ratio::ZERO, |entry| entry.fraction),
            (Some(text), BlankKey::Number(key)) => {
                find_number(key, text, rules.numbers)?.share()?
            }
            (Some(text), BlankKey::Choice(key)) => {
                match choose_one(&key.options, &chosen_in(&key.options, text), rules) {
                    Finding::Choice { share, .. } => share,
                    _ => Ratio::ZERO,
                }
            }
            (Some(text), BlankKey::Ticks(key)) => {
                let by = key.rule.unwrap_or(rules.multiple_select);
                let chosen = chosen_in(&key.options, text);
                by.share(&count_ticks(&key.options, &chosen, by, rules.option_clamp)?)?
            }
        };
        Ok(PartFinding { answered: text.is_some(), earned, weight: blank.weight })
    };
    key.blanks.iter().map(find).collect()
}

/// The options of a blank whose ids are in its text.
pub(crate) fn chosen_in(options: &[Choice], text: &str) -> Vec<Id<Choice>> {
    let option = |word: &str| options.iter().find(|it| it.id.to_string() == word);
    text.split_whitespace().filter_map(option).map(|it| it.id).collect()
}

impl QuestionResult {
    /// A result whose share and points are still to be computed.
    pub(crate) fn new(
        question: &Question,
        rules: &ScoringRules,
        state: AnswerState,
        finding: Finding,
    ) -> Self {
        Self {
            question: question.id,
            edition: question.edition,
            state,
            treatment: question.treatment,
            worth: question.score,
            finding,
            earlier: Vec::new(),
            tries: TryRule::Deferred,
            certainty: Certainty::Low,
            clamp: rules.question_clamp,
            share: None,
            earned: None,
        }
    }

    /// Computes the share and the points from the findings.
    pub(crate) fn settled(mut self) -> Result<Self, GradeError> {
        let settle = |it: &Self| -> Result<(Option<Ratio>, Option<Ratio>), NumberError> {
            let share = it.computed_share()?;
            let earned = match share {
                Some(_) if matches!(it.finding, Finding::Marked { .. }) => it.marked_points()?,
                None => None,
                Some(share) if share == Ratio::ONE => Some(Ratio::from(it.worth)),
                Some(share) if share.is_zero() => Some(Ratio::ZERO),
                Some(share) => Some(share.mul(Ratio::from(it.worth))?),
            };
            Ok((share, earned))
        };
        (self.share, self.earned) = settle(&self)
            .map_err(|source| GradeError::Inexact { question: self.question, source })?;
        Ok(self)
    }

    /// The points of a person's mark, in proportion to what the question is worth now and within
    /// the limits on marks.
    fn marked_points(&self) -> Result<Option<Ratio>, NumberError> {
        let Finding::Marked { points, out_of, .. } = self.finding else { return Ok(None) };
        let points = rescaled(points, out_of, self.worth)?;
        Ok(Some(self.clamp.apply(points, Ratio::from(self.worth))))
    }

    fn computed_share(&self) -> Result<Option<Ratio>, NumberError> {
        match self.state {
            AnswerState::NotAsked | AnswerState::Excused | AnswerState::Pending => Ok(None),
            AnswerState::Voided => {
                Ok((self.treatment == Treatment::FullCredit).then_some(Ratio::ONE))
            }
            AnswerState::Blank | AnswerState::Missing if self.earlier.is_empty() => {
                Ok(Some(Ratio::ZERO))
            }
            AnswerState::Blank | AnswerState::Missing | AnswerState::Answered => {
                if matches!(self.finding, Finding::Marked { .. }) {
                    // A person's mark is final: no penalty changes it, and no limit but that on
                    // marks.
                    return Ok(Some(self.clamp.apply(self.finding.share()?, Ratio::ONE)));
                }
                let share = if self.earlier.is_empty() && self.tries == TryRule::Deferred {
                    self.finding.share()?
                } else {
                    let all = self.earlier.iter().chain([&self.finding]);
                    let tries = all.map(Finding::try_share).collect::<Result<Vec<_>, _>>()?;
                    self.tries.share(&tries, self.certainty)?
                };
                Ok(Some(self.clamp.apply(share, Ratio::ONE)))
            }
        }
    }
}
