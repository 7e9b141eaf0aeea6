//! Commerce: pricing an order, and verifying a webhook; each with its limit.
//!
//! `cargo bench --bench commerce --features gateways`
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use lms::{
    commerce::{
        Discount, DiscountScope, Item, ItemKind, QuoteLine, Reduction, TaxRate, WebhookRequest,
        price_order,
    },
    gateways::{SigningSecret, gateway, standard_webhooks},
    kernel::{Currency, Money, Percent, Timestamp},
};
use uuid::Uuid;

/// What each of the two may take.
const LIMIT: Duration = Duration::from_micros(10);

fn usd(minor: i64) -> Money {
    Money::from_minor(minor, Currency::USD)
}

/// 50 lines, two tax rates.
fn lines() -> Vec<QuoteLine> {
    let rate =
        |hundredths: i64| TaxRate::on_top(Percent::from_ten_thousandths(hundredths * 100).unwrap());
    (0..50)
        .map(|at| QuoteLine {
            item: Item::new(ItemKind::Course, Uuid::from_u128(at)),
            unit_price: usd(1_999 + i64::try_from(at).unwrap() * 37),
            seats: 1 + u32::try_from(at % 3).unwrap(),
            tax: Some(rate(if at % 2 == 0 { 1_900 } else { 700 })),
        })
        .collect()
}

/// A percentage, an amount, and a percentage on one line.
fn vouchers() -> Vec<Discount> {
    let percent = |it: i64| Reduction::Percent(Percent::from_ten_thousandths(it * 10_000).unwrap());
    let third = Item::new(ItemKind::Course, Uuid::from_u128(3));
    vec![
        Discount { code: "TEN".into(), scope: DiscountScope::Order, reduction: percent(10) },
        Discount {
            code: "FIVE".into(),
            scope: DiscountScope::Order,
            reduction: Reduction::Fixed(usd(500)),
        },
        Discount { code: "ONE".into(), scope: DiscountScope::Item(third), reduction: percent(50) },
    ]
}

/// Measures once more by hand and says how much of the limit it takes.
fn report(name: &str, mut work: impl FnMut()) {
    const ROUNDS: u32 = 20_000;
    let start = Instant::now();
    (0..ROUNDS).for_each(|_| work());
    let each = start.elapsed() / ROUNDS;
    let ratio = each.as_secs_f64() / LIMIT.as_secs_f64();
    println!("{name}: {each:?} of {LIMIT:?}, ratio {ratio:.2}");
}

fn pricing(c: &mut Criterion) {
    let (lines, vouchers) = (lines(), vouchers());
    let work = || price_order(Currency::USD, black_box(&lines), black_box(&vouchers)).unwrap();
    c.bench_function("price_50_lines_3_vouchers_tax", |b| b.iter(work));
    report("price 50 lines with 3 vouchers and tax", || {
        black_box(work());
    });
}

fn webhooks(c: &mut Criterion) {
    let mut group = c.benchmark_group("verify_4_kb");
    group.throughput(Throughput::Bytes(4_096));
    let secret = "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQ=";
    let secrets = [SigningSecret::new(secret)];
    let mut body = br#"{"id":"evt_1","type":"ping","created":7,"data":{"object":{"pad":""#.to_vec();
    body.resize(4_096 - 4, b'x');
    body.extend_from_slice(br#""}}}"#);
    let now = Timestamp::EPOCH;

    let signed = standard_webhooks::sign("msg_1", now, &body, &secrets).unwrap();
    let headers = [
        ("webhook-id", signed.id.as_str()),
        ("webhook-timestamp", signed.timestamp.as_str()),
        ("webhook-signature", signed.signature.as_str()),
    ];
    let request = WebhookRequest::new(&headers, &body);
    let ours = || standard_webhooks::verify(black_box(&request), &secrets, now).unwrap();
    group.bench_function("standard_webhooks", |b| b.iter(ours));
    report("verify a 4 KB webhook (Standard Webhooks)", ours);

    let stripe = gateway("stripe").unwrap();
    let header = format!("t=0,v1={}", hmac_hex(secret.as_bytes(), &[b"0.", &body]));
    let headers = [("stripe-signature", header.as_str())];
    let request = WebhookRequest::new(&headers, &body);
    let theirs = || {
        black_box(stripe.verify(black_box(&request), &secrets, now).unwrap());
    };
    group.bench_function("stripe", |b| b.iter(theirs));
    report("verify a 4 KB webhook (Stripe)", theirs);
    group.finish();
}

/// The HMAC-SHA256 of the parts (RFC 2104), in hexadecimal.
fn hmac_hex(key: &[u8], parts: &[&[u8]]) -> String {
    use sha2::{Digest as _, Sha256};
    let mut block = [0_u8; 64];
    block[..key.len()].copy_from_slice(key);
    let pad = |with: u8| block.map(|it| it ^ with);
    let mut inner = Sha256::new();
    inner.update(pad(0x36));
    parts.iter().for_each(|it| inner.update(it));
    let mut outer = Sha256::new();
    outer.update(pad(0x5c));
    outer.update(inner.finalize());
    outer.finalize().iter().map(|it| format!("{it:02x}")).collect()
}

criterion_group!(benches, pricing, webhooks);
criterion_main!(benches);
