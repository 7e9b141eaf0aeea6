//! What the school sells, owes and is paid: what the rows of the table of commerce stand on.
use chrono::TimeDelta;
use lms::{
    commerce::{
        AddWebhookEndpoint, AdjustWallet, CancelSubscription, Cancellation, Counting,
        CreatePackage, CreateVoucher, DeliveryStatus, Earning, GatewayAccount, GenerateInvoice,
        HoldInWallet, Interval, IssueInvoice, Item, ItemKind, NewVoucher, NextAction,
        OpenGatewayAccount, Order, OrderItem, OrderLine, Package, PauseSubscription, Payment,
        PaymentFact, PaymentMethod, PaymentProof, Payout, PayoutStatus, PlaceOrder, Plan, Price,
        ProofDecision, RecordPaymentFacts, RecordReceipt, Reduction, Refund, ReportedFact,
        RequestRefund, ReviewProof, Seat, SendRefund, ShareRole, StartPayment, StoredSecret,
        SubmitProof, Subscribe, Subscription, TenantInvoice, Voucher, WalletHold, WebhookClaim,
        WebhookDelivery, WebhookEndpoint, WebhookMessage, WebhookNotice, WebhookRequest,
        WebhookStatus,
    },
    content::Course,
    identity::MembershipKind,
    kernel::{Actor, Currency, Id, Money},
    outbox::Message,
    store::{LogStamp, Query},
    tenancy::{Month, PlanLimits, TenantPlan},
};
use uuid::Uuid;

use crate::world::{Person, Who, World, person, title};

pub(crate) fn usd(minor: i64) -> Money {
    Money::from_minor(minor, Currency::USD)
}

pub(crate) fn secret() -> StoredSecret {
    StoredSecret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
}

/// Orders, and how far each has come.
pub(crate) struct Sales {
    /// On the price list.
    pub(crate) course: Item,
    /// A course without a price.
    pub(crate) unpriced: Item,
    /// With nothing in it.
    pub(crate) package: Package,
    /// Unpaid; with a transfer whose proof waits.
    pub(crate) open: Order,
    pub(crate) transfer: Payment,
    pub(crate) submitted: PaymentProof,
    /// A proof that somebody approved, and nobody has found on the statement.
    pub(crate) approved: PaymentProof,
    /// An attempt at a gateway of which nobody has heard.
    pub(crate) attempt: Payment,
    /// Paid.
    pub(crate) bought: Order,
    /// A seat that nobody has taken.
    pub(crate) seat: Seat,
    pub(crate) voucher: Voucher,
    /// Refunds: asked for, to be paid by hand, to be sent, and sent.
    pub(crate) requested: Refund,
    pub(crate) by_hand: Refund,
    pub(crate) to_send: Refund,
    pub(crate) sent: Refund,
    /// Money of the learner's wallet that is promised to an order.
    pub(crate) hold: WalletHold,
    /// Unpaid, and the wallet would do.
    pub(crate) wanted: Order,
}

/// Plans for learners, and the learner's subscriptions.
pub(crate) struct Plans {
    pub(crate) plan: Plan,
    pub(crate) dearer: Plan,
    pub(crate) active: Subscription,
    pub(crate) paused: Subscription,
    pub(crate) cancelled: Subscription,
}

/// What passes between the school and others.
pub(crate) struct Wires {
    pub(crate) account: GatewayAccount,
    pub(crate) claim: WebhookClaim,
    pub(crate) ignored: WebhookMessage,
    pub(crate) endpoint: WebhookEndpoint,
    pub(crate) message: Message,
    pub(crate) sending: WebhookDelivery,
    pub(crate) delivered: WebhookDelivery,
}

/// What the school owes.
pub(crate) struct Debts {
    /// The month before this one.
    pub(crate) month: Month,
    pub(crate) draft: TenantInvoice,
    pub(crate) issued: TenantInvoice,
    /// Payouts: asked for, allowed, and sent.
    pub(crate) asked: Payout,
    pub(crate) allowed: Payout,
    pub(crate) under_way: Payout,
}

pub(crate) struct Shop {
    pub(crate) sales: Sales,
    pub(crate) plans: Plans,
    pub(crate) wires: Wires,
    pub(crate) debts: Debts,
}

impl Shop {
    pub(crate) async fn make(world: &World) -> Self {
        let account = {
            let system = &world.system;
            let open = act!(world.store, system, |tx| {
                tx.run(OpenGatewayAccount {
                    gateway: "plain".to_owned(),
                    name: "main".to_owned(),
                    secret: secret(),
                })
            });
            open.unwrap()
        };
        let sales = world.make_sales().await;
        let plans = world.make_plans().await;
        let debts = world.make_debts(&sales).await;
        let wires = world.make_wires(account, &sales).await;
        Self { sales, plans, wires, debts }
    }
}

impl World {
    /// An order of the learner for one thing, or for codes of it.
    async fn ordered(&self, item: Item, seats: u32) -> Order {
        let lines = vec![OrderLine::seats(item, seats)];
        let command = PlaceOrder::new(self.learner.id(), lines, Currency::USD);
        act!(self.store, self.system, |tx| tx.run(command)).unwrap()
    }

    async fn attempt(&self, order: Id<Order>, method: PaymentMethod) -> Payment {
        let mut command = StartPayment::of(order, method);
        command.gateway = (method == PaymentMethod::Gateway).then(|| "plain/main".to_owned());
        act!(self.store, self.system, |tx| tx.run(command)).unwrap()
    }

    /// Pays for an order in that way.
    async fn pays(&self, order: Id<Order>, method: PaymentMethod) {
        let payment = self.attempt(order, method).await;
        let (key, amount, at) = (payment.id.to_string(), payment.amount, self.system.now());
        if method == PaymentMethod::Gateway {
            let facts = vec![PaymentFact::Capture { key, amount, at }];
            let command = RecordPaymentFacts { payment: payment.id, facts, source: "x".into() };
            act!(self.store, self.system, |tx| tx.run(command)).unwrap();
        } else {
            let command = RecordReceipt { payment: payment.id, reference: key, amount, at };
            act!(self.store, self.system, |tx| tx.run(command)).unwrap();
        }
    }

    async fn bought(&self, item: Item, method: PaymentMethod) -> Order {
        let order = self.ordered(item, 1).await;
        self.pays(order.id, method).await;
        order
    }

    /// A refund of all of an order, by whoever asks.
    async fn refund(&self, who: Who, order: &Order) -> Refund {
        let cx = self.cx(who);
        let command = RequestRefund { order: order.id, lines: Vec::new(), note: None };
        act!(self.store, cx, |tx| tx.run(command)).unwrap().remove(0)
    }

    async fn proof(&self, order: &Order) -> (Payment, PaymentProof) {
        let transfer = self.attempt(order.id, PaymentMethod::BankTransfer).await;
        let url = "https://files.example/proof.pdf".parse().unwrap();
        let command = SubmitProof::of(transfer.id, url);
        let proof = act!(self.store, self.system, |tx| tx.run(command)).unwrap();
        (transfer, proof)
    }

    /// A proof that somebody of finance approved.
    async fn approved(&self, item: Item) -> PaymentProof {
        let order = self.ordered(item, 1).await;
        let (_, proof) = self.proof(&order).await;
        let clerk: Person =
            person(&self.store, &self.system, "clerk", MembershipKind::Staff, None).await;
        self.give(&clerk, "finance", None).await;
        let cx = self.system.clone().with_actor(Actor::User(clerk.user.actor_id()));
        let command = ReviewProof {
            proof: proof.id,
            expected_version: proof.stamp.version,
            decision: ProofDecision::Approve,
            counting: Counting::WhenReconciled,
            note: None,
        };
        act!(self.store, cx, |tx| tx.run(command)).unwrap()
    }

    async fn make_sales(&self) -> Sales {
        let (store, system) = (&self.store, &self.system);
        let course = Item::new(ItemKind::Course, system.id::<Item>().uuid());
        self.keep(&Price::new(system, course, title("Course"), usd(1_000))).await;
        let open = self.ordered(course, 1).await;
        let (transfer, submitted) = self.proof(&open).await;
        let approved = self.approved(course).await;
        let waits = self.ordered(course, 1).await;
        let attempt = self.attempt(waits.id, PaymentMethod::Gateway).await;
        let bought = self.bought(course, PaymentMethod::Cash).await;

        let pack = self.ordered(course, 2).await;
        self.pays(pack.id, PaymentMethod::Cash).await;
        let line = self.first(OrderItem::of_order(pack.id)).await;
        let seat = self.first(Seat::of_order_item(line.id)).await;
        let code = "SPRING".parse().unwrap();
        let voucher = NewVoucher::new(code, Reduction::Fixed(usd(100)));
        let voucher = act!(store, system, |tx| tx.run(CreateVoucher { voucher })).unwrap();

        let cash = self.bought(course, PaymentMethod::Cash).await;
        let requested = self.refund(Who::Learner, &cash).await;
        let cash = self.bought(course, PaymentMethod::Cash).await;
        let by_hand = self.refund(Who::Admin, &cash).await;
        let card = self.bought(course, PaymentMethod::Gateway).await;
        let to_send = self.refund(Who::Admin, &card).await;
        let card = self.bought(course, PaymentMethod::Gateway).await;
        let sent = self.refund(Who::Admin, &card).await;
        let sent = act!(store, system, |tx| tx.run(SendRefund { refund: sent.id })).unwrap();

        let (holder, amount) = (self.learner.id(), usd(5_000));
        let top_up = AdjustWallet { holder, amount, reference: "top-up".into() };
        act!(store, system, |tx| tx.run(top_up)).unwrap();
        let promised = self.ordered(course, 1).await.id;
        let hold = act!(store, system, |tx| tx.run(HoldInWallet { order: promised })).unwrap();
        let wanted = self.ordered(course, 1).await;
        let (name, slug) = (title("Package"), "package".parse().unwrap());
        let package = CreatePackage::new(name, slug, Some(usd(500)), Vec::new());
        let package = act!(store, system, |tx| tx.run(package.clone())).unwrap();
        let teacher = self.teacher.id();
        let unpriced = Course::new(system, title("Unpriced"), "unpriced".parse().unwrap(), teacher);
        self.keep(&unpriced).await;
        Sales {
            course,
            unpriced: Item::of(ItemKind::Course, unpriced.id),
            package,
            open,
            transfer,
            submitted,
            approved,
            attempt,
            bought,
            seat,
            voucher,
            requested,
            by_hand,
            to_send,
            sent,
            hold,
            wanted,
        }
    }

    async fn plan(&self, slug: &str, price: i64) -> Plan {
        let month = Some(Interval::MONTH);
        let plan = Plan::new(&self.system, title(slug), slug.parse().unwrap(), month, usd(price));
        self.keep(&plan).await;
        plan
    }

    async fn subscribed(&self, plan: &Plan) -> Subscription {
        let (subscriber, payer) = (self.learner.id(), self.learner.id());
        let command = Subscribe { subscriber, payer, plan: plan.id };
        let order = act!(self.store, self.system, |tx| tx.run(command)).unwrap();
        self.pays(order.id, PaymentMethod::Cash).await;
        self.first(Subscription::of_plan(plan.id)).await
    }

    async fn make_plans(&self) -> Plans {
        let (store, system) = (&self.store, &self.system);
        let plan = self.plan("monthly", 999).await;
        let dearer = self.plan("dearer", 1_999).await;
        let active = self.subscribed(&plan).await;
        let paused = self.subscribed(&self.plan("resting", 999).await).await.id;
        let paused = act!(store, system, |tx| tx
            .run(PauseSubscription { subscription: paused, until: None }))
        .unwrap();
        let cancelled = self.subscribed(&self.plan("over", 999).await).await.id;
        let how = Cancellation::Now;
        let cancelled = act!(store, system, |tx| tx
            .run(CancelSubscription { subscription: cancelled, how }))
        .unwrap();
        Plans { plan, dearer, active, paused, cancelled }
    }

    async fn make_debts(&self, sales: &Sales) -> Debts {
        let (store, system) = (&self.store, &self.system);
        let before = |month: Month| Month::of(month.first_day().pred_opt().unwrap());
        let month = before(Month::of(system.now().date()));
        let mut plan = TenantPlan::new(system, title("Old"), usd(2_900), PlanLimits::UNLIMITED);
        plan.expires_at = Some(system.now());
        plan.started_at = system.now().saturating_sub(TimeDelta::days(150));
        self.keep(&plan).await;
        let earlier = before(month);
        let issued = act!(store, system, |tx| tx.run(GenerateInvoice { month: earlier }));
        let issued = issued.unwrap().unwrap().id;
        let issued = act!(store, system, |tx| tx.run(IssueInvoice { invoice: issued })).unwrap();
        let draft = act!(store, system, |tx| tx.run(GenerateInvoice { month }));
        let draft = draft.unwrap().unwrap();

        let line = self.first(OrderItem::of_order(sales.bought.id)).await.id;
        self.keep(&Earning {
            id: system.id(),
            stamp: LogStamp::new(system),
            beneficiary_id: self.teacher.id(),
            role: ShareRole::Instructor,
            order_item_id: line,
            amount: usd(700),
            earned_at: system.now(),
            available_at: system.now(),
            payout_id: None,
        })
        .await;
        let mut payouts = Vec::new();
        for (number, status) in [
            (1, PayoutStatus::Requested),
            (2, PayoutStatus::Approved),
            (3, PayoutStatus::Processing),
        ] {
            let (payee, method) = (self.teacher.id(), PaymentMethod::BankTransfer);
            let mut payout = Payout::new(system, -number, payee, usd(100), method);
            payout.status = status;
            self.keep(&payout).await;
            payouts.push(payout);
        }
        let [asked, allowed, under_way] = payouts.try_into().unwrap();
        Debts { month, draft, issued, asked, allowed, under_way }
    }

    async fn make_wires(&self, account: GatewayAccount, sales: &Sales) -> Wires {
        let (store, system) = (&self.store, &self.system);
        let request = WebhookRequest::new(&[], b"{}");
        let notice = |key: &str, facts| WebhookNotice {
            deduplication_key: key.to_owned(),
            event_type: "payment".to_owned(),
            facts,
            confirm_by_asking: false,
        };
        let fact = ReportedFact {
            payment_reference: "pi-1".to_owned(),
            merchant_reference: Some(sales.attempt.id.to_string()),
            fact: PaymentFact::Fail { at: system.now() },
        };
        let received = WebhookMessage::new(system, account.id, &request);
        let claim = Uuid::from_u128(7);
        let claimed = WebhookMessage {
            status: WebhookStatus::Processing,
            claim: Some(claim),
            ..received.saying(notice("claimed", vec![fact]))
        };
        self.keep(&claimed).await;
        let ignored = WebhookMessage::new(system, account.id, &request);
        let ignored = ignored.saying(notice("ignored", Vec::new()));
        let ignored = ignored.resting(WebhookStatus::Ignored, "nothing about a payment");
        self.keep(&ignored).await;

        let url = "https://hooks.example.org".parse().unwrap();
        let endpoint = act!(store, system, |tx| {
            tx.run(AddWebhookEndpoint { url, kinds: Vec::new(), secret: secret() })
        })
        .unwrap();
        let mut tx = store.begin(system).await.unwrap();
        let mut told = tx.all(Query::<Message>::all()).await.unwrap().into_iter();
        drop(tx);
        let mut delivery = |status| {
            let message = told.next().unwrap().id;
            let claim = (status == DeliveryStatus::Sending).then_some(claim);
            let mut new = WebhookDelivery::new(system, endpoint.id, message);
            if status == DeliveryStatus::Delivered {
                new.next_action_at = NextAction::NEVER;
            }
            WebhookDelivery { status, claim, ..new }
        };
        let sending = delivery(DeliveryStatus::Sending);
        let delivered = delivery(DeliveryStatus::Delivered);
        let message = told.next().unwrap();
        self.keep(&sending).await;
        self.keep(&delivered).await;
        let claim = WebhookClaim { message: claimed.id, claim };
        Wires { account, claim, ignored, endpoint, message, sending, delivered }
    }
}
