//! An ordered map whose copies share what they have in common.
//!
//! A B+ tree with reference-counted nodes. Copying the map is one increment; a change copies the
//! nodes on one path, and only those that another copy still uses. Every branch knows how many
//! entries are below each child, so that the size of a range is known without walking it.
mod range;

use std::{borrow::Borrow, cmp::Ordering, sync::Arc};

pub(crate) use range::{Bounds, Range, Walk};

/// The most entries or children of one node.
const MOST: usize = 32;
/// A node with fewer is joined with its neighbour where both fit into one.
const FEW: usize = MOST / 4;

/// An ordered map whose copies share what they have in common.
pub(crate) struct Tree<K, V> {
    root: Option<Arc<Node<K, V>>>,
}

#[derive(Clone)]
enum Node<K, V> {
    Leaf(Vec<(K, V)>),
    Branch(Vec<Child<K, V>>),
}

struct Child<K, V> {
    /// Not greater than any key below, and greater than every key below the child before.
    least: K,
    /// How many entries are below.
    count: usize,
    node: Arc<Node<K, V>>,
}

impl<K: Clone, V> Clone for Child<K, V> {
    fn clone(&self) -> Self {
        Self { least: self.least.clone(), count: self.count, node: Arc::clone(&self.node) }
    }
}

impl<K, V> Clone for Tree<K, V> {
    fn clone(&self) -> Self {
        Self { root: self.root.clone() }
    }
}

impl<K, V> Default for Tree<K, V> {
    fn default() -> Self {
        Self { root: None }
    }
}

enum Inserted<K, V> {
    Replaced(V),
    /// Added, and the node split off to its right, where it was full.
    Added(Option<Child<K, V>>),
}

impl<K: Ord + Clone, V: Clone> Tree<K, V> {
    /// How many entries there are.
    pub(crate) fn len(&self) -> usize {
        self.root.as_ref().map_or(0, |it| it.count())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.root.is_none()
    }

    /// The value of that key.
    pub(crate) fn get<Q>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let mut node = self.root.as_deref()?;
        loop {
            match node {
                Node::Leaf(entries) => {
                    let at = search(entries, key).ok()?;
                    return entries.get(at).map(|(_, value)| value);
                }
                Node::Branch(children) => node = &*children.get(child_of(children, key))?.node,
            }
        }
    }

    /// The value of that key, to be changed; `fill` makes one where there is none.
    pub(crate) fn get_or_insert_with(
        &mut self,
        key: &K,
        fill: impl FnOnce() -> V,
    ) -> Option<&mut V> {
        if self.get(key).is_none() {
            self.insert(key.clone(), fill());
        }
        let mut node = Arc::make_mut(self.root.as_mut()?);
        loop {
            match node {
                Node::Leaf(entries) => {
                    let at = search(entries, key).ok()?;
                    return entries.get_mut(at).map(|(_, value)| value);
                }
                Node::Branch(children) => {
                    let at = child_of(children, key);
                    node = Arc::make_mut(&mut children.get_mut(at)?.node);
                }
            }
        }
    }

    /// Sets the value of a key, and returns the one it had.
    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<V> {
        let Some(root) = &mut self.root else {
            self.root = Some(Arc::new(Node::Leaf(vec![(key, value)])));
            return None;
        };
        match Arc::make_mut(root).insert(key, value) {
            Inserted::Replaced(old) => return Some(old),
            Inserted::Added(None) => {}
            Inserted::Added(Some(right)) => {
                let left = self.root.take().and_then(Child::of);
                let children = left.into_iter().chain([right]).collect();
                self.root = Some(Arc::new(Node::Branch(children)));
            }
        }
        None
    }

    /// Removes a key, and returns the value it had.
    pub(crate) fn remove<Q>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        // A key that is not there must not cost a copy of the path to it.
        self.get(key)?;
        let removed = Arc::make_mut(self.root.as_mut()?).remove(key);
        while let Some(root) = &self.root {
            match &**root {
                Node::Leaf(entries) if entries.is_empty() => self.root = None,
                Node::Branch(children) if children.len() < 2 => {
                    self.root = children.first().map(|it| Arc::clone(&it.node));
                }
                Node::Leaf(_) | Node::Branch(_) => break,
            }
        }
        removed
    }

    /// The entries in that range, from the least or from the greatest.
    pub(crate) fn range<'t, 'b, Q>(
        &'t self,
        bounds: Bounds<'b, Q>,
        walk: Walk,
    ) -> Range<'t, 'b, K, V, Q>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        Range::new(self.root.as_deref(), bounds, walk)
    }

    /// Every entry, from the least.
    pub(crate) fn iter(&self) -> Range<'_, '_, K, V, K> {
        self.range(Bounds::all(), Walk::Forward)
    }

    /// How many entries are in that range.
    pub(crate) fn count<Q>(&self, bounds: Bounds<'_, Q>) -> usize
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let below = |key: &Q| self.root.as_ref().map_or(0, |it| it.rank(key));
        let until = bounds.until.map_or_else(|| self.len(), below);
        until.saturating_sub(bounds.from.map_or(0, below))
    }
}

impl<K: Ord + Clone, V: Clone> Node<K, V> {
    fn count(&self) -> usize {
        match self {
            Self::Leaf(entries) => entries.len(),
            Self::Branch(children) => children.iter().map(|it| it.count).sum(),
        }
    }

    fn size(&self) -> usize {
        match self {
            Self::Leaf(entries) => entries.len(),
            Self::Branch(children) => children.len(),
        }
    }

    fn insert(&mut self, key: K, value: V) -> Inserted<K, V> {
        match self {
            Self::Leaf(entries) => match search(entries, &key) {
                Ok(at) => match entries.get_mut(at) {
                    Some((_, slot)) => Inserted::Replaced(std::mem::replace(slot, value)),
                    None => Inserted::Added(None),
                },
                Err(at) => {
                    entries.insert(at, (key, value));
                    let right = split(entries, at).map(Self::Leaf);
                    Inserted::Added(right.and_then(|it| Child::of(Arc::new(it))))
                }
            },
            Self::Branch(children) => {
                let at = child_of(children, &key);
                let Some(child) = children.get_mut(at) else { return Inserted::Added(None) };
                if key < child.least {
                    child.least = key.clone();
                }
                let right = match Arc::make_mut(&mut child.node).insert(key, value) {
                    Inserted::Added(right) => right,
                    replaced @ Inserted::Replaced(_) => return replaced,
                };
                child.count += 1;
                if let Some(right) = right {
                    child.count -= right.count;
                    children.insert(at + 1, right);
                }
                let right = split(children, at + 1).map(Self::Branch);
                Inserted::Added(right.and_then(|it| Child::of(Arc::new(it))))
            }
        }
    }

    fn remove<Q>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        match self {
            Self::Leaf(entries) => {
                let at = search(entries, key).ok()?;
                Some(entries.remove(at).1)
            }
            Self::Branch(children) => {
                let at = child_of(children, key);
                let child = children.get_mut(at)?;
                let removed = Arc::make_mut(&mut child.node).remove(key)?;
                child.count -= 1;
                if child.count == 0 {
                    children.remove(at);
                } else if child.node.size() < FEW {
                    join(children, at);
                }
                Some(removed)
            }
        }
    }

    /// How many keys are less than `key`.
    fn rank<Q>(&self, key: &Q) -> usize
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let (mut node, mut before) = (self, 0);
        loop {
            match node {
                Self::Leaf(entries) => {
                    return before + entries.partition_point(|(it, _)| it.borrow() < key);
                }
                Self::Branch(children) => {
                    let at = child_of(children, key);
                    before += children.iter().take(at).map(|it| it.count).sum::<usize>();
                    let Some(child) = children.get(at) else { return before };
                    node = &*child.node;
                }
            }
        }
    }
}

impl<K: Ord + Clone, V: Clone> Child<K, V> {
    /// The child for a node; none for an empty one.
    fn of(node: Arc<Node<K, V>>) -> Option<Self> {
        let least = match &*node {
            Node::Leaf(entries) => entries.first()?.0.clone(),
            Node::Branch(children) => children.first()?.least.clone(),
        };
        Some(Self { least, count: node.count(), node })
    }
}

fn search<K, V, Q>(entries: &[(K, V)], key: &Q) -> Result<usize, usize>
where
    K: Borrow<Q>,
    Q: Ord + ?Sized,
{
    entries.binary_search_by(|(it, _)| it.borrow().cmp(key))
}

/// The child that holds `key` if any does.
fn child_of<K, V, Q>(children: &[Child<K, V>], key: &Q) -> usize
where
    K: Borrow<Q>,
    Q: Ord + ?Sized,
{
    let after = children.partition_point(|it| it.least.borrow().cmp(key) != Ordering::Greater);
    after.saturating_sub(1)
}

/// Splits off the right half of what has become too long. Where it grew at its end, nearly all
/// stays on the left: ids that sort by time then fill their nodes.
fn split<T>(items: &mut Vec<T>, grown_at: usize) -> Option<Vec<T>> {
    if items.len() <= MOST {
        return None;
    }
    let at_the_end = grown_at + 1 == items.len();
    Some(items.split_off(if at_the_end { MOST - 1 } else { items.len() / 2 }))
}

/// Joins a small child with a neighbour, where both fit into one with room to grow.
fn join<K: Ord + Clone, V: Clone>(children: &mut Vec<Child<K, V>>, at: usize) {
    let left_at = at.saturating_sub(1);
    let (Some(left), Some(right)) = (children.get(left_at), children.get(left_at + 1)) else {
        return;
    };
    if left.node.size() + right.node.size() > MOST - FEW {
        return;
    }
    let right = children.remove(left_at + 1);
    let Some(left) = children.get_mut(left_at) else { return };
    left.count += right.count;
    match (Arc::make_mut(&mut left.node), Arc::unwrap_or_clone(right.node)) {
        (Node::Leaf(entries), Node::Leaf(more)) => entries.extend(more),
        (Node::Branch(children), Node::Branch(more)) => children.extend(more),
        // All leaves are at the same depth, so neighbours are of one kind.
        (Node::Leaf(_), Node::Branch(_)) | (Node::Branch(_), Node::Leaf(_)) => {}
    }
}

#[cfg(test)]
mod tests;
