//! Who may call the services of commerce.
use lms::{
    commerce::*,
    kernel::{Context, Currency, Link, Timestamp},
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

/// An order of the learner's that another system took, and that was never paid.
fn moved_in(cx: &Context, world: &World) -> ImportOrder {
    let line = ImportedLine {
        item: world.shop().sales.course,
        title: title("Course"),
        learner: None,
        seats: 1,
        price: usd(1_000),
        net: usd(1_000),
        tax: usd(0),
        tax_rate: None,
        access_days: None,
    };
    let (buyer, placed_at) = (world.learner.id(), cx.now());
    ImportOrder { number: 900, buyer, placed_at, lines: vec![line], payments: Vec::new() }
}

fn price(world: &World) -> SetPrice {
    SetPrice::new(world.shop().sales.unpriced, title("Course"), usd(2_000))
}

fn new_package() -> CreatePackage {
    CreatePackage::new(title("Fresh"), "fresh".parse().unwrap(), Some(usd(500)), Vec::new())
}

/// Half of what the course earns for its teacher.
fn shares(world: &World) -> SetRevenueShares {
    let item = world.shop().sales.unpriced;
    let (beneficiary, role) = (world.teacher.id(), ShareRole::Instructor);
    let percent = "50".parse().unwrap();
    SetRevenueShares { item, rules: vec![ShareRule { beneficiary, role, percent }] }
}

fn new_plan() -> CreatePlan {
    let slug = "fresh".parse().unwrap();
    CreatePlan::new(title("Fresh"), slug, Some(Interval::MONTH), usd(500))
}

fn new_voucher() -> NewVoucher {
    NewVoucher::new("SUMMER".parse().unwrap(), Reduction::Fixed(usd(100)))
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

fn credit_note(world: &World) -> CreditCustomer {
    CreditCustomer { customer: world.learner.id(), amount: usd(100), note: "CN-1".into() }
}

/// A settlement file without lines, of the time up to now.
fn statement(cx: &Context, world: &World) -> ReconcileStatement {
    let (account, from) = (world.shop().wires.account.id, Timestamp::EPOCH);
    ReconcileStatement { account, lines: Vec::new(), from, to: cx.now() }
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
        place_order[order(w)] by Learner, not ALL, Missing;
        cancel_order[CancelOrder { order: w.shop().sales.open.id }] by Learner, not ALL, Missing;
        start_payment[StartPayment::of(w.shop().sales.wanted.id, PaymentMethod::Cash)]
            by Learner, not ALL, Missing;
        record_payment_facts[failure(cx, &w.shop().sales.attempt)] by Admin, not ALL, Missing;
        record_payment_answer[RecordPaymentAnswer { answer: PaymentAnswer::of(w.shop().sales.attempt.id, GatewayOutcome::Unknown) }] by Admin, not ALL, Missing;
        record_receipt[receipt(cx, &w.shop().sales.transfer)] by Admin, not ALL, Missing;
        submit_proof[transfer_proof(&w.shop().sales.transfer)] by Learner, not ALL, Missing;
        withdraw_proof[WithdrawProof { proof: w.shop().sales.submitted.id }] by Learner, not ALL, Missing;
        review_proof[rejection(&w.shop().sales.submitted)] by Admin, not ALL, Missing;
        revoke_approval[RevokeApproval { proof: w.shop().sales.approved.id, note: None }] by Admin, not ALL, Missing;
        create_voucher[CreateVoucher { voucher: new_voucher() }] by Admin, not ALL, Own;
        change_voucher[ChangeVoucher { voucher: w.shop().sales.voucher.id, event: VoucherEvent::Activate }]
            by Admin, not ALL, Missing;
        redeem_seat[RedeemSeat { code: w.shop().sales.seat.code.clone(), holder: w.learner.id() }]
            by Learner, not ALL, Missing;
        record_finance[salary(cx)] by Admin, not ALL, Own;
    }
}

fn money_back() -> Vec<Service> {
    services! { |w, cx|
        request_refund[RequestRefund {
            order: w.shop().sales.bought.id,
            lines: Vec::new(),
            note: None,
        }] by Learner, not ALL, Missing;
        decide_refund[DecideRefund { refund: w.shop().sales.requested.id, approve: true }] by Admin, not ALL, Missing;
        send_refund[SendRefund { refund: w.shop().sales.to_send.id }] by Admin, not ALL, Missing;
        record_refund_answer[RecordRefundAnswer { answer: nobody_answered(&w.shop().sales.sent) }] by Admin, not ALL, Missing;
        complete_refund_by_hand[CompleteRefundByHand { refund: w.shop().sales.by_hand.id }] by Admin, not ALL, Missing;
        adjust_wallet[top_up(w)] by Admin, not ALL, Missing;
        credit_customer[credit_note(w)] by Admin, not ALL, Missing;
        hold_in_wallet[HoldInWallet { order: w.shop().sales.wanted.id }] by Learner, not ALL, Missing;
        settle_hold[SettleHold { hold: w.shop().sales.hold.id, event: HoldEvent::Release }] by Learner, not ALL, Missing;
        pay_from_wallet[PayFromWallet { order: w.shop().sales.wanted.id }] by Learner, not ALL, Missing;
        view_payout_balance[ViewPayoutBalance { payee: w.teacher.id(), currency: Currency::USD }] by Teacher, not ALL, Missing;
        request_payout[RequestPayout { payee: w.teacher.id(), currency: Currency::USD, method: PaymentMethod::Cash }]
            by Teacher, not ALL, Missing;
        decide_payout[DecidePayout { payout: w.shop().debts.asked.id, approve: true }] by Admin, not ALL, Missing;
        send_payout[SendPayout { payout: w.shop().debts.allowed.id }] by Admin, not ALL, Missing;
        record_payout_answer[RecordPayoutAnswer { payout: w.shop().debts.under_way.id, answer: PayoutAnswer::NoAnswer }]
            by Admin, not ALL, Missing;
    }
}

fn subscribing() -> Vec<Service> {
    services! { |w, cx|
        import_order[moved_in(cx, w)] by Admin, not ALL, Missing;
        set_price[price(w)] by Admin, not ALL, Missing;
        archive_price[ArchivePrice { item: w.shop().sales.course, currency: Currency::USD }] by Admin, not ALL, Missing;
        create_package[new_package()] by Admin, not ALL, Own;
        set_package_items[SetPackageItems { package: w.shop().sales.package.id, items: Vec::new() }]
            by Admin, not ALL, Missing;
        archive_package[ArchivePackage { package: w.shop().sales.package.id }] by Admin, not ALL, Missing;
        set_revenue_shares[shares(w)] by Admin, not ALL, Missing;
        create_plan[new_plan()] by Admin, not ALL, Own;
        set_plan_items[SetPlanItems { plan: w.shop().plans.plan.id, items: vec![w.shop().sales.course] }]
            by Admin, not ALL, Missing;
        archive_plan[ArchivePlan { plan: w.shop().plans.plan.id }] by Admin, not ALL, Missing;
        subscribe[wish(w)] by Learner, not ALL, Missing;
        resubscribe[Resubscribe { subscription: w.shop().plans.cancelled.id }] by Learner, not ALL, Missing;
        cancel_subscription[CancelSubscription { subscription: w.shop().plans.active.id, how: Cancellation::AtPeriodEnd }]
            by Learner, not ALL, Missing;
        undo_cancellation[UndoCancellation { subscription: w.shop().plans.active.id }] by Learner, not ALL, Missing;
        pause_subscription[PauseSubscription { subscription: w.shop().plans.active.id, until: None }] by Learner, not ALL, Missing;
        resume_subscription[ResumeSubscription { subscription: w.shop().plans.paused.id }] by Learner, not ALL, Missing;
        change_plan[ChangePlan { subscription: w.shop().plans.active.id, plan: w.shop().plans.dearer.id, time: PlanChangeTime::PeriodEnd }] by Learner, not ALL, Missing;
        keep_plan[KeepPlan { subscription: w.shop().plans.active.id }] by Learner, not ALL, Missing;
    }
}

fn owing() -> Vec<Service> {
    services! { |w, cx|
        record_usage[RecordUsage { usage: Vec::new() }] by Root, not TENANT, Missing;
        set_usage_price[SetUsagePrice { metric: "calls".to_owned(), name: title("Calls"), model: rate(), bounds: (None, None) }]
            by Root, not TENANT, Missing;
        generate_invoice[GenerateInvoice { month: w.shop().debts.month }] by Root, not TENANT, Missing;
        issue_invoice[IssueInvoice { invoice: w.shop().debts.draft.id }] by Root, not TENANT, Missing;
        pay_invoice[payment_of_bill(cx, w)] by Root, not TENANT, Missing;
        void_invoice[VoidInvoice { invoice: w.shop().debts.issued.id }] by Root, not TENANT, Missing;
        credit_invoice[CreditInvoice { invoice: w.shop().debts.issued.id, amount: usd(1), reason: "promised".to_owned() }]
            by Root, not TENANT, Missing;
        list_tenant_invoices[ListTenantInvoices {}] by Admin, not ALL, Own;
    }
}

fn wires() -> Vec<Service> {
    services! { |w, cx|
        open_gateway_account[OpenGatewayAccount { gateway: "plain".to_owned(), name: "second".to_owned(), secret: secret() }] by Admin, not ALL, Own;
        rotate_gateway_secret[RotateGatewaySecret { account: w.shop().wires.account.id, secret: secret(), overlap_hours: 1 }]
            by Admin, not ALL, Missing;
        reconcile_statement[statement(cx, w)] by Admin, not ALL, Missing;
        close_gateway_account[CloseGatewayAccount { account: w.shop().wires.account.id }] by Admin, not ALL, Missing;
        claim_webhooks[ClaimWebhooks { limit: MOST }] by Admin, not ALL, Own;
        apply_webhook[ApplyWebhook { claim: w.shop().wires.claim, confirmed: None }] by Admin, not ALL, Missing;
        put_webhook_back[PutWebhookBack { claim: w.shop().wires.claim, reason: "no answer".to_owned() }] by Admin, not ALL, Missing;
        replay_webhook[ReplayWebhook { message: w.shop().wires.ignored.id }] by Admin, not ALL, Missing;
        add_webhook_endpoint[AddWebhookEndpoint { url: hooks(), kinds: Vec::new(), secret: secret() }] by Admin, not ALL, Own;
        rotate_endpoint_secret[RotateEndpointSecret { endpoint: w.shop().wires.endpoint.id, secret: secret(), overlap_hours: 1 }]
            by Admin, not ALL, Missing;
        switch_webhook_endpoint[SwitchWebhookEndpoint { endpoint: w.shop().wires.endpoint.id, status: EndpointStatus::Disabled }]
            by Admin, not ALL, Missing;
        fan_out_message[FanOutMessage { message: w.shop().wires.message.clone() }] by Admin, not ALL, Own;
        claim_webhook_deliveries[ClaimWebhookDeliveries { limit: MOST }] by Admin, not ALL, Own;
        record_delivery_answer[RecordDeliveryAnswer { claim: sending(w), answer: DeliveryAnswer::Status(500) }]
            by Admin, not ALL, Missing;
        replay_delivery[ReplayDelivery { delivery: w.shop().wires.delivered.id }] by Admin, not ALL, Missing;
    }
}

/// What time brings is about whatever is due in the caller's own tenant.
fn time() -> Vec<Service> {
    services! { |w, cx|
        ask_payments_due[AskPaymentsDue { due: MOST.into() }] by Admin, not ALL, Own;
        expire_orders_due[ExpireOrdersDue { due: MOST.into() }] by Admin, not ALL, Own;
        release_reservations_due[ReleaseReservationsDue { due: MOST.into() }] by Admin, not ALL, Own;
        release_holds_due[ReleaseHoldsDue { due: MOST.into() }] by Admin, not ALL, Own;
        pass_instalments_due[PassInstalmentsDue { due: MOST.into() }] by Admin, not ALL, Own;
        end_grants_due[EndGrantsDue { due: MOST.into() }] by Admin, not ALL, Own;
        remind_proofs_due[RemindProofsDue { due: MOST.into() }] by Admin, not ALL, Own;
        remind_refunds_due[RemindRefundsDue { due: MOST.into() }] by Admin, not ALL, Own;
    }
}

/// A school that sells.
async fn open() -> World {
    let mut world = World::people(Store::new(MemoryStore::new())).await;
    world.shop = Some(Shop::make(&world).await);
    world
}

#[test]
fn who_may_is_let_and_who_may_not_is_refused() {
    crate::authority::with_room(|| check_in(rows(), open));
}
