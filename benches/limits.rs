//! The worst single calls of rules, each at the limits of what it accepts: prints the ten that
//! take longest. No call of an operation may take longer than 50 ms because of one rule.
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use lms::{
    assessment::{
        authoring::check_question,
        question::{
            AnswerKey, BoundedRegex, Question, QuestionKind, TextEntry, TextKey, TextPattern,
        },
        scoring::{MAX_SHORT_ANSWER, TextRule, first_match},
    },
    content::{ContentNode, CourseTree, NodeKind, Prose, search_words},
    delivery::Recurrence,
    kernel::{Currency, EmailAddress, Link, Metadata, Money, Slug, TimeRange, TimeZone, Timestamp},
    learning::ProgressPlan,
};
use lms_testkit::TestContext;

const GOAL: Duration = Duration::from_millis(50);

/// The calls and how long the fastest of three takes.
#[derive(Default)]
struct Calls(Vec<(&'static str, Duration)>);

impl Calls {
    /// Times a call; `prepare` makes what it needs anew each time.
    fn time<I, O>(&mut self, name: &'static str, prepare: impl Fn() -> I, call: impl Fn(I) -> O) {
        let once = || {
            let input = prepare();
            let begun = Instant::now();
            black_box(call(black_box(input)));
            begun.elapsed()
        };
        let fastest = (0..3).map(|_| once()).min().unwrap_or_default();
        self.0.push((name, fastest));
    }
}

fn short_answers(calls: &mut Calls) {
    let key =
        |pattern: TextPattern, times| TextKey { entries: vec![TextEntry::new(pattern); times] };
    let compare = |key: &TextKey, answer: &str| first_match(key, answer, TextRule::default());
    let answer = "ä".repeat(MAX_SHORT_ANSWER);
    let long = "Ä".repeat(TextKey::MAX_PATTERN - 1) + "b";
    let exact = key(TextPattern::Exact(long), TextKey::MAX_ACCEPTED);
    calls.time("short answer: exact", || (), |()| compare(&exact, &answer));
    let stars = format!("{}b", "*ä".repeat(TextKey::MAX_PATTERN / 2 - 1));
    let wild = key(TextPattern::Wildcard(stars), TextKey::MAX_ACCEPTED);
    calls.time("short answer: wildcards", || (), |()| compare(&wild, &answer));
    for (name, source) in [
        ("short answer: expressions, nested", "(a*)*(a*)*(a*)*b".to_owned()),
        ("short answer: expressions, counted", "(a?){300}a{300}b".to_owned()),
        ("short answer: expressions, wide", r"(\w{1,3}|[^b]{1,3})*b".to_owned()),
    ] {
        let expressions = TextKey {
            entries: (0..TextKey::MAX_EXPRESSIONS)
                .map(|n| TextPattern::Regex(BoundedRegex::new(format!("{source}|{n}"))))
                .map(TextEntry::new)
                .collect(),
        };
        // Compiled, as it is from the second answer on.
        compare(&expressions, "a");
        let answer = "a".repeat(1_000);
        calls.time(name, || (), |()| compare(&expressions, &answer));
    }
}

fn questions(calls: &mut Calls) {
    let cx = TestContext::new("limits").build();
    let question = |entries| {
        let key = AnswerKey::Texts(TextKey { entries });
        Question::new(&cx, QuestionKind::ShortAnswer, "?", key)
    };
    let round = std::cell::Cell::new(0);
    let expressions = || {
        // New ones each time, as nothing is compiled before the first question that has it.
        round.set(round.get() + 1);
        let source = |n| format!(r"(\w{{1,3}}|[^b]{{1,3}})*{}x{n}", round.get());
        let entry = |n| TextEntry::new(TextPattern::Regex(BoundedRegex::new(source(n))));
        question((0..TextKey::MAX_EXPRESSIONS).map(entry).collect())
    };
    calls.time("checking a question: expressions", expressions, |it| check_question(&it));
    let texts = || {
        let entry = TextEntry::new(TextPattern::Exact("ä".repeat(TextKey::MAX_PATTERN)));
        question(vec![entry; TextKey::MAX_ACCEPTED])
    };
    calls.time("checking a question: texts", texts, |it| check_question(&it));
}

fn recurrences(calls: &mut Calls) {
    let window =
        |from: &str, to: &str| TimeRange::new(from.parse().unwrap(), to.parse().unwrap()).unwrap();
    let month = window("2024-03-01T00:00:00Z", "2024-04-01T00:00:00Z");
    let ever = TimeRange::new(Timestamp::MIN, Timestamp::MAX).unwrap();
    let zone = TimeZone::new("America/New_York").unwrap();
    for (name, rule, window) in [
        ("recurrence: days that never come", "FREQ=DAILY;INTERVAL=7;BYDAY=TU", month),
        ("recurrence: weeks since the year 1", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", month),
        ("recurrence: months since the year 1", "FREQ=MONTHLY;BYDAY=5MO", month),
        ("recurrence: counted days", "FREQ=DAILY;COUNT=10000;BYDAY=TU", month),
        ("recurrence: counted fifth Mondays", "FREQ=MONTHLY;COUNT=10000;BYDAY=5MO", month),
        ("recurrence: counted, for ever", "FREQ=DAILY;COUNT=10000", ever),
        ("recurrence: fifth Mondays, for ever", "FREQ=MONTHLY;INTERVAL=1000;BYDAY=5MO", ever),
    ] {
        let rule: Recurrence = rule.parse().unwrap();
        let first = "0001-01-01T09:00:00".parse().unwrap();
        calls.time(name, || (), |()| rule.occurrences(first, zone, window, 100_000));
    }
    let exceptions: Vec<_> =
        (0..1_000).map(|n| format!("2024{:02}01T{:06}", n % 12 + 1, n)).collect();
    let text = format!("FREQ=DAILY\nEXDATE:{}", exceptions.join(","));
    calls.time("recurrence: reading exceptions", || (), |()| text.parse::<Recurrence>());
}

fn texts(calls: &mut Calls) {
    let title = "数".repeat(500);
    calls.time("slug of a title", || (), |()| Slug::from_title(&title));
    let address = format!("ada@{}.org", ["ä"; 100].join("."));
    calls.time("e-mail address", || (), |()| EmailAddress::new(&address));
    let link = format!("https://{}.org/{}", "ä".repeat(50), "ж".repeat(1_900));
    calls.time("link", || (), |()| Link::new(&link));
    let prose = "дерево ".repeat(9_000);
    calls.time("prose", || (), |()| Prose::new(&prose));
    calls.time("words to search by", || (), |()| search_words(&prose));
    let keys: Vec<_> = (0..64).map(|n| format!("\"k{n}\":\"{}\"", "x".repeat(200))).collect();
    let json = format!("{{{}}}", keys.join(","));
    calls.time("metadata", || (), |()| serde_json::from_str::<Metadata>(&json));
    let money = Money::from_minor(i64::MAX, Currency::USD);
    let weights = vec![i64::MAX / 10_000; 10_000];
    calls.time("money: allocation to 10,000", || (), |()| money.allocate_by(&weights));
}

fn courses(calls: &mut Calls) {
    let cx = TestContext::new("limits").build();
    let course = cx.id();
    let nodes: Vec<ContentNode> = (0..10_000)
        .map(|position| {
            let title = "Lesson".parse().unwrap();
            let slug = Slug::from_title(&format!("lesson {position}"));
            let mut node = ContentNode::top(&cx, course, NodeKind::Lesson, title, slug);
            node.position = position;
            node
        })
        .collect();
    calls.time("course of 10,000 nodes: tree", || nodes.clone(), CourseTree::new);
    let tree = CourseTree::new(nodes.clone());
    calls.time("course of 10,000 nodes: progress plan", || (), |()| ProgressPlan::new(&tree));
    let plan = ProgressPlan::new(&tree);
    calls.time("course of 10,000 nodes: roll up", || (), |()| plan.roll_up(|it| it % 2 == 0));
}

fn main() {
    let mut calls = Calls::default();
    short_answers(&mut calls);
    questions(&mut calls);
    recurrences(&mut calls);
    texts(&mut calls);
    courses(&mut calls);
    calls.0.sort_by_key(|it| std::cmp::Reverse(it.1));
    println!("the ten slowest of {} calls, goal {} ms", calls.0.len(), GOAL.as_millis());
    for (name, time) in calls.0.iter().take(10) {
        let mark = if *time > GOAL { "  over the goal" } else { "" };
        println!("{:>10.3} ms  {name}{mark}", time.as_secs_f64() * 1e3);
    }
}
