//! Grading and conversion: one attempt from domain types, batches of 100,000 attempts, look-ups.
//!
//! `benches/peers/compare` runs it and numpy, polars and R on the same shapes, and prints the
//! ratios.
use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use lms::{
    assessment::{
        compiled::CompiledTest,
        conversion::{ConversionRow, ConversionRule, ConversionTable, Lookup, RoundTo},
        grading::grade_attempt,
    },
    kernel::Points,
};

#[path = "support/exams.rs"]
mod exams;

use exams::{Exam, Reporting};

const ATTEMPTS: usize = 100_000;

fn one_attempt(c: &mut Criterion) {
    let mut group = c.benchmark_group("one_attempt");
    for questions in [40, 60] {
        let exam = Exam::mixed(questions, 64);
        let sheets: Vec<_> = (0..64).map(|it| exam.test.sheet(&exam.batch, it).unwrap()).collect();
        let form = exam.test.form();
        let mut next = 0;
        group.throughput(Throughput::Elements(questions as u64));
        group.bench_function(format!("mixed_{questions}"), |b| {
            b.iter(|| {
                next = (next + 1) % sheets.len();
                grade_attempt(black_box(form), black_box(&sheets[next])).unwrap()
            });
        });
    }
    group.finish();
}

fn batches(c: &mut Criterion) {
    let mut group = c.benchmark_group("batch");
    group.sample_size(20);
    let mixed = Exam::mixed(60, ATTEMPTS);
    let reporting = Reporting::new(&mixed);
    group.throughput(Throughput::Elements((ATTEMPTS * 60) as u64));
    group.bench_function("mixed_60_reported", |b| {
        b.iter(|| {
            let scores = mixed.test.grade(black_box(&mixed.batch)).unwrap();
            reporting.report(&scores)
        });
    });
    group.bench_function("mixed_60_scores", |b| {
        b.iter(|| mixed.test.grade(black_box(&mixed.batch)).unwrap());
    });
    let ticks = Exam::multiple_select(60, ATTEMPTS);
    group.bench_function("multiple_select_60", |b| {
        b.iter(|| ticks.test.grade(black_box(&ticks.batch)).unwrap());
    });
    group.finish();
}

fn single_choice(c: &mut Criterion) {
    let mut group = c.benchmark_group("single_choice_100");
    group.sample_size(50);
    group.throughput(Throughput::Bytes((ATTEMPTS * 100) as u64));
    let uniform = Exam::single_choice(100, ATTEMPTS, |_| 1);
    group.bench_function("read_matrix", |b| b.iter(|| exams::read(black_box(&uniform.batch))));
    group.bench_function("uniform_marks", |b| {
        b.iter(|| uniform.test.grade_totals(black_box(&uniform.batch)).unwrap());
    });
    let five = Exam::single_choice(100, ATTEMPTS, |at| at % 5 + 1);
    group.bench_function("five_different_marks", |b| {
        b.iter(|| five.test.grade_totals(black_box(&five.batch)).unwrap());
    });
    let all = Exam::single_choice(100, ATTEMPTS, |at| at + 1);
    group.bench_function("marks_per_question", |b| {
        b.iter(|| all.test.grade_totals(black_box(&all.batch)).unwrap());
    });
    group.finish();
}

/// Raw scores become bands, one after the other: a table of ranges, and one that interpolates.
fn conversion(c: &mut Criterion) {
    let whole = |points: i64| Points::from_whole(points).unwrap();
    let band = |row: i64| Points::from_ten_thousandths(row * 5_000);
    let ranges =
        (0..20).map(|row| ConversionRow::range(whole(row * 5), whole(row * 5 + 4), band(row)));
    let ranges = ConversionTable::new(ConversionRule::default(), ranges.collect()).unwrap();
    let anchors = (0..=10).map(|row| ConversionRow::single(whole(row * 10), whole(row * row)));
    let rule = ConversionRule {
        lookup: Lookup::Interpolate,
        round: RoundTo::WHOLE,
        ..ConversionRule::default()
    };
    let anchors = ConversionTable::new(rule, anchors.collect()).unwrap();
    // In no order, as attempts come.
    let raw: Vec<Points> = (0..1_000).map(|it| whole(it * 7_919 % 100)).collect();
    let mut group = c.benchmark_group("conversion");
    group.throughput(Throughput::Elements(raw.len() as u64));
    for (name, table) in [("lookup_1000", &ranges), ("interpolate_1000", &anchors)] {
        group.bench_function(name, |b| {
            b.iter(|| {
                let sum =
                    |sum: i64, it: &Points| sum + table.convert(*it).unwrap().ten_thousandths();
                black_box(&raw).iter().fold(0, sum)
            });
        });
    }
    group.finish();
}

fn compiling(c: &mut Criterion) {
    let exam = Exam::mixed(60, 1);
    c.bench_function("compile_mixed_60", |b| {
        b.iter_batched(
            || exam.test.form().clone(),
            |form| CompiledTest::compile(&form).unwrap(),
            BatchSize::SmallInput,
        );
    });
}

criterion_group!(benches, one_attempt, single_choice, batches, conversion, compiling);
criterion_main!(benches);
