//! Who may call the services about tests that need a state of their own: sections and tries,
//! watching, marking queues, regrading, the parts of a gradebook, and a certificate.
use chrono::TimeDelta;
use lms::{
    assessment::{
        Assessment, AssessmentKind, AssessmentStatus, ResultPolicy, Section,
        assignment::{GradeSubmission, SetAssignment, Submission},
        attempt::{
            AbandonAttempt, Attempt, EnterSection, ReleaseScore, SaveAnswer, SubmitAttempt,
            SubmitTry, VisitQuestion,
        },
        bank::{QuestionContent, ReviseQuestion, TagQuestion},
        gradebook::{DefineCategory, DefineItem},
        placement::{CheckRetest, MayRetest, RetestRule},
        proctoring::{EndProctoring, ProctoringSession, StartProctoring},
        question::{Answer, Question},
        regrade::{ContinueRegrade, PreviewRegrade, Regrade, StartRegrade},
        scoring::{Certainty, TryRule},
    },
    content::CertificatePolicy,
    kernel::{Percent, Ratio},
    recognition::{
        Achievements, AdoptBadgeCatalogue, AwardEarnedBadges, Certificate, CertificateNumber,
        RevokeCertificate,
    },
    store::PageSize,
};

use crate::{
    exam_table::{choice, homework, in_full, points, work},
    table::Service,
    world::{Who, World, title},
};

/// What the learner did in two more tests of the course, and with more coursework.
pub(crate) struct Sittings {
    /// In a section, with tries that tell at once.
    section: Section,
    question: Question,
    /// Under way, and watched by nobody.
    attempt: Attempt,
    /// A session of an attempt that is over.
    pub(crate) watched: ProctoringSession,
    /// Decided on, and not run.
    regrade: Regrade,
    /// Graded and not shown.
    pub(crate) graded: Attempt,
    /// Graded and shown.
    pub(crate) shown: Attempt,
    pub(crate) given_up: Attempt,
    /// Marked and not given back.
    pub(crate) marked: Submission,
    /// Over, so that it may be issued anew.
    certificate: Certificate,
}

impl Sittings {
    pub(crate) async fn make(world: &World) -> Self {
        let (store, system, by_learner) = (&world.store, &world.system, world.cx(Who::Learner));
        let mut staged = world.test("Staged");
        staged.rules.tries = TryRule::Adaptive { penalty: Ratio::ONE };
        let section = Section::new(system, staged.id, title("One"), 0);
        let question = choice(system).placed(staged.id, Some(section.id), 0);
        world.keep(&staged).await;
        world.keep(&section).await;
        world.keep(&question).await;
        let over = world.exam_attempt(&staged).await.id;
        let watched =
            act!(store, by_learner, |tx| tx.run(StartProctoring { attempt_id: over })).unwrap();
        act!(store, by_learner, |tx| tx.run(SubmitAttempt { attempt_id: over })).unwrap();
        let end = EndProctoring { session_id: watched.id, screenshots: Vec::new(), analysis: None };
        let watched = act!(store, system, |tx| tx.run(end)).unwrap();
        let regrade =
            StartRegrade { assessment_id: staged.id, rulings: in_full(&question), reason: None };
        let regrade = act!(store, system, |tx| tx.run(regrade)).unwrap();
        let attempt = world.exam_attempt(&staged).await;

        let quiz = world.test("Quiz");
        let asked = choice(system).placed(quiz.id, None, 0);
        world.keep(&quiz).await;
        world.keep(&asked).await;
        let graded = world.sat(&quiz, &asked).await;
        let shown = world.sat(&quiz, &asked).await;
        act!(store, system, |tx| tx.run(ReleaseScore { attempt_id: shown.id })).unwrap();
        let given_up = world.exam_attempt(&quiz).await;
        act!(store, by_learner, |tx| tx.run(AbandonAttempt { attempt_id: given_up.id })).unwrap();
        Self {
            section,
            question,
            attempt,
            watched,
            regrade,
            graded,
            shown,
            given_up,
            marked: world.marked_work().await,
            certificate: world.certificate().await,
        }
    }
}

impl World {
    /// A test of the published course that is open, and whose results are released by hand.
    fn test(&self, name: &str) -> Assessment {
        let mut test = Assessment::new(&self.system, AssessmentKind::Quiz, title(name));
        test.course_id = Some(self.courses().published.id);
        test.status = AssessmentStatus::Published;
        test.result_policy = ResultPolicy::WhenReleased;
        test
    }

    /// An attempt that the learner handed in, with the right answer.
    async fn sat(&self, quiz: &Assessment, asked: &Question) -> Attempt {
        let attempt = self.exam_attempt(quiz).await;
        let (store, cx) = (&self.store, self.cx(Who::Learner));
        let save = SaveAnswer::new(attempt.id, asked.id, 1, right(asked));
        act!(store, cx, |tx| tx.run(save)).unwrap();
        act!(store, cx, |tx| tx.run(SubmitAttempt { attempt_id: attempt.id })).unwrap();
        attempt
    }

    async fn marked_work(&self) -> Submission {
        let (store, system, by_learner) = (&self.store, &self.system, self.cx(Who::Learner));
        let set = SetAssignment { title: title("Letter"), ..homework(self) };
        let set = act!(store, system, |tx| tx.run(set)).unwrap();
        let hand_in = work(self, &set);
        let submission = act!(store, by_learner, |tx| tx.run(hand_in)).unwrap();
        let earned = points("40");
        let grade = GradeSubmission { submission_id: submission.id, earned, feedback: None };
        act!(store, system, |tx| tx.run(grade)).unwrap()
    }

    /// The learner's certificate of the published course, which has expired; the course now asks
    /// for no progress.
    async fn certificate(&self) -> Certificate {
        let (learner, course) = (self.learner.id(), self.courses().published.id);
        let mut course = self.read(course).await;
        let least_progress = Some(Percent::ZERO);
        course.certificate_policy =
            CertificatePolicy { enabled: true, least_progress, ..CertificatePolicy::default() };
        let mut tx = self.store.begin(&self.system).await.unwrap();
        tx.update(&mut course).await.unwrap();
        tx.commit().await.unwrap();
        let number = CertificateNumber::nth(900);
        let mut certificate = Certificate::new(&self.system, learner, course.id, number);
        let day = TimeDelta::days(1);
        certificate.expires_at = Some(self.system.now().saturating_sub(day));
        certificate.issued_at = self.system.now().saturating_sub(day * 2);
        self.keep(&certificate).await;
        certificate
    }
}

fn right(question: &Question) -> Answer {
    Answer::choice(question.options[0].id)
}

pub(crate) fn rows() -> Vec<Service> {
    let mut rows = taking();
    rows.extend(marking());
    rows.extend(writing());
    rows.extend(recognition());
    rows
}

fn taking() -> Vec<Service> {
    services! { |w, cx|
        enter_section[EnterSection {
            attempt_id: w.sittings().attempt.id,
            section_id: w.sittings().section.id,
        }] by Learner, not ALL, Missing;
        visit_question[VisitQuestion {
            attempt_id: w.sittings().attempt.id,
            question_id: w.sittings().question.id,
        }] by Learner, not ALL, Missing;
        submit_try[SubmitTry {
            attempt_id: w.sittings().attempt.id,
            question_id: w.sittings().question.id,
            sequence: 1,
            answer: right(&w.sittings().question),
            certainty: Certainty::Low,
        }] by Learner, not ALL, Missing;
        start_proctoring[StartProctoring { attempt_id: w.sittings().attempt.id }]
            by Learner, not ALL, Missing;
        check_retest[CheckRetest {
            query: MayRetest {
                assessment_id: w.sittings().graded.assessment_id,
                learner_id: w.learner.id(),
                rule: RetestRule::default(),
            },
        }] by Learner, not ALL, Missing;
    }
}

fn marking() -> Vec<Service> {
    services! { |w, cx|
        preview_regrade[PreviewRegrade {
            assessment_id: w.exams().exam.id,
            rulings: in_full(&w.exams().choice),
            after: None,
            limit: PageSize::MAX,
        }] by Admin, not ALL, Missing;
        continue_regrade[ContinueRegrade {
            regrade_id: w.sittings().regrade.id,
            limit: PageSize::MAX,
        }] by Admin, not ALL, Missing;
    }
}

fn writing() -> Vec<Service> {
    services! { |w, cx|
        revise_question[ReviseQuestion {
            question: w.exams().choice.id,
            edition: 1,
            content: QuestionContent {
                prompt: "Is it so?".into(),
                ..QuestionContent::of(&w.exams().choice)
            },
        }] by Admin, not ALL, Missing;
        tag_question[TagQuestion {
            question_id: w.exams().choice.id,
            tags: vec!["easy".parse().unwrap()],
        }] by Admin, not ALL, Missing;
        define_category[DefineCategory::new(
            w.exams().item.gradebook_id, title("Essays"), Percent::ZERO,
        )] by Admin, not ALL, Missing;
        define_item[DefineItem::new(w.exams().item.category_id, title("Oral"), points("10"))]
            by Admin, not ALL, Missing;
    }
}

fn recognition() -> Vec<Service> {
    services! { |w, cx|
        adopt_badge_catalogue[AdoptBadgeCatalogue {}] by Admin, not ALL, Own;
        award_earned_badges[AwardEarnedBadges {
            learner_id: w.learner.id(),
            done: Achievements::default(),
        }] by Admin, not ALL, Missing;
        revoke_certificate[RevokeCertificate {
            certificate_id: w.sittings().certificate.id,
            reason: title("a mistake"),
        }] by Admin, not ALL, Missing;
    }
}
