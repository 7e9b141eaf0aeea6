//! That look-ups use indexes, and find what a look at every row finds.
use lms_store::{Col, Direction, Filter, Page, PageSize, Query};
use proptest::prelude::*;

use super::*;

async fn library(store: &Store, cx: &Context, shelves: usize, books: usize) -> Vec<Book> {
    let rows: Vec<_> = (0..shelves).map(|it| shelf(cx, &format!("s{it}"))).collect();
    save(store, cx, &rows).await;
    let books: Vec<_> = (0..books)
        .map(|it| Book {
            label: Some(format!("label {}", it % 7)),
            barcode: Some(format!("{it}")),
            status: [BookStatus::OnShelf, BookStatus::Lent, BookStatus::Lost][it % 3],
            pages: i64::try_from(it % 11).unwrap(),
            lent_at: (it % 3 == 1).then(now),
            notes: json!({"tags": [it % 5], "even": it % 2 == 0}),
            sequel_of: None,
            // Only what is lost may repeat its label.
            ..book(cx, &rows[it % shelves])
        })
        .map(|it| match it.status {
            BookStatus::Lost => it,
            _ => Book { label: it.barcode.clone(), ..it },
        })
        .collect();
    save(store, cx, &books).await;
    books
}

#[tokio::test]
async fn key_lookups_do_not_scan() {
    let (cx, (memory, store)) = (context(), store());
    let books = library(&store, &cx, 10, 1000).await;
    let mut tx = store.begin(&cx).await.unwrap();
    // Own writes must not change that.
    tx.update(&mut books[3].clone()).await.unwrap();
    let some = &books[500];
    let mut find = async |filter: Filter<Book>, most: u64| {
        let before = memory.rows_looked_at();
        let found = tx.page(Query::filter(filter.clone())).await.unwrap().items.len();
        let looked_at = memory.rows_looked_at() - before;
        assert!(looked_at <= most, "{filter:?}: {looked_at}");
        assert_eq!(memory.scans(), 0, "{filter:?}");
        found
    };
    assert_eq!(find(Book::ID.eq(some.id), 1).await, 1);
    assert_eq!(find(Book::ID.is_in(books[..50].iter().map(|it| it.id)), 50).await, 50);
    assert_eq!(find(Book::BARCODE.is("77".into()), 1).await, 1);
    assert_eq!(find(Book::BARCODE.is_some_in(["1".into(), "2".into(), "x".into()]), 2).await, 2);
    assert_eq!(find(Book::SHELF_ID.eq(some.shelf_id), 101).await, 100);
    let both = Book::SHELF_ID.eq(some.shelf_id).and(Book::PAGES.eq(some.pages));
    assert_eq!(find(both, 11).await, 9);
    let both = Book::SHELF_ID.eq(some.shelf_id).and(Book::PAGES.ge(9));
    assert_eq!(find(both.clone(), 20).await, 18);
    assert_eq!(find(both.and(Book::PAGES.lt(10)), 11).await, 9);
    assert_eq!(find(Book::SEQUEL_OF.is(some.id), 0).await, 0);
    assert_eq!(find(Book::BARCODE.starts_with("99"), 11).await, 11);
    assert_eq!(find(Book::STATUS.is_in([]), 0).await, 0);
    let lent = Book::STATUS.eq(BookStatus::Lent).and(Book::SHELF_ID.eq(some.shelf_id));
    assert_eq!(find(lent, 101).await, 33);
    // The other side of a semi-join is found by its own index first.
    let title = Shelf::TITLE.eq("s3".parse().unwrap());
    assert_eq!(find(Book::SHELF_ID.in_records(Shelf::ID, title), 102).await, 100);
}

#[tokio::test]
async fn a_page_in_the_order_of_an_index_stops_early() {
    let (cx, (memory, store)) = (context(), store());
    let books = library(&store, &cx, 10, 1000).await;
    let mut tx = store.begin(&cx).await.unwrap();
    tx.update(&mut books[3].clone()).await.unwrap();
    let of_shelf = Query::filter(Book::SHELF_ID.eq(books[0].shelf_id));
    let queries = [
        (of_shelf.clone().order_by(Book::PAGES, Direction::Asc), 10),
        (of_shelf.order_by(Book::PAGES, Direction::Desc), 10),
        (Query::all(), 10),
        (Query::filter(Book::STATUS.eq(BookStatus::Lost)), 10),
    ];
    for (query, most) in queries {
        let mut after = None;
        for _ in 0..5 {
            let before = memory.rows_looked_at();
            let Page { items, next } =
                tx.page(query.clone().page(PageSize::new(10), after)).await.unwrap();
            assert_eq!(items.len(), 10);
            let looked_at = memory.rows_looked_at() - before;
            assert!(looked_at <= most + 1, "{query:?}: {looked_at}");
            after = next;
        }
    }
    assert_eq!(memory.scans(), 0);
}

#[tokio::test]
async fn a_condition_without_an_index_is_counted_as_a_scan() {
    let (cx, (memory, store)) = (context(), store());
    library(&store, &cx, 2, 30).await;
    let mut tx = store.begin(&cx).await.unwrap();
    tx.count(Query::<Book>::all()).await.unwrap();
    assert_eq!(memory.scans(), 0);
    tx.count(Query::filter(Book::PAGES.eq(3))).await.unwrap();
    assert_eq!(memory.scans(), 1);
}

/// A condition as the tests build it, to be checked on a record without any store.
#[derive(Clone, Debug)]
enum Ask {
    Shelf(usize),
    Shelves(Vec<usize>),
    Id(usize),
    Pages(u8, i64),
    Status(Vec<BookStatus>),
    Label(String),
    LabelStarts(String),
    LabelHas(String),
    NoLabel,
    Lent,
    LentBefore(i64),
    Tagged(i64),
    OnShelfTitled(String),
    BesidesLost,
    Not(Box<Ask>),
    All(Vec<Ask>),
    Any(Vec<Ask>),
}

fn ask() -> impl Strategy<Value = Ask> {
    let status =
        prop_oneof![Just(BookStatus::OnShelf), Just(BookStatus::Lent), Just(BookStatus::Lost)];
    let text = "[ab]{0,2}";
    let leaf = prop_oneof![
        (0_usize..5).prop_map(Ask::Shelf),
        prop::collection::vec(0_usize..5, 0..4).prop_map(Ask::Shelves),
        (0_usize..60).prop_map(Ask::Id),
        (0_u8..6, 0_i64..6).prop_map(|(op, pages)| Ask::Pages(op, pages)),
        prop::collection::vec(status, 0..3).prop_map(Ask::Status),
        text.prop_map(Ask::Label),
        text.prop_map(Ask::LabelStarts),
        text.prop_map(Ask::LabelHas),
        Just(Ask::NoLabel),
        Just(Ask::Lent),
        (0_i64..4).prop_map(Ask::LentBefore),
        (0_i64..3).prop_map(Ask::Tagged),
        "s[0-4]".prop_map(Ask::OnShelfTitled),
        Just(Ask::BesidesLost),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|it| Ask::Not(Box::new(it))),
            prop::collection::vec(inner.clone(), 0..4).prop_map(Ask::All),
            prop::collection::vec(inner, 0..3).prop_map(Ask::Any),
        ]
    })
}

type Compare = fn(Col<Book, i64>, i64) -> Filter<Book>;

struct World {
    shelves: Vec<Shelf>,
    books: Vec<Book>,
}

impl World {
    fn filter(&self, ask: &Ask) -> Filter<Book> {
        let shelf = |it: &usize| self.shelves[*it].id;
        match ask {
            Ask::Shelf(it) => Book::SHELF_ID.eq(shelf(it)),
            Ask::Shelves(them) => Book::SHELF_ID.is_in(them.iter().map(shelf)),
            Ask::Id(it) => Book::ID.eq(self.books[*it % self.books.len()].id),
            Ask::Pages(op, pages) => {
                let compare: [Compare; 6] = [Col::eq, Col::ne, Col::lt, Col::le, Col::gt, Col::ge];
                compare[usize::from(*op)](Book::PAGES, *pages)
            }
            Ask::Status(them) => Book::STATUS.is_in(them.iter().copied()),
            Ask::Label(it) => Book::LABEL.is(it.clone()),
            Ask::LabelStarts(it) => Book::LABEL.starts_with(it.clone()),
            Ask::LabelHas(it) => Book::LABEL.contains(it.clone()),
            Ask::NoLabel => Book::LABEL.is_null(),
            Ask::Lent => Book::LENT_AT.is_not_null(),
            Ask::LentBefore(it) => Book::LENT_AT.is_lt(hour(*it)),
            Ask::Tagged(it) => Book::NOTES.json_contains(json!({"tags": [it]})),
            Ask::OnShelfTitled(it) => {
                Book::SHELF_ID.in_records(Shelf::ID, Shelf::TITLE.eq(it.parse().unwrap()))
            }
            Ask::BesidesLost => {
                Book::SHELF_ID.in_records(Book::SHELF_ID, Book::STATUS.eq(BookStatus::Lost))
            }
            Ask::Not(it) => !self.filter(it),
            Ask::All(them) => Filter::all(them.iter().map(|it| self.filter(it))),
            Ask::Any(them) => Filter::any(them.iter().map(|it| self.filter(it))),
        }
    }

    /// What SQL would say, `None` for unknown.
    fn truth(&self, ask: &Ask, book: &Book) -> Option<bool> {
        let title = |book: &Book| {
            let shelf = self.shelves.iter().find(|it| it.id == book.shelf_id);
            shelf.unwrap().title.to_string()
        };
        match ask {
            Ask::Shelf(it) => Some(book.shelf_id == self.shelves[*it].id),
            Ask::Shelves(them) => Some(them.iter().any(|it| book.shelf_id == self.shelves[*it].id)),
            Ask::Id(it) => Some(book.id == self.books[*it % self.books.len()].id),
            Ask::Pages(op, pages) => Some(match op {
                0 => book.pages == *pages,
                1 => book.pages != *pages,
                2 => book.pages < *pages,
                3 => book.pages <= *pages,
                4 => book.pages > *pages,
                _ => book.pages >= *pages,
            }),
            Ask::Status(them) => Some(them.contains(&book.status)),
            Ask::Label(it) => book.label.as_ref().map(|label| label == it),
            Ask::LabelStarts(it) => book.label.as_ref().map(|label| label.starts_with(it)),
            Ask::LabelHas(it) => book.label.as_ref().map(|label| label.contains(it)),
            Ask::NoLabel => Some(book.label.is_none()),
            Ask::Lent => Some(book.lent_at.is_some()),
            Ask::LentBefore(it) => book.lent_at.map(|at| at < hour(*it)),
            Ask::Tagged(it) => Some(book.notes["tags"] == json!([it])),
            Ask::OnShelfTitled(it) => Some(title(book) == *it),
            Ask::BesidesLost => Some(self.books.iter().any(|other| {
                other.shelf_id == book.shelf_id
                    && other.status == BookStatus::Lost
                    && other.stamp.deleted_at.is_none()
            })),
            Ask::Not(it) => self.truth(it, book).map(|it| !it),
            Ask::All(them) => {
                let truths: Vec<_> = them.iter().map(|it| self.truth(it, book)).collect();
                match () {
                    () if truths.contains(&Some(false)) => Some(false),
                    () if truths.contains(&None) => None,
                    () => Some(true),
                }
            }
            Ask::Any(them) => {
                let truths: Vec<_> = them.iter().map(|it| self.truth(it, book)).collect();
                match () {
                    () if truths.contains(&Some(true)) => Some(true),
                    () if truths.contains(&None) => None,
                    () => Some(false),
                }
            }
        }
    }
}

fn hour(number: i64) -> Timestamp {
    now().saturating_add(chrono::TimeDelta::hours(number))
}

type Draft = (usize, usize, i64, Option<String>, Option<i64>, i64, bool);

fn drafts() -> impl Strategy<Value = Vec<Draft>> {
    let draft = (
        0_usize..5,
        0_usize..3,
        0_i64..6,
        prop::option::of("[ab]{0,2}"),
        prop::option::of(0_i64..4),
        0_i64..3,
        prop::bool::weighted(0.1),
    );
    prop::collection::vec(draft, 1..60)
}

proptest! {
    /// Whatever the planner chooses, and however much is committed and how much is the
    /// transaction's own, a page holds what a look at every record would find.
    #[test]
    fn every_plan_finds_the_same(
        drafts in drafts(),
        committed in 0_usize..60,
        asks in prop::collection::vec(ask(), 1..8),
        (by, descending, size) in (0_usize..4, any::<bool>(), 1_u32..9),
    ) {
        let cx = context();
        let (_, store) = store();
        let shelves: Vec<_> = (0..5).map(|it| shelf(&cx, &format!("s{it}"))).collect();
        let books = drafts.into_iter().map(|(shelf, status, pages, label, lent, tag, deleted)| {
            let mut new = Book {
                status: [BookStatus::OnShelf, BookStatus::Lent, BookStatus::Lost][status],
                pages,
                label,
                lent_at: lent.map(hour),
                notes: json!({ "tags": [tag] }),
                ..book(&cx, &shelves[shelf])
            };
            new.stamp.deleted_at = deleted.then(now);
            new
        });
        let world = World { books: books.collect(), shelves };
        // The labels of live books may repeat here, so keep only those that may.
        let (mut kept, mut taken) = (Vec::new(), std::collections::HashSet::new());
        for book in &world.books {
            let live = book.stamp.deleted_at.is_none() && book.status != BookStatus::Lost;
            if !live || book.label.is_none() || taken.insert((book.shelf_id, book.label.clone())) {
                kept.push(book.clone());
            }
        }
        let world = World { books: kept, ..world };
        let direction = if descending { Direction::Desc } else { Direction::Asc };
        let run = async {
            save(&store, &cx, &world.shelves).await;
            let (before, after) = world.books.split_at(committed.min(world.books.len()));
            // What is committed is older, so that the transaction's own writes hide it.
            let mut older = before.to_vec();
            older.iter_mut().for_each(|it| it.pages = 99);
            save(&store, &cx, &older).await;
            let mut tx = store.begin(&cx).await.unwrap();
            for (old, new) in older.iter_mut().zip(before) {
                let version = old.stamp.version;
                *old = new.clone();
                old.stamp.version = version;
                tx.update(old).await.unwrap();
            }
            tx.insert_all(after).await.unwrap();
            for ask in &asks {
                let query = Query::filter(world.filter(ask));
                let query = match by {
                    0 => query,
                    1 => query.order_by(Book::PAGES, direction),
                    2 => query.order_by(Book::SHELF_ID, direction),
                    _ => query.order_by(Book::ID, direction),
                };
                let mut expected: Vec<_> = world.books.iter().filter(|it| {
                    it.stamp.deleted_at.is_none() && world.truth(ask, it) == Some(true)
                }).collect();
                expected.sort_by_key(|it| match by {
                    1 => (it.pages, Id::from_uuid(Uuid::nil()), it.id),
                    2 => (0, it.shelf_id, it.id),
                    _ => (0, Id::from_uuid(Uuid::nil()), it.id),
                });
                if by > 0 && descending {
                    expected.reverse();
                }
                let (mut found, mut after) = (Vec::new(), None);
                loop {
                    let page = query.clone().page(PageSize::new(size), after);
                    let page = tx.page(page).await.unwrap();
                    found.extend(page.items);
                    after = page.next;
                    if after.is_none() {
                        break;
                    }
                }
                let ids = |it: &Book| it.id;
                let found: Vec<_> = found.iter().map(ids).collect();
                let expected: Vec<_> = expected.into_iter().map(ids).collect();
                assert_eq!(found, expected, "{ask:?}");
                let count = tx.count(query).await.unwrap();
                assert_eq!(count, expected.len() as u64, "{ask:?}");
            }
        };
        futures_util::FutureExt::now_or_never(run).unwrap();
    }
}
