//! Every state machine: which states it begins in, that it reaches all others, and which of them
//! nothing ends.
use std::{collections::BTreeSet, fmt::Debug, fs, path::Path};

use lms_core::{
    assessment::{
        AssessmentStatus, assignment::SubmissionStatus, attempt::AttemptStatus,
        attempt::ScoreStatus, proctoring::ProctoringStatus, regrade::RegradeStatus,
    },
    commerce::{
        DeliveryStatus as WebhookDeliveryStatus, GrantStatus, HoldStatus, InstalmentStatus,
        InvoiceStatus, OrderStatus, PayoutStatus, ProofStatus, RedemptionStatus, RefundStatus,
        SeatStatus, SubscriptionStatus, VoucherStatus, WebhookStatus,
    },
    content::{DownloadStatus, PublicationStatus},
    delivery::{ClassStatus, MemberStatus, SessionStatus},
    engagement::CommentStatus,
    identity::{InviteStatus, MembershipStatus, UserStatus},
    kernel::{
        Machine,
        machine::{moves, reachable},
    },
    learning::{AssignmentStatus, EnrollmentStatus, ProgressStatus},
    notification::DeliveryStatus,
    operations::RequestStatus,
    tenancy::TenantStatus,
};

/// Checks one machine, and gives the name of what it belongs to.
fn check<S: Machine + Debug>(begins: &[S], last: &[S]) -> &'static str {
    let entity = S::ENTITY;
    for state in S::STATES {
        assert!(reachable(begins).contains(state), "{entity}: {state:?} is never reached");
        let ends = moves::<S>().iter().any(|(from, _, to)| from == state && to != state);
        assert_eq!(!ends, last.contains(state), "{entity}: whether nothing ends {state:?}");
    }
    let events = S::EVENTS.len();
    assert!(moves::<S>().len() >= events.min(1), "{entity}: nothing moves it");
    entity
}

fn of_people_and_learning() -> Vec<&'static str> {
    vec![
        check(&[UserStatus::PendingVerification], &[UserStatus::Erased]),
        check(&[MembershipStatus::Pending], &[]),
        check(
            &[InviteStatus::Open],
            &[InviteStatus::Used, InviteStatus::Expired, InviteStatus::Revoked],
        ),
        check(&[TenantStatus::Active], &[]),
        check(&[PublicationStatus::Draft], &[]),
        check(&[DownloadStatus::Pending], &[DownloadStatus::Expired]),
        check(&[ClassStatus::Active], &[ClassStatus::Ended]),
        check(
            &[MemberStatus::Active, MemberStatus::Waitlisted],
            &[MemberStatus::Left, MemberStatus::Removed],
        ),
        check(&[SessionStatus::Scheduled], &[SessionStatus::Ended, SessionStatus::Cancelled]),
        check(&[AssignmentStatus::Active], &[]),
        check(
            &[EnrollmentStatus::Pending, EnrollmentStatus::Waitlisted],
            &[EnrollmentStatus::Retaken],
        ),
        check(&[ProgressStatus::NotStarted], &[]),
    ]
}

fn of_assessment_and_community() -> Vec<&'static str> {
    vec![
        check(&[AssessmentStatus::Draft], &[]),
        check(&[AttemptStatus::InProgress], &[]),
        check(&[ScoreStatus::Pending], &[]),
        check(&[SubmissionStatus::Draft], &[SubmissionStatus::Superseded]),
        check(&[ProctoringStatus::Running], &[ProctoringStatus::Reviewed]),
        check(&[RegradeStatus::Running], &[RegradeStatus::Completed]),
        check(&[CommentStatus::Visible], &[CommentStatus::Removed]),
        check(&[DeliveryStatus::Pending], &[DeliveryStatus::Sent, DeliveryStatus::Suppressed]),
        check(&[RequestStatus::Open], &[RequestStatus::Closed]),
    ]
}

fn of_commerce() -> Vec<&'static str> {
    use WebhookStatus::{Conflict, Processed, Received};
    vec![
        // Money that comes late completes what expired or was cancelled: not by a cell alone.
        check(&[OrderStatus::Pending], &[OrderStatus::Cancelled]),
        check(&[RefundStatus::Requested], &[RefundStatus::Rejected]),
        check(
            &[ProofStatus::Submitted],
            &[
                ProofStatus::Rejected,
                ProofStatus::Withdrawn,
                ProofStatus::Superseded,
                ProofStatus::Revoked,
            ],
        ),
        check(&[HoldStatus::Held], &[HoldStatus::Captured, HoldStatus::Released]),
        check(&[InstalmentStatus::Open], &[]),
        check(&[InvoiceStatus::Draft], &[InvoiceStatus::Paid, InvoiceStatus::Void]),
        check(
            &[PayoutStatus::Requested],
            &[PayoutStatus::Rejected, PayoutStatus::Failed, PayoutStatus::Returned],
        ),
        check(&[SubscriptionStatus::Active], &[]),
        check(&[GrantStatus::Active], &[]),
        check(&[VoucherStatus::Draft], &[VoucherStatus::Archived]),
        check(&[RedemptionStatus::Reserved], &[RedemptionStatus::Confirmed]),
        check(&[SeatStatus::Free], &[]),
        check(
            &[Received, WebhookStatus::Rejected, Conflict],
            &[Processed, WebhookStatus::Rejected, Conflict],
        ),
        check(&[WebhookDeliveryStatus::Pending], &[]),
    ]
}

#[test]
fn every_state_is_reached_and_only_the_named_ones_are_final() {
    let mut checked = of_people_and_learning();
    checked.extend(of_assessment_and_community());
    checked.extend(of_commerce());
    let named: BTreeSet<String> = checked.iter().map(ToString::to_string).collect();
    assert_eq!(named.len(), checked.len(), "each machine has a name of its own");
    assert_eq!(named, written(), "no machine is left out");
}

/// What belongs to the machines that the sources write.
fn written() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let tables = text.split("\nlms_kernel::machine! {").skip(1);
                names.extend(tables.map(|it| it.split('"').nth(1).unwrap().to_owned()));
            }
        }
    }
    names
}
