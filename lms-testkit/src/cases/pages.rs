//! Pages: every record once, in one order on every backend.
use std::collections::BTreeSet;

use lms_core::{
    kernel::Context,
    outbox::Message,
    store::{Col, Cursor, Direction, Page, PageSize, Query, Sortable, StoreError},
};

use super::rules;
use crate::{
    Case, Outcome,
    failure::{ensure, ensure_eq, ensure_refused},
    specimens::{message, seconds_after},
    stage::Stage,
};

pub(super) fn rules() -> Vec<Case> {
    rules![
        pages_walk_every_record_once,
        pages_of_every_size_hold_the_same_records,
        a_walk_survives_inserts_and_deletes,
        a_cursor_survives_its_trip_through_a_client,
        a_cursor_of_another_query_is_refused,
        page_sizes_are_bounded,
        a_count_ignores_order_cursor_and_limit,
        the_last_page_says_so,
        a_page_of_nothing_is_empty,
    ]
}

async fn walk<T: Sortable>(
    stage: &Stage,
    cx: &Context,
    column: Col<Message, T>,
    direction: Direction,
    size: u32,
) -> Result<Vec<Message>, StoreError> {
    let (mut walked, mut after) = (Vec::new(), None);
    loop {
        let mut tx = stage.begin(cx).await?;
        let query = Query::all().order_by(column, direction).page(PageSize::new(size), after);
        let Page { items, next } = tx.page(query).await?;
        walked.extend(items);
        match next {
            None => return Ok(walked),
            next => after = next,
        }
    }
}

/// 25 records whose kinds, attempts and times repeat, so that only the id makes the order total.
async fn repetitive(stage: &Stage, cx: &Context) -> Result<Vec<Message>, StoreError> {
    let records: Vec<_> = (0..25_u32)
        .zip(["a", "b", "c"].into_iter().cycle())
        .map(|(n, kind)| {
            let mut record = message(cx, kind);
            record.attempts = n % 4;
            record.occurred_at = seconds_after(cx, i64::from(n % 5));
            record
        })
        .collect();
    stage.save_all(cx, &records).await?;
    Ok(records)
}

async fn pages_walk_every_record_once(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let mut expected = repetitive(&stage, &cx).await?;
    for direction in [Direction::Asc, Direction::Desc] {
        let turned = |mut records: Vec<Message>| {
            if direction == Direction::Desc {
                records.reverse();
            }
            records
        };
        expected.sort_by(|a, b| (&a.kind, a.id).cmp(&(&b.kind, b.id)));
        let walked = walk(&stage, &cx, Message::KIND, direction, 4).await?;
        ensure_eq!(walked, turned(expected.clone()), "by text, {direction:?}");
        expected.sort_by_key(|it| (it.attempts, it.id));
        let walked = walk(&stage, &cx, Message::ATTEMPTS, direction, 4).await?;
        ensure_eq!(walked, turned(expected.clone()), "by number, {direction:?}");
        expected.sort_by_key(|it| (it.occurred_at, it.id));
        let walked = walk(&stage, &cx, Message::OCCURRED_AT, direction, 4).await?;
        ensure_eq!(walked, turned(expected.clone()), "by time, {direction:?}");
        expected.sort_by_key(|it| it.subject_id);
        let walked = walk(&stage, &cx, Message::SUBJECT_ID, direction, 4).await?;
        ensure_eq!(walked, turned(expected.clone()), "by a uuid, {direction:?}");
        expected.sort_by_key(|it| it.id);
        let walked = walk(&stage, &cx, Message::ID, direction, 4).await?;
        ensure_eq!(walked, turned(expected.clone()), "by id, {direction:?}");
    }
    Ok(())
}

async fn pages_of_every_size_hold_the_same_records(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let mut expected = repetitive(&stage, &cx).await?;
    expected.sort_by(|a, b| (&a.kind, a.id).cmp(&(&b.kind, b.id)));
    for size in [1, 2, 5, 24, 25, 26, 200] {
        let walked = walk(&stage, &cx, Message::KIND, Direction::Asc, size).await?;
        ensure_eq!(walked, expected, "pages of {size}");
    }
    Ok(())
}

/// What is there all the time is met exactly once, whatever comes and goes meanwhile.
async fn a_walk_survives_inserts_and_deletes(stage: Stage) -> Outcome {
    for direction in [Direction::Asc, Direction::Desc] {
        let cx = stage.cx();
        let mut records = repetitive(&stage, &cx).await?;
        let doomed = records.split_off(15);
        let (mut doomed, mut after, mut met) = (doomed.into_iter(), None, Vec::new());
        loop {
            let query =
                Query::all().order_by(Message::KIND, direction).page(PageSize::new(3), after);
            let page = stage.begin(&cx).await?.page(query).await?;
            met.extend(page.items.into_iter().map(|it| it.id));
            let Some(next) = page.next else { break };
            after = Some(next);
            let mut tx = stage.begin(&cx).await?;
            for gone in doomed.by_ref().take(2) {
                tx.purge(&gone).await?;
            }
            // Newcomers before and beside what was met, not after: the walk must end.
            let newcomer = if direction == Direction::Asc { "" } else { "d" };
            tx.insert(&message(&cx, newcomer)).await?;
            tx.commit().await?;
        }
        let once: BTreeSet<_> = met.iter().collect();
        ensure_eq!(once.len(), met.len(), "a record was met twice, {direction:?}");
        let missed = records.iter().filter(|it| !once.contains(&it.id)).count();
        ensure_eq!(missed, 0, "records that were there all the time were missed, {direction:?}");
    }
    Ok(())
}

async fn a_cursor_survives_its_trip_through_a_client(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let mut expected = repetitive(&stage, &cx).await?;
    expected.sort_by_key(|it| (it.occurred_at, it.id));
    let (mut walked, mut after) = (Vec::new(), None);
    loop {
        let query = Query::all()
            .order_by(Message::OCCURRED_AT, Direction::Asc)
            .page(PageSize::new(7), after);
        let page = stage.begin(&cx).await?.page(query).await?;
        walked.extend(page.items);
        let Some(next) = page.next else { break };
        after = Some(next.to_string().parse::<Cursor>()?);
    }
    ensure_eq!(walked, expected, "the walk through text cursors");
    Ok(())
}

async fn a_cursor_of_another_query_is_refused(stage: Stage) -> Outcome {
    let cx = stage.cx();
    repetitive(&stage, &cx).await?;
    let mut tx = stage.begin(&cx).await?;
    let one = PageSize::new(3);
    let by_kind = |after| Query::all().order_by(Message::KIND, Direction::Asc).page(one, after);
    let Some(cursor) = tx.page(by_kind(None)).await?.next else {
        return Err(crate::Failure::new("a full page has no cursor"));
    };
    let reversed = Query::<Message>::all()
        .order_by(Message::KIND, Direction::Desc)
        .page(one, Some(cursor.clone()));
    ensure_refused!(tx.page(reversed).await, StoreError::ForeignCursor, "the other direction");
    let by_id = Query::<Message>::all().page(one, Some(cursor.clone()));
    ensure_refused!(tx.page(by_id).await, StoreError::ForeignCursor, "another column");
    let by_attempts = Query::<Message>::all()
        .order_by(Message::ATTEMPTS, Direction::Asc)
        .page(one, Some(cursor.clone()));
    ensure_refused!(tx.page(by_attempts).await, StoreError::ForeignCursor, "another type");
    ensure_eq!(tx.page(by_kind(Some(cursor))).await?.items.len(), 3, "its own query");
    Ok(())
}

async fn page_sizes_are_bounded(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let records: Vec<_> = (0..230).map(|n| message(&cx, &format!("{n:03}"))).collect();
    stage.save_all(&cx, &records).await?;
    let mut tx = stage.begin(&cx).await?;
    for (asked, given) in [(0, 1), (1, 1), (199, 199), (200, 200), (201, 200), (u32::MAX, 200)] {
        let query = Query::<Message>::all().limit(PageSize::new(asked));
        ensure_eq!(tx.page(query).await?.items.len(), given, "a page of {asked}");
    }
    ensure_eq!(tx.page(Query::<Message>::all()).await?.items.len(), 200, "a page of no size");
    ensure_eq!(tx.all(Query::<Message>::all()).await?.len(), 230, "all of them");
    Ok(())
}

async fn a_count_ignores_order_cursor_and_limit(stage: Stage) -> Outcome {
    let cx = stage.cx();
    repetitive(&stage, &cx).await?;
    let mut tx = stage.begin(&cx).await?;
    let query =
        |after| Query::all().order_by(Message::KIND, Direction::Desc).page(PageSize::new(2), after);
    let next = tx.page(query(None)).await?.next;
    ensure!(next.is_some(), "a full page has no cursor");
    ensure_eq!(tx.count(query(next)).await?, 25, "a count of all");
    let some = Query::filter(Message::KIND.eq("a".into())).limit(PageSize::ONE);
    ensure_eq!(tx.count(some).await?, 9, "a count of some");
    Ok(())
}

async fn the_last_page_says_so(stage: Stage) -> Outcome {
    let cx = stage.cx();
    repetitive(&stage, &cx).await?;
    let mut tx = stage.begin(&cx).await?;
    let page = tx.page(Query::<Message>::all().limit(PageSize::new(26))).await?;
    ensure!(page.next.is_none(), "a page that is not full leads on");
    let page = tx.page(Query::<Message>::all().limit(PageSize::new(25))).await?;
    if let Some(next) = page.next {
        let query = Query::<Message>::all().page(PageSize::new(25), Some(next));
        let page = tx.page(query).await?;
        ensure!(page.items.is_empty() && page.next.is_none(), "something follows the last page");
    }
    Ok(())
}

async fn a_page_of_nothing_is_empty(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let mut tx = stage.begin(&cx).await?;
    let page = tx.page(Query::<Message>::all()).await?;
    ensure!(page.items.is_empty() && page.next.is_none(), "an empty table has a page");
    ensure_eq!(tx.first(Query::<Message>::all()).await?, None, "a first of none");
    ensure!(!tx.exists(Query::<Message>::all()).await?, "some of none");
    Ok(())
}
