//! The gradebook, placement and item analysis: dropping items of a group, a learner's course grade,
//! a cohort under other cut scores, and the statistics of 100,000 candidates.
//!
//! `benches/peers/compare gradebook` runs it and numpy, polars and R on the same shapes, and prints
//! the ratios.
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use lms::{
    assessment::{
        analysis::{ItemAnalysis, ItemResponse},
        gradebook::{
            Audience, CategoryPlan, DropRule, GradeState, GradebookPlan, GroupItem, ItemPlan,
            LearnerGrades, compute_grade, total_group,
        },
        placement::{
            BandEnds, BandTable, ClassOption, Gaps, LevelBand, LevelRule, MeasureScore,
            PlacementDesign, PlacementPolicy, PlacementProfile, what_if,
        },
    },
    kernel::{Id, Points, Slug, Timestamp, Title},
};
use uuid::Uuid;

/// How many candidates and students there are.
const MANY: usize = 100_000;

/// How many items a test has.
const ITEMS: usize = 60;

/// A source of numbers that is the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        // Knuth's MMIX generator; the upper bits are the good ones.
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

fn points(whole: u64) -> Points {
    Points::from_ten_thousandths(i64::try_from(whole).unwrap() * 10_000)
}

fn id<T>(number: usize) -> Id<T> {
    Id::from_uuid(Uuid::from_u128(number as u128))
}

fn drop_rules(c: &mut Criterion) {
    let mut group = c.benchmark_group("drop_rules");
    let mut numbers = Numbers(1);
    let items: Vec<GroupItem> = (0..20)
        .map(|at| {
            let possible = 5 + numbers.below(46);
            GroupItem {
                score: points(numbers.below(possible + 1)),
                possible: points(possible),
                never_drop: at % 10 == 9,
            }
        })
        .collect();
    for (name, rule) in [
        ("lowest_3_of_20", DropRule { lowest: 3, highest: 0 }),
        ("lowest_5_highest_2_of_20", DropRule { lowest: 5, highest: 2 }),
    ] {
        group.bench_function(name, |b| b.iter(|| total_group(black_box(&items), rule).unwrap()));
    }
    group.finish();
}

fn course_grade(c: &mut Criterion) {
    let mut numbers = Numbers(2);
    let (mut categories, mut grades) = (Vec::new(), LearnerGrades::new());
    for at in 0..4_usize {
        let mut items = Vec::new();
        for number in 0..10 {
            let item = ItemPlan::new(id(at * 10 + number + 1), points(20));
            let score = points(numbers.below(21));
            grades.insert(item.id, GradeState::Graded { score, late_seconds: 0 });
            items.push(item);
        }
        let mut category = CategoryPlan::new(id(at + 1), title("Category"), items);
        category.weight = "25".parse().unwrap();
        category.drop.lowest = 2;
        categories.push(category);
    }
    let plan = GradebookPlan::weighted(categories);
    c.bench_function("course_grade/40_items_4_categories", |b| {
        b.iter(|| compute_grade(black_box(&plan), black_box(&grades), Audience::Staff).unwrap());
    });
}

fn title(text: &str) -> Title {
    text.parse().unwrap()
}

fn slug(text: &str) -> Slug {
    text.parse().unwrap()
}

/// Six levels by the total, with these cuts.
fn design(cuts: [u64; 7]) -> PlacementDesign {
    let names = ["A1", "A2", "B1", "B2", "C1", "C2"];
    let bands = names
        .iter()
        .zip(cuts.windows(2))
        .map(|(name, cut)| LevelBand::level(points(cut[0]), points(cut[1]), title(name)));
    let table =
        BandTable::new(slug("total"), BandEnds::HalfOpen, Gaps::Refused, None, bands.collect());
    let table = table.unwrap();
    let classes = (1..).zip(names).map(|(at, name)| ClassOption::new(id(at), title(name), 9_000));
    let policy = PlacementPolicy {
        levels: names.map(title).to_vec(),
        tables: vec![table],
        level_rule: LevelRule::First { measures: vec![slug("total")] },
        ..PlacementPolicy::default()
    };
    PlacementDesign::new(policy, classes.collect()).unwrap()
}

fn placement(c: &mut Criterion) {
    let mut group = c.benchmark_group("placement");
    group.sample_size(50);
    group.throughput(Throughput::Elements(MANY as u64));
    let mut numbers = Numbers(3);
    let now = Timestamp::EPOCH;
    let cohort: Vec<PlacementProfile> = (0..MANY)
        .map(|at| {
            let total = MeasureScore::new(slug("total"), points(numbers.below(121)), now);
            let writing = MeasureScore::new(slug("writing"), points(numbers.below(31)), now);
            PlacementProfile::new(id(at + 1), vec![total, writing], now)
        })
        .collect();
    let current = design([0, 20, 40, 60, 80, 100, 120]);
    let proposed = design([0, 22, 41, 63, 80, 97, 120]);
    group.bench_function("what_if_100000", |b| {
        b.iter(|| what_if(&current, &proposed, black_box(&cohort), now));
    });
    group.finish();
}

fn analysis(c: &mut Criterion) {
    let mut group = c.benchmark_group("item_analysis");
    group.sample_size(20);
    group.throughput(Throughput::Elements((MANY * ITEMS) as u64));
    let mut numbers = Numbers(4);
    let key: Vec<u8> = (0..ITEMS).map(|_| 1 + numbers.below(4) as u8).collect();
    // Options from 1, 0 for a blank; the better a candidate, the more answers are right.
    let mut choices = Vec::with_capacity(MANY * ITEMS);
    for _ in 0..MANY {
        let ability = 20 + numbers.below(70);
        for right in &key {
            let chosen = if numbers.below(100) < ability { *right } else { numbers.below(5) as u8 };
            choices.push(chosen);
        }
    }
    let one = points(1);
    group.bench_function("100000_by_60", |b| {
        let mut row = vec![ItemResponse::default(); ITEMS];
        b.iter(|| {
            let mut analysis = ItemAnalysis::new(vec![one; ITEMS]);
            for chosen in black_box(&choices).chunks_exact(ITEMS) {
                for ((response, chosen), right) in row.iter_mut().zip(chosen).zip(&key) {
                    let points = if chosen == right { one } else { Points::ZERO };
                    *response = (chosen.checked_sub(1).map(u16::from))
                        .map_or_else(ItemResponse::default, |it| ItemResponse::chosen(it, points));
                }
                analysis.add(&row).unwrap();
            }
            analysis.report()
        });
    });
    group.finish();
}

criterion_group!(benches, drop_rules, course_grade, placement, analysis);
criterion_main!(benches);
