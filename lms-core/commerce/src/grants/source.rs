//! The source of a grant.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::OrderItem;
use lms_kernel::Id;
use lms_store::{Column, Field as _, FieldError, Fields, Value, Values};

/// The kind of thing that a grant comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
#[non_exhaustive]
pub enum AccessSourceKind {
    /// A line of a completed order.
    OrderItem,
    /// A subscription.
    Subscription,
    /// A redeemed code.
    Voucher,
    /// A decision of a person with the permission.
    Manual,
}

/// The source of a grant. There is one grant per source and item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AccessSource {
    /// The kind of thing.
    pub kind: AccessSourceKind,
    /// Which one.
    pub id: Uuid,
}

impl AccessSource {
    /// That thing.
    pub const fn new(kind: AccessSourceKind, id: Uuid) -> Self {
        Self { kind, id }
    }

    /// A line of a completed order.
    pub const fn order_item(item: Id<OrderItem>) -> Self {
        Self::new(AccessSourceKind::OrderItem, item.uuid())
    }
}

/// Fills `{field}_kind` and `{field}_id`; use it with `#[record(prefixed)]`.
impl Fields for AccessSource {
    fn columns(prefix: &'static str, out: &mut Vec<Column>) {
        out.push(Column::prefixed::<AccessSourceKind>(prefix, "kind"));
        out.push(Column::prefixed::<Uuid>(prefix, "id"));
    }
    fn write(&self, out: &mut Vec<Value>) {
        out.push(self.kind.to_value());
        out.push(self.id.to_value());
    }
    fn read(values: &mut Values<'_>) -> Result<Self, FieldError> {
        Ok(Self { kind: values.take()?, id: values.take()? })
    }
}
