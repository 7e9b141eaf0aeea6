//! Orders, payments, refunds, wallets, vouchers and the book of the centre.
use serde::Serialize;

use crate::{
    AdjustWallet, HoldEvent, LedgerEntry, LedgerError, MoneyCommand, Order, OrderError, Payment,
    PaymentAnswer, PaymentError, PaymentProof, PlaceOrder, ProofError, RecordFinance,
    RecordPaymentFacts, RecordReceipt, Refund, RefundAnswer, RefundError, RequestRefund,
    ReviewProof, Seat, SeatError, StartPayment, SubmitProof, Voucher, VoucherCode, VoucherError,
    VoucherEvent, WalletAccount, WalletError, WalletHold, adjust_wallet, cancel_order,
    change_voucher, complete_refund_by_hand, create_voucher, decide_refund, hold_in_wallet,
    pay_from_wallet, place_order, record_finance, record_payment_answer, record_payment_facts,
    record_receipt, record_refund_answer, redeem_seat, request_refund, review_proof,
    revoke_approval, send_refund, settle_hold, start_payment, submit_proof, withdraw_proof,
};
use lms_kernel::Id;
use lms_people::identity::Membership;
use lms_store::{Transaction, Work};

/// Somebody stops an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct CancelOrder {
    /// The order.
    pub order: Id<Order>,
}

/// A reviewer takes an approval back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RevokeApproval {
    /// The proof.
    pub proof: Id<PaymentProof>,
    /// A word to the payer.
    pub note: Option<String>,
}

/// A payer takes a proof back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct WithdrawProof {
    /// The proof.
    pub proof: Id<PaymentProof>,
}

/// Somebody decides on a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct DecideRefund {
    /// The refund.
    pub refund: Id<Refund>,
    /// Whether the money goes back.
    pub approve: bool,
}

/// A refund is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct SendRefund {
    /// The refund.
    pub refund: Id<Refund>,
}

/// People have sent money back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct CompleteRefundByHand {
    /// The refund.
    pub refund: Id<Refund>,
}

/// A payer promises money of the wallet to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct HoldInWallet {
    /// The order.
    pub order: Id<Order>,
}

/// A promise is kept or given free.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct SettleHold {
    /// The promise.
    pub hold: Id<WalletHold>,
    /// Which of the two.
    pub event: HoldEvent,
}

/// A payer pays an order from the wallet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PayFromWallet {
    /// The order.
    pub order: Id<Order>,
}

/// Somebody takes a seat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RedeemSeat {
    /// The code of the seat.
    pub code: VoucherCode,
    /// Who takes it.
    pub holder: Id<Membership>,
}

/// Somebody makes a voucher usable, or ends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ChangeVoucher {
    /// The voucher.
    pub voucher: Id<Voucher>,
    /// Which of the two.
    pub event: VoucherEvent,
}

/// Somebody adds a voucher.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CreateVoucher {
    /// The voucher.
    pub voucher: Voucher,
}

commands! {
    PlaceOrder = "place_order", Order, OrderError, |tx, it| place_order(tx, it);
    CancelOrder = "cancel_order", Order, OrderError, |tx, it| cancel_order(tx, it.order);
    StartPayment = "start_payment", Payment, PaymentError, |tx, it| start_payment(tx, it);
    RecordPaymentFacts = "record_payment_facts", Payment, PaymentError,
        |tx, it| record_payment_facts(tx, it);
    PaymentAnswer = "record_payment_answer", Payment, PaymentError,
        |tx, it| record_payment_answer(tx, it);
    RecordReceipt = "record_receipt", Payment, PaymentError,
        |tx, it| record_receipt(tx, it);
    SubmitProof = "submit_proof", PaymentProof, ProofError, |tx, it| submit_proof(tx, it);
    WithdrawProof = "withdraw_proof", PaymentProof, ProofError,
        |tx, it| withdraw_proof(tx, it.proof);
    ReviewProof = "review_proof", PaymentProof, ProofError, |tx, it| review_proof(tx, it);
    RevokeApproval = "revoke_approval", PaymentProof, ProofError,
        |tx, it| revoke_approval(tx, it.proof, it.note);
    RequestRefund = "request_refund", Vec<Refund>, RefundError,
        |tx, it| request_refund(tx, it);
    DecideRefund = "decide_refund", Refund, RefundError,
        |tx, it| decide_refund(tx, it.refund, it.approve);
    SendRefund = "send_refund", Refund, RefundError, |tx, it| send_refund(tx, it.refund);
    RefundAnswer = "record_refund_answer", Refund, RefundError,
        |tx, it| record_refund_answer(tx, it);
    CompleteRefundByHand = "complete_refund_by_hand", Refund, RefundError,
        |tx, it| complete_refund_by_hand(tx, it.refund);
    AdjustWallet = "adjust_wallet", WalletAccount, WalletError,
        |tx, it| adjust_wallet(tx, it);
    HoldInWallet = "hold_in_wallet", WalletHold, WalletError,
        |tx, it| hold_in_wallet(tx, it.order);
    SettleHold = "settle_hold", Payment, WalletError,
        |tx, it| settle_hold(tx, it.hold, it.event);
    PayFromWallet = "pay_from_wallet", Payment, WalletError,
        |tx, it| pay_from_wallet(tx, it.order);
    RedeemSeat = "redeem_seat", Seat, SeatError,
        |tx, it| redeem_seat(tx, it.code, it.holder);
    CreateVoucher = "create_voucher", Voucher, VoucherError,
        |tx, it| create_voucher(tx, it.voucher);
    ChangeVoucher = "change_voucher", Voucher, VoucherError,
        |tx, it| change_voucher(tx, it.voucher, it.event);
    RecordFinance = "record_finance", LedgerEntry, LedgerError,
        |tx, it| record_finance(tx, it);
}
