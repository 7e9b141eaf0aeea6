//! A random program. Numbers select tables, rows, columns and values, modulo how many there are, so
//! that every program means something and shrinks to a smaller one.
use proptest::{
    collection::vec,
    prelude::*,
    strategy::ValueTree as _,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

/// A random series of transactions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// What happens, one after the other.
    pub scenarios: Vec<Scenario>,
}

/// One or two transactions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scenario {
    /// One transaction.
    Alone(Work),
    /// Two transactions of one tenant at the same time, on rows of their own. They take turns.
    Together(Work, Work),
    /// Two transactions that write the same row: one of them loses.
    Race {
        /// Which table.
        table: u8,
        /// Which row.
        row: u8,
        /// The values that the first writes; the second writes the next.
        values: u8,
    },
}

/// What one transaction does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Work {
    /// In which of the two tenants.
    pub tenant: bool,
    /// Its steps; after one that fails the others are left out.
    pub steps: Vec<Step>,
    /// How it ends.
    pub ending: Ending,
}

/// How a transaction ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It is committed.
    Commit,
    /// It is rolled back.
    Rollback,
    /// It is dropped.
    Drop,
}

/// A row of a table, and the values that it is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// Which table.
    pub table: u8,
    /// Which row.
    pub row: u8,
    /// Which values; below 200, so that those after them are others.
    pub values: u8,
}

/// One call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Adds rows: the chosen one, and so many after it.
    Insert(Chosen, u8),
    /// Replaces a row; stale by so many versions.
    Update(Chosen, i8),
    /// Marks a row as deleted, or brings it back.
    SetDeleted(Chosen, bool),
    /// Removes a row; stale by so many versions.
    Purge(Chosen, i8),
    /// Adds rows or does to those that are there what is declared.
    Upsert {
        /// The first row, and the values of it; those after it get the next ones.
        chosen: Chosen,
        /// How many more rows.
        more: u8,
        /// The key: the id, or one of the uniques.
        key: u8,
        /// Which columns are overwritten, bit by bit.
        columns: u16,
        /// The column by which only newer rows overwrite.
        newer: Option<u8>,
        /// The condition on the parent, where the table has one.
        guard: Option<Condition>,
    },
    /// Reads a page and the one after it.
    Select {
        /// Which table.
        table: u8,
        /// Which rows.
        filter: Condition,
        /// The column to sort by, among those that allow it.
        order: u8,
        /// From the greatest.
        descending: bool,
        /// How many rows make a page.
        limit: u8,
        /// None, share, update or skip.
        lock: u8,
    },
    /// Counts rows.
    Count(u8, Condition),
}

/// A condition on the rows of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// A column compares with a value by one of the six operators.
    Compare(u8, u8, u8),
    /// A column is one of some values, with null among them or not.
    In(u8, Vec<u8>, bool),
    /// A column is null.
    IsNull(u8),
    /// A text starts with, or contains, the start of a value.
    Like(u8, u8, u8, bool),
    /// A document contains a part.
    JsonContains(u8, u8),
    /// A column is equal to one of related rows.
    Related(u8, u8, Option<Box<Condition>>),
    /// All of them.
    All(Vec<Condition>),
    /// Any of them.
    Any(Vec<Condition>),
    /// The opposite.
    Not(Box<Condition>),
}

impl Program {
    /// The program that belongs to a seed.
    pub fn from_seed(seed: u64) -> Self {
        let mut bytes = [0; 32];
        for (byte, value) in bytes.iter_mut().zip(seed.to_be_bytes()) {
            *byte = value;
        }
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        let mut runner = TestRunner::new_with_rng(Config::default(), rng);
        match program().new_tree(&mut runner) {
            Ok(tree) => tree.current(),
            Err(_) => Self { scenarios: Vec::new() },
        }
    }
}

/// Any program.
pub fn program() -> impl Strategy<Value = Program> {
    vec(scenario(), 4..14).prop_map(|scenarios| Program { scenarios })
}

fn scenario() -> impl Strategy<Value = Scenario> {
    let race = (0..3_u8, 0..4_u8, any::<u8>());
    prop_oneof![
        10 => work(10).prop_map(Scenario::Alone),
        3 => (work(6), work(6)).prop_map(|(left, right)| Scenario::Together(left, right)),
        1 => race.prop_map(|(table, row, values)| Scenario::Race { table, row, values }),
    ]
}

fn work(most: usize) -> impl Strategy<Value = Work> {
    let ending = prop_oneof![
        8 => Just(Ending::Commit),
        1 => Just(Ending::Rollback),
        1 => Just(Ending::Drop),
    ];
    (prop::bool::weighted(0.2), vec(step(), 1..most), ending)
        .prop_map(|(tenant, steps, ending)| Work { tenant, steps, ending })
}

fn chosen(rows: impl Strategy<Value = u8>) -> impl Strategy<Value = Chosen> {
    (0..3_u8, rows, 0..200_u8).prop_map(|(table, row, values)| Chosen { table, row, values })
}

/// A row that is likely there.
fn there() -> impl Strategy<Value = u8> {
    prop_oneof![3 => 0..3_u8, 2 => 3..8_u8]
}

/// A row that is likely not there.
fn absent() -> impl Strategy<Value = u8> {
    prop_oneof![1 => 0..3_u8, 8 => 3..8_u8]
}

fn staleness() -> impl Strategy<Value = i8> {
    prop_oneof![8 => Just(0_i8), 1 => Just(1), 1 => Just(-1)]
}

fn step() -> impl Strategy<Value = Step> {
    let upsert = (
        chosen(0..8_u8),
        0..3_u8,
        0..3_u8,
        any::<u16>(),
        prop::option::weighted(0.3, any::<u8>()),
        prop::option::weighted(0.3, condition()),
    );
    let select = (0..3_u8, condition(), any::<u8>(), any::<bool>(), 1..5_u8, 0..8_u8);
    prop_oneof![
        7 => (chosen(absent()), prop_oneof![4 => Just(0), 1 => 1..4_u8])
            .prop_map(|(chosen, more)| Step::Insert(chosen, more)),
        5 => (chosen(there()), staleness()).prop_map(|(chosen, stale)| Step::Update(chosen, stale)),
        3 => (chosen(there()), any::<bool>()).prop_map(|(chosen, on)| Step::SetDeleted(chosen, on)),
        2 => (chosen(there()), staleness()).prop_map(|(chosen, stale)| Step::Purge(chosen, stale)),
        4 => upsert.prop_map(|(chosen, more, key, columns, newer, guard)| Step::Upsert {
            chosen,
            more,
            key,
            columns,
            newer,
            guard,
        }),
        6 => select.prop_map(|(table, filter, order, descending, limit, lock)| Step::Select {
            table,
            filter,
            order,
            descending,
            limit,
            lock,
        }),
        2 => (0..3_u8, condition()).prop_map(|(table, filter)| Step::Count(table, filter)),
    ]
}

fn condition() -> impl Strategy<Value = Condition> {
    let simple = || {
        prop_oneof![
            5 => (any::<u8>(), 0..6_u8, 0..7_u8)
                .prop_map(|(column, op, value)| Condition::Compare(column, op, value)),
            2 => (any::<u8>(), vec(0..7_u8, 0..4), prop::bool::weighted(0.2))
                .prop_map(|(column, values, null)| Condition::In(column, values, null)),
            2 => any::<u8>().prop_map(Condition::IsNull),
            2 => (any::<u8>(), 0..7_u8, 0..4_u8, any::<bool>())
                .prop_map(|(column, value, most, prefix)| {
                    Condition::Like(column, value, most, prefix)
                }),
            1 => (any::<u8>(), 0..7_u8)
                .prop_map(|(column, value)| Condition::JsonContains(column, value)),
        ]
    };
    let related = (any::<u8>(), 0..3_u8, prop::option::of(simple().prop_map(Box::new)));
    let leaf = prop_oneof![
        9 => simple(),
        1 => related.prop_map(|(column, table, filter)| Condition::Related(column, table, filter)),
    ];
    leaf.prop_recursive(3, 10, 3, |inner| {
        prop_oneof![
            2 => vec(inner.clone(), 0..3).prop_map(Condition::All),
            2 => vec(inner.clone(), 0..3).prop_map(Condition::Any),
            1 => inner.prop_map(|it| Condition::Not(Box::new(it))),
        ]
    })
}
