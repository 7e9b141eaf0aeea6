//! Bank transfers: proofs, four eyes, reconciliation.
use lms::{
    commerce::{
        Counting, OrderStatus, Payment, PaymentMethod, PaymentProof, PaymentStatus, ProofDecision,
        ProofError, ProofStatus, RecordReceipt, ReviewProof, RevokeApproval, SubmitProof,
        WithdrawProof,
    },
    store::RecordStamp as _,
};

use crate::{
    journal,
    school::{Person, School, usd},
    transact,
};

async fn submit(school: &School, payment: &Payment) -> PaymentProof {
    let cx = school.cx_of(school.student);
    let url = "https://files.example.org/proof.pdf".parse().unwrap();
    let mut command = SubmitProof::of(payment.id, url);
    command.bank_reference = Some("TX-77".into());
    transact!(school, cx, |tx| tx.run(command)).unwrap()
}

async fn review(
    school: &School,
    reviewer: Person,
    proof: &PaymentProof,
    decision: ProofDecision,
    counting: Counting,
) -> Result<PaymentProof, ProofError> {
    let cx = school.cx_of(reviewer);
    let expected_version = proof.stamp.version();
    let command = ReviewProof { proof: proof.id, expected_version, decision, counting, note: None };
    transact!(school, cx, |tx| tx.run(command))
}

async fn transfer(school: &School) -> (lms::commerce::Order, Payment, lms::commerce::Item) {
    let course = school.sells(lms::commerce::ItemKind::Course, usd(5_000)).await;
    let order = school.order(&[course]).await;
    let payment = school.payment(&order, PaymentMethod::BankTransfer).await;
    (order, payment, course)
}

#[tokio::test]
async fn approval_confirms_and_reconciliation_completes() {
    let school = School::open().await;
    let (order, payment, course) = transfer(&school).await;
    let proof = submit(&school, &payment).await;
    let approve = ProofDecision::Approve;
    let done =
        review(&school, school.finance, &proof, approve, Counting::WhenReconciled).await.unwrap();
    assert_eq!(done.status, ProofStatus::Approved);
    assert_eq!(school.get(payment.id).await.status, PaymentStatus::Confirmed);
    assert_eq!(school.checked(&order).await.status, OrderStatus::Pending);

    let cx = school.cx_of(school.finance);
    for _ in 0..2 {
        let command = RecordReceipt {
            payment: payment.id,
            reference: "statement-12".into(),
            amount: usd(5_000),
            at: school.now(),
        };
        transact!(school, cx, |tx| tx.run(command)).unwrap();
    }
    assert_eq!(school.checked(&order).await.status, OrderStatus::Completed);
    assert!(school.has_access(course).await);
    let refused = {
        let cx = school.cx_of(school.second_finance);
        transact!(school, cx, |tx| tx.run(RevokeApproval { proof: proof.id, note: None }))
    };
    assert!(matches!(refused, Err(ProofError::AlreadyReconciled)), "{refused:?}");
    journal::check(&school).await;
}

#[tokio::test]
async fn an_approval_that_counts_at_once_is_replaced_by_the_statement() {
    let school = School::open().await;
    let (order, payment, _) = transfer(&school).await;
    let proof = submit(&school, &payment).await;
    let counting = Counting::AtOnce(usd(5_000));
    review(&school, school.finance, &proof, ProofDecision::Approve, counting).await.unwrap();
    assert_eq!(school.checked(&order).await.status, OrderStatus::Completed);
    let cx = school.cx_of(school.finance);
    let command = RecordReceipt {
        payment: payment.id,
        reference: "statement-12".into(),
        amount: usd(5_200),
        at: school.now(),
    };
    let payment = transact!(school, cx, |tx| tx.run(command)).unwrap();
    assert_eq!(payment.kept().unwrap(), usd(5_200));
    assert_eq!(school.checked(&order).await.status, OrderStatus::Completed);
    let refunds = school.all(lms::commerce::Refund::of_order(order.id)).await;
    assert_eq!((refunds.len(), refunds[0].amount), (1, usd(200)));
    journal::check(&school).await;
}

#[tokio::test]
async fn four_eyes_see_every_transfer() {
    let school = School::open().await;
    let cx = school.cx();
    // The payer works in finance: the permission is there, and the payment is their own.
    let role = lms::authorization::Role::by_key(lms::authorization::BuiltinRole::Finance);
    let role = school.begin().await.first(role).await.unwrap().unwrap();
    school.save(&lms::identity::RoleAssignment::new(&cx, school.student.id, role.id)).await;
    let (order, payment, _) = transfer(&school).await;
    let proof = submit(&school, &payment).await;
    let counting = Counting::AtOnce(usd(5_000));
    let own = review(&school, school.student, &proof, ProofDecision::Approve, counting).await;
    assert!(matches!(own, Err(ProofError::OwnProof)), "{own:?}");
    let nobody = {
        let command = ReviewProof {
            proof: proof.id,
            expected_version: proof.stamp.version(),
            decision: ProofDecision::Approve,
            counting,
            note: None,
        };
        transact!(school, cx, |tx| tx.run(command))
    };
    assert!(matches!(nobody, Err(ProofError::NoReviewer)), "{nobody:?}");
    let stranger =
        review(&school, school.other_student, &proof, ProofDecision::Approve, counting).await;
    assert!(matches!(stranger, Err(ProofError::Denied(_))), "{stranger:?}");
    assert_eq!(school.checked(&order).await.status, OrderStatus::Pending);
    let denied = school.all(lms::store::Query::<lms::audit::AuditEntry>::all()).await;
    let denied = denied.iter().filter(|it| it.action == lms::audit::Action::Denied).count();
    assert_eq!(denied, 2, "both refusals are in the audit trail");
}

#[tokio::test]
async fn a_rejected_payer_sends_another_and_a_decision_stands() {
    let school = School::open().await;
    let (order, payment, _) = transfer(&school).await;
    let first = submit(&school, &payment).await;
    let reject = ProofDecision::Reject;
    let counting = Counting::WhenReconciled;
    let rejected = review(&school, school.finance, &first, reject, counting).await.unwrap();
    assert_eq!(school.get(payment.id).await.status, PaymentStatus::Pending);
    // The same decision again changes nothing; the opposite one is refused.
    review(&school, school.second_finance, &rejected, reject, counting).await.unwrap();
    let opposite =
        review(&school, school.second_finance, &rejected, ProofDecision::Approve, counting).await;
    assert!(matches!(opposite, Err(ProofError::AlreadyDecided { .. })), "{opposite:?}");

    let second = submit(&school, &payment).await;
    assert_eq!(second.duplicate_of, Some(first.id), "the same reference is flagged");
    let third = submit(&school, &payment).await;
    review(&school, school.finance, &second, ProofDecision::Approve, counting).await.unwrap();
    assert_eq!(school.get(third.id).await.status, ProofStatus::Superseded);
    assert_eq!(school.checked(&order).await.status, OrderStatus::Pending);
}

#[tokio::test]
async fn a_reviewer_who_looked_at_an_older_version_is_told() {
    let school = School::open().await;
    let (_, payment, _) = transfer(&school).await;
    let proof = submit(&school, &payment).await;
    let mut tx = school.begin().await;
    let mut changed = tx.require(proof.id).await.unwrap();
    changed.review_note = Some("please look again".into());
    tx.update(&mut changed).await.unwrap();
    tx.commit().await.unwrap();
    let counting = Counting::WhenReconciled;
    let old = review(&school, school.finance, &proof, ProofDecision::Approve, counting).await;
    assert!(matches!(old, Err(ProofError::Changed)), "{old:?}");
}

#[tokio::test]
async fn a_second_reviewer_takes_an_approval_back() {
    let school = School::open().await;
    let (order, payment, course) = transfer(&school).await;
    let proof = submit(&school, &payment).await;
    let counting = Counting::AtOnce(usd(5_000));
    review(&school, school.finance, &proof, ProofDecision::Approve, counting).await.unwrap();
    assert!(school.has_access(course).await);
    let revoke = async |reviewer: Person| {
        let cx = school.cx_of(reviewer);
        transact!(school, cx, |tx| tx.run(RevokeApproval { proof: proof.id, note: None }))
    };
    let same = revoke(school.finance).await;
    assert!(matches!(same, Err(ProofError::SameReviewer)), "{same:?}");
    revoke(school.second_finance).await.unwrap();
    assert_eq!(school.get(payment.id).await.status, PaymentStatus::Failed);
    assert_eq!(school.checked(&order).await.status, OrderStatus::Failed);
    assert!(!school.has_access(course).await);
    journal::check(&school).await;

    let again = school.payment(&order, PaymentMethod::BankTransfer).await;
    let proof = submit(&school, &again).await;
    review(&school, school.finance, &proof, ProofDecision::Approve, counting).await.unwrap();
    assert_eq!(school.checked(&order).await.status, OrderStatus::Completed);
    assert!(school.has_access(course).await);
    journal::check(&school).await;
}

#[tokio::test]
async fn an_approval_is_taken_back_within_its_microsecond_and_on_a_clock_that_is_behind() {
    let counting = Counting::WhenReconciled;
    for hours in [0, -1] {
        let school = School::open().await;
        let (order, payment, _) = transfer(&school).await;
        let proof = submit(&school, &payment).await;
        review(&school, school.finance, &proof, ProofDecision::Approve, counting).await.unwrap();
        assert_eq!(school.get(payment.id).await.status, PaymentStatus::Confirmed);
        let then = school.later(hours);
        let cx = then.cx_of(then.second_finance);
        transact!(then, cx, |tx| tx.run(RevokeApproval { proof: proof.id, note: None })).unwrap();
        assert_eq!(then.get(payment.id).await.status, PaymentStatus::Failed);
        assert_eq!(then.checked(&order).await.status, OrderStatus::Failed);

        let better = submit(&then, &payment).await;
        review(&then, then.finance, &better, ProofDecision::Approve, counting).await.unwrap();
        assert_eq!(then.get(payment.id).await.status, PaymentStatus::Confirmed);
        assert_eq!(then.checked(&order).await.status, OrderStatus::Pending);
    }
}

#[tokio::test]
async fn a_payment_stands_while_another_approved_proof_speaks_for_it() {
    let school = School::open().await;
    let (order, payment, _) = transfer(&school).await;
    let counting = Counting::AtOnce(usd(2_500));
    let mut halves = Vec::new();
    for _ in 0..2 {
        let half = submit(&school, &payment).await;
        let approve = ProofDecision::Approve;
        halves.push(review(&school, school.finance, &half, approve, counting).await.unwrap());
    }
    assert_eq!(school.checked(&order).await.status, OrderStatus::Completed);
    for (half, payment_is, kept) in [
        (&halves[0], PaymentStatus::Completed, usd(2_500)),
        (&halves[1], PaymentStatus::Failed, usd(0)),
    ] {
        let cx = school.cx_of(school.second_finance);
        transact!(school, cx, |tx| tx.run(RevokeApproval { proof: half.id, note: None })).unwrap();
        let payment = school.get(payment.id).await;
        assert_eq!((payment.status, payment.kept().unwrap()), (payment_is, kept));
        assert_eq!(school.get(halves[1].id).await.status == ProofStatus::Approved, !kept.is_zero());
        journal::check(&school).await;
    }
    assert_ne!(school.checked(&order).await.status, OrderStatus::Completed);
}

#[tokio::test]
async fn a_payer_takes_a_proof_back_and_none_is_taken_after_the_deadline() {
    let school = School::open().await;
    let (_, payment, _) = transfer(&school).await;
    let proof = submit(&school, &payment).await;
    let cx = school.cx_of(school.student);
    let withdrawn = transact!(school, cx, |tx| tx.run(WithdrawProof { proof: proof.id })).unwrap();
    assert_eq!(withdrawn.status, ProofStatus::Withdrawn);
    let late = school.later(100);
    let cx = late.cx_of(late.student);
    let url = "https://files.example.org/late.pdf".parse().unwrap();
    let command = SubmitProof::of(payment.id, url);
    let refused = transact!(late, cx, |tx| tx.run(command));
    assert!(matches!(refused, Err(ProofError::OrderClosed { .. })), "{refused:?}");
}
