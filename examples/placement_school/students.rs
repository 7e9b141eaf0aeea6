//! One student's way through the school: signs up, orders, pays, sits the test.
use lms::{
    assessment::{
        attempt::{Attempt, EnterSection, SaveAnswer, Score, StartAttempt, SubmitAttempt},
        question::{Answer, Question, QuestionKind},
    },
    commerce::{
        Counting, Item, ItemKind, Order, OrderLine, Payment, PaymentFact, PaymentMethod,
        PlaceOrder, ProofDecision, RecordPaymentFacts, ReviewProof, StartPayment, SubmitProof,
    },
    identity::{AddMember, Membership, MembershipKind, RegisterUser},
    kernel::Scope,
    notification::{Announcement, Category, Notify},
};

use crate::{
    data::{AnswerData, GatewayFact, PaymentData, Review, Student},
    desk::{Desk, Failure, Person},
    setup::CHOICES,
    world::World,
};

/// Signs a student up: a login on the platform, and a membership of the school at a branch.
pub(crate) async fn sign_up(
    desk: &Desk,
    world: &World,
    student: &Student,
) -> Result<Person, Failure> {
    let cx = desk.system();
    let mut tx = desk.store.begin_in(&cx, Scope::TenantAndPlatform(cx.tenant())).await?;
    let login = RegisterUser { email: Some(student.email.clone()), ..RegisterUser::default() };
    let user = tx.run(login).await?;
    let branch = world.branches.get(&student.branch).ok_or("an unknown branch")?;
    let member = AddMember {
        email: Some(student.email.clone()),
        phone: Some(student.phone.clone()),
        ..AddMember::new(MembershipKind::Student, student.name.clone())
    };
    let member = tx.run(member.with_user(user.id).in_unit(*branch)).await?;
    tx.commit().await?;
    Ok(Person { user: user.id, member: member.id })
}

/// Whether somebody with that address is a member already: a later run passes them over.
pub(crate) async fn is_known(desk: &Desk, student: &Student) -> Result<bool, Failure> {
    let cx = desk.system();
    let mut tx = desk.store.begin(&cx).await?;
    let known = tx.exists(Membership::by_email(&student.email)).await?;
    tx.rollback().await?;
    Ok(known)
}

/// Orders the placement package.
pub(crate) async fn order(desk: &Desk, world: &World, person: Person) -> Result<Order, Failure> {
    let cx = desk.acting(person);
    let item = Item::of(ItemKind::Package, world.package.id);
    let command = PlaceOrder::new(person.member, vec![OrderLine::of(item)], world.price.currency());
    let order = desk.store.run(&cx, command).await?;
    Ok(order)
}

/// Pays as the data file says.
pub(crate) async fn pay(
    desk: &Desk,
    world: &World,
    person: Person,
    order: &Order,
    how: &PaymentData,
) -> Result<(), Failure> {
    match how {
        PaymentData::None => return Ok(()),
        PaymentData::BankTransfer { proof, review } => {
            let payment = begin_payment(
                desk,
                person,
                StartPayment::of(order.id, PaymentMethod::BankTransfer),
            )
            .await?;
            let decisions: &[ProofDecision] = match review {
                Review::Approved => &[ProofDecision::Approve],
                Review::RejectedThenApproved => &[ProofDecision::Reject, ProofDecision::Approve],
            };
            for decision in decisions {
                desk.wait(600);
                transfer(desk, world, person, &payment, proof.clone(), *decision).await?;
            }
        }
        PaymentData::Gateway { gateway, facts } => {
            let reference = format!("{gateway}-{}", order.number);
            let command = StartPayment::through(order.id, gateway.as_str(), &reference);
            let payment = begin_payment(desk, person, command).await?;
            hear(desk, &payment, &reference, facts).await?;
        }
    }
    let cx = desk.system();
    let body = format!("Your payment for order {} has arrived.", order.number);
    let title = "Payment received".parse()?;
    let announcement = Announcement::new(person.member, Category::Payment, title, body);
    desk.store.run(&cx, Notify { announcement }).await?;
    Ok(())
}

async fn begin_payment(
    desk: &Desk,
    person: Person,
    command: StartPayment,
) -> Result<Payment, Failure> {
    let cx = desk.acting(person);
    let payment = desk.store.run(&cx, command).await?;
    Ok(payment)
}

/// Sends a proof of the transfer, and has finance look at it.
async fn transfer(
    desk: &Desk,
    world: &World,
    person: Person,
    payment: &Payment,
    proof: lms::kernel::Link,
    decision: ProofDecision,
) -> Result<(), Failure> {
    let cx = desk.acting(person);
    let proof = desk.store.run(&cx, SubmitProof::of(payment.id, proof)).await?;
    desk.wait(1_800);
    let cx = desk.acting(world.finance);
    let rejected = decision == ProofDecision::Reject;
    let command = ReviewProof {
        proof: proof.id,
        expected_version: proof.stamp.version,
        decision,
        counting: Counting::AtOnce(payment.amount),
        note: rejected.then(|| "the amount cannot be read; please send it again".to_owned()),
    };
    desk.store.run(&cx, command).await?;
    Ok(())
}

/// The gateway's messages, in whatever order they come and however often.
async fn hear(
    desk: &Desk,
    payment: &Payment,
    reference: &str,
    facts: &[GatewayFact],
) -> Result<(), Failure> {
    let said_at = desk.now();
    for (at, fact) in facts.iter().enumerate() {
        desk.wait(5);
        let fact = match fact {
            GatewayFact::Authorised => PaymentFact::Authorise { at: said_at },
            GatewayFact::Failed => PaymentFact::Fail { at: said_at },
            GatewayFact::Captured => PaymentFact::Capture {
                key: reference.to_owned(),
                amount: payment.amount,
                at: said_at,
            },
        };
        let cx = desk.system();
        let source = format!("gateway message {}", at + 1);
        let command = RecordPaymentFacts { payment: payment.id, facts: vec![fact], source };
        desk.store.run(&cx, command).await?;
    }
    Ok(())
}

/// Sits the test, section by section, and hands it in.
pub(crate) async fn sit(
    desk: &Desk,
    world: &World,
    person: Person,
    student: &Student,
) -> Result<(Attempt, Score), Failure> {
    let cx = desk.acting(person);
    let started = desk.store.run(&cx, StartAttempt::new(world.test.id)).await?;
    let attempt = started.into_attempt();
    for section in &world.sections {
        let cx = desk.acting(person);
        let mut tx = desk.store.begin(&cx).await?;
        tx.run(EnterSection { attempt_id: attempt.id, section_id: section.id }).await?;
        let in_section = |it: &(&String, &Question)| it.1.section_id == Some(section.id);
        for (sequence, (key, question)) in (1..).zip(world.questions.iter().filter(in_section)) {
            let Some(given) = student.answers.get(key) else { continue };
            let answer = answer_of(question, given)
                .ok_or_else(|| format!("the answer to `{key}` names no choice"))?;
            let command = SaveAnswer::new(attempt.id, question.id, sequence, answer);
            tx.run(command).await?;
        }
        tx.commit().await?;
        desk.wait(420);
    }
    let cx = desk.acting(person);
    let handed_in = desk.store.run(&cx, SubmitAttempt { attempt_id: attempt.id }).await?;
    Ok((handed_in.attempt, handed_in.score))
}

/// The data file names choices by their ids, and true and false by name.
fn answer_of(question: &Question, given: &AnswerData) -> Option<Answer> {
    let named = match given {
        AnswerData::One(it) => vec![it.as_str()],
        AnswerData::Several(them) => them.iter().map(String::as_str).collect(),
    };
    match question.kind {
        QuestionKind::SingleChoice | QuestionKind::MultipleSelect => {
            let names = question.stamp.metadata.get(CHOICES)?.as_array()?;
            let choice = |it: &&str| {
                let place = names.iter().position(|name| name.as_str() == Some(it))?;
                question.options.get(place).map(|it| it.id)
            };
            named.iter().map(choice).collect::<Option<Vec<_>>>().map(Answer::Choices)
        }
        QuestionKind::TrueFalse => {
            let found = question.options.iter().find(|it| named.contains(&it.text.as_str()))?;
            Some(Answer::choice(found.id))
        }
        _ => named.first().map(|it| Answer::text(*it)),
    }
}
