//! GIFT, read and written.
use lms_core::{
    assessment::{
        authoring::NewQuestion,
        grading::grade_question,
        question::{
            Accept, AnswerKey, Choice, NumberEntry, NumberKey, PairsKey, QuestionKind, Stem,
            TextEntry, TextKey, TextPattern,
        },
        scoring::{Clamp, MultipleSelectRule, ScoringRules},
    },
    kernel::{Context, Points, Ratio},
};
use lms_interop::{Imported, Item, MAX_BYTES, ReadError, gift};
use proptest::prelude::*;

mod support;

use support::{answer, codes, cx, record, shape};

fn read(text: &str) -> Imported {
    gift::read(&cx(), text.as_bytes()).unwrap()
}

fn one(text: &str) -> NewQuestion {
    let imported = read(text);
    assert_eq!(imported.findings, [], "{text}");
    assert_eq!(imported.items.len(), 1, "{text}");
    imported.items[0].question.clone()
}

#[test]
fn the_first_right_answer_makes_a_single_choice() {
    let question = one(
        "::Capital:: Capital of Uzbekistan? {\n=Tashkent#Yes.\n~Samarkand\n~%50%Bukhara#Once.}",
    );
    let content = &question.content;
    assert_eq!(
        (content.kind, content.prompt.as_str()),
        (QuestionKind::SingleChoice, "Capital of Uzbekistan?")
    );
    let options: Vec<_> = content
        .options
        .iter()
        .map(|it| (it.text.as_str(), it.is_correct, it.fraction, it.feedback.as_deref()))
        .collect();
    let half = Some("1/2".parse::<Ratio>().unwrap());
    assert_eq!(
        options,
        [
            ("Tashkent", true, None, Some("Yes.")),
            ("Samarkand", false, None, None),
            ("Bukhara", false, half, Some("Once.")),
        ]
    );
}

#[test]
fn shares_without_a_right_answer_make_several_choices() {
    let question = one("Even? {~%33.33333%2 ~%33.333%4 ~%33.33333%6 ~%-100%7}");
    let content = &question.content;
    assert_eq!(content.kind, QuestionKind::MultipleSelect);
    let sum =
        Ratio::sum(content.options.iter().filter(|it| it.is_correct).filter_map(|it| it.fraction));
    assert_eq!(sum, Ok(Ratio::ONE), "thirds are thirds");
}

#[test]
fn true_and_false_have_the_feedback_of_the_wrong_answer_first() {
    for (text, right) in
        [("Sun rises. {T#No.#Yes.}", "True"), ("Sun sets. {FALSE#No.#Yes.}", "False")]
    {
        let question = one(text);
        assert_eq!(question.content.kind, QuestionKind::TrueFalse);
        for option in &question.content.options {
            let expected =
                if option.text == right { (true, Some("Yes.")) } else { (false, Some("No.")) };
            assert_eq!((option.is_correct, option.feedback.as_deref()), expected, "{text}");
        }
    }
}

#[test]
fn words_numbers_and_pairs_are_read() {
    let words = one("Two plus two? {=four =%50%4 =f*r}");
    let AnswerKey::Texts(key) = &words.content.answer_key else { panic!("{words:?}") };
    assert_eq!(key.entries[1].fraction.to_string(), "1/2");
    assert_eq!(key.entries[2].pattern, TextPattern::Wildcard("f*r".into()));
    assert!(key.entries.iter().all(|it| it.case_sensitive == Some(false)));

    for (text, accept) in [
        ("Pi? {#3.14:0.005}", "3.14 ± 0.005"),
        ("Pi? {#3.1..3.2}", "from 3.1 to 3.2"),
        ("Grant was born in {#1822:0}.", "1822"),
        ("Year? {#=1822:0}", "1822"),
        ("Below zero? {#-1..-0.5}", "from -1 to -0.5"),
    ] {
        let question = one(text);
        let AnswerKey::Numbers(key) = &question.content.answer_key else { panic!("{question:?}") };
        assert_eq!(key.entries[0].accept.to_string(), accept, "{text}");
    }

    let pairs = one("Match. {=cat -> meow =dog -> woof =kitten -> meow = -> moo}");
    let AnswerKey::Pairs(key) = &pairs.content.answer_key else { panic!("{pairs:?}") };
    assert_eq!((key.stems.len(), pairs.content.options.len()), (3, 3));
    assert_eq!(key.stems[0].choice, key.stems[2].choice);
}

#[test]
fn a_gap_an_essay_and_a_text_are_read() {
    assert_eq!(
        one("Moodle costs {~lots =nothing} to download.").content.prompt,
        "Moodle costs _____ to download."
    );
    assert_eq!(one("It is {=blue}.").content.prompt, "It is _____.");
    assert_eq!(one("Why? {}").content.kind, QuestionKind::LongAnswer);
    let text = one("Read this first.");
    assert_eq!((text.content.kind, text.content.score), (QuestionKind::Information, Points::ZERO));
    assert_eq!(one("Why? {=a ####Because.}").content.explanation.as_deref(), Some("Because."));
}

#[test]
fn a_backslash_makes_signs_plain() {
    let question = one(r"Which \{braces\} \= \~? { =a \= b\:c ~x \# y ~line\none ~back\\slash }");
    assert_eq!(question.content.prompt, "Which {braces} = ~?");
    let texts: Vec<_> = question.content.options.iter().map(|it| it.text.as_str()).collect();
    assert_eq!(texts, ["a = b:c", "x # y", "line\none", "back\\slash"]);
}

#[test]
fn categories_comments_and_lines_are_where_they_are() {
    let file = "\u{feff}// made by hand\n$CATEGORY: $course$/Geo/Rivers//Lakes\n\n// one\nNile? {T}\n\n\n::B:: Aral? {F}\n$CATEGORY: Other\n\nDon? {T}";
    let imported = read(file);
    let found: Vec<_> = imported.items.iter().map(|it| (it.line, it.category.join("|"))).collect();
    assert_eq!(
        found,
        [(5, "Geo|Rivers/Lakes".into()), (8, "Geo|Rivers/Lakes".into()), (11, "Other".into())]
    );
    assert_eq!(imported.items[1].title.as_deref(), Some("B"));
    assert_eq!(read("Nile? {T}\r\n\r\nAral? {F}\r\n").items.len(), 2);
}

#[test]
fn what_cannot_be_read_is_said_at_its_line_and_the_rest_is_read() {
    let file = "Open? {=a\n\n::T Open title? {T}\n\nTwo {=a} and {=b}\n\nMixed {=a -> b =c}\n\nHuh {abc}\n\n\
        Share {~%200%a =b}\n\nNumber {#many}\n\nNone {~a ~b}\n\nEmpty {=a -> }\n\nFine? {T}";
    let imported = read(file);
    assert_eq!(imported.items.len(), 1);
    assert_eq!(imported.items[0].line, 19);
    assert_eq!(
        codes(&imported),
        [
            (1, "gift.unclosed", true),
            (3, "gift.unclosed_title", true),
            (5, "gift.several_answers", true),
            (7, "gift.mixed_matching", true),
            (9, "gift.unmarked_answer", true),
            (11, "gift.bad_share", true),
            (13, "gift.bad_number", true),
            (15, "gift.not_gradable", true),
            (17, "gift.empty_match", true),
        ]
    );
    assert_eq!(codes(&read("[html]<b>Sun</b>? {T}")), [(1, "gift.markup", false)]);
    assert_eq!(codes(&read("N {#=1 ~#No}")), [(1, "gift.other_numbers", false)]);
}

#[test]
fn a_file_that_is_no_text_or_too_large_is_refused() {
    let refused = |bytes: &[u8]| gift::read(&cx(), bytes).unwrap_err();
    assert_eq!(refused(b"ab\xff"), ReadError::NotUtf8 { at: 2 });
    assert_eq!(refused(&vec![b' '; MAX_BYTES + 1]), ReadError::TooLarge { most: MAX_BYTES });
    let many = "x {T}\n\n".repeat(lms_interop::MAX_ITEMS + 1);
    assert!(matches!(refused(many.as_bytes()), ReadError::TooMany { .. }));
}

#[test]
fn what_the_format_does_not_have_is_said_when_writing() {
    let order = NewQuestion::new(QuestionKind::Ordering, "Order", AnswerKey::choices());
    let scored = one("Sun? {T}").worth(Points::from_ten_thousandths(20_000));
    let written = gift::write(&[
        Item::new(NewQuestion {
            content: lms_core::assessment::bank::QuestionContent {
                answer_key: AnswerKey::Order(lms_core::assessment::question::OrderKey::new(vec![])),
                ..order.content
            },
            ..order
        }),
        Item::new(scored),
    ]);
    let found: Vec<_> = written.findings.iter().map(|it| (it.at, it.code, it.left_out)).collect();
    assert_eq!(found, [(1, "gift.kind", true), (2, "gift.score", false)]);
    assert_eq!(written.text, "Sun? {TRUE\n}\n\n");
}

fn words() -> impl Strategy<Value = String> {
    // Signs of the format are as likely as letters.
    let char = prop_oneof![
        prop::char::range('a', 'f'),
        prop::sample::select(vec![
            '{', '}', '=', '~', '#', ':', '\\', '%', '>', '-', '/', '$', '[', ' ', '\n', 'é', '我',
            'ن'
        ]),
    ];
    prop::collection::vec(char, 1..14)
        .prop_map(|it| it.into_iter().collect::<String>())
        .prop_filter_map(
            "white space at the ends is not kept, and an arrow parts a match",
            |text| {
                let text = text.trim().to_owned();
                (!text.is_empty() && !text.contains("->")).then_some(text)
            },
        )
}

fn share() -> impl Strategy<Value = Ratio> {
    prop::sample::select(vec!["1/2", "1/3", "2/3", "1/4", "1/6", "1/7", "1/8", "1/20", "9/10"])
        .prop_map(|it| it.parse().unwrap())
}

fn feedback() -> impl Strategy<Value = Option<String>> {
    prop::option::of(words())
}

fn distinct(least: usize) -> impl Strategy<Value = Vec<String>> {
    prop::collection::btree_set(words(), least..6).prop_map(|it| it.into_iter().collect())
}

fn content() -> impl Strategy<Value = NewQuestion> {
    let option = |cx: &Context, text: &str, right| Choice::new(Choice::new_id(cx), text, right);
    let single = (distinct(2), share(), feedback()).prop_map(move |(texts, share, feedback)| {
        let cx = cx();
        let mut options: Vec<_> = texts.iter().map(|it| option(&cx, it, false)).collect();
        options[0].is_correct = true;
        options[0].feedback = feedback;
        options[1].fraction = Some(share);
        (QuestionKind::SingleChoice, AnswerKey::choices(), options)
    });
    let several = (distinct(2), share(), feedback()).prop_map(move |(texts, share, feedback)| {
        let cx = cx();
        let options = texts.iter().zip(0..).map(|(text, at)| {
            let fraction = if at == 0 { share } else { share.neg() };
            option(&cx, text, at == 0).worth(fraction)
        });
        let mut options: Vec<_> = options.collect();
        options[1].feedback = feedback;
        let rule = MultipleSelectRule::FractionSum { clamp: Clamp::default() };
        (QuestionKind::MultipleSelect, AnswerKey::multiple_select(rule), options)
    });
    let decided = (any::<bool>(), feedback(), feedback()).prop_map(move |(is, one, two)| {
        let cx = cx();
        let mut options = vec![option(&cx, "True", is), option(&cx, "False", !is)];
        (options[0].feedback, options[1].feedback) = (one, two);
        (QuestionKind::TrueFalse, AnswerKey::choices(), options)
    });
    let texts = (distinct(1), share(), feedback()).prop_map(|(texts, share, feedback)| {
        let accept = |it: String| TextEntry::new(TextPattern::Exact(it)).with_case(false);
        let mut entries: Vec<_> = texts.into_iter().map(accept).collect();
        entries[0].fraction = share;
        entries[0].feedback = feedback;
        (QuestionKind::ShortAnswer, AnswerKey::Texts(TextKey { entries }), Vec::new())
    });
    let numbers = (any::<i32>(), 1_u16.., share(), feedback()).prop_map(
        |(value, margin, share, feedback)| {
            let value = format!("{}.{}", value, margin).parse().unwrap();
            let margin = format!("0.{margin}").parse().unwrap();
            let entries = vec![
                NumberEntry::new(Accept::Exact { value }),
                NumberEntry {
                    feedback,
                    ..NumberEntry::new(Accept::Absolute { value, margin }).worth(share)
                },
            ];
            let key = NumberKey { entries, units: None, format: None };
            (QuestionKind::Numeric, AnswerKey::Numbers(key), Vec::new())
        },
    );
    let pairs = (distinct(2), distinct(2)).prop_map(move |(stems, texts)| {
        let cx = cx();
        let stems: Vec<_> = stems.into_iter().map(|it| it.replace('%', "p")).collect();
        let options: Vec<_> = texts.iter().map(|it| option(&cx, it, true)).collect();
        let stems = stems.into_iter().zip(&options).map(|(it, to)| Stem::new(cx.id(), it, to.id));
        (QuestionKind::Matching, AnswerKey::Pairs(PairsKey::new(stems.collect())), options)
    });
    let essay = Just((QuestionKind::LongAnswer, AnswerKey::manual(), Vec::new()));
    let kinds = prop_oneof![single, several, decided, texts, numbers, pairs, essay];
    (words(), kinds, feedback()).prop_map(|(prompt, (kind, key, options), explanation)| {
        let mut question = NewQuestion::new(kind, prompt, key).with_options(options);
        question.content.explanation = explanation;
        question
    })
}

fn item() -> impl Strategy<Value = Item> {
    (content(), feedback(), prop::collection::vec("[a-z]{1,3}(/[a-z]{1,2})?", 0..3))
        .prop_map(|(question, title, category)| Item { title, category, ..Item::new(question) })
}

proptest! {
    #[test]
    fn out_and_in_again_is_the_same_question(items in prop::collection::vec(item(), 1..5)) {
        let written = gift::write(&items);
        prop_assert_eq!(&written.findings, &[]);
        let back = read(&written.text);
        prop_assert_eq!(&back.findings, &[], "{}", written.text);
        let shapes = |items: &[Item]| items.iter().map(shape).collect::<Vec<_>>();
        prop_assert_eq!(shapes(&items), shapes(&back.items), "{}", written.text);
        prop_assert_eq!(gift::write(&back.items).text, written.text);
    }

    #[test]
    fn out_and_in_again_earns_the_same(
        question in content(),
        picks in prop::collection::vec(0_usize..6, 1..5),
        free in words(),
    ) {
        let back = read(&gift::write(&[Item::new(question.clone())]).text).items.remove(0).question;
        let words = match &question.content.answer_key {
            AnswerKey::Texts(key) if picks[0] < 4 => {
                key.entries[picks[0] % key.entries.len()].pattern.text().to_uppercase()
            }
            AnswerKey::Numbers(key) if picks[0] < 4 => match &key.entries[0].accept {
                Accept::Exact { value } => value.to_string(),
                _ => free,
            },
            _ => free,
        };
        let rules = ScoringRules::default();
        let earned = |it: &NewQuestion| {
            let result = grade_question(&record(it), &answer(it, &picks, &words), &rules);
            result.map(|it| it.earned)
        };
        prop_assert_eq!(earned(&question), earned(&back));
    }

    #[test]
    fn any_text_is_read_and_what_is_read_is_written(text in "[a-c{}=~#:%>\\\\\\n/$. -]{0,80}") {
        let imported = read(&text);
        let again = read(&gift::write(&imported.items).text);
        prop_assert!(again.items.len() <= imported.items.len());
    }

    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = gift::read(&cx(), &bytes);
    }
}
