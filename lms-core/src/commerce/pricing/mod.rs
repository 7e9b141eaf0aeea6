//! What things cost.
mod price;

pub use price::Price;
