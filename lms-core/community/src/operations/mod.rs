//! What keeps a centre running: requests for help, and the inventory.
//!
//! A **service request** is what somebody asks the people who run a unit to do: mend a projector,
//! move a lesson, answer a complaint. It is assigned, worked on, resolved and closed. An
//! **inventory item** is a sort of thing that a unit has, how many of it, and in what condition.
//! Both come from source schema 002 (`requests`, `inventory`).

mod handle_request;
mod inventory_item;
mod keep_inventory;
mod open_request;
mod request_status;
mod service_request;

pub use handle_request::{assign_request, change_request};
pub use inventory_item::{Condition, InventoryCategory, InventoryItem};
pub use keep_inventory::{
    InventoryError, KeepItem, add_item, adjust_quantity, remove_item, set_condition,
};
pub use open_request::{OpenRequest, RequestError, open_request};
pub use request_status::{RequestEvent, RequestStatus};
pub use service_request::{RequestKind, RequestPriority, RequestStatusChanged, ServiceRequest};

use lms_store::RecordType;

/// The records of this context.
pub fn record_types() -> Vec<RecordType> {
    vec![RecordType::of::<ServiceRequest>(), RecordType::of::<InventoryItem>()]
}
