//! Which index answers a query with the fewest rows looked at.
use std::collections::BTreeMap;

use lms_store::{Direction, Op, Select, Type, Value};
use uuid::Uuid;

use crate::{
    eval::{Site, Test},
    key::{NULL, PRESENT, after, encode, encode_prefix},
    tree::{Bounds, Walk},
    view::Part,
};

/// The most ranges that a list of values is turned into before it is left to the filter.
const MOST_RANGES: usize = 4096;

/// How the rows of one partition are found.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Access {
    /// By their ids.
    Ids(Vec<Uuid>),
    /// By ranges of an index.
    Keys(usize, Vec<KeyRange>),
    /// One after the other, those with an id in that range.
    Rows(Option<Uuid>, Option<Uuid>),
}

/// A range of index keys.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct KeyRange {
    from: Vec<u8>,
    until: Option<Vec<u8>>,
}

impl KeyRange {
    pub(crate) fn bounds(&self) -> Bounds<'_, [u8]> {
        Bounds { from: Some(&self.from), until: self.until.as_deref() }
    }
}

/// A way to find the rows.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) access: Access,
    /// Whether the rows come in the order of the query.
    pub(crate) ordered: bool,
    /// How many rows are looked at, at most.
    pub(crate) count: usize,
    /// Whether a condition narrowed it.
    pub(crate) narrowed: bool,
}

/// What the conditions that must all hold say about one column.
#[derive(Clone, Debug, Default)]
struct Facts {
    /// It holds one of these.
    equal: Option<Vec<Vec<u8>>>,
    /// It holds this or more.
    from: Option<Vec<u8>>,
    /// It holds less than this.
    until: Option<Vec<u8>>,
}

/// What is asked of a plan.
#[derive(Clone, Copy)]
pub(crate) struct Goal<'q> {
    /// Of the rows in order, at most so many are wanted.
    pub(crate) page: Option<(&'q Select, usize)>,
}

type Known = BTreeMap<usize, Facts>;

impl Plan {
    /// The cheapest way to the rows of `part` that pass `test`.
    pub(crate) fn of(part: &Part<'_>, test: &Test<'_>, goal: Goal<'_>, site: Site<'_>) -> Self {
        let mut known = Known::new();
        if let Some((at, id)) = part.only {
            learn(&mut known, at, equal_to([&Value::Uuid(id)]));
        }
        gather(test, part, &mut known);
        let narrowest = candidates(part, &known, None).map(|it| it.count).min();
        let narrowest = narrowest.unwrap_or_else(|| part.len());
        learn_related(test, part, &mut known, narrowest, site);
        let wanted = goal.page.map(|(select, _)| select);
        let mut narrow: Option<Self> = None;
        let mut ordered: Option<Self> = None;
        for plan in candidates(part, &known, wanted).chain(walks(part, &known, wanted)) {
            let best = if plan.ordered { &mut ordered } else { &mut narrow };
            if best.as_ref().is_none_or(|it| plan.count < it.count) {
                *best = Some(plan);
            }
        }
        let limit = goal.page.map_or(usize::MAX, |(_, limit)| limit);
        match (narrow, ordered) {
            (Some(narrow), Some(ordered)) => narrow.or_ordered(ordered, limit),
            (Some(plan), None) | (None, Some(plan)) => plan,
            (None, None) => Self::walk(part),
        }
    }

    fn walk(part: &Part<'_>) -> Self {
        let count = part.len();
        Self { access: Access::Rows(None, None), ordered: false, count, narrowed: false }
    }

    /// Rows in order can stop at the limit, if enough of them match on the way. Guess that all
    /// the narrow ones do and are spread evenly; a wrong guess costs at most four times.
    fn or_ordered(self, ordered: Self, limit: usize) -> Self {
        let walked = limit.saturating_mul(ordered.count) / self.count.max(1);
        let ordered_costs = walked.saturating_mul(4).min(ordered.count);
        if ordered_costs > self.count {
            return self;
        }
        Self { narrowed: self.narrowed || ordered.narrowed, ..ordered }
    }
}

/// The ways through an index, or by id, that the facts narrow or the order asks for.
fn candidates<'p>(
    part: &'p Part<'_>,
    known: &'p Known,
    wanted: Option<&'p Select>,
) -> impl Iterator<Item = Plan> + 'p {
    let ids = known.get(&0).and_then(|it| it.equal.as_ref()).map(|it| by_ids(it));
    let indexes = part.shape.indexes.iter().enumerate();
    let indexed = indexes
        .filter_map(move |(number, columns)| through_index(part, known, wanted, (number, columns)));
    ids.into_iter().chain(indexed)
}

fn by_ids(values: &[Vec<u8>]) -> Plan {
    let id = |it: &Vec<u8>| it.last_chunk::<16>().map(|it| Uuid::from_bytes(*it));
    let ids: Vec<Uuid> = values.iter().filter_map(id).collect();
    Plan { count: ids.len(), access: Access::Ids(ids), ordered: false, narrowed: true }
}

fn through_index(
    part: &Part<'_>,
    known: &Known,
    wanted: Option<&Select>,
    (number, columns): (usize, &Vec<usize>),
) -> Option<Plan> {
    let (mut starts, mut used) = (vec![Vec::new()], 0);
    let mut range = None;
    for at in columns {
        let Some(facts) = known.get(at) else { break };
        if let Some(values) = &facts.equal {
            if starts.len().saturating_mul(values.len()) > MOST_RANGES && used > 0 {
                break;
            }
            starts = starts
                .iter()
                .flat_map(|start| values.iter().map(move |it| [start.as_slice(), it].concat()))
                .collect();
            used += 1;
        } else {
            range = Some(facts);
            break;
        }
    }
    let narrowed = used > 0 || range.is_some();
    let mut ranges: Vec<_> = starts.iter().map(|it| within(it, range)).collect();
    let mut ordered = false;
    if let (Some(select), [start], [only]) = (wanted, starts.as_slice(), ranges.as_mut_slice())
        && let Some(order) = KeyOrder::of(select, part, known, columns.get(used..))
    {
        ordered = true;
        order.go_on(select, start, only);
    }
    if !narrowed && !ordered {
        return None;
    }
    let count = ranges.iter().map(|it| part.count(number, it.bounds())).sum();
    Some(Plan { access: Access::Keys(number, ranges), ordered, count, narrowed })
}

/// What follows the fixed columns of an index, where its keys are in the order of the query.
#[derive(Clone, Copy, PartialEq, Eq)]
enum KeyOrder {
    /// The id, by which the query sorts.
    Id,
    /// The id; all rows agree on what the query sorts by.
    IdOfEquals,
    /// The one column that the query sorts by, then the id.
    Column,
}

impl KeyOrder {
    fn of(select: &Select, part: &Part<'_>, known: &Known, rest: Option<&[usize]>) -> Option<Self> {
        let by = part.shape.schema.position(select.order.column)?;
        match rest? {
            [] if by == 0 => Some(Self::Id),
            [] if is_by_id(by, known) => Some(Self::IdOfEquals),
            [last] if *last == by => Some(Self::Column),
            _ => None,
        }
    }

    /// Starts a range after the cursor. Where that cannot be said in bytes, the filter says it.
    fn go_on(self, select: &Select, start: &[u8], range: &mut KeyRange) {
        let Some(cursor) = &select.after else { return };
        let mut bytes = start.to_vec();
        match self {
            Self::Id => {}
            Self::IdOfEquals => return,
            Self::Column => encode(cursor.value(), &mut bytes),
        }
        bytes.extend_from_slice(cursor.id().as_bytes());
        if bytes < range.from || range.until.as_ref().is_some_and(|it| bytes > *it) {
            return;
        }
        match select.order.direction {
            Direction::Asc => {
                bytes.push(0);
                range.from = bytes;
            }
            Direction::Desc => range.until = Some(bytes),
        }
    }
}

/// Whether sorting by that column is sorting by id: it is the id, or all rows agree on it.
fn is_by_id(by: usize, known: &Known) -> bool {
    let fixed = known.get(&by).and_then(|it| it.equal.as_ref()).is_some_and(|it| it.len() < 2);
    by == 0 || fixed
}

fn within(start: &[u8], range: Option<&Facts>) -> KeyRange {
    let Some(facts) = range else {
        return KeyRange { from: start.to_vec(), until: after(start.to_vec()) };
    };
    let from = facts.from.as_deref().unwrap_or(&[PRESENT]);
    let until = facts.until.as_deref().unwrap_or(&[NULL]);
    KeyRange { from: [start, from].concat(), until: Some([start, until].concat()) }
}

/// The way through all rows, by id.
fn walks<'p>(
    part: &'p Part<'_>,
    known: &'p Known,
    wanted: Option<&'p Select>,
) -> impl Iterator<Item = Plan> + 'p {
    let mut plan = Plan::walk(part);
    if let Some(select) = wanted
        && let Some(by) = part.shape.schema.position(select.order.column)
    {
        plan.ordered = is_by_id(by, known);
        if by == 0
            && let Some(cursor) = &select.after
        {
            plan.access = match select.order.direction {
                Direction::Asc => Access::Rows(Some(cursor.id()), None),
                Direction::Desc => Access::Rows(None, Some(cursor.id())),
            };
        }
    }
    std::iter::once(plan)
}

fn equal_to<'q>(values: impl IntoIterator<Item = &'q Value>) -> Facts {
    let mut options: Vec<_> = values
        .into_iter()
        .map(|it| {
            let mut bytes = Vec::with_capacity(24);
            encode(it, &mut bytes);
            bytes
        })
        .collect();
    options.sort_unstable();
    options.dedup();
    Facts { equal: Some(options), ..Facts::default() }
}

/// Adds to what is known of a column.
fn learn(known: &mut Known, at: usize, news: Facts) {
    let facts = known.entry(at).or_default();
    facts.equal = match (facts.equal.take(), news.equal) {
        (Some(old), Some(new)) => Some(old.into_iter().filter(|it| new.contains(it)).collect()),
        (old, new) => old.or(new),
    };
    facts.from = facts.from.take().max(news.from);
    facts.until = match (facts.until.take(), news.until) {
        (Some(old), Some(new)) => Some(old.min(new)),
        (old, new) => old.or(new),
    };
}

fn gather(test: &Test<'_>, part: &Part<'_>, known: &mut Known) {
    let plain = |at: usize| part.shape.schema.columns.get(at).is_some_and(|it| it.ty != Type::Json);
    match test {
        Test::All(parts) => parts.iter().for_each(|it| gather(it, part, known)),
        // Whatever is compared with null is unknown.
        Test::Compare(at, _, Value::Null) => learn(known, *at, equal_to([])),
        Test::Compare(at, op, value) if plain(*at) => {
            if let Some(facts) = compared(*op, value) {
                learn(known, *at, facts);
            }
        }
        Test::In(at, values) if plain(*at) => {
            learn(known, *at, equal_to(values.iter().filter(|it| !it.is_null())));
        }
        Test::IsNull(at) => learn(known, *at, equal_to([&Value::Null])),
        Test::Prefix(at, prefix) => {
            let mut from = Vec::with_capacity(prefix.len() + 1);
            encode_prefix(prefix, &mut from);
            let until = after(from.clone());
            learn(known, *at, Facts { equal: None, from: Some(from), until });
        }
        _ => {}
    }
}

fn compared(op: Op, value: &Value) -> Option<Facts> {
    let mut bytes = Vec::with_capacity(24);
    encode(value, &mut bytes);
    let facts = Facts::default();
    Some(match op {
        Op::Eq => Facts { equal: Some(vec![bytes]), ..facts },
        Op::Ne => return None,
        Op::Lt => Facts { until: Some(bytes), ..facts },
        Op::Le => Facts { until: after(bytes), ..facts },
        Op::Gt => Facts { from: after(bytes), ..facts },
        Op::Ge => Facts { from: Some(bytes), ..facts },
    })
}

/// Gathers the other side of a semi-join first, where that is less than what this side would
/// look at, and is then found here by an index.
fn learn_related(
    test: &Test<'_>,
    part: &Part<'_>,
    known: &mut Known,
    narrowest: usize,
    site: Site<'_>,
) {
    let parts = match test {
        Test::All(parts) => parts.as_slice(),
        one => std::slice::from_ref(one),
    };
    for related in parts.iter().filter_map(|it| match it {
        Test::Related(related) => Some(related),
        _ => None,
    }) {
        if related.column != 0 && part.shape.led_by(&[related.column]).is_none() {
            continue;
        }
        let others = related.parts(part.owner, site);
        let goal = Goal { page: None };
        let plans: Vec<_> =
            others.iter().map(|it| (it, Plan::of(it, &related.test, goal, site))).collect();
        let count: usize = plans.iter().map(|(_, plan)| plan.count).sum();
        if count >= narrowest {
            continue;
        }
        let values = related.values.get_or_init(|| {
            plans
                .iter()
                .flat_map(|(other, plan)| {
                    let rows = plan.rows(other, Walk::Forward);
                    rows.filter(|it| related.test.passes(it, other.owner, site))
                })
                .filter_map(|it| related.value_of(it))
                .collect()
        });
        let mut options: Vec<_> = values.iter().cloned().collect();
        options.sort_unstable();
        learn(known, related.column, Facts { equal: Some(options), ..Facts::default() });
    }
}

impl Plan {
    /// The rows it finds, to be filtered.
    pub(crate) fn rows<'p, 'v: 'p>(
        &'p self,
        part: &'p Part<'v>,
        walk: Walk,
    ) -> Box<dyn Iterator<Item = &'v std::sync::Arc<lms_store::Row>> + 'p> {
        match &self.access {
            Access::Ids(ids) => Box::new(ids.iter().filter_map(|it| part.get(*it))),
            Access::Keys(index, ranges) => {
                Box::new(ranges.iter().flat_map(move |it| part.in_index(*index, it.bounds(), walk)))
            }
            Access::Rows(from, until) => {
                let bounds = Bounds { from: from.as_ref(), until: until.as_ref() };
                Box::new(part.rows(bounds, walk))
            }
        }
    }
}
