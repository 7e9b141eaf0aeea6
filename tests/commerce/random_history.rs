//! What may happen between a buyer, a gateway and a clerk: random histories, the same for the same
//! seed.
use lms::{
    commerce::{FactKind, GatewayOutcome, PaymentFact, RefundRegister},
    kernel::Timestamp,
};

use crate::school::usd;

/// xorshift64*: the same seed, the same history.
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn of(seed: u64) -> Self {
        let mut dice = Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        for _ in 0..4 {
            dice.roll(2);
        }
        dice
    }

    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33).unwrap() % sides
    }

    fn shuffle<T>(&mut self, of: &mut [T]) {
        for at in (1..of.len()).rev() {
            of.swap(at, self.roll(at + 1));
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// The buyer starts an attempt to pay.
    Pay,
    /// The gateway tells one of its facts.
    Hear(usize),
    /// The buyer stops the order.
    Cancel,
    /// So many hours after the start, what is due is done.
    Pass(i64),
    /// Finance sends everything back.
    AskBack,
    /// What is decided is sent, and the gateway answers so.
    SendBack(GatewayOutcome),
}

/// What happens, before anybody crashes.
#[derive(Clone, Debug)]
pub(crate) struct History {
    pub(crate) items: usize,
    pub(crate) voucher: bool,
    /// Which attempt each fact is about, and what it says.
    pub(crate) facts: Vec<(usize, PaymentFact)>,
    pub(crate) steps: Vec<Step>,
}

pub(crate) fn at(minute: usize) -> Timestamp {
    let start: Timestamp = "2024-01-31T09:00:00Z".parse().unwrap();
    start.saturating_add(chrono::TimeDelta::minutes(i64::try_from(minute).unwrap()))
}

impl History {
    pub(crate) fn of(seed: u64) -> Self {
        let mut dice = Dice::of(seed);
        let (items, voucher) = (1 + dice.roll(2), dice.roll(2) == 0);
        let total = 1_000 * i64::try_from(items).unwrap() - if voucher { 300 } else { 0 };
        // Either we send money back, or somebody does at the gateway: both at once is fraud.
        let at_gateway = dice.roll(3) == 0;
        let attempts = 1 + dice.roll(2);
        let mut facts = Vec::new();
        for attempt in 0..attempts {
            for fact in 0..1 + dice.roll(4) {
                facts.push((attempt, Self::fact(&mut dice, attempt, fact, total, at_gateway)));
            }
        }
        let mut steps: Vec<Step> = (0..facts.len()).map(Step::Hear).collect();
        steps.extend((1..attempts).map(|_| Step::Pay));
        if at_gateway {
            // What was taken can be taken once, or there would be a surplus to send back.
            facts.retain(|(attempt, fact)| *attempt == 0 || fact.key().is_none());
            // Nobody sends back what was never taken; we may hear of it in the other order.
            let heard =
                |kind| facts.iter().any(|(_, fact): &(usize, PaymentFact)| fact.kind() == kind);
            if heard(FactKind::Refund) && !heard(FactKind::Capture) {
                let (key, amount) = ("ch0".to_owned(), usd(total));
                facts.push((0, PaymentFact::Capture { key, amount, at: at(0) }));
            }
            steps.retain(|it| !matches!(it, Step::Hear(at) if *at >= facts.len()));
        } else {
            for _ in 0..dice.roll(4) {
                steps.push(match dice.roll(8) {
                    0 => Step::Cancel,
                    1 => Step::Pass([80, 100, 200][dice.roll(3)]),
                    2 | 3 => Step::AskBack,
                    4 => Step::SendBack(GatewayOutcome::Failed),
                    5 => Step::SendBack(GatewayOutcome::Unknown),
                    _ => Step::SendBack(GatewayOutcome::Succeeded),
                });
            }
        }
        dice.shuffle(&mut steps);
        // Time only goes on.
        let mut hours: Vec<i64> = steps
            .iter()
            .filter_map(|it| if let Step::Pass(h) = it { Some(*h) } else { None })
            .collect();
        hours.sort_unstable();
        let mut hours = hours.into_iter();
        for step in &mut steps {
            if let Step::Pass(hour) = step {
                *hour = hours.next().unwrap();
            }
        }
        steps.insert(0, Step::Pay);
        Self { items, voucher, facts, steps }
    }

    fn fact(
        dice: &mut Dice,
        attempt: usize,
        number: usize,
        total: i64,
        at_gateway: bool,
    ) -> PaymentFact {
        let (at, key) = (at(dice.roll(50)), format!("ch{attempt}"));
        match dice.roll(10) {
            0 => PaymentFact::Authorise { at },
            1 => PaymentFact::Fail { at },
            2 => PaymentFact::Cancel { at },
            3 if at_gateway => PaymentFact::Refund {
                key: format!("re{attempt}-{}", dice.roll(2)),
                amount: usd(total / 2),
                register: RefundRegister::ALL[dice.roll(3)],
            },
            3 | 4 => PaymentFact::Reverse {
                key: format!("d{attempt}"),
                amount: usd(total),
                of: Some(key),
            },
            5 if !at_gateway => {
                let key = format!("{key}-{number}");
                PaymentFact::Capture { key, amount: usd(total / 3), at }
            }
            _ => PaymentFact::Capture { key, amount: usd(total), at },
        }
    }
}
