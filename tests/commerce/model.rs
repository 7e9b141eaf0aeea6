//! A plain model of an order and its payments, beside the library: every small set of facts ends
//! in the library as the model says, heard at once or one by one in the opposite order.
//!
//! The model, in words. An attempt has *captured* so much, *refunded* so much of it, and the bank
//! has *taken back* so much. The order costs 125.00.
//!
//! 1. The order was paid when its attempts have captured 125.00 together.
//! 2. An attempt stands unless the bank took back all that it captured. The sale stands when the
//!    attempts that stand have captured 125.00.
//! 3. Nothing is left when as much went back, by refunds and by the bank, as was captured.
//! 4. A sale that was paid and of which nothing is left is `refunded` when refunds had a part in
//!    that, or when it stands. One that does not stand is over as if it had not been paid.
//! 5. An order that is not paid is `failed` when each attempt is over, and `pending` otherwise. An
//!    attempt is over when all that it captured went back, or when it captured nothing and was last
//!    heard to have failed.
use lms::commerce::{GrantStatus, OrderStatus, PaymentFact, RefundRegister};

use crate::{
    school::School,
    settlement::{at, back, play, reversed, taken, two_courses},
};

const TOTAL: i64 = 12_500;
const ATTEMPTS: usize = 2;

/// What a model attempt has been through.
#[derive(Clone, Copy, Default)]
struct Attempt {
    captured: i64,
    refunded: i64,
    taken_back: i64,
    /// When it was last heard to be authorized or to have failed, and which.
    last: Option<(i64, bool)>,
}

impl Attempt {
    fn of(facts: &[(usize, PaymentFact)], number: usize) -> Self {
        let mut it = Self::default();
        for (_, fact) in facts.iter().filter(|it| it.0 == number) {
            match fact {
                PaymentFact::Capture { amount, .. } => it.captured += amount.minor(),
                PaymentFact::Refund { amount, register: RefundRegister::Succeeded, .. } => {
                    it.refunded += amount.minor();
                }
                PaymentFact::Reverse { amount, .. } => it.taken_back += amount.minor(),
                PaymentFact::Fail { at } => it.hear(at.micros(), true),
                PaymentFact::Authorise { at } => it.hear(at.micros(), false),
                _ => {}
            }
        }
        it
    }

    fn hear(&mut self, at: i64, failed: bool) {
        self.last = self.last.max(Some((at, failed)));
    }

    fn is_over(self) -> bool {
        match self.captured {
            0 => self.last.is_some_and(|it| it.1),
            captured => self.refunded + self.taken_back >= captured,
        }
    }

    fn stands(self) -> bool {
        self.taken_back < self.captured
    }
}

/// The status of the order and what is kept of its money, by the rules above.
fn model(facts: &[(usize, PaymentFact)]) -> (OrderStatus, i64) {
    let attempts: Vec<Attempt> = (0..ATTEMPTS).map(|it| Attempt::of(facts, it)).collect();
    let sum = |part: fn(&Attempt) -> i64| attempts.iter().map(part).sum::<i64>();
    let (captured, refunded) = (sum(|it| it.captured), sum(|it| it.refunded));
    let kept = captured - refunded - sum(|it| it.taken_back);
    let was_paid = captured >= TOTAL;
    let standing = sum(|it| if it.stands() { it.captured } else { 0 });
    let stands = standing >= TOTAL;
    let nothing_left = kept <= 0;
    let status = if was_paid && nothing_left && (stands || refunded > 0) {
        OrderStatus::Refunded
    } else if was_paid && stands {
        OrderStatus::Completed
    } else if attempts.iter().all(|it| it.is_over()) {
        OrderStatus::Failed
    } else {
        OrderStatus::Pending
    };
    (status, kept)
}

/// The facts that the sets are made of. Those of money that went back are of captures that may
/// never be heard of.
fn pool() -> Vec<(usize, PaymentFact)> {
    let refund = |key, minor| back(key, minor, RefundRegister::Succeeded);
    vec![
        (0, taken("c1", TOTAL)),
        (0, refund("r1", 2_500)),
        (0, refund("r2", 10_000)),
        (0, reversed("d1", TOTAL, "c1")),
        (0, PaymentFact::Fail { at: at(2) }),
        (1, taken("c2", TOTAL)),
        (1, refund("r3", TOTAL)),
        (1, reversed("d2", 1_000, "c2")),
        (1, PaymentFact::Authorise { at: at(3) }),
        (1, PaymentFact::Fail { at: at(4) }),
    ]
}

/// Whether money only goes back of what was captured, so that the set can be true.
fn is_possible(facts: &[(usize, PaymentFact)]) -> bool {
    (0..ATTEMPTS)
        .map(|it| Attempt::of(facts, it))
        .all(|it| it.captured > 0 || (it.refunded == 0 && it.taken_back == 0))
}

#[tokio::test]
async fn every_small_set_of_facts_ends_as_the_model_says() {
    let pool = pool();
    let school = School::open().await;
    let items = two_courses(&school).await;
    let (mut sets, mut ends) = (0, std::collections::BTreeMap::new());
    for chosen in 1_u32..1 << pool.len() {
        if chosen.count_ones() > 4 {
            continue;
        }
        let facts: Vec<_> = (0..pool.len())
            .filter(|it| chosen & (1 << it) != 0)
            .map(|it| pool[it].clone())
            .collect();
        if !is_possible(&facts) {
            continue;
        }
        let (status, kept) = model(&facts);
        let one_by_one: Vec<_> = facts.iter().rev().map(|it| vec![it.clone()]).collect();
        for told in [vec![facts.clone()], one_by_one] {
            let end = play(&school, &items, ATTEMPTS, &told).await;
            assert_eq!(end.order.0, status, "{told:#?}");
            let found: i64 = end.payments.iter().map(|it| it.1 - it.2 - it.3).sum();
            assert_eq!(found, kept, "{told:#?}");
            let open = end.grants.contains(&GrantStatus::Active);
            assert_eq!(open, status == OrderStatus::Completed, "{told:#?}");
        }
        sets += 1;
        *ends.entry(status).or_insert(0) += 1;
    }
    assert_eq!(ends.len(), 4, "{ends:?}");
    lms_testkit::figure("sets of facts that end as the plain model says", sets);
}
