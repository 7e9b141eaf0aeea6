//! Marking one answer by a person.
use lms_store::operation::{Access, Operation, operation};

use crate::{
    attempt::{
        Attempt, GradingError, Marking, MarkingProgress, MarkingRound, Score, SecondMarking,
        load_form,
        service::grade::{ForMarking, for_marking, grade_handed_in, require_sheet},
    },
    grading::{Given, ManualMark, SheetEntry},
    question::{Answer, AnswerKey, Question},
};
use lms_kernel::Id;
use lms_people::{authorization::Permission, identity::Membership};
use lms_store::Transaction;

/// Marks one answer by hand, and grades the attempt again. With a rubric, the mark is the sum of
/// its levels. The mark is out of the question's present worth: it scales in proportion if that
/// changes.
///
/// Where the assessment has answers marked by two people, the first mark of a question that needs a
/// person stays in the drawer: the answer is settled by the second, or by a third person's decision
/// ([`MarkingProgress`]). No one marks the same answer twice, but a marker may change an own mark
/// until the next is given.
///
/// # Locks
/// The attempt's row is locked.
///
/// # Errors
/// [`GradingError`]; [`GradingError::SameMarker`] for a second mark by the first marker.
#[operation("assessment.mark_answer")]
pub struct MarkAnswer {
    /// The submitted attempt.
    pub attempt_id: Id<Attempt>,
    /// The question whose answer is marked.
    pub question_id: Id<Question>,
    /// The mark in points or rubric levels; `None` withdraws all earlier marks of the answer.
    pub mark: Option<ManualMark>,
}

impl Operation for MarkAnswer {
    const ACCESS: Access = Access::Asks(&[Permission::TESTS_GRADE]);
    type Answer = Score;
    type Error = GradingError;

    async fn run(self, tx: &mut Transaction) -> Result<Score, GradingError> {
        let command = self;
        let ForMarking { assessment, mut attempt, marker } =
            for_marking(tx, command.attempt_id, Permission::TESTS_GRADE).await?;
        let form = load_form(tx, &assessment, &attempt).await?;
        let question = form.question(command.question_id).ok_or(GradingError::NotAsked)?;
        let mut mark = command.mark;
        if let (AnswerKey::Manual(key), Some(mark)) = (&question.answer_key, &mut mark)
            && let (Some(rubric), Some(chosen)) = (&key.rubric, &mark.rubric)
        {
            mark.points = rubric.points(chosen)?;
        }
        if let Some(mark) = &mut mark {
            mark.out_of = Some(question.score);
        }
        if let Some(rule) = assessment.attempt_rules.second_marking.filter(|_| question.is_manual())
        {
            let answer = (attempt.id, question.id);
            mark = match mark {
                Some(mark) => take_round(tx, answer, (marker, mark), rule).await?,
                None => take_back(tx, answer).await?,
            };
        }
        let mut stored = require_sheet(tx, &attempt).await?;
        let mut sheet = stored.sheet()?;
        match sheet.entries.iter_mut().find(|it| it.question == question.id) {
            Some(entry) => entry.mark = mark,
            None => {
                let blank = SheetEntry::of(question.id, Given::Answer(Answer::Blank));
                sheet.entries.push(SheetEntry { mark, ..blank });
            }
        }
        stored.replace(&sheet);
        tx.update(&mut stored).await?;
        Ok(grade_handed_in(tx, &assessment, &mut attempt, &sheet).await?)
    }
}

/// Keeps what a marker gave; the mark of the answer, once it is settled.
async fn take_round(
    tx: &mut Transaction,
    (attempt, question): (Id<Attempt>, Id<Question>),
    (marker, mark): (Option<Id<Membership>>, ManualMark),
    rule: SecondMarking,
) -> Result<Option<ManualMark>, GradingError> {
    let mut markings = tx.all(Marking::of(attempt, question)).await?;
    markings.sort_by_key(|it| it.round);
    let own = markings.iter().position(|it| it.marker_id == marker);
    let is_last = own.is_some_and(|at| at + 1 == markings.len());
    match own.and_then(|at| markings.get_mut(at)) {
        // An own mark may be changed until somebody else has marked too.
        Some(known) if is_last => {
            known.mark = mark;
            tx.update(known).await?;
        }
        Some(_) => return Err(GradingError::SameMarker),
        None => {
            let progress = MarkingProgress::of(&markings, rule)?;
            let round = progress.next_round().unwrap_or(MarkingRound::Decision);
            let decision = markings.iter_mut().find(|it| it.round == round);
            if let Some(known) = decision {
                (known.marker_id, known.mark) = (marker, mark);
                tx.update(known).await?;
            } else {
                let marking = Marking::new(tx.cx(), (attempt, question), round, marker, mark);
                tx.insert(&marking).await?;
                markings.push(marking);
            }
        }
    }
    let MarkingProgress::Settled(points) = MarkingProgress::of(&markings, rule)? else {
        return Ok(None);
    };
    // What the last of them wrote is what the learner is told.
    let last = markings.pop().map(|it| it.mark);
    Ok(last.map(|mark| ManualMark { points, ..mark }))
}

async fn take_back(
    tx: &mut Transaction,
    (attempt, question): (Id<Attempt>, Id<Question>),
) -> Result<Option<ManualMark>, GradingError> {
    for marking in tx.all(Marking::of(attempt, question)).await? {
        tx.purge(&marking).await?;
    }
    Ok(None)
}
