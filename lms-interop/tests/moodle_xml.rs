//! Moodle XML, read and written.
use lms_core::{
    assessment::{
        authoring::NewQuestion,
        grading::grade_question,
        question::{
            Accept, Answer, AnswerKey, AttachmentLimits, Blank, BlankKey, BlanksKey, Choice,
            GapOptions, NumberEntry, NumberKey, OrderKey, PairsKey, QuestionKind, Stem, TextEntry,
            TextKey, TextPattern,
        },
        scoring::{Clamp, MultipleSelectRule, OrderingRule, ScoringRules},
    },
    kernel::{Context, Points, Ratio},
};
use lms_interop::{Imported, Item, ReadError, moodle_xml};
use proptest::prelude::*;

mod support;

use support::{answer, codes, cx, record, shape};

fn read(text: &str) -> Imported {
    moodle_xml::read(&cx(), text.as_bytes()).unwrap()
}

fn quiz(questions: &str) -> Imported {
    read(&format!("<?xml version=\"1.0\"?>\n<quiz>\n{questions}\n</quiz>"))
}

/// The question of that kind with those elements.
fn one(kind: &str, elements: &str) -> NewQuestion {
    let imported = quiz(&format!(
        "<question type=\"{kind}\"><questiontext><text>Why?</text></questiontext>{elements}</question>"
    ));
    assert_eq!(imported.findings, [], "{elements}");
    imported.items[0].question.clone()
}

const BANK: &str = include_str!("moodle_bank.xml");

/// A bank with a question of every kind, as Moodle writes it.
#[test]
fn a_bank_is_read_with_its_names_categories_tags_and_scores() {
    let imported = read(BANK);
    let found: Vec<_> = imported
        .items
        .iter()
        .map(|it| (it.title.as_deref().unwrap_or_default(), it.question.content.kind))
        .collect();
    assert_eq!(
        found,
        [
            ("Capital", QuestionKind::SingleChoice),
            ("Even numbers", QuestionKind::MultipleSelect),
            ("Sunrise", QuestionKind::TrueFalse),
            ("Colour of the sky", QuestionKind::ShortAnswer),
            ("Pi", QuestionKind::Numeric),
            ("Length", QuestionKind::Numeric),
            ("Voices", QuestionKind::Matching),
            ("Order", QuestionKind::Ordering),
            ("Essay", QuestionKind::LongAnswer),
            ("Read first", QuestionKind::Information),
            ("Gaps", QuestionKind::FillBlank),
        ]
    );
    let capital = &imported.items[0];
    assert_eq!(capital.category, ["Geo", "Rivers/Lakes"]);
    assert_eq!(imported.items[4].category, ["Numbers"]);
    assert_eq!(capital.tags, ["asia", "capitals"]);
    assert_eq!(capital.question.content.score, Points::from_ten_thousandths(25_000));
    assert_eq!(capital.question.content.explanation.as_deref(), Some("On the Chirchiq."));
    let shares: Vec<_> = capital.question.content.options.iter().map(|it| it.fraction).collect();
    assert_eq!(shares, [None, Some("1/3".parse().unwrap()), None], "a third is a third");
    assert_eq!(
        codes(&imported),
        [
            (7, "moodle.markup", false),
            (7, "moodle.hint", false),
            (62, "moodle.units", false),
            (99, "moodle.kind", true),
        ]
    );
}

#[test]
fn choices_are_right_by_their_shares() {
    let answers = "<answer fraction=\"50\"><text>2</text></answer>\
        <answer fraction=\"50\"><text>4</text><feedback><text>Yes</text></feedback></answer>\
        <answer fraction=\"-100\"><text>7</text></answer>";
    let several = one("multichoice", &format!("<single>false</single>{answers}"));
    let options = &several.content.options;
    assert_eq!(several.content.kind, QuestionKind::MultipleSelect);
    assert_eq!(options.iter().filter(|it| it.is_correct).count(), 2);
    assert_eq!(options[1].feedback.as_deref(), Some("Yes"));
    let fixed = one(
        "multichoice",
        "<shuffleanswers>0</shuffleanswers><answer fraction=\"100\"><text>a</text></answer>\
         <answer fraction=\"0\"><text>b</text></answer>",
    );
    assert!(fixed.content.options.iter().all(|it| it.pinned));
}

#[test]
fn words_regard_capitals_where_the_question_says_so() {
    for (case, sensitive) in [("0", false), ("1", true)] {
        let question = one(
            "shortanswer",
            &format!("<usecase>{case}</usecase><answer fraction=\"100\"><text>s*y</text></answer>"),
        );
        let AnswerKey::Texts(key) = &question.content.answer_key else { panic!("{question:?}") };
        assert_eq!(key.entries[0].case_sensitive, Some(sensitive));
        assert_eq!(key.entries[0].pattern, TextPattern::Wildcard("s*y".into()));
    }
}

#[test]
fn an_essay_takes_the_files_that_it_asks_for() {
    let question =
        one("essay", "<attachments>3</attachments><attachmentsrequired>1</attachmentsrequired>");
    let files = question.content.rules.attachments;
    assert_eq!(files, Some(AttachmentLimits { least: 1, most: 3 }));
}

/// What is deep inside of a question and not carried is said too.
#[test]
fn files_markup_and_settings_are_found_wherever_they_are() {
    let found = |elements: &str| {
        let question = format!(
            "<question type=\"shortanswer\"><questiontext><text>Why?</text></questiontext>{elements}</question>"
        );
        let imported = quiz(&question);
        assert_eq!(imported.items.len(), 1, "{elements}");
        imported.findings.iter().map(|it| it.code).collect::<Vec<_>>()
    };
    let inside = |inside: &str| format!("<answer fraction=\"100\"><text>a</text>{inside}</answer>");
    let file =
        "<feedback><text>b</text><file name=\"a.png\" encoding=\"base64\">AAAA</file></feedback>";
    assert_eq!(found(&inside(file)), ["moodle.file"]);
    let markup = "<feedback format=\"html\"><text>&lt;b&gt;b&lt;/b&gt;</text></feedback>";
    assert_eq!(found(&inside(markup)), ["moodle.markup"]);
    assert_eq!(found(&format!("<penalty>0.5</penalty>{}", inside(""))), ["moodle.settings"]);
    assert!(found(&format!("<penalty>0.3333333</penalty>{}", inside(""))).is_empty());
}

#[test]
fn blanks_are_read_with_their_kinds_weights_and_signs() {
    let imported = quiz(
        "<question type=\"cloze\"><questiontext><text><![CDATA[A {brace} in [1]: \
         {2:SHORTANSWER:=blue~%50%bl\\}ue#Almost.}, {:NM:=3.14:0.01~%50%3}, \
         {1:MCV:red~=green#Yes~%-50%a\\~b} and {1:MULTIRESPONSE:=x~=y~%-100%z}.]]></text>\
         </questiontext></question>",
    );
    assert_eq!(imported.findings, []);
    let content = &imported.items[0].question.content;
    assert_eq!(content.prompt, "A {brace} in [1]: [2], [3], [4] and [5].");
    assert_eq!(content.score, Points::from_ten_thousandths(50_000));
    let AnswerKey::Blanks(key) = &content.answer_key else { panic!("{content:?}") };
    let BlankKey::Text(words) = &key.blanks[0].key else { panic!() };
    assert_eq!(words.entries[1].pattern, TextPattern::Exact("bl}ue".into()));
    assert_eq!(words.entries[1].feedback.as_deref(), Some("Almost."));
    let BlankKey::Number(numbers) = &key.blanks[1].key else { panic!() };
    assert_eq!(numbers.entries[0].accept.to_string(), "3.14 ± 0.01");
    let BlankKey::Choice(one) = &key.blanks[2].key else { panic!() };
    assert_eq!((one.options[1].is_correct, one.options[2].text.as_str()), (true, "a~b"));
    let BlankKey::Ticks(ticks) = &key.blanks[3].key else { panic!() };
    assert_eq!(ticks.options[0].fraction, Some("1/2".parse().unwrap()));
}

#[test]
fn what_cannot_be_read_is_said_at_its_line_and_the_rest_is_read() {
    let imported = quiz(
        "<question type=\"calculated\"></question>\n\
         <question type=\"multichoice\"><answer fraction=\"200\"><text>a</text></answer></question>\n\
         <question type=\"numerical\"><answer fraction=\"100\"><text>many</text></answer></question>\n\
         <question type=\"truefalse\"><answer fraction=\"100\"><text>true</text></answer></question>\n\
         <question type=\"matching\"><subquestion><text>a</text></subquestion></question>\n\
         <question type=\"cloze\"><questiontext><text>No blank.</text></questiontext></question>\n\
         <question type=\"essay\"><defaultgrade>much</defaultgrade></question>\n\
         <question type=\"multichoice\"><questiontext><text>Q</text></questiontext></question>\n\
         <question type=\"description\"><questiontext><text>Fine.</text></questiontext></question>",
    );
    assert_eq!(imported.items.len(), 1);
    let others =
        quiz("<other/>\n<question type=\"essay\"/>\n<question type=\"shortanswer\"/><b><c/></b>");
    let found = [
        (3, "moodle.element", true),
        (5, "moodle.not_gradable", true),
        (5, "moodle.element", true),
    ];
    assert_eq!((codes(&others), others.items.len()), (found.to_vec(), 1));
    assert_eq!(
        codes(&imported),
        [
            (3, "moodle.kind", true),
            (4, "moodle.bad_share", true),
            (5, "moodle.bad_number", true),
            (6, "moodle.true_false", true),
            (7, "moodle.empty_match", true),
            (8, "moodle.no_blank", true),
            (9, "moodle.bad_score", true),
            (10, "moodle.not_gradable", true),
        ]
    );
}

#[test]
fn a_file_that_is_no_xml_or_would_grow_is_refused() {
    let refused = |text: &str| moodle_xml::read(&cx(), text.as_bytes()).unwrap_err();
    for text in [
        "<quiz>\n<question type=\"essay\">",
        "<quiz>\n<question type=\"essay\"></quiz>",
        "<quiz>\n<question type=\"essay\">&unknown;</question></quiz>",
        "<page>\n</page>",
    ] {
        assert!(matches!(refused(text), ReadError::NotXml { .. }), "{text}");
    }
    // A billion laughs: what a file declares itself is never expanded.
    let laughs = "<?xml version=\"1.0\"?><!DOCTYPE quiz [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]>\
        <quiz><question type=\"description\"><questiontext><text>&b;</text></questiontext></question></quiz>";
    assert!(matches!(refused(laughs), ReadError::NotXml { .. }));
    let file = "<?xml version=\"1.0\"?><!DOCTYPE quiz SYSTEM \"file:///etc/passwd\">\
        <quiz><question type=\"description\"><questiontext><text>a</text></questiontext></question></quiz>";
    assert_eq!(read(file).items[0].question.content.prompt, "a");
    let deep = format!("<quiz><question>{}</question></quiz>", "<a>".repeat(40));
    assert!(matches!(refused(&deep), ReadError::TooDeep { line: 1 }));
    let wide = format!("<quiz><question>{}</question></quiz>", "<a/>".repeat(20_001));
    assert!(matches!(refused(&wide), ReadError::TooDeep { .. }));
    let many =
        "<question type=\"description\"><questiontext><text>a</text></questiontext></question>";
    let many = format!("<quiz>{}</quiz>", many.repeat(lms_interop::MAX_ITEMS + 1));
    assert!(matches!(refused(&many), ReadError::TooMany { .. }));
}

#[test]
fn what_the_format_does_not_have_is_said_when_writing() {
    let mut bell = one("description", "");
    bell.content.prompt = "ring\u{7}".to_owned();
    let mut scored = one("description", "");
    scored.content.score = Points::from_ten_thousandths(10_000);
    let upload = NewQuestion::new(QuestionKind::FileUpload, "Send it", AnswerKey::manual());
    let written = moodle_xml::write(&[bell, scored, upload].map(Item::new));
    let found: Vec<_> = written.findings.iter().map(|it| (it.at, it.code, it.left_out)).collect();
    let wanted =
        [(1, "moodle.character", true), (2, "moodle.score", false), (3, "moodle.kind", true)];
    assert_eq!(found, wanted);
    assert_eq!(read(&written.text).items.len(), 1);
}

fn words() -> impl Strategy<Value = String> {
    // Signs of the format are as likely as letters.
    let char = prop_oneof![
        prop::char::range('a', 'f'),
        prop::sample::select(vec![
            '{', '}', '=', '~', '#', ':', '\\', '%', '<', '>', '&', ';', '/', '[', ']', '"', ' ',
            '\n', 'é', '我', 'ن'
        ]),
    ];
    prop::collection::vec(char, 1..14)
        .prop_map(|it| it.into_iter().collect::<String>().trim().to_owned())
        .prop_filter("white space at the ends is not kept", |it| !it.is_empty())
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

fn option(cx: &Context, text: &str, right: bool) -> Choice {
    Choice::new(Choice::new_id(cx), text, right)
}

type Keyed = (QuestionKind, AnswerKey, Vec<Choice>);

fn choice() -> impl Strategy<Value = Keyed> {
    let single = (distinct(2), share(), feedback(), any::<bool>()).prop_map(
        |(texts, share, feedback, pinned)| {
            let cx = cx();
            let mut options: Vec<_> = texts.iter().map(|it| option(&cx, it, false)).collect();
            options[0].is_correct = true;
            options[0].feedback = feedback;
            options[1].fraction = Some(share);
            options.iter_mut().for_each(|it| it.pinned = pinned);
            (QuestionKind::SingleChoice, AnswerKey::choices(), options)
        },
    );
    let several = (distinct(2), share()).prop_map(|(texts, share)| {
        let cx = cx();
        let options = texts.iter().zip(0..).map(|(text, at)| {
            let fraction = if at == 0 { share } else { share.neg() };
            option(&cx, text, at == 0).worth(fraction)
        });
        let rule = MultipleSelectRule::FractionSum { clamp: Clamp::default() };
        (QuestionKind::MultipleSelect, AnswerKey::multiple_select(rule), options.collect())
    });
    let decided = (any::<bool>(), feedback(), feedback()).prop_map(|(is, one, two)| {
        let cx = cx();
        let mut options = vec![option(&cx, "True", is), option(&cx, "False", !is)];
        (options[0].feedback, options[1].feedback) = (one, two);
        (QuestionKind::TrueFalse, AnswerKey::choices(), options)
    });
    prop_oneof![single, several, decided]
}

fn texts() -> impl Strategy<Value = TextKey> {
    (distinct(1), share(), feedback(), any::<bool>()).prop_filter_map(
        "an accepted answer cannot have a backslash before an asterisk",
        |(texts, share, feedback, case)| {
            let accept = |it: String| TextEntry::new(TextPattern::Exact(it)).with_case(case);
            let mut entries: Vec<_> = texts.into_iter().map(accept).collect();
            entries[0].fraction = share;
            entries[0].feedback = feedback;
            Some(TextKey { entries })
        },
    )
}

fn numbers() -> impl Strategy<Value = NumberKey> {
    (any::<i32>(), 1_u16.., share(), feedback()).prop_map(|(value, margin, share, feedback)| {
        let value = format!("{value}.{margin}").parse().unwrap();
        let margin = format!("0.{margin}").parse().unwrap();
        let near = NumberEntry::new(Accept::Absolute { value, margin }).worth(share);
        let entries =
            vec![NumberEntry::new(Accept::Exact { value }), NumberEntry { feedback, ..near }];
        NumberKey { entries, units: None, format: None }
    })
}

fn blanks() -> impl Strategy<Value = (BlanksKey, String)> {
    let gap = |is_several: bool| {
        (distinct(2), share(), feedback()).prop_map(move |(texts, share, feedback)| {
            let cx = cx();
            let options = texts.iter().zip(0..).map(|(text, at)| {
                let option = option(&cx, text, at == 0);
                match (is_several, at) {
                    (true, 0) => option.worth(share),
                    (true, _) => option.worth(share.neg()),
                    (false, 1) => option.worth(share),
                    (false, _) => option,
                }
            });
            let mut options: Vec<_> = options.collect();
            options[0].feedback = feedback;
            match is_several {
                true => {
                    let rule = MultipleSelectRule::FractionSum { clamp: Clamp::default() };
                    BlankKey::Ticks(GapOptions { options, rule: Some(rule) })
                }
                false => BlankKey::Choice(GapOptions::new(options)),
            }
        })
    };
    let key = prop_oneof![
        texts().prop_map(BlankKey::Text),
        numbers().prop_map(BlankKey::Number),
        gap(false),
        gap(true),
    ];
    prop::collection::vec((key, 1_i128..4, "[a-z ]{0,6}"), 1..4).prop_map(|parts| {
        let cx = cx();
        let (mut blanks, mut prompt) = (Vec::new(), "Fill".to_owned());
        for ((key, weight, words), number) in parts.into_iter().zip(1..) {
            prompt.push_str(&format!(" {words}[{number}]"));
            let weight = Ratio::new(weight, 1).unwrap();
            blanks.push(Blank { label: number.to_string(), weight, ..Blank::new(cx.id(), key) });
        }
        (BlanksKey::new(blanks), prompt)
    })
}

fn content() -> impl Strategy<Value = NewQuestion> {
    let pairs = (distinct(2), distinct(2)).prop_map(|(stems, texts)| {
        let cx = cx();
        let options: Vec<_> = texts.iter().map(|it| option(&cx, it, true)).collect();
        let stems = stems.into_iter().zip(&options).map(|(it, to)| Stem::new(cx.id(), it, to.id));
        (QuestionKind::Matching, AnswerKey::Pairs(PairsKey::new(stems.collect())), options)
    });
    let rule = prop::option::of(prop::sample::select(vec![
        OrderingRule::Exact,
        OrderingRule::AdjacentPairs,
        OrderingRule::LongestRun,
        OrderingRule::LongestSubset,
        OrderingRule::Position,
    ]));
    let order = (distinct(2), rule).prop_map(|(texts, rule)| {
        let cx = cx();
        let options: Vec<_> = texts.iter().map(|it| option(&cx, it, true)).collect();
        let order = options.iter().map(|it| it.id).collect();
        (QuestionKind::Ordering, AnswerKey::Order(OrderKey { order, rule }), options)
    });
    let texts =
        texts().prop_map(|it| (QuestionKind::ShortAnswer, AnswerKey::Texts(it), Vec::new()));
    let numbers =
        numbers().prop_map(|it| (QuestionKind::Numeric, AnswerKey::Numbers(it), Vec::new()));
    let essay = Just((QuestionKind::LongAnswer, AnswerKey::manual(), Vec::new()));
    let kinds = prop_oneof![choice(), texts, numbers, pairs, order, essay];
    let plain = (words(), kinds, feedback(), 1_i64..1_000_000);
    let plain = plain.prop_map(|(prompt, (kind, key, options), explanation, score)| {
        let mut question = NewQuestion::new(kind, prompt, key).with_options(options);
        question.content.explanation = explanation;
        question.worth(Points::from_ten_thousandths(score))
    });
    let gaps = blanks().prop_map(|(key, prompt)| {
        let worth = key.blanks.iter().map(|it| it.weight);
        let worth = Ratio::sum(worth).unwrap();
        let score = Points::from_ratio(worth, lms_core::kernel::Rounding::HalfUp).unwrap();
        NewQuestion::new(QuestionKind::FillBlank, prompt, AnswerKey::Blanks(key)).worth(score)
    });
    prop_oneof![4 => plain, 1 => gaps]
}

fn item() -> impl Strategy<Value = Item> {
    let category = prop::collection::vec("[a-z]{1,3}(/[a-z]{1,2})?", 0..3);
    let tags = prop::collection::vec(words(), 0..3);
    (content(), feedback(), category, tags).prop_map(|(question, title, category, tags)| Item {
        title,
        category,
        tags,
        ..Item::new(question)
    })
}

proptest! {
    #[test]
    fn out_and_in_again_is_the_same_question(items in prop::collection::vec(item(), 1..5)) {
        let written = moodle_xml::write(&items);
        prop_assert_eq!(&written.findings, &[]);
        let back = read(&written.text);
        // Signs in texts may look like markup, which is kept.
        let only_markup = back.findings.iter().all(|it| it.code == "moodle.markup");
        prop_assert!(only_markup, "{:?} in {}", back.findings, written.text);
        let shapes = |items: &[Item]| {
            items.iter().map(|it| (shape(it), it.tags.clone())).collect::<Vec<_>>()
        };
        prop_assert_eq!(shapes(&items), shapes(&back.items), "{}", written.text);
        prop_assert_eq!(moodle_xml::write(&back.items).text, written.text);
    }

    #[test]
    fn out_and_in_again_earns_the_same(
        question in content(),
        picks in prop::collection::vec(0_usize..6, 1..5),
        free in words(),
    ) {
        let written = moodle_xml::write(&[Item::new(question.clone())]).text;
        let back = read(&written).items.remove(0).question;
        let words = match &question.content.answer_key {
            AnswerKey::Texts(key) if picks[0] < 4 => {
                key.entries[picks[0] % key.entries.len()].pattern.text().to_owned()
            }
            AnswerKey::Numbers(key) if picks[0] < 4 => match &key.entries[0].accept {
                Accept::Exact { value } => value.to_string(),
                _ => free,
            },
            _ => free,
        };
        let rules = ScoringRules::default();
        let earned = |it: &NewQuestion| {
            let given = match &it.content.answer_key {
                AnswerKey::Order(key) => {
                    let mut order = key.order.clone();
                    let length = order.len();
                    order.swap(0, picks[0] % length);
                    Answer::Order(order)
                }
                _ => answer(it, &picks, &words),
            };
            grade_question(&record(it), &given, &rules).map(|it| it.earned)
        };
        prop_assert_eq!(earned(&question), earned(&back));
    }

    #[test]
    fn any_file_is_answered_and_what_is_read_is_written(
        cut in 0_usize..6_000, with in "[<>&;/\"=a-z{}~#:\\]\\[! -]{0,6}", skip in 0_usize..8
    ) {
        let at = (0..=cut.min(BANK.len())).rev().find(|it| BANK.is_char_boundary(*it)).unwrap();
        let after = (at + skip..).find(|it| BANK.is_char_boundary((*it).min(BANK.len()))).unwrap();
        let text = [&BANK[..at], &with, BANK.get(after..).unwrap_or_default()].concat();
        if let Ok(imported) = moodle_xml::read(&cx(), text.as_bytes()) {
            let again = read(&moodle_xml::write(&imported.items).text);
            prop_assert!(again.items.len() <= imported.items.len());
        }
    }

    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = moodle_xml::read(&cx(), &bytes);
    }
}
