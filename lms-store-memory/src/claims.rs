//! Who may write what: rows that open transactions hold, and rows that changed since they began.
use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    ops::BitOr,
    sync::Arc,
};

use lms_store::StoreError;
use uuid::Uuid;

use crate::contents::Contents;

/// One row of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct RowKey {
    pub(crate) table: &'static str,
    pub(crate) owner: Uuid,
    pub(crate) id: Uuid,
}

/// What a transaction did, or means to do, with a row. Combines with `|`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Claim(u8);

impl Claim {
    /// Keeps others from changing it.
    pub(crate) const SHARED: Self = Self(1);
    /// Holds it, written or not.
    pub(crate) const HELD: Self = Self(2);
    /// Changes it.
    pub(crate) const WRITTEN: Self = Self(4);
    /// By a declared upsert, which may be repeated when it loses.
    pub(crate) const DECLARED: Self = Self(8);

    fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

impl BitOr for Claim {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// When a row was last committed as changed or held, and as shared.
#[derive(Clone, Copy, Debug, Default)]
struct Stamp {
    taken: u64,
    shared: u64,
}

/// A transaction that has seen something: its number, and the commit that it sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticket {
    number: u64,
    pub(crate) since: u64,
}

/// What is committed, and who is at work on it.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) contents: Arc<Contents>,
    commits: u64,
    tickets: u64,
    /// How many open transactions see each commit.
    open: BTreeMap<u64, usize>,
    /// The rows of recent commits that some open transaction does not see.
    stamps: HashMap<RowKey, Stamp>,
    recent: VecDeque<(u64, Vec<RowKey>)>,
    /// The rows that open transactions have claimed, and which transactions.
    claims: HashMap<RowKey, Vec<u64>>,
}

impl State {
    /// A state with those contents, that no one is at work on.
    pub(crate) fn holding(contents: Contents) -> Self {
        Self { contents: Arc::new(contents), ..Self::default() }
    }

    /// Opens a transaction on what is committed now.
    pub(crate) fn open(&mut self) -> (Ticket, Arc<Contents>) {
        self.tickets += 1;
        *self.open.entry(self.commits).or_default() += 1;
        let ticket = Ticket { number: self.tickets, since: self.commits };
        (ticket, Arc::clone(&self.contents))
    }

    /// Whether anything was committed that the transaction does not see.
    pub(crate) fn is_stale(&self, ticket: Ticket) -> bool {
        ticket.since != self.commits
    }

    /// Whether another open transaction holds the row, or it changed since this one began.
    pub(crate) fn is_taken(&self, ticket: Ticket, row: &RowKey) -> bool {
        self.held_by_other(ticket, row) || self.lost(ticket, row, Claim::HELD)
    }

    fn held_by_other(&self, ticket: Ticket, row: &RowKey) -> bool {
        let holders = self.claims.get(row).map_or(&[][..], Vec::as_slice);
        holders.iter().any(|it| *it != ticket.number)
    }

    /// Claims a row, or says that another transaction committed a change that the transaction does not see.
    pub(crate) fn claim(
        &mut self,
        ticket: Ticket,
        row: RowKey,
        claim: Claim,
    ) -> Result<(), StoreError> {
        if self.lost(ticket, &row, claim) {
            return Err(lost_race(&row, claim));
        }
        let holders = self.claims.entry(row).or_default();
        if !holders.contains(&ticket.number) {
            holders.push(ticket.number);
        }
        Ok(())
    }

    // Who shares a row minds changes; who holds it also minds those who shared it, because they
    // may have added what the holder is about to count. A bare write does not.
    fn lost(&self, ticket: Ticket, row: &RowKey, claim: Claim) -> bool {
        self.stamps.get(row).is_some_and(|it| {
            it.taken > ticket.since || (claim.has(Claim::HELD) && it.shared > ticket.since)
        })
    }

    /// Checks that no claim lost a race.
    pub(crate) fn check(
        &self,
        ticket: Ticket,
        claims: &BTreeMap<RowKey, Claim>,
    ) -> Result<(), StoreError> {
        match claims.iter().find(|(row, claim)| self.lost(ticket, row, **claim)) {
            Some((row, claim)) => Err(lost_race(row, *claim)),
            None => Ok(()),
        }
    }

    /// Notes a commit, so that those who do not see it can tell which rows it took.
    pub(crate) fn note_commit(&mut self, ticket: Ticket, claims: &BTreeMap<RowKey, Claim>) {
        self.commits += 1;
        let others = self.open.iter().any(|(since, count)| *since != ticket.since || *count > 1);
        if !others {
            return;
        }
        for (row, claim) in claims {
            let stamp = self.stamps.entry(*row).or_default();
            if claim.has(Claim::HELD | Claim::WRITTEN) {
                stamp.taken = self.commits;
            } else {
                stamp.shared = self.commits;
            }
        }
        self.recent.push_back((self.commits, claims.keys().copied().collect()));
    }

    /// Closes a transaction, and forgets what no one needs any more.
    pub(crate) fn close<'c>(&mut self, ticket: Ticket, claims: impl Iterator<Item = &'c RowKey>) {
        for row in claims {
            if let Some(holders) = self.claims.get_mut(row) {
                holders.retain(|it| *it != ticket.number);
                if holders.is_empty() {
                    self.claims.remove(row);
                }
            }
        }
        if let Some(count) = self.open.get_mut(&ticket.since) {
            *count -= 1;
            if *count == 0 {
                self.open.remove(&ticket.since);
            }
        }
        let oldest = self.open.first_key_value().map_or(u64::MAX, |(since, _)| *since);
        while let Some((commit, rows)) = self.recent.pop_front_if(|(commit, _)| *commit <= oldest) {
            for row in rows {
                let last = self.stamps.get(&row).map(|it| it.taken.max(it.shared));
                if last.is_some_and(|it| it <= commit) {
                    self.stamps.remove(&row);
                }
            }
        }
    }

    /// How many rows it remembers something of beside the contents; none when no one is at work.
    #[cfg(test)]
    pub(crate) fn remembered(&self) -> usize {
        self.stamps.len() + self.claims.len() + self.recent.len() + self.open.len()
    }
}

fn lost_race(row: &RowKey, claim: Claim) -> StoreError {
    let (table, id) = (row.table, row.id);
    if claim.has(Claim::DECLARED) {
        return StoreError::Retryable { source: format!("`{table}` `{id}` changed").into() };
    }
    StoreError::Conflict { table, id }
}
