//! Orders, payments, refunds, wallets and subscriptions.
use lms_core::{
    commerce::{
        AdjustWallet, CancelOrder, CancelSubscription, Cancellation, ChangePlan,
        CompleteRefundByHand, Counting, DecideRefund, GatewayOutcome, HoldEvent, HoldInWallet,
        Item, ItemKind, LedgerKind, Order, OrderItem, OrderLine, PayFromWallet, Payment,
        PaymentAnswer, PaymentFact, PaymentMethod, PaymentProof, PlaceOrder, Plan, PlanChangeTime,
        ProofDecision, RecordFinance, RecordPaymentAnswer, RecordPaymentFacts, RecordReceipt,
        RecordRefundAnswer, RedeemSeat, Refund, RefundAnswer, RefundLine, RequestRefund,
        ReviewProof, RevokeApproval, Seat, SendRefund, SetPrice, SettleHold, StartPayment,
        SubmitProof, Subscribe, Subscription, WalletHold,
    },
    content::Course,
    kernel::{Currency, Money, Title},
    tenancy::OrgUnit,
};

use super::{Typed, draws};
use crate::simulation::hand::Hand;

fn usd(minor: i64) -> Money {
    Money::from_minor(minor, Currency::USD)
}

fn item(hand: &mut Hand<'_>) -> Option<Item> {
    match hand.below(8) {
        0 => Some(Item::of(ItemKind::Plan, hand.id::<Plan>()?)),
        _ => Some(Item::of(ItemKind::Course, hand.id::<Course>()?)),
    }
}

fn reference(hand: &mut Hand<'_>) -> String {
    format!("r-{}", hand.below(30))
}

fn orders(all: &mut Typed) {
    draws(all, |hand| {
        let mut lines = Vec::new();
        for _ in 0..=hand.below(2) {
            let mut line = OrderLine::of(item(hand)?);
            if hand.once_in(4) {
                line.seats = u32::try_from(hand.below(4)).ok()?;
            }
            if hand.once_in(3) {
                line.learner = hand.member();
            }
            lines.push(line);
        }
        let mut order = PlaceOrder::new(hand.member()?, lines, Currency::USD);
        if hand.once_in(3) {
            order.vouchers.push("SPRING".parse().ok()?);
        }
        if hand.once_in(8) {
            order.deadline = Some(hand.instant());
        }
        Some(order)
    });
    draws(all, |hand| Some(CancelOrder { order: hand.id::<Order>()? }));
    draws(all, |hand| {
        let amount = usd(1_500);
        let title = Title::new("Course").ok()?;
        Some(SetPrice::new(item(hand)?, title, hand.amount(amount)))
    });
    draws(all, |hand| {
        let code = hand.record::<Seat>()?.code;
        Some(RedeemSeat { code, holder: hand.member()? })
    });
    draws(all, |hand| {
        let amount = hand.amount(usd(2_000));
        Some(AdjustWallet { holder: hand.member()?, amount, reference: reference(hand) })
    });
    draws(all, |hand| Some(PayFromWallet { order: hand.id::<Order>()? }));
    draws(all, |hand| Some(HoldInWallet { order: hand.id::<Order>()? }));
    draws(all, |hand| {
        let event = hand.one_of(&[HoldEvent::Capture, HoldEvent::Release])?;
        Some(SettleHold { hold: hand.id::<WalletHold>()?, event })
    });
}

fn payments(all: &mut Typed) {
    draws(all, |hand| {
        let methods = [
            PaymentMethod::Gateway,
            PaymentMethod::BankTransfer,
            PaymentMethod::Cash,
            PaymentMethod::Card,
        ];
        let method = hand.one_of(&methods)?;
        let mut payment = StartPayment::of(hand.id::<Order>()?, method);
        payment.gateway = (method == PaymentMethod::Gateway).then(|| "plain/main".to_owned());
        if hand.once_in(5) {
            payment.amount = Some(hand.amount(usd(500)));
        }
        Some(payment)
    });
    draws(all, |hand| {
        let payment = hand.record::<Payment>()?;
        let (amount, reference) = (hand.amount(payment.amount), reference(hand));
        let at = if hand.once_in(8) { hand.instant() } else { hand.now };
        Some(RecordReceipt { payment: payment.id, reference, amount, at })
    });
    draws(all, |hand| {
        let payment = hand.record::<Payment>()?;
        let mut facts = Vec::new();
        for _ in 0..=hand.below(2) {
            facts.push(fact(hand, &payment)?);
        }
        Some(RecordPaymentFacts { payment: payment.id, facts, source: reference(hand) })
    });
    draws(all, |hand| {
        let payment = hand.record::<Payment>()?;
        let outcome = outcome(hand)?;
        let mut answer = PaymentAnswer::of(payment.id, outcome);
        if hand.once_in(2) {
            answer.facts.push(fact(hand, &payment)?);
        }
        Some(RecordPaymentAnswer { answer })
    });
    draws(all, |hand| {
        let payment = hand.id::<Payment>()?;
        let url = "https://files.example/proof.pdf".parse().ok()?;
        Some(SubmitProof::of(payment, url))
    });
    draws(all, |hand| {
        let proof = hand.record::<PaymentProof>()?;
        let decision = hand.one_of(&[ProofDecision::Approve, ProofDecision::Reject])?;
        let counting = match hand.below(3) {
            0 => Counting::AtOnce(hand.amount(proof.amount)),
            _ => Counting::WhenReconciled,
        };
        let expected_version = proof.stamp.version;
        Some(ReviewProof { proof: proof.id, expected_version, decision, counting, note: None })
    });
    draws(all, |hand| Some(RevokeApproval { proof: hand.id::<PaymentProof>()?, note: None }));
}

fn outcome(hand: &mut Hand<'_>) -> Option<GatewayOutcome> {
    hand.one_of(&[GatewayOutcome::Succeeded, GatewayOutcome::Failed, GatewayOutcome::Unknown])
}

/// A fact about a payment; some are about what never came in.
fn fact(hand: &mut Hand<'_>, payment: &Payment) -> Option<PaymentFact> {
    let key = reference(hand);
    let (amount, at) = (hand.amount(payment.amount), hand.now);
    Some(match hand.below(8) {
        0 => PaymentFact::Authorise { at },
        1 => PaymentFact::Fail { at },
        2 => PaymentFact::Cancel { at },
        _ => PaymentFact::Capture { key, amount, at },
    })
}

fn refunds(all: &mut Typed) {
    draws(all, |hand| {
        let order = hand.id::<Order>()?;
        let mut lines = Vec::new();
        if hand.once_in(2) {
            let line = hand.record::<OrderItem>()?;
            let mut refund = RefundLine::all_of(line.id);
            if hand.once_in(2) {
                refund.amount = Some(hand.amount(line.net));
            }
            lines.push(refund);
            if !hand.once_in(8) {
                return Some(RequestRefund { order: line.order_id, lines, note: None });
            }
        }
        Some(RequestRefund { order, lines, note: None })
    });
    draws(all, |hand| {
        let approve = !hand.once_in(4);
        Some(DecideRefund { refund: hand.id::<Refund>()?, approve })
    });
    draws(all, |hand| Some(SendRefund { refund: hand.id::<Refund>()? }));
    draws(all, |hand| Some(CompleteRefundByHand { refund: hand.id::<Refund>()? }));
    draws(all, |hand| {
        let refund = hand.id::<Refund>()?;
        let outcome = outcome(hand)?;
        let settled = hand.once_in(2);
        let (provider_ref, raw_response) = (None, None);
        let answer = RefundAnswer { refund, outcome, provider_ref, settled, raw_response };
        Some(RecordRefundAnswer { answer })
    });
}

fn subscriptions(all: &mut Typed) {
    draws(all, |hand| {
        let plan = hand.id::<Plan>()?;
        Some(Subscribe { subscriber: hand.member()?, payer: hand.member()?, plan })
    });
    draws(all, |hand| {
        let ways = [Cancellation::AtPeriodEnd, Cancellation::Now, Cancellation::NowWithRefund];
        let how = hand.one_of(&ways)?;
        Some(CancelSubscription { subscription: hand.id::<Subscription>()?, how })
    });
    draws(all, |hand| {
        let times = [PlanChangeTime::Now, PlanChangeTime::PeriodEnd];
        let time = hand.one_of(&times)?;
        let subscription = hand.id::<Subscription>()?;
        Some(ChangePlan { subscription, plan: hand.id::<Plan>()?, time })
    });
    draws(all, |hand| {
        let kind = hand.one_of(&[LedgerKind::Payment, LedgerKind::Salary, LedgerKind::Expense])?;
        Some(RecordFinance {
            org_unit: hand.id::<OrgUnit>(),
            kind,
            amount: hand.amount(usd(300)),
            method: PaymentMethod::Cash,
            reference: reference(hand),
            student: None,
            tutor: None,
            occurred_at: hand.now,
        })
    });
}

/// Adds the generators of commerce.
pub(super) fn add(all: &mut Typed) {
    orders(all);
    payments(all);
    refunds(all);
    subscriptions(all);
}
