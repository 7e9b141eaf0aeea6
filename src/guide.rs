//! The guides for hosts: from the first transaction to a cluster.
//!
//! - [The first hour](self::first_hour): sign-up, sale, lesson, quiz and refund, step by step.
//! - [Hosting](self::hosting): stores, contexts, operations, jobs and ports of your application.
//! - [Over HTTP](self::http): every operation as a route, sign-in, errors, the OpenAPI document.
//! - [Lists and views](self::reading): what a screen shows, and who sees what.
//! - [Assessment](self::assessment): tests, marks, grades, conversion, placement, item analysis.
//! - [Commerce](self::commerce): orders, payments, subscriptions and billing.
//! - [Formats](self::formats): questions from other systems and back.
//! - [Privacy](self::privacy): classes of data, export, erasure, consent and the sealed trail.
//! - [What a commit promises](self::durability): each store when something breaks.
//! - [Running on PostgreSQL](self::postgres), [distributing with Citus](self::citus).
//! - [Writing a store](self::writing_a_store): a backend of your own.
//! - [Stability](self::stability): versions, the oldest toolchain, and what a release may change.
//! - [Measuring](self::benchmarks): the figures, and how to repeat them.

// The pages link to each other by relative paths, as files; here the same labels lead to modules,
// because the first definition of a label counts.

pub mod assessment {
    //! [operations]: crate::operations()
    #![doc = ""]
    #![doc = include_str!("../docs/guide/assessment.md")]
}

pub mod benchmarks {
    #![doc = include_str!("../docs/guide/benchmarks.md")]
}

pub mod citus {
    //! [postgres]: super::postgres
    #![doc = ""]
    #![doc = include_str!("../docs/guide/citus.md")]
}

pub mod commerce {
    #![doc = include_str!("../docs/guide/commerce.md")]
}

pub mod durability {
    #![doc = include_str!("../docs/guide/durability.md")]
}

pub mod first_hour {
    //! [commerce]: super::commerce
    //! [reading]: super::reading
    #![doc = ""]
    #![doc = include_str!("../docs/guide/first-hour.md")]
}

#[cfg(any(not(doctest), feature = "interop"))]
pub mod formats {
    #![doc = include_str!("../docs/guide/formats.md")]
}

#[cfg(any(not(doctest), feature = "memory"))]
pub mod hosting {
    //! [postgres]: super::postgres
    //! [durability]: super::durability
    //! [operations]: crate::operations()
    #![doc = ""]
    #![doc = include_str!("../docs/guide/hosting.md")]
}

pub mod http {
    //! [operations]: crate::operations()
    #![doc = ""]
    #![doc = include_str!("../docs/guide/http.md")]
}

// Its examples are compiled with the crate of the store.
#[cfg(not(doctest))]
pub mod postgres {
    #![doc = include_str!("../docs/guide/postgres.md")]
}

#[cfg(any(not(doctest), feature = "memory"))]
pub mod privacy {
    #![doc = include_str!("../docs/guide/privacy.md")]
}

#[cfg(any(not(doctest), feature = "memory"))]
pub mod reading {
    //! [operations]: crate::operations()
    #![doc = ""]
    #![doc = include_str!("../docs/guide/reading.md")]
}

pub mod stability {
    #![doc = include_str!("../docs/guide/stability.md")]
}

pub mod writing_a_store {
    //! [durability]: super::durability
    #![doc = ""]
    #![doc = include_str!("../docs/guide/writing-a-store.md")]
}
