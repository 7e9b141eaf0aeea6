//! Random programs of three transactions at a time, against a model that copies everything.
use std::collections::{BTreeMap, BTreeSet};

use futures_util::FutureExt as _;
use lms_store::{Col, Lock, PageSize, Query, RecordStamp as _, Transaction, Upsert, Upserted};
use proptest::prelude::*;

use super::*;

/// Records are told apart by table and number; the number is also the id.
type Key = (&'static str, u8);

/// One record of the model: a shelf with a slug, or a book with a shelf and a label.
#[derive(Clone, Debug, PartialEq)]
struct Entry {
    version: i64,
    deleted: bool,
    text: u8,
    shelf: u8,
    pages: i64,
}

#[derive(Clone, Debug)]
enum Step {
    Insert(Key, Entry),
    Update(Key, Entry),
    /// Updates the version before.
    UpdateStale(Key),
    Delete(Key),
    Purge(Key),
    Get(Key),
    Count(u8),
    Lock(Key, Lock),
    Free(u32),
    UpsertByLabel(Key, Entry, bool),
    UpsertWhile(Key, Entry),
    Commit,
    Rollback,
}

fn key() -> impl Strategy<Value = Key> {
    (prop_oneof![2 => Just("books"), 1 => Just("shelves")], 0_u8..4)
}

fn entry() -> impl Strategy<Value = Entry> {
    (0_u8..4, 0_u8..4, 0_i64..3).prop_map(|(text, shelf, pages)| Entry {
        version: 1,
        deleted: false,
        text,
        shelf,
        pages,
    })
}

fn step() -> impl Strategy<Value = Step> {
    let lock = prop_oneof![Just(Lock::Update), Just(Lock::Share)];
    let book = (0_u8..4).prop_map(|it| ("books", it));
    prop_oneof![
        4 => (key(), entry()).prop_map(|(key, it)| Step::Insert(key, fitting(key, it))),
        4 => (key(), entry()).prop_map(|(key, it)| Step::Update(key, fitting(key, it))),
        1 => key().prop_map(Step::UpdateStale),
        1 => key().prop_map(Step::Delete),
        2 => key().prop_map(Step::Purge),
        2 => key().prop_map(Step::Get),
        1 => (0_u8..4).prop_map(Step::Count),
        2 => (key(), lock).prop_map(|(key, lock)| Step::Lock(key, lock)),
        1 => (1_u32..3).prop_map(Step::Free),
        3 => (book.clone(), entry(), any::<bool>())
            .prop_map(|(key, it, replace)| Step::UpsertByLabel(key, it, replace)),
        2 => (book, entry()).prop_map(|(key, it)| Step::UpsertWhile(key, it)),
        5 => Just(Step::Commit),
        1 => Just(Step::Rollback),
    ]
}

/// A shelf stands on no shelf.
fn fitting(key: Key, entry: Entry) -> Entry {
    if key.0 == "shelves" { Entry { shelf: 0, ..entry } } else { entry }
}

/// What a step came to, without the wording.
#[derive(Clone, Debug, PartialEq)]
enum Outcome {
    Done,
    Conflict,
    Retryable,
    Duplicate(Vec<&'static str>),
    Broken(&'static str),
    NotFound,
    Poisoned,
    Entries(Vec<(u8, Entry)>),
    Count(u64),
    Upserted(Option<bool>),
}

impl From<StoreError> for Outcome {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict { .. } => Self::Conflict,
            StoreError::Retryable { .. } => Self::Retryable,
            StoreError::Duplicate { columns, .. } => Self::Duplicate(columns),
            StoreError::BrokenReference { table, .. } => Self::Broken(table),
            StoreError::NotFound { .. } => Self::NotFound,
            StoreError::Poisoned => Self::Poisoned,
            other => panic!("{other:?}"),
        }
    }
}

const SHARED: u8 = 1;
const HELD: u8 = 2;
const WRITTEN: u8 = 4;
const DECLARED: u8 = 8;

/// What the model remembers: every row, and every commit for good.
#[derive(Default)]
struct Model {
    rows: BTreeMap<Key, Entry>,
    commits: Vec<(BTreeSet<Key>, BTreeSet<Key>)>,
    open: BTreeMap<usize, ModelTransaction>,
}

#[derive(Clone, Default)]
struct ModelTransaction {
    /// What it saw at its first statement, and how many commits there had been.
    began: Option<(BTreeMap<Key, Entry>, usize)>,
    rows: BTreeMap<Key, Entry>,
    claims: BTreeMap<Key, u8>,
    /// What it wrote, and whether an upsert by label did.
    written: BTreeMap<Key, bool>,
    failed: bool,
}

fn in_force(entry: &Entry) -> bool {
    !entry.deleted
}

/// The unique column's name, and another row with the same.
fn clash(rows: &BTreeMap<Key, Entry>, key: Key) -> Option<&'static [&'static str]> {
    let own = rows.get(&key).filter(|it| in_force(it))?;
    let same = |(other, it): (&Key, &Entry)| {
        let shelf = key.0 == "shelves" || it.shelf == own.shelf;
        other.0 == key.0 && *other != key && in_force(it) && it.text == own.text && shelf
    };
    let found = rows.iter().any(same);
    let columns: &[_] = if key.0 == "shelves" { &["slug"] } else { &["shelf_id", "label"] };
    found.then_some(columns)
}

fn orphaned(rows: &BTreeMap<Key, Entry>, key: Key) -> bool {
    key.0 == "books" && rows.get(&key).is_some_and(|it| !rows.contains_key(&("shelves", it.shelf)))
}

fn referred(rows: &BTreeMap<Key, Entry>, key: Key) -> bool {
    let refers = |(other, it): (&Key, &Entry)| other.0 == "books" && it.shelf == key.1;
    key.0 == "shelves" && rows.iter().any(refers)
}

impl Model {
    fn lost(&self, since: usize, key: Key, claim: u8) -> bool {
        self.commits.iter().skip(since).any(|(taken, shared)| {
            taken.contains(&key) || (claim & HELD != 0 && shared.contains(&key))
        })
    }

    fn race(claim: u8) -> Outcome {
        if claim & DECLARED != 0 { Outcome::Retryable } else { Outcome::Conflict }
    }

    fn claim(&self, tx: &mut ModelTransaction, key: Key, claim: u8) -> Result<(), Outcome> {
        let since = tx.began.as_ref().map_or(0, |it| it.1);
        let held = tx.claims.entry(key).or_default();
        if *held | claim == *held {
            return Ok(());
        }
        if self.lost(since, key, claim) {
            return Err(Self::race(claim));
        }
        *held |= claim;
        Ok(())
    }

    fn write(
        &self,
        tx: &mut ModelTransaction,
        key: Key,
        entry: Option<Entry>,
        declared: bool,
    ) -> Result<(), Outcome> {
        if tx.began.as_ref().is_some_and(|it| it.0.contains_key(&key)) {
            self.claim(tx, key, WRITTEN | if declared { DECLARED } else { 0 })?;
        }
        tx.written.insert(key, declared);
        let removed = entry.is_none();
        match entry {
            Some(entry) => tx.rows.insert(key, entry),
            None => tx.rows.remove(&key),
        };
        if removed && referred(&tx.rows, key) {
            return Err(Outcome::Broken("books"));
        }
        if let Some(columns) = clash(&tx.rows, key) {
            return Err(Outcome::Duplicate(columns.to_vec()));
        }
        if orphaned(&tx.rows, key) { Err(Outcome::Broken("books")) } else { Ok(()) }
    }

    fn run(&mut self, slot: usize, step: &Step) -> Outcome {
        let mut tx = self.open.remove(&slot).unwrap_or_default();
        match step {
            Step::Commit => {
                return if tx.failed { Outcome::Poisoned } else { self.commit(&tx) };
            }
            Step::Rollback => return Outcome::Done,
            _ if tx.failed => {
                self.open.insert(slot, tx);
                return Outcome::Poisoned;
            }
            _ => {}
        }
        if tx.began.is_none() {
            tx.began = Some((self.rows.clone(), self.commits.len()));
            tx.rows.clone_from(&self.rows);
        }
        let done = self.statement(slot, &mut tx, step);
        let fails = !matches!(step, Step::Lock(..)) || done != Err(Outcome::NotFound);
        tx.failed = done.is_err() && fails;
        self.open.insert(slot, tx);
        done.unwrap_or_else(|it| it)
    }

    fn statement(
        &self,
        slot: usize,
        tx: &mut ModelTransaction,
        step: &Step,
    ) -> Result<Outcome, Outcome> {
        match step {
            Step::Insert(key, entry) => {
                if tx.rows.contains_key(key) {
                    return Err(Outcome::Duplicate(vec!["id"]));
                }
                self.write(tx, *key, Some(entry.clone()), false)?;
            }
            Step::Update(key, entry) => {
                let Some(old) = tx.rows.get(key) else { return Err(Outcome::NotFound) };
                let new = Entry { version: old.version + 1, ..entry.clone() };
                self.write(tx, *key, Some(new), false)?;
            }
            Step::UpdateStale(key) => {
                let there = tx.rows.contains_key(key);
                return Err(if there { Outcome::Conflict } else { Outcome::NotFound });
            }
            Step::Delete(key) => {
                let Some(old) = tx.rows.get(key) else { return Err(Outcome::NotFound) };
                let new = Entry { version: old.version + 1, deleted: true, ..old.clone() };
                self.write(tx, *key, Some(new), false)?;
            }
            Step::Purge(key) => {
                if !tx.rows.contains_key(key) {
                    return Err(Outcome::NotFound);
                }
                self.write(tx, *key, None, false)?;
            }
            Step::Get(key) => {
                let found = tx.rows.get(key).filter(|it| !it.deleted);
                return Ok(Outcome::Entries(
                    found.map(|it| (key.1, it.clone())).into_iter().collect(),
                ));
            }
            Step::Count(shelf) => {
                let of = |(key, it): &(&Key, &Entry)| {
                    key.0 == "books" && it.shelf == *shelf && !it.deleted
                };
                return Ok(Outcome::Count(tx.rows.iter().filter(of).count() as u64));
            }
            Step::Lock(key, lock) => {
                let Some(found) = tx.rows.get(key).filter(|it| !it.deleted).cloned() else {
                    return Ok(Outcome::Entries(Vec::new()));
                };
                let claim = if *lock == Lock::Share { SHARED } else { HELD };
                self.claim(tx, *key, claim)?;
                return Ok(Outcome::Entries(vec![(key.1, found)]));
            }
            Step::Free(most) => return Ok(self.free(slot, tx, *most)),
            Step::UpsertByLabel(key, entry, replace) => {
                return self.upsert(tx, *key, entry, *replace);
            }
            Step::UpsertWhile(key, entry) => {
                let parent = ("shelves", entry.shelf);
                let matches = tx.rows.get(&parent).is_some_and(|it| !it.deleted && it.pages > 0);
                if !matches {
                    return Ok(Outcome::Upserted(None));
                }
                self.claim(tx, parent, SHARED | DECLARED)?;
                return self.upsert(tx, *key, entry, true);
            }
            Step::Commit | Step::Rollback => {}
        }
        Ok(Outcome::Done)
    }

    fn free(&self, slot: usize, tx: &mut ModelTransaction, most: u32) -> Outcome {
        let since = tx.began.as_ref().map_or(0, |it| it.1);
        let taken = |key: &Key| {
            let by_other = |(other, it): (&usize, &ModelTransaction)| {
                *other != slot && it.claims.get(key).is_some_and(|it| *it != 0)
            };
            self.open.iter().any(by_other) || self.lost(since, *key, HELD)
        };
        let found: Vec<_> = tx
            .rows
            .iter()
            .filter(|(key, it)| key.0 == "books" && !it.deleted && !taken(key))
            .take(most as usize)
            .map(|(key, it)| (key.1, it.clone()))
            .collect();
        for (number, _) in &found {
            *tx.claims.entry(("books", *number)).or_default() |= HELD;
        }
        Outcome::Entries(found)
    }

    fn upsert(
        &self,
        tx: &mut ModelTransaction,
        key: Key,
        entry: &Entry,
        replace: bool,
    ) -> Result<Outcome, Outcome> {
        let same = |(other, it): &(&Key, &Entry)| {
            other.0 == "books" && in_force(it) && (it.shelf, it.text) == (entry.shelf, entry.text)
        };
        let own = tx.rows.get_key_value(&key).filter(same);
        let there = own.or_else(|| tx.rows.iter().find(same));
        let Some((there, old)) = there.map(|(key, it)| (*key, it.clone())) else {
            if tx.rows.contains_key(&key) {
                return Err(Outcome::Duplicate(vec!["id"]));
            }
            self.write(tx, key, Some(entry.clone()), true)?;
            return Ok(Outcome::Upserted(Some(true)));
        };
        if !replace || entry.pages <= old.pages {
            return Ok(Outcome::Upserted(None));
        }
        let new = Entry { version: old.version + 1, pages: entry.pages, ..old };
        self.write(tx, there, Some(new), true)?;
        Ok(Outcome::Upserted(Some(false)))
    }

    fn commit(&mut self, tx: &ModelTransaction) -> Outcome {
        let Some((base, since)) = &tx.began else { return Outcome::Done };
        let claims = || tx.claims.iter().filter(|(_, claim)| **claim != 0);
        if let Some((_, claim)) = claims().find(|(key, claim)| self.lost(*since, **key, **claim)) {
            return Self::race(*claim);
        }
        let mut next = self.rows.clone();
        for key in tx.written.keys() {
            match tx.rows.get(key) {
                Some(row) => next.insert(*key, row.clone()),
                None => next.remove(key),
            };
        }
        for (key, declared) in &tx.written {
            let new = tx.rows.contains_key(key) && !base.contains_key(key);
            if new && self.rows.contains_key(key) {
                return Outcome::Duplicate(vec!["id"]);
            }
            if !tx.rows.contains_key(key) && base.contains_key(key) && referred(&next, *key) {
                return Outcome::Broken("books");
            }
            if let Some(columns) = clash(&next, *key) {
                return match declared {
                    true => Outcome::Retryable,
                    false => Outcome::Duplicate(columns.to_vec()),
                };
            }
            if orphaned(&next, *key) {
                return Outcome::Broken("books");
            }
        }
        let taken = claims().filter(|it| it.1 & (HELD | WRITTEN) != 0).map(|it| *it.0);
        let shared = claims().filter(|it| it.1 & SHARED != 0).map(|it| *it.0);
        self.commits.push((taken.collect(), shared.collect()));
        self.rows = next;
        Outcome::Done
    }
}

/// The same steps on the store.
struct World {
    cx: Context,
    store: Store,
    open: BTreeMap<usize, Transaction>,
}

fn id<R>(number: u8) -> Id<R> {
    Id::from_uuid(Uuid::from_u128(u128::from(number) + 1))
}

fn number_of<R>(id: Id<R>) -> u8 {
    u8::try_from(id.uuid().as_u128()).unwrap() - 1
}

/// A record that the model can tell.
trait Modelled: Record {
    fn entry(&self) -> Entry;
    fn make(cx: &Context, number: u8, entry: &Entry) -> Self;
}

impl Modelled for Shelf {
    fn entry(&self) -> Entry {
        Entry {
            version: self.stamp.version.get(),
            deleted: self.stamp.deleted_at.is_some(),
            text: self.slug.as_str().trim_start_matches('s').parse().unwrap(),
            shelf: 0,
            pages: self.capacity,
        }
    }
    fn make(cx: &Context, number: u8, entry: &Entry) -> Self {
        let slug = format!("s{}", entry.text);
        Self { id: id(number), capacity: entry.pages, ..shelf(cx, &slug) }
    }
}

impl Modelled for Book {
    fn entry(&self) -> Entry {
        Entry {
            version: self.stamp.version.get(),
            deleted: self.stamp.deleted_at.is_some(),
            text: self.label.as_ref().unwrap().parse().unwrap(),
            shelf: number_of(self.shelf_id),
            pages: self.pages,
        }
    }
    fn make(cx: &Context, number: u8, entry: &Entry) -> Self {
        let any = shelf(cx, "any");
        Self {
            id: id(number),
            shelf_id: id(entry.shelf),
            label: Some(entry.text.to_string()),
            pages: entry.pages,
            ..book(cx, &any)
        }
    }
}

impl World {
    async fn run(&mut self, slot: usize, step: &Step) -> Outcome {
        if !self.open.contains_key(&slot) {
            self.open.insert(slot, self.store.begin(&self.cx).await.unwrap());
        }
        let ended = match step {
            Step::Commit => Some(self.open.remove(&slot).unwrap().commit().await),
            Step::Rollback => Some(self.open.remove(&slot).unwrap().rollback().await),
            _ => None,
        };
        if let Some(ended) = ended {
            return ended.map_or_else(Outcome::from, |()| Outcome::Done);
        }
        let tx = self.open.get_mut(&slot).unwrap();
        let done = match step {
            Step::Insert(key, _)
            | Step::Update(key, _)
            | Step::UpdateStale(key)
            | Step::Delete(key)
            | Step::Purge(key)
            | Step::Get(key)
            | Step::Lock(key, _)
                if key.0 == "shelves" =>
            {
                one::<Shelf>(tx, step, key.1).await
            }
            _ => books(tx, step).await,
        };
        done.unwrap_or_else(Outcome::from)
    }
}

async fn stored<R: Record>(tx: &mut Transaction, id: Id<R>) -> Result<Option<R>, StoreError> {
    tx.first(Query::filter(Col::<R, Id<R>>::new("id").eq(id)).with_deleted()).await
}

async fn one<R: Modelled>(
    tx: &mut Transaction,
    step: &Step,
    number: u8,
) -> Result<Outcome, StoreError> {
    let found = stored::<R>(tx, id(number)).await?;
    let missing = || {
        R::make(tx.cx(), number, &Entry { version: 1, deleted: false, text: 0, shelf: 0, pages: 0 })
    };
    let mut old = found.unwrap_or_else(missing);
    match step {
        Step::Insert(_, entry) => tx.insert(&R::make(tx.cx(), number, entry)).await?,
        Step::Update(_, entry) => {
            let mut new = R::make(tx.cx(), number, entry);
            let version = old.stamp().version();
            new.stamp_mut().written(version, tx.now(), None);
            tx.update(&mut new).await?;
        }
        Step::UpdateStale(_) => {
            let version = lms_kernel::Version::new(old.stamp().version().get() + 1);
            old.stamp_mut().written(version, tx.now(), None);
            tx.update(&mut old).await?;
        }
        Step::Delete(_) => tx.delete(&mut old).await?,
        Step::Purge(_) => tx.purge(&old).await?,
        Step::Lock(_, lock) => {
            let query = Query::filter(Col::<R, Id<R>>::new("id").eq(id(number))).lock(*lock);
            let found = tx.page(query).await?.items;
            return Ok(Outcome::Entries(found.iter().map(|it| (number, it.entry())).collect()));
        }
        _ => {
            let found = tx.get(id::<R>(number)).await?;
            return Ok(Outcome::Entries(found.iter().map(|it| (number, it.entry())).collect()));
        }
    }
    Ok(Outcome::Done)
}

async fn books(tx: &mut Transaction, step: &Step) -> Result<Outcome, StoreError> {
    let by_label = || Upsert::on(Book::SHELF_ID).and(Book::LABEL);
    let done = match step {
        Step::Count(shelf) => {
            let found = tx.count(Query::filter(Book::SHELF_ID.eq(id(*shelf)))).await?;
            return Ok(Outcome::Count(found));
        }
        Step::Free(most) => {
            let query = Query::<Book>::all().limit(PageSize::new(*most)).lock(Lock::SkipLocked);
            let found = tx.page(query).await?.items;
            let entries = found.iter().map(|it| (number_of(it.id), it.entry()));
            return Ok(Outcome::Entries(entries.collect()));
        }
        Step::UpsertByLabel(key, entry, true) => {
            let upsert = by_label().if_newer(Book::PAGES);
            tx.upsert(&Book::make(tx.cx(), key.1, entry), upsert).await?
        }
        Step::UpsertByLabel(key, entry, false) => {
            tx.upsert(&Book::make(tx.cx(), key.1, entry), by_label()).await?
        }
        Step::UpsertWhile(key, entry) => {
            let upsert = by_label().if_newer(Book::PAGES);
            let upsert = upsert.only_while(Book::SHELF_ID, Shelf::CAPACITY.gt(0));
            tx.upsert(&Book::make(tx.cx(), key.1, entry), upsert).await?
        }
        Step::Insert(key, _)
        | Step::Update(key, _)
        | Step::UpdateStale(key)
        | Step::Delete(key)
        | Step::Purge(key)
        | Step::Get(key)
        | Step::Lock(key, _) => return one::<Book>(tx, step, key.1).await,
        Step::Commit | Step::Rollback => Upserted::Kept,
    };
    Ok(Outcome::Upserted(match done {
        Upserted::Inserted => Some(true),
        Upserted::Replaced { .. } => Some(false),
        Upserted::Kept => None,
    }))
}

proptest! {
    #[test]
    fn the_store_does_what_the_model_does(
        steps in prop::collection::vec((0_usize..3, step()), 1..80),
    ) {
        let (memory, store) = store();
        let mut world = World { cx: context(), store, open: BTreeMap::new() };
        let mut model = Model::default();
        for (at, (slot, step)) in steps.iter().enumerate() {
            let expected = model.run(*slot, step);
            let found = world.run(*slot, step).now_or_never().unwrap();
            prop_assert_eq!(found, expected, "step {}: {} {:?}", at, slot, step);
        }
        world.open.clear();
        prop_assert_eq!(memory.shared.state.lock().unwrap().remembered(), 0);
        let all = async {
            let mut tx = world.store.begin(&world.cx).await.unwrap();
            let mut found = BTreeMap::new();
            for it in tx.all(Query::<Shelf>::all().with_deleted()).await.unwrap() {
                found.insert(("shelves", number_of(it.id)), it.entry());
            }
            for it in tx.all(Query::<Book>::all().with_deleted()).await.unwrap() {
                found.insert(("books", number_of(it.id)), it.entry());
            }
            found
        };
        prop_assert_eq!(&all.now_or_never().unwrap(), &model.rows);
        // What is saved and read back is the same, indexes and all.
        let mut saved = Vec::new();
        memory.write_to(&mut saved).unwrap();
        let back = MemoryStore::read_from(saved.as_slice(), schemas()).unwrap();
        let mut again = Vec::new();
        back.write_to(&mut again).unwrap();
        prop_assert_eq!(saved, again);
    }
}
