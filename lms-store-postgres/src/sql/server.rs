//! What a statement is written for.

/// The kind of server that statements are for. A cluster of Citus sends the text of a message on to
/// its nodes and cannot split every form of statement, so it is sent one command a message, and
/// rows as `VALUES`, which it routes; one server takes several commands at once, and rows as
/// arrays, which it reads fastest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Server {
    /// One PostgreSQL server.
    #[default]
    Single,
    /// A coordinator of Citus.
    Cluster,
}
