//! Text is compared letter for letter, by code point, whatever the database's locale.
use lms_core::{
    kernel::Context,
    outbox::Message,
    store::{Direction, Filter, Query, StoreError},
};

use super::rules;
use crate::{Case, Outcome, failure::ensure_eq, specimens::message, stage::Stage};

pub(super) fn rules() -> Vec<Case> {
    rules![
        text_sorts_by_code_point,
        text_compares_by_code_point,
        text_is_equal_letter_for_letter,
        a_prefix_takes_wildcards_literally,
        a_part_takes_wildcards_literally,
        a_prefix_ends_where_the_next_letter_begins,
    ]
}

/// Texts that locales order in their own ways: case, accents, digits, punctuation, scripts.
const HOSTILE: [&str; 26] = [
    "", " ", "  a", "-a", "A", "AA", "Aa", "B", "Z", "_", "a", "a b", "a-b", "a_b", "aa", "ab",
    "b", "co-op", "coop", "e\u{301}", "i", "z", "é", "ı", "ß", "漢",
];

async fn stored(stage: &Stage, cx: &Context, texts: &[&str]) -> Result<(), StoreError> {
    let records: Vec<_> = texts.iter().map(|it| message(cx, it)).collect();
    stage.save_all(cx, &records).await
}

async fn found(
    stage: &Stage,
    cx: &Context,
    query: Query<Message>,
) -> Result<Vec<String>, StoreError> {
    let query = query.order_by(Message::KIND, Direction::Asc);
    let page = stage.begin(cx).await?.page(query).await?;
    Ok(page.items.into_iter().map(|it| it.kind).collect())
}

async fn text_sorts_by_code_point(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let mut texts = HOSTILE.to_vec();
    texts.extend(["𝄞", "\u{ffff}", "\u{e000}", "10", "9", "Ä", "A\u{308}"]);
    stored(&stage, &cx, &texts).await?;
    texts.sort_unstable();
    ensure_eq!(found(&stage, &cx, Query::all()).await?, texts, "in order");
    let query = Query::<Message>::all().order_by(Message::KIND, Direction::Desc);
    let page = stage.begin(&cx).await?.page(query).await?;
    texts.reverse();
    let kinds: Vec<_> = page.items.into_iter().map(|it| it.kind).collect();
    ensure_eq!(kinds, texts, "in reverse");
    Ok(())
}

async fn text_compares_by_code_point(stage: Stage) -> Outcome {
    let cx = stage.cx();
    stored(&stage, &cx, &HOSTILE).await?;
    for bound in ["A", "_", "a", "a-c", "e", "é", "𝄞"] {
        for (name, filter, holds) in [
            ("lt", Message::KIND.lt(bound.into()), (|a, b| a < b) as fn(&str, &str) -> bool),
            ("le", Message::KIND.le(bound.into()), |a, b| a <= b),
            ("gt", Message::KIND.gt(bound.into()), |a, b| a > b),
            ("ge", Message::KIND.ge(bound.into()), |a, b| a >= b),
            ("ne", Message::KIND.ne(bound.into()), |a, b| a != b),
        ] {
            let mut expected: Vec<_> = HOSTILE.into_iter().filter(|it| holds(it, bound)).collect();
            expected.sort_unstable();
            let texts = found(&stage, &cx, Query::filter(filter)).await?;
            ensure_eq!(texts, expected, "{name} {bound:?}");
        }
    }
    Ok(())
}

async fn text_is_equal_letter_for_letter(stage: Stage) -> Outcome {
    let cx = stage.cx();
    stored(&stage, &cx, &HOSTILE).await?;
    for text in HOSTILE {
        let texts = found(&stage, &cx, Query::filter(Message::KIND.eq(text.into()))).await?;
        ensure_eq!(texts, [text], "equal to {text:?}");
        let listed = Message::KIND.is_in([text.to_owned(), "nowhere".to_owned()]);
        ensure_eq!(found(&stage, &cx, Query::filter(listed)).await?, [text], "in {text:?}");
    }
    let absent = Message::KIND.eq("É".into());
    ensure_eq!(found(&stage, &cx, Query::filter(absent)).await?, [""; 0], "another case");
    Ok(())
}

const WILD: [&str; 14] =
    ["", "%", "%a", "\\", "\\%", "\\\\", "_", "_a", "a", "a%", "a_b", "axb", "a\\b", "%_\\'\""];

async fn matches(
    stage: Stage,
    filter: fn(&str) -> Filter<Message>,
    holds: fn(&str, &str) -> bool,
) -> Outcome {
    let cx = stage.cx();
    stored(&stage, &cx, &WILD).await?;
    for part in WILD.into_iter().chain(["'", "ab", "A", "%_"]) {
        let mut expected: Vec<_> = WILD.into_iter().filter(|it| holds(it, part)).collect();
        expected.sort_unstable();
        let texts = found(&stage, &cx, Query::filter(filter(part))).await?;
        ensure_eq!(texts, expected, "with {part:?}");
    }
    Ok(())
}

async fn a_prefix_takes_wildcards_literally(stage: Stage) -> Outcome {
    matches(stage, |part| Message::KIND.starts_with(part), |text, part| text.starts_with(part))
        .await
}

async fn a_part_takes_wildcards_literally(stage: Stage) -> Outcome {
    matches(stage, |part| Message::KIND.contains(part), |text, part| text.contains(part)).await
}

async fn a_prefix_ends_where_the_next_letter_begins(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let texts = ["z\u{d7ff}", "z\u{d7ff}a", "z\u{e000}", "z\u{10ffff}", "z\u{10ffff}a", "{", "y"];
    stored(&stage, &cx, &texts).await?;
    for prefix in ["z", "z\u{d7ff}", "z\u{10ffff}", "\u{10ffff}"] {
        let mut expected: Vec<_> = texts.into_iter().filter(|it| it.starts_with(prefix)).collect();
        expected.sort_unstable();
        let query = Query::filter(Message::KIND.starts_with(prefix));
        ensure_eq!(found(&stage, &cx, query).await?, expected, "after {prefix:?}");
    }
    Ok(())
}
