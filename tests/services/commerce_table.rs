//! Who may call the services of commerce.
use lms::{
    commerce::*,
    kernel::{Context, Currency, Link},
    memory::MemoryStore,
    store::{PageSize, Store},
};

use crate::{
    shop::{Shop, secret, usd},
    table::{Service, check_in},
    world::{World, title},
};

const MOST: PageSize = PageSize::MAX;

fn nobody_answered(refund: &Refund) -> RefundAnswer {
    RefundAnswer {
        refund: refund.id,
        outcome: GatewayOutcome::Unknown,
        provider_ref: None,
        settled: false,
        raw_response: None,
    }
}

fn order(world: &World) -> PlaceOrder {
    let lines = vec![OrderLine::of(world.shop().sales.course)];
    PlaceOrder::new(world.learner.id(), lines, Currency::USD)
}

fn transfer_proof(payment: &Payment) -> SubmitProof {
    SubmitProof::of(payment.id, "https://files.example/again.pdf".parse().unwrap())
}

fn rejection(proof: &PaymentProof) -> ReviewProof {
    ReviewProof {
        proof: proof.id,
        expected_version: proof.stamp.version,
        decision: ProofDecision::Reject,
        counting: Counting::WhenReconciled,
        note: None,
    }
}

fn receipt(cx: &Context, payment: &Payment) -> RecordReceipt {
    let (payment, amount, at) = (payment.id, payment.amount, cx.now());
    RecordReceipt { payment, reference: "statement-1".into(), amount, at }
}

fn failure(cx: &Context, payment: &Payment) -> RecordPaymentFacts {
    let facts = vec![PaymentFact::Fail { at: cx.now() }];
    RecordPaymentFacts { payment: payment.id, facts, source: "test".into() }
}

fn new_plan() -> CreatePlan {
    let slug = "fresh".parse().unwrap();
    CreatePlan::new(title("Fresh"), slug, Some(Interval::MONTH), usd(500))
}

fn new_voucher(cx: &Context) -> Voucher {
    Voucher::new(cx, "SUMMER".parse().unwrap(), Reduction::Fixed(usd(100)))
}

fn wish(world: &World) -> Subscribe {
    let (subscriber, payer) = (world.learner.id(), world.learner.id());
    Subscribe { subscriber, payer, plan: world.shop().plans.dearer.id }
}

fn salary(cx: &Context) -> RecordFinance {
    RecordFinance {
        org_unit: None,
        kind: LedgerKind::Salary,
        amount: usd(100),
        method: PaymentMethod::Cash,
        reference: "salary-1".into(),
        student: None,
        tutor: None,
        occurred_at: cx.now(),
    }
}

fn top_up(world: &World) -> AdjustWallet {
    AdjustWallet { holder: world.learner.id(), amount: usd(100), reference: "more".into() }
}

fn payment_of_bill(cx: &Context, world: &World) -> PayInvoice {
    let (invoice, at) = (world.shop().debts.issued.id, cx.now());
    PayInvoice { invoice, reference: "TX-1".into(), amount: usd(100), at }
}

fn rate() -> ChargeModel {
    ChargeModel::Standard { rate: 1.into() }
}

fn hooks() -> Link {
    "https://more.example.org".parse().unwrap()
}

fn sending(world: &World) -> DeliveryClaim {
    let delivery = &world.shop().wires.sending;
    DeliveryClaim { delivery: delivery.id, claim: delivery.claim.unwrap() }
}

pub(crate) fn rows() -> Vec<Service> {
    let mut rows = selling();
    rows.extend(money_back());
    rows.extend(subscribing());
    rows.extend(owing());
    rows.extend(wires());
    rows.extend(time());
    rows
}

fn selling() -> Vec<Service> {
    services! { |w, cx|
        place_order(order(w)) by Learner, not ALL, Missing;
        cancel_order(w.shop().sales.open.id) by Learner, not ALL, Missing;
        start_payment(StartPayment::of(w.shop().sales.wanted.id, PaymentMethod::Cash))
            by Learner, not ALL, Missing;
        record_payment_facts(failure(cx, &w.shop().sales.attempt)) by Admin, not ALL, Missing;
        record_payment_answer(
            PaymentAnswer::of(w.shop().sales.attempt.id, GatewayOutcome::Unknown)
        ) by Admin, not ALL, Missing;
        record_receipt(receipt(cx, &w.shop().sales.transfer)) by Admin, not ALL, Missing;
        submit_proof(transfer_proof(&w.shop().sales.transfer)) by Learner, not ALL, Missing;
        withdraw_proof(w.shop().sales.submitted.id) by Learner, not ALL, Missing;
        review_proof(rejection(&w.shop().sales.submitted)) by Admin, not ALL, Missing;
        revoke_approval(w.shop().sales.approved.id, None) by Admin, not ALL, Missing;
        create_voucher(new_voucher(cx)) by Admin, not ALL, Own;
        change_voucher(w.shop().sales.voucher.id, VoucherEvent::Activate)
            by Admin, not ALL, Missing;
        redeem_seat(w.shop().sales.seat.code.clone(), w.learner.id())
            by Learner, not ALL, Missing;
        record_finance(salary(cx)) by Admin, not ALL, Own;
    }
}

fn money_back() -> Vec<Service> {
    services! { |w, cx|
        request_refund(RequestRefund {
            order: w.shop().sales.bought.id,
            lines: Vec::new(),
            note: None,
        }) by Learner, not ALL, Missing;
        decide_refund(w.shop().sales.requested.id, true) by Admin, not ALL, Missing;
        send_refund(w.shop().sales.to_send.id) by Admin, not ALL, Missing;
        record_refund_answer(nobody_answered(&w.shop().sales.sent)) by Admin, not ALL, Missing;
        complete_refund_by_hand(w.shop().sales.by_hand.id) by Admin, not ALL, Missing;
        adjust_wallet(top_up(w)) by Admin, not ALL, Missing;
        hold_in_wallet(w.shop().sales.wanted.id) by Learner, not ALL, Missing;
        settle_hold(w.shop().sales.hold.id, HoldEvent::Release) by Learner, not ALL, Missing;
        pay_from_wallet(w.shop().sales.wanted.id) by Learner, not ALL, Missing;
        payout_balance(w.teacher.id(), Currency::USD) by Teacher, not ALL, Missing;
        request_payout(w.teacher.id(), Currency::USD, PaymentMethod::Cash)
            by Teacher, not ALL, Missing;
        decide_payout(w.shop().debts.asked.id, true) by Admin, not ALL, Missing;
        send_payout(w.shop().debts.allowed.id) by Admin, not ALL, Missing;
        record_payout_answer(w.shop().debts.under_way.id, PayoutAnswer::NoAnswer)
            by Admin, not ALL, Missing;
    }
}

fn subscribing() -> Vec<Service> {
    services! { |w, cx|
        create_plan(new_plan()) by Admin, not ALL, Own;
        set_plan_items(w.shop().plans.plan.id, vec![w.shop().sales.course])
            by Admin, not ALL, Missing;
        archive_plan(w.shop().plans.plan.id) by Admin, not ALL, Missing;
        subscribe(wish(w)) by Learner, not ALL, Missing;
        resubscribe(w.shop().plans.cancelled.id) by Learner, not ALL, Missing;
        cancel_subscription(w.shop().plans.active.id, Cancellation::AtPeriodEnd)
            by Learner, not ALL, Missing;
        undo_cancellation(w.shop().plans.active.id) by Learner, not ALL, Missing;
        pause_subscription(w.shop().plans.active.id, None) by Learner, not ALL, Missing;
        resume_subscription(w.shop().plans.paused.id) by Learner, not ALL, Missing;
        change_plan_of(
            w.shop().plans.active.id, w.shop().plans.dearer.id, PlanChangeTime::PeriodEnd
        ) by Learner, not ALL, Missing;
        keep_plan_of(w.shop().plans.active.id) by Learner, not ALL, Missing;
    }
}

fn owing() -> Vec<Service> {
    services! { |w, cx|
        record_usage(Vec::new()) by Root, not TENANT, Missing;
        set_usage_price("calls", title("Calls"), rate(), (None, None))
            by Root, not TENANT, Missing;
        generate_invoice(w.shop().debts.month) by Root, not TENANT, Missing;
        issue_invoice(w.shop().debts.draft.id) by Root, not TENANT, Missing;
        pay_invoice(payment_of_bill(cx, w)) by Root, not TENANT, Missing;
        void_invoice(w.shop().debts.issued.id) by Root, not TENANT, Missing;
        credit_invoice(w.shop().debts.issued.id, usd(1), "promised".to_owned())
            by Root, not TENANT, Missing;
        tenant_invoices() by Admin, not ALL, Own;
    }
}

fn wires() -> Vec<Service> {
    services! { |w, cx|
        open_gateway_account("plain", "second", secret()) by Admin, not ALL, Own;
        rotate_gateway_secret(w.shop().wires.account.id, secret(), 1)
            by Admin, not ALL, Missing;
        close_gateway_account(w.shop().wires.account.id) by Admin, not ALL, Missing;
        claim_webhooks(MOST) by Admin, not ALL, Own;
        apply_webhook(w.shop().wires.claim, None) by Admin, not ALL, Missing;
        put_webhook_back(w.shop().wires.claim, "no answer") by Admin, not ALL, Missing;
        replay_webhook(w.shop().wires.ignored.id) by Admin, not ALL, Missing;
        add_webhook_endpoint(hooks(), Vec::new(), secret()) by Admin, not ALL, Own;
        rotate_endpoint_secret(w.shop().wires.endpoint.id, secret(), 1)
            by Admin, not ALL, Missing;
        switch_webhook_endpoint(w.shop().wires.endpoint.id, EndpointStatus::Disabled)
            by Admin, not ALL, Missing;
        fan_out_message(&w.shop().wires.message) by Admin, not ALL, Own;
        claim_webhook_deliveries(MOST) by Admin, not ALL, Own;
        record_delivery_answer(sending(w), DeliveryAnswer::Status(500))
            by Admin, not ALL, Missing;
        replay_delivery(w.shop().wires.delivered.id) by Admin, not ALL, Missing;
    }
}

/// What time brings is about whatever is due in the caller's own tenant.
fn time() -> Vec<Service> {
    services! { |w, cx|
        ask_payments_due(MOST) by Admin, not ALL, Own;
        expire_orders_due(MOST) by Admin, not ALL, Own;
        release_reservations_due(MOST) by Admin, not ALL, Own;
        release_holds_due(MOST) by Admin, not ALL, Own;
        pass_instalments_due(MOST) by Admin, not ALL, Own;
        end_grants_due(MOST) by Admin, not ALL, Own;
        remind_proofs_due(MOST) by Admin, not ALL, Own;
        remind_refunds_due(MOST) by Admin, not ALL, Own;
    }
}

/// A school that sells.
async fn open() -> World {
    let mut world = World::people(Store::new(MemoryStore::new())).await;
    world.shop = Some(Shop::make(&world).await);
    world
}

#[tokio::test]
async fn who_may_is_let_and_who_may_not_is_refused() {
    check_in(rows(), open).await;
}
