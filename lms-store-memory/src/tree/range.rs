//! A walk over the entries of a range.
use std::borrow::Borrow;

use super::{Node, child_of};

/// Which keys: from the first, up to but not including the second.
pub(crate) struct Bounds<'b, Q: ?Sized> {
    /// The least key.
    pub(crate) from: Option<&'b Q>,
    /// The least key that is past the end.
    pub(crate) until: Option<&'b Q>,
}

impl<Q: ?Sized> Bounds<'_, Q> {
    /// Every key.
    pub(crate) const fn all() -> Self {
        Self { from: None, until: None }
    }
}

impl<Q: ?Sized> Clone for Bounds<'_, Q> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<Q: ?Sized> Copy for Bounds<'_, Q> {}

/// Which way a range is walked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Walk {
    /// From the least key.
    Forward,
    /// From the greatest key.
    Backward,
}

/// A walk over the entries of a range.
pub(crate) struct Range<'t, 'b, K, V, Q: ?Sized> {
    /// The nodes from the root to where the walk is, each with how many of its parts lie before
    /// the walk.
    path: Vec<(&'t Node<K, V>, usize)>,
    bounds: Bounds<'b, Q>,
    walk: Walk,
}

impl<'t, 'b, K, V, Q> Range<'t, 'b, K, V, Q>
where
    K: Borrow<Q>,
    Q: Ord + ?Sized,
{
    pub(super) fn new(root: Option<&'t Node<K, V>>, bounds: Bounds<'b, Q>, walk: Walk) -> Self {
        let start = match walk {
            Walk::Forward => bounds.from,
            Walk::Backward => bounds.until,
        };
        let mut path = Vec::with_capacity(if root.is_some() { 6 } else { 0 });
        let mut next = root;
        while let Some(node) = next.take() {
            match node {
                Node::Leaf(entries) => path.push((
                    node,
                    match (start, walk) {
                        (Some(key), _) => entries.partition_point(|(it, _)| it.borrow() < key),
                        (None, Walk::Forward) => 0,
                        (None, Walk::Backward) => entries.len(),
                    },
                )),
                Node::Branch(children) => {
                    let at = match (start, walk) {
                        (Some(key), _) => child_of(children, key),
                        (None, Walk::Forward) => 0,
                        (None, Walk::Backward) => children.len().saturating_sub(1),
                    };
                    // Forward, the child itself is behind us once we are in it.
                    path.push((node, if walk == Walk::Forward { at + 1 } else { at }));
                    next = children.get(at).map(|it| &*it.node);
                }
            }
        }
        Self { path, bounds, walk }
    }

    fn forward(&mut self) -> Option<&'t (K, V)> {
        loop {
            let (node, at) = self.path.last_mut()?;
            match *node {
                Node::Leaf(entries) => match entries.get(*at) {
                    Some(entry) => {
                        *at += 1;
                        return Some(entry);
                    }
                    None => self.path.pop(),
                },
                Node::Branch(children) => match children.get(*at) {
                    Some(child) => {
                        *at += 1;
                        self.path.push((&*child.node, 0));
                        None
                    }
                    None => self.path.pop(),
                },
            };
        }
    }

    fn backward(&mut self) -> Option<&'t (K, V)> {
        loop {
            let (node, at) = self.path.last_mut()?;
            let Some(before) = at.checked_sub(1) else {
                self.path.pop();
                continue;
            };
            *at = before;
            match *node {
                Node::Leaf(entries) => return entries.get(before),
                Node::Branch(children) => {
                    let child = &*children.get(before)?.node;
                    self.path.push((child, child.parts()));
                }
            }
        }
    }
}

impl<K, V> Node<K, V> {
    fn parts(&self) -> usize {
        match self {
            Self::Leaf(entries) => entries.len(),
            Self::Branch(children) => children.len(),
        }
    }
}

impl<'t, K, V, Q> Iterator for Range<'t, '_, K, V, Q>
where
    K: Borrow<Q>,
    Q: Ord + ?Sized,
{
    type Item = &'t (K, V);

    fn next(&mut self) -> Option<Self::Item> {
        let entry = match self.walk {
            Walk::Forward => self.forward()?,
            Walk::Backward => self.backward()?,
        };
        let within = match self.walk {
            Walk::Forward => self.bounds.until.is_none_or(|it| entry.0.borrow() < it),
            Walk::Backward => self.bounds.from.is_none_or(|it| entry.0.borrow() >= it),
        };
        if !within {
            self.path.clear();
        }
        within.then_some(entry)
    }
}
