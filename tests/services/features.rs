//! What a tenant has switched off is refused, by name, in every part of the product that it can do
//! without.
use std::collections::BTreeSet;

use lms::{
    assessment::{
        assignment::{HandInWork, ObservationKind, RecordObservation, SetAssignment},
        proctoring::StartProctoring,
    },
    commerce::{
        AddWebhookEndpoint, AdjustWallet, ChangeVoucher, CreatePackage, CreatePlan, CreateVoucher,
        CreditCustomer, EndpointStatus, HoldInWallet, Interval, Item, ItemKind, LedgerKind,
        NewVoucher, PayFromWallet, PaymentMethod, PlaceOrder, RecordFinance, Reduction,
        ReplayDelivery, RequestPayout, RotateEndpointSecret, SetPackageItems, SetPlanItems,
        SetPrice, SetRevenueShares, StoredSecret, Subscribe, SwitchWebhookEndpoint, VoucherCode,
        VoucherEvent,
    },
    content::{ModerateReview, Moderation, Prose, Rating, VoteHelpful, WithdrawVote},
    delivery::*,
    engagement::*,
    identity::{
        AddMember, FollowMember, GuardianRelation, InviteMember, LinkGuardian, ListWards,
        MembershipKind, UnfollowMember, UnlinkGuardian,
    },
    kernel::{Id, Money, Percent},
    learning::{
        AccessRequest, AssignContent, AssignmentEvent, ChangeAssignment, EnrollLearner,
        GrantSource, JoinClassAndEnroll, PromoteAndEnroll, RequestDownload, ReviewCourse,
    },
    memory::MemoryStore,
    operations::*,
    recognition::*,
    store::Store,
    tenancy::{ChangeSettings, Feature, FeatureError},
};

use crate::{
    ports::meeting,
    table::{Call, told_apart},
    world::{Who, World, email, title},
};

/// A service, and the feature without which it refuses.
struct Gated {
    feature: Feature,
    name: &'static str,
    by: Who,
    call: Call,
}

macro_rules! gated {
    (
        |$w:ident, $cx:ident|
        $($feature:ident: $name:ident [$operation:expr $(,)?] by $by:ident;)+
    ) => {
        vec![$(Gated {
            feature: Feature::$feature,
            name: stringify!($name),
            by: Who::$by,
            call: |$w, $cx, tx| Box::pin(async move {
                let _ = ($w, $cx);
                told_apart(tx.run($operation).await)
            }),
        }),+]
    };
}

/// What is not there: where the feature is off, nobody looks for it.
fn no<T>() -> Id<T> {
    Id::from_uuid(uuid::Uuid::nil())
}

fn words() -> Prose {
    Prose::new("Words.").unwrap()
}

fn euro() -> Money {
    "1.00 EUR".parse().unwrap()
}

fn rows() -> Vec<Gated> {
    let mut rows = teaching();
    rows.extend(classes());
    rows.extend(work());
    rows.extend(selling());
    rows.extend(community());
    rows
}

fn teaching() -> Vec<Gated> {
    gated! { |w, cx|
        Reviews: review_course[ReviewCourse { course_id: w.courses().published.id, rating: Rating::new(5).unwrap(), comment: None }]
            by Learner;
        Reviews: vote_helpful[VoteHelpful { review_id: w.things().review.id }] by Guardian;
        Downloads: request_download[RequestDownload { request: AccessRequest::new(w.learner.id(), w.courses().lesson.id), file_id: w.things().file.id }] by Learner;
        SelfEnrollment: enroll_learner[EnrollLearner::new(
            w.courses().published.id,
            w.other.id(),
            GrantSource::OwnChoice,
        )] by Other;
        Follows: follow_member[FollowMember { following_id: w.teacher.id() }] by Other;
        Guardians: link_guardian[LinkGuardian { guardian_id: w.guardian.id(), student_id: w.other.id(), relationship: GuardianRelation::Parent }]
            by Admin;
        Guardians: add_member[AddMember::new(MembershipKind::Guardian, title("Max"))] by Admin;
        Guardians: invite_member[InviteMember::new(email("max@a.example"), MembershipKind::Guardian)] by Admin;
        Programs: create_program[CreateProgram::new(title("C"))] by Admin;
        Programs: edit_program[EditProgram { program_id: no(), changes: Vec::new() }] by Admin;
        Programs: move_program[MoveProgram { program_id: no(), parent_id: None }] by Admin;
        Programs: add_program_course[AddProgramCourse { program_id: no(), course_id: no(), position: None }] by Admin;
        Programs: move_program_course[MoveProgramCourse { program_id: no(), course_id: no(), position: 0 }] by Admin;
    }
}

fn join(w: &World) -> JoinClass {
    JoinClass { class: ClassChoice::Id(w.things().class.id), student_id: w.other.id() }
}

fn classes() -> Vec<Gated> {
    gated! { |w, cx|
        Classes: create_class[CreateClass::offline(no(), title("C"), "Room")] by Admin;
        Classes: edit_class[EditClass { class_id: no(), changes: Vec::new() }] by Admin;
        Classes: change_class_status[ChangeClassStatus { class_id: no(), event: ClassEvent::Reactivate }] by Admin;
        Classes: renew_join_code[RenewJoinCode { class_id: no(), is_open: true }] by Admin;
        Classes: join_class[join(w)] by Admin;
        Classes: promote_waitlisted[PromoteWaitlisted { class_id: no() }] by Admin;
        Classes: schedule_class[ScheduleClass { class_id: no(), clash_policy: ClashPolicy::Allow }] by Admin;
        Classes: extend_series[ExtendSeries { series_id: w.things().series.id, until: "2025-05-01T00:00:00Z".parse().unwrap(), clash_policy: ClashPolicy::Allow }] by Admin;
        Classes: plan_session[PlanSession {
            class_id: Some(w.things().class.id),
            ..PlanSession::new(w.teacher.id(), title("More"), w.hour(90))
        }] by Admin;
        Classes: join_class_and_enroll[JoinClassAndEnroll { join: join(w) }] by Admin;
        Classes: promote_and_enroll[PromoteAndEnroll { class_id: no() }] by Admin;
        Classes: assign_content[AssignContent { class_id: no(), node_id: None, due_at: None, instructions: None }] by Admin;
        Classes: change_assignment[ChangeAssignment { assignment_id: no(), event: AssignmentEvent::Reinstate }] by Admin;
        LiveSessions: open_meeting[OpenMeeting { session_id: no() }] by Admin;
        LiveSessions: plan_session[PlanSession {
            meeting: Some(meeting("https://zoom.example/1")),
            ..PlanSession::new(w.teacher.id(), title("More"), w.hour(90))
        }] by Admin;
        Placement: set_placement_bands[SetPlacementBands { class_id: no(), bands: Vec::new() }] by Admin;
    }
}

fn work() -> Vec<Gated> {
    gated! { |w, cx|
        Coursework: set_assignment[SetAssignment {
            course_id: no(),
            title: title("Essay"),
            description: None,
            node_id: None,
            due_at: None,
            points: None,
            late_policy: Default::default(),
            max_submissions: None,
        }] by Admin;
        Proctoring: start_proctoring[StartProctoring { attempt_id: no() }] by Learner;
        Observations: record_observation[RecordObservation {
            learner_id: w.learner.id(),
            kind: ObservationKind::Reading,
            custom_kind: None,
            score: None,
            academic_age_months: Some(96),
            notes: None,
            observed_at: None,
        }] by Admin;
    }
}

fn secret() -> StoredSecret {
    StoredSecret::new("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
}

fn voucher() -> NewVoucher {
    let tenth = Percent::from_ten_thousandths(100_000).unwrap();
    NewVoucher::new(VoucherCode::new("SPRING").unwrap(), Reduction::Percent(tenth))
}

fn course_item(world: &World) -> Item {
    Item::of(ItemKind::Course, world.courses().published.id)
}

fn selling() -> Vec<Gated> {
    gated! { |w, cx|
        Subscriptions: create_plan[CreatePlan::new(
            title("Monthly"),
            "monthly".parse().unwrap(),
            Some(Interval::MONTH),
            euro(),
        )] by Admin;
        Subscriptions: set_plan_items[SetPlanItems { plan: no(), items: Vec::new() }] by Admin;
        Subscriptions: subscribe[Subscribe {
            subscriber: w.learner.id(),
            payer: w.learner.id(),
            plan: no(),
        }] by Learner;
        Sales: place_order[PlaceOrder::new(w.learner.id(), Vec::new(), euro().currency())]
            by Learner;
        Sales: set_price[SetPrice::new(course_item(w), title("Course"), euro())] by Admin;
        Sales: create_package[CreatePackage::new(
            title("Package"),
            "package".parse().unwrap(),
            None,
            Vec::new(),
        )] by Admin;
        Sales: set_package_items[SetPackageItems { package: no(), items: Vec::new() }] by Admin;
        Payouts: set_revenue_shares[SetRevenueShares { item: course_item(w), rules: Vec::new() }]
            by Admin;
        Vouchers: create_voucher[CreateVoucher { voucher: voucher() }] by Admin;
        Vouchers: change_voucher[ChangeVoucher { voucher: no(), event: VoucherEvent::Activate }] by Admin;
        Vouchers: place_order[PlaceOrder {
            vouchers: vec![VoucherCode::new("SPRING").unwrap()],
            ..PlaceOrder::new(w.learner.id(), Vec::new(), euro().currency())
        }] by Learner;
        Wallets: adjust_wallet[AdjustWallet {
            holder: w.learner.id(),
            amount: euro(),
            reference: "gift".to_owned(),
        }] by System;
        Wallets: credit_customer[CreditCustomer {
            customer: w.learner.id(),
            amount: euro(),
            note: "CN-1".to_owned(),
        }] by System;
        Wallets: hold_in_wallet[HoldInWallet { order: no() }] by Learner;
        Wallets: pay_from_wallet[PayFromWallet { order: no() }] by Learner;
        Payouts: request_payout[RequestPayout { payee: w.teacher.id(), currency: euro().currency(), method: PaymentMethod::BankTransfer }]
            by Teacher;
        Ledger: record_finance[RecordFinance {
            org_unit: None,
            kind: LedgerKind::Expense,
            amount: euro(),
            method: PaymentMethod::BankTransfer,
            reference: "chairs".to_owned(),
            student: None,
            tutor: None,
            occurred_at: cx.now(),
        }] by System;
        Webhooks: add_webhook_endpoint[AddWebhookEndpoint { url: "https://a.example/hook".parse().unwrap(), kinds: Vec::new(), secret: secret() }] by System;
        Webhooks: rotate_endpoint_secret[RotateEndpointSecret { endpoint: no(), secret: secret(), overlap_hours: 1 }] by System;
        Webhooks: switch_webhook_endpoint[SwitchWebhookEndpoint { endpoint: no(), status: EndpointStatus::Active }] by System;
        Webhooks: replay_delivery[ReplayDelivery { delivery: no() }] by System;
    }
}

fn community() -> Vec<Gated> {
    gated! { |w, cx|
        Badges: create_badge[CreateBadge { badge: KeepBadge {
            name: title("First"),
            slug: "first".parse().unwrap(),
            description: None,
            icon_url: None,
            category: BadgeCategory::Progress,
            criteria: Criteria::LessonsCompleted { count: 1 },
        } }] by Admin;
        Badges: adopt_badge_catalogue[AdoptBadgeCatalogue {}] by Admin;
        Badges: award_badge[AwardBadge { learner_id: w.learner.id(), badge_id: no() }] by Admin;
        Badges: award_earned_badges[AwardEarnedBadges { learner_id: w.learner.id(), done: Achievements::default() }] by Admin;
        Points: award_points[AwardPoints { learner_id: w.learner.id(), points: 5, reason: None }] by Admin;
        Certificates: issue_certificate[IssueCertificate { learner_id: w.learner.id(), course_id: no(), score: None }] by Admin;
        Comments: post_comment[PostComment {
            on: CommentOn::Course(w.courses().published.id),
            content: words(),
        }] by Learner;
        Comments: edit_comment[EditComment { comment_id: no(), content: words() }] by Learner;
        Comments: moderate_comment[ModerateComment { comment_id: no(), event: CommentEvent::Show }] by Admin;
        Comments: react[React { comment_id: no(), kind: ReactionKind::Like }] by Learner;
        Requests: open_request[OpenRequest {
            org_unit_id: w.north.id,
            kind: RequestKind::It,
            details: words(),
            priority: RequestPriority::Low,
        }] by Learner;
        Requests: change_request[ChangeRequest { request_id: no(), event: RequestEvent::Reopen }] by Admin;
        Inventory: add_item[AddItem { item: KeepItem {
            org_unit_id: w.north.id,
            name: title("Chair"),
            category: InventoryCategory::Furniture,
            quantity: 1,
            condition: Condition::Good,
        } }] by Admin;
        Inventory: adjust_quantity[AdjustQuantity { item_id: no(), change: 1 }] by Admin;
        Inventory: set_condition[SetCondition { item_id: no(), condition: Condition::Broken }] by Admin;
    }
}

/// What goes on where the feature is off: what was begun is seen, finished and undone.
fn endings() -> Vec<Gated> {
    gated! { |w, cx|
        Reviews: withdraw_vote[WithdrawVote { review_id: w.things().review.id }] by Other;
        Reviews: moderate_review[ModerateReview { review_id: w.things().review.id, moderation: Moderation::Hide }] by Admin;
        Guardians: unlink_guardian[UnlinkGuardian { link_id: w.things().link.id }] by Admin;
        Guardians: list_wards[ListWards {}] by Guardian;
        Follows: unfollow_member[UnfollowMember { following_id: w.teacher.id() }] by Other;
        Programs: delete_program[DeleteProgram { program_id: w.things().spare_program.id }] by Admin;
        Programs: remove_program_course[RemoveProgramCourse { program_id: w.things().program.id, course_id: w.courses().published.id }]
            by Admin;
        Classes: change_class_status[ChangeClassStatus { class_id: w.things().class.id, event: ClassEvent::Deactivate }] by Admin;
        Classes: change_class_status[ChangeClassStatus { class_id: w.things().class.id, event: ClassEvent::End }] by Admin;
        Classes: renew_join_code[RenewJoinCode { class_id: w.things().class.id, is_open: false }] by Admin;
        Classes: leave_class[LeaveClass {
            class_id: w.things().class.id,
            student_id: w.learner.id(),
            is_removal: true,
        }] by Admin;
        Classes: change_session_status[ChangeSessionStatus { session_id: w.things().session.id, event: SessionEvent::Cancel }] by Admin;
        Classes: change_assignment[ChangeAssignment { assignment_id: w.things().assignment.id, event: AssignmentEvent::Withdraw }] by Admin;
        Coursework: hand_in_work[HandInWork {
            assignment_id: no(),
            learner_id: w.learner.id(),
            content: Some("Once upon a time.".to_owned()),
            file_id: None,
            file_url: None,
        }] by Learner;
        Vouchers: change_voucher[ChangeVoucher { voucher: no(), event: VoucherEvent::Archive }] by Admin;
        Wallets: adjust_wallet[AdjustWallet {
            holder: w.learner.id(),
            amount: "-1.00 EUR".parse().unwrap(),
            reference: "paid out".to_owned(),
        }] by System;
        Webhooks: switch_webhook_endpoint[SwitchWebhookEndpoint { endpoint: no(), status: EndpointStatus::Disabled }] by System;
        Badges: retire_badge[RetireBadge { badge_id: no() }] by Admin;
        Badges: take_badge_back[TakeBadgeBack { learner_id: w.learner.id(), badge_id: no() }] by Admin;
        Points: award_points[AwardPoints { learner_id: w.learner.id(), points: -5, reason: None }] by Admin;
        Certificates: revoke_certificate[RevokeCertificate { certificate_id: no(), reason: title("Mistake") }] by Admin;
        Comments: moderate_comment[ModerateComment { comment_id: no(), event: CommentEvent::Hide }] by Admin;
        Comments: moderate_comment[ModerateComment { comment_id: no(), event: CommentEvent::Remove }] by Admin;
        Comments: remove_comment[RemoveComment { comment_id: no() }] by Learner;
        Comments: withdraw_reaction[WithdrawReaction { comment_id: no(), kind: ReactionKind::Like }] by Learner;
        Requests: set_priority[SetPriority { request_id: no(), priority: RequestPriority::Low }] by Admin;
        Requests: assign_request[AssignRequest { request_id: no(), assigned_to_id: None }] by Admin;
        Requests: change_request[ChangeRequest { request_id: no(), event: RequestEvent::Start }] by Admin;
        Requests: change_request[ChangeRequest { request_id: no(), event: RequestEvent::Resolve }] by Admin;
        Requests: change_request[ChangeRequest { request_id: no(), event: RequestEvent::Close }] by Admin;
        Inventory: adjust_quantity[AdjustQuantity { item_id: no(), change: -1 }] by Admin;
        Inventory: rename_item[RenameItem { item_id: no(), name: title("X"), category: InventoryCategory::Furniture }] by Admin;
        Inventory: remove_item[RemoveItem { item_id: no() }] by Admin;
    }
}

#[tokio::test]
async fn what_was_begun_is_seen_finished_and_undone() {
    let world = World::open(Store::new(MemoryStore::new())).await;
    for row in endings() {
        let (feature, name) = (row.feature, row.name);
        let with = answer(&world, &row).await;
        switch(&world, feature, false).await;
        let without = answer(&world, &row).await;
        assert_eq!(without, with, "`{name}` says something else without `{feature}`");
        switch(&world, feature, true).await;
    }
}

async fn switch(world: &World, feature: Feature, on: bool) {
    let change = ChangeSettings { features: vec![(feature, on)], ..ChangeSettings::default() };
    act!(world.store, world.system, |tx| tx.run(change)).unwrap();
}

/// What the service says; nothing it did stays.
async fn answer(world: &World, row: &Gated) -> Option<String> {
    let cx = world.cx(row.by);
    let scope = lms::kernel::Scope::TenantAndPlatform(cx.tenant());
    let mut tx = world.store.begin_in(&cx, scope).await.unwrap();
    let done = (row.call)(world, &cx, &mut tx).await;
    tx.rollback().await.unwrap();
    done.err().map(|it| it.message().to_owned())
}

#[tokio::test]
async fn what_is_switched_off_is_refused_by_name() {
    let world = World::open(Store::new(MemoryStore::new())).await;
    for row in rows() {
        let (feature, name) = (row.feature, row.name);
        let disabled = FeatureError::FeatureDisabled { feature }.to_string();
        switch(&world, feature, false).await;
        assert_eq!(answer(&world, &row).await, Some(disabled.clone()), "`{name}`");
        switch(&world, feature, true).await;
        assert_ne!(answer(&world, &row).await, Some(disabled), "`{name}` with the feature on");
    }
}

#[test]
fn every_feature_is_asked_for() {
    let asked: BTreeSet<_> = rows().iter().map(|it| it.feature).collect();
    let missing: Vec<_> = Feature::ALL.iter().filter(|it| !asked.contains(it)).collect();
    assert!(missing.is_empty(), "nobody asks for {missing:?}");
}

/// Services of contexts that a tenant can do without that ask for no feature, and why.
const GO_ON: [(&str, &str); 14] = [
    ("view_studies", "what was done stays to be seen, with badges or without"),
    ("view_achievements", "what was done stays to be seen, with badges or without"),
    (
        "certify_on_event",
        "where certificates are switched off, it issues none and passes the event over",
    ),
    ("award_on_event", "where badges are switched off, it gives none and passes the event over"),
    ("check_certificate", "a certificate that was issued stays good"),
    ("check_certificate_by_code", "a certificate that was issued stays good"),
    ("list_badge_awards", "what is there stays to be seen"),
    ("list_badges", "what is there stays to be seen"),
    ("list_certificates", "what is there stays to be seen"),
    ("list_comments", "what is there stays to be seen"),
    ("list_inventory", "what is there stays to be seen"),
    ("list_points", "what is there stays to be seen"),
    ("list_requests", "what is there stays to be seen"),
    ("view_points", "what is there stays to be seen"),
];

#[test]
fn in_a_context_that_is_optional_every_service_asks() {
    let listed: BTreeSet<_> = rows().iter().chain(&endings()).map(|it| it.name).collect();
    let listed: BTreeSet<_> = listed.into_iter().chain(GO_ON.map(|it| it.0)).collect();
    let optional = ["recognition", "engagement", "service_desk"];
    let all = lms::operations();
    let written = all.iter().filter_map(|it| it.name.split_once('.'));
    let missing: Vec<_> =
        written.filter(|it| optional.contains(&it.0) && !listed.contains(it.1)).collect();
    assert!(missing.is_empty(), "services without a feature: {missing:?}");
}
