//! A payment's status: a fold over its facts.
use std::collections::BTreeMap;

use chrono::TimeDelta;

use crate::{
    DisputeStatus, FactKey, PaymentFact, PaymentFailure, PaymentStatus, RefundRegister,
    payments::fee_facts::Fees,
};
use lms_kernel::{Currency, Money, MoneyError, Timestamp};

/// What an attempt was last said to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Signal {
    Cancel,
    Fail,
    Authorise,
}

/// All facts about a payment, in a form that does not depend on order and repetition.
///
/// Each part only ever grows (sums keyed by the provider's transaction, the greatest word on a
/// refund, the latest signal), so any permutation and any repetition of the same facts gives the
/// same value, and so the same [`status`](Self::status).
///
/// A total that the provider states of the whole attempt counts as far as it exceeds the captures
/// that are named. A dispute holds money until it is won or lost and changes no status; a fee
/// changes neither.
///
/// With *C* captured, *R* refunded and *V* reversed, in the payment's currency:
/// if *C* > 0, the payment `failed` when *V* ≥ *C*, is `refunded` when *R* + *V* ≥ *C*, and
/// otherwise `completed`; if *C* = 0, the latest of authorise, fail and cancel decides, of equal
/// times the first of these three. Capturing nothing, as for a free order, completes a payment of
/// nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentFacts {
    pub(super) currency: Currency,
    pub(super) captures: BTreeMap<(FactKey, Currency), (i64, Timestamp)>,
    pub(super) refunds: BTreeMap<(FactKey, Currency), (RefundRegister, i64)>,
    /// Of which capture, where someone said so, and how much.
    pub(super) reversals: BTreeMap<(FactKey, Currency), (Option<FactKey>, i64)>,
    /// The total taken, by currency.
    pub(super) totals: BTreeMap<Currency, (i64, Timestamp)>,
    /// Disputes: the capture if the provider named it, the amount, and the status.
    pub(super) disputes: BTreeMap<(FactKey, Currency), (Option<FactKey>, i64, DisputeStatus)>,
    pub(super) fees: Fees,
    signal: Option<(Timestamp, Signal)>,
}

impl PaymentFacts {
    /// A payment in that currency without any facts.
    pub const fn new(currency: Currency) -> Self {
        Self {
            currency,
            captures: BTreeMap::new(),
            refunds: BTreeMap::new(),
            reversals: BTreeMap::new(),
            totals: BTreeMap::new(),
            disputes: BTreeMap::new(),
            fees: Fees::new(),
            signal: None,
        }
    }

    /// A payment in that currency with these facts.
    pub fn of<'f>(currency: Currency, facts: impl IntoIterator<Item = &'f PaymentFact>) -> Self {
        let mut known = Self::new(currency);
        for fact in facts {
            known.learn(fact);
        }
        known
    }

    /// Takes a fact in.
    pub fn learn(&mut self, fact: &PaymentFact) {
        match fact {
            PaymentFact::Authorise { at } => self.hear(*at, Signal::Authorise),
            PaymentFact::Fail { at } => self.hear(*at, Signal::Fail),
            PaymentFact::Cancel { at } => self.hear(*at, Signal::Cancel),
            PaymentFact::Capture { key, amount, at } => {
                let known = (amount.minor(), *at);
                let kept = self.captures.entry((key.clone(), amount.currency())).or_insert(known);
                *kept = (kept.0.max(amount.minor()), kept.1.min(*at));
            }
            PaymentFact::Refund { key, amount, register } => {
                let known = (*register, amount.minor());
                let kept = self.refunds.entry((key.clone(), amount.currency())).or_insert(known);
                *kept = (kept.0.max(*register), kept.1.max(amount.minor()));
            }
            PaymentFact::Reverse { key, amount, of } => {
                let known = (of.clone(), amount.minor());
                let kept = self.reversals.entry((key.clone(), amount.currency())).or_insert(known);
                *kept = (kept.0.take().max(of.clone()), kept.1.max(amount.minor()));
            }
            PaymentFact::CaptureTotal { amount, at } => {
                let known = (amount.minor(), *at);
                let kept = self.totals.entry(amount.currency()).or_insert(known);
                *kept = (kept.0.max(amount.minor()), kept.1.min(*at));
            }
            PaymentFact::DisputeOpened { key, amount, of } => {
                self.dispute(key, *amount, of.as_ref(), DisputeStatus::Open);
            }
            PaymentFact::DisputeWon { key, amount, of } => {
                self.dispute(key, *amount, of.as_ref(), DisputeStatus::Won);
            }
            PaymentFact::DisputeLost { key, amount, of } => {
                self.dispute(key, *amount, of.as_ref(), DisputeStatus::Lost);
            }
            PaymentFact::Fee { key, amount, of } => self.fees.learn(key, *amount, of.as_ref()),
        }
    }

    fn dispute(
        &mut self,
        key: &FactKey,
        amount: Money,
        of: Option<&FactKey>,
        status: DisputeStatus,
    ) {
        let known = (of.cloned(), amount.minor(), status);
        let kept = self.disputes.entry((key.clone(), amount.currency())).or_insert(known);
        *kept = (kept.0.take().max(of.cloned()), kept.1.max(amount.minor()), kept.2.max(status));
    }

    fn hear(&mut self, at: Timestamp, signal: Signal) {
        self.signal = self.signal.max(Some((at, signal)));
    }

    /// The status of the payment.
    pub fn status(&self) -> PaymentStatus {
        let (captured, refunded, reversed) = (self.c(), self.r(), self.v());
        if captured > 0 {
            return if reversed >= captured {
                PaymentStatus::Failed
            } else if refunded + reversed >= captured {
                PaymentStatus::Refunded
            } else {
                PaymentStatus::Completed
            };
        }
        if self.paid_at().is_some() {
            return PaymentStatus::Completed;
        }
        match self.signal {
            None => PaymentStatus::Pending,
            Some((_, Signal::Authorise)) => PaymentStatus::Confirmed,
            Some((_, Signal::Fail)) => PaymentStatus::Failed,
            Some((_, Signal::Cancel)) => PaymentStatus::Cancelled,
        }
    }

    /// Why it failed, if it did.
    pub fn failure(&self) -> Option<PaymentFailure> {
        match self.status() {
            PaymentStatus::Failed if self.c() > 0 => Some(PaymentFailure::Reversed),
            PaymentStatus::Failed => Some(PaymentFailure::Declined),
            PaymentStatus::Pending
            | PaymentStatus::Confirmed
            | PaymentStatus::Completed
            | PaymentStatus::Cancelled
            | PaymentStatus::Refunded => None,
        }
    }

    /// When the latest of authorise, fail and cancel was said.
    pub fn last_word_at(&self) -> Option<Timestamp> {
        self.signal.map(|(at, _)| at)
    }

    /// The time of something that the house itself decides now, such as taking an approval back:
    /// `now`, or just after the latest of authorise, fail and cancel. What is decided after seeing
    /// what is known counts after it, also within one microsecond and on clocks that disagree.
    pub fn time_of_decision(&self, now: Timestamp) -> Timestamp {
        let after = |at: Timestamp| at.saturating_add(TimeDelta::microseconds(1));
        self.last_word_at().map_or(now, |at| now.max(after(at)))
    }

    /// How much was taken.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] beyond 64 bits of smallest units.
    pub fn captured(&self) -> Result<Money, MoneyError> {
        self.money(self.c())
    }

    /// How much went back because we said so.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] beyond 64 bits of smallest units.
    pub fn refunded(&self) -> Result<Money, MoneyError> {
        self.money(self.r())
    }

    /// How much went back because the bank said so.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] beyond 64 bits of smallest units.
    pub fn reversed(&self) -> Result<Money, MoneyError> {
        self.money(self.v())
    }

    /// When the first money was taken.
    pub fn paid_at(&self) -> Option<Timestamp> {
        let own = self.captures.iter().filter(|((_, currency), _)| *currency == self.currency);
        let total = self.totals.get(&self.currency);
        own.map(|(_, (_, at))| *at).chain(total.map(|(_, at)| *at)).min()
    }

    /// Money taken in another currency than the payment's. It never pays for anything and has to be
    /// refunded. Money without a name has an empty one.
    pub fn foreign_captures(&self) -> Vec<(FactKey, Money)> {
        let foreign = self.captures.iter().filter(|((_, currency), _)| *currency != self.currency);
        let named = foreign.map(|((key, currency), (minor, _))| {
            (key.clone(), Money::from_minor(*minor, *currency))
        });
        let others = self.totals.keys().filter(|it| **it != self.currency);
        let unnamed = others.filter_map(|currency| {
            let minor = i64::try_from(self.unnamed(*currency)).ok().filter(|it| *it > 0)?;
            Some((FactKey::new(), Money::from_minor(minor, *currency)))
        });
        named.chain(unnamed).collect()
    }

    /// Whether money came or went since those facts.
    pub(crate) fn moved_since(&self, earlier: &Self) -> bool {
        (self.c(), self.r(), self.v()) != (earlier.c(), earlier.r(), earlier.v())
    }

    /// Every refund in the payment's currency: the provider's name, how far it has come, how much.
    pub fn refunds(&self) -> Vec<(FactKey, RefundRegister, Money)> {
        let own = self.refunds.iter().filter(|((_, currency), _)| *currency == self.currency);
        own.map(|((key, currency), (register, minor))| {
            (key.clone(), *register, Money::from_minor(*minor, *currency))
        })
        .collect()
    }

    pub(super) fn c(&self) -> i128 {
        self.named(self.currency) + self.unnamed(self.currency)
    }

    /// The amount taken in movements that have names.
    fn named(&self, currency: Currency) -> i128 {
        let own = self.captures.iter().filter(|((_, it), _)| *it == currency);
        own.map(|(_, (minor, _))| i128::from(*minor)).sum()
    }

    /// What the stated total has beyond the movements that have names.
    pub(super) fn unnamed(&self, currency: Currency) -> i128 {
        let total = self.totals.get(&currency).map_or(0, |(minor, _)| i128::from(*minor));
        (total - self.named(currency)).max(0)
    }

    pub(super) fn r(&self) -> i128 {
        let own = self.refunds.iter().filter(|((_, currency), _)| *currency == self.currency);
        own.filter(|(_, (register, _))| *register == RefundRegister::Succeeded)
            .map(|(_, (_, minor))| i128::from(*minor))
            .sum()
    }

    pub(super) fn v(&self) -> i128 {
        let own = self.reversals.iter().filter(|((_, currency), _)| *currency == self.currency);
        self.undone(own.map(|(_, (of, minor))| (of.as_ref(), *minor)))
    }

    /// How much of the amount taken these reverse: a named capture as far as it goes, an unknown
    /// one as far as money without a name is there.
    pub(super) fn undone<'f>(
        &self,
        each: impl Iterator<Item = (Option<&'f FactKey>, i64)>,
    ) -> i128 {
        let mut undone = 0;
        let mut by_capture: BTreeMap<&FactKey, i128> = BTreeMap::new();
        for (of, minor) in each {
            match of {
                None => undone += i128::from(minor),
                Some(of) => *by_capture.entry(of).or_default() += i128::from(minor),
            }
        }
        let mut of_unknown = 0;
        for (of, minor) in by_capture {
            match self.captures.get(&(of.clone(), self.currency)) {
                Some((captured, _)) => undone += minor.min(i128::from(*captured)),
                None => of_unknown += minor,
            }
        }
        undone + of_unknown.min(self.unnamed(self.currency))
    }

    pub(super) fn money(&self, minor: i128) -> Result<Money, MoneyError> {
        let minor = i64::try_from(minor).map_err(|_| MoneyError::Overflow)?;
        Ok(Money::from_minor(minor, self.currency))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_micros(second * 1_000_000).unwrap()
    }

    fn eur(minor: i64) -> Money {
        Money::from_minor(minor, Currency::EUR)
    }

    fn capture(key: &str, minor: i64) -> PaymentFact {
        PaymentFact::Capture { key: key.into(), amount: eur(minor), at: at(5) }
    }

    fn refund(key: &str, minor: i64, register: RefundRegister) -> PaymentFact {
        PaymentFact::Refund { key: key.into(), amount: eur(minor), register }
    }

    fn reverse(key: &str, minor: i64, of: Option<&str>) -> PaymentFact {
        PaymentFact::Reverse { key: key.into(), amount: eur(minor), of: of.map(Into::into) }
    }

    fn status(facts: &[PaymentFact]) -> PaymentStatus {
        PaymentFacts::of(Currency::EUR, facts).status()
    }

    /// Calls `visit` with every order of `facts` (Heap's algorithm).
    fn permutations(
        facts: &mut [PaymentFact],
        length: usize,
        visit: &mut dyn FnMut(&[PaymentFact]),
    ) {
        if length <= 1 {
            return visit(facts);
        }
        for at in 0..length {
            permutations(facts, length - 1, visit);
            facts.swap(if length.is_multiple_of(2) { at } else { 0 }, length - 1);
        }
    }

    #[test]
    fn without_money_the_latest_signal_decides_and_of_equal_times_the_best() {
        use PaymentFact::{Authorise, Cancel, Fail};
        assert_eq!(status(&[]), PaymentStatus::Pending);
        assert_eq!(status(&[Authorise { at: at(1) }]), PaymentStatus::Confirmed);
        let failed = [Fail { at: at(2) }, Authorise { at: at(1) }];
        assert_eq!(status(&failed), PaymentStatus::Failed);
        // Razorpay: a failed payment may be authorised days later (razorpay.com/docs/payments,
        // "late authorization").
        assert_eq!(
            status(&[Fail { at: at(2) }, Authorise { at: at(3) }]),
            PaymentStatus::Confirmed
        );
        assert_eq!(status(&[Cancel { at: at(3) }, Fail { at: at(3) }]), PaymentStatus::Failed);
        assert_eq!(
            status(&[Fail { at: at(3) }, Authorise { at: at(3) }]),
            PaymentStatus::Confirmed
        );
    }

    #[test]
    fn what_is_decided_after_seeing_what_is_known_counts_after_it() {
        use PaymentFact::{Authorise, Cancel, Fail};
        for known in [Authorise { at: at(3) }, Fail { at: at(3) }, Cancel { at: at(3) }] {
            let facts = PaymentFacts::of(Currency::EUR, [&known]);
            for now in [at(2), at(3), at(4)] {
                let at = facts.time_of_decision(now);
                assert!(at > Timestamp::from_micros(3_000_000).unwrap() && at >= now);
                assert_eq!(status(&[known.clone(), Fail { at }]), PaymentStatus::Failed);
                assert_eq!(status(&[known.clone(), Authorise { at }]), PaymentStatus::Confirmed);
            }
        }
        assert_eq!(PaymentFacts::new(Currency::EUR).time_of_decision(at(2)), at(2));
    }

    #[test]
    fn money_beats_every_signal() {
        let facts = [capture("c", 100), PaymentFact::Fail { at: at(9) }];
        assert_eq!(status(&facts), PaymentStatus::Completed);
        // Midtrans: a settled transaction may be denied minutes later.
        let denied = [capture("t", 100), reverse("t", 100, Some("t"))];
        assert_eq!(status(&denied), PaymentStatus::Failed);
        let known = PaymentFacts::of(Currency::EUR, &denied);
        assert_eq!(known.failure(), Some(PaymentFailure::Reversed));
    }

    #[test]
    fn a_refund_counts_only_while_it_stands() {
        use RefundRegister::{Failed, Pending, Succeeded};
        let part = [capture("c", 100), refund("r", 40, Succeeded)];
        assert_eq!(status(&part), PaymentStatus::Completed);
        let whole = [capture("c", 100), refund("r", 100, Pending), refund("r", 100, Succeeded)];
        assert_eq!(status(&whole), PaymentStatus::Refunded);
        let failed = [capture("c", 100), refund("r", 100, Failed), refund("r", 100, Succeeded)];
        assert_eq!(status(&failed), PaymentStatus::Completed);
        let both = [capture("c", 100), refund("r", 60, Succeeded), reverse("d", 40, None)];
        assert_eq!(status(&both), PaymentStatus::Refunded);
    }

    #[test]
    fn a_denied_attempt_does_not_hide_the_money_of_the_next() {
        let facts = [reverse("t1", 100, Some("t1")), capture("t2", 100)];
        assert_eq!(status(&facts), PaymentStatus::Completed);
        // Without a capture to point at, a reversal counts in full.
        assert_eq!(status(&[reverse("d", 100, None), capture("t2", 100)]), PaymentStatus::Failed);
    }

    #[test]
    fn another_currency_never_completes() {
        let amount = Money::from_minor(1_000_000, Currency::IDR);
        let facts = [PaymentFact::Capture { key: "c".into(), amount, at: at(1) }];
        let known = PaymentFacts::of(Currency::EUR, &facts);
        assert_eq!(known.status(), PaymentStatus::Pending);
        assert_eq!(known.foreign_captures(), [("c".to_owned(), amount)]);
    }

    #[test]
    fn capturing_nothing_completes_a_payment_of_nothing() {
        let facts = [PaymentFact::Fail { at: at(9) }, capture("free", 0)];
        assert_eq!(status(&facts), PaymentStatus::Completed);
        assert_eq!(
            status(&[capture("free", 0), capture("c", 5), reverse("v", 5, None)]),
            PaymentStatus::Failed
        );
    }

    #[test]
    fn sums_beyond_64_bits_are_refused_and_do_not_wrap() {
        let facts = [capture("a", i64::MAX), capture("b", i64::MAX)];
        let known = PaymentFacts::of(Currency::EUR, &facts);
        assert_eq!(known.status(), PaymentStatus::Completed);
        assert_eq!(known.captured(), Err(MoneyError::Overflow));
    }

    fn total(minor: i64) -> PaymentFact {
        PaymentFact::CaptureTotal { amount: eur(minor), at: at(4) }
    }

    #[test]
    fn a_stated_total_counts_what_has_no_name_and_never_twice() {
        let captured = |facts: &[PaymentFact]| {
            PaymentFacts::of(Currency::EUR, facts).captured().unwrap().minor()
        };
        assert_eq!(captured(&[total(100)]), 100);
        assert_eq!(captured(&[total(100), capture("ch", 100)]), 100);
        assert_eq!(captured(&[total(100), capture("a", 60)]), 100);
        assert_eq!(captured(&[total(100), capture("a", 100), capture("b", 100)]), 200);
        assert_eq!(
            status(&[total(100), refund("r", 100, RefundRegister::Succeeded)]),
            PaymentStatus::Refunded
        );
        // A lost dispute names the charge of which only the total was told.
        assert_eq!(status(&[total(100), reverse("d", 100, Some("ch"))]), PaymentStatus::Failed);
        let next = [total(100), capture("ch2", 100), reverse("d", 100, Some("ch1"))];
        assert_eq!(status(&next), PaymentStatus::Completed);
        let foreign = PaymentFacts::of(Currency::USD, &[total(100)]);
        assert_eq!(foreign.foreign_captures(), [(FactKey::new(), eur(100))]);
        assert_eq!(foreign.status(), PaymentStatus::Pending);
        assert_eq!(status(&[total(0)]), PaymentStatus::Completed);
    }

    /// Every choice of up to seven of these facts, in every order, each with one of its facts told
    /// again at the end, comes to one value: 69,281 orders of 255 sets.
    #[test]
    fn order_and_repetition_never_matter() {
        use RefundRegister::{Failed, Succeeded};
        let pool = [
            PaymentFact::Authorise { at: at(2) },
            PaymentFact::Fail { at: at(3) },
            PaymentFact::Cancel { at: at(3) },
            capture("c1", 100),
            capture("c1", 70),
            refund("r1", 70, Succeeded),
            refund("r1", 70, Failed),
            reverse("v1", 100, Some("c1")),
        ];
        let mut orders = 0;
        let mut seen = std::collections::BTreeSet::new();
        for chosen in 0_u32..256 {
            let mut facts: Vec<_> = (0..8)
                .filter(|bit| chosen & (1 << bit) != 0)
                .map(|bit| pool[bit as usize].clone())
                .collect();
            if facts.len() > 7 {
                continue;
            }
            let wanted = PaymentFacts::of(Currency::EUR, &facts);
            seen.insert(wanted.status());
            let length = facts.len();
            permutations(&mut facts, length, &mut |order| {
                let mut known = PaymentFacts::of(Currency::EUR, order);
                assert_eq!(known, wanted, "{order:?}");
                order.first().into_iter().for_each(|again| known.learn(again));
                assert_eq!(known.status(), wanted.status(), "{order:?}");
                orders += 1;
            });
        }
        let more = [
            total(120),
            capture("c1", 100),
            reverse("d", 50, Some("c2")),
            PaymentFact::DisputeOpened { key: "d".into(), amount: eur(50), of: None },
            PaymentFact::DisputeOpened { key: "d".into(), amount: eur(40), of: Some("c2".into()) },
            PaymentFact::DisputeWon { key: "d".into(), amount: eur(40), of: None },
            PaymentFact::Fee { key: "c1".into(), amount: eur(3), of: None },
            PaymentFact::Fee { key: "c1".into(), amount: eur(2), of: Some("line".into()) },
        ];
        let wanted = PaymentFacts::of(Currency::EUR, &more);
        permutations(&mut more.clone(), more.len(), &mut |order| {
            assert_eq!(PaymentFacts::of(Currency::EUR, order), wanted, "{order:?}");
        });
        assert_eq!(orders, 69_281, "8!/(8-k)! summed over k from 0 to 7");
        assert_eq!(seen.len(), PaymentStatus::ALL.len(), "{seen:?}");
    }
}
