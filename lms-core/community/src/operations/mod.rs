//! Service requests and inventory of a centre.
//!
//! A **service request** is what someone asks the people who run a unit to do: mend a projector,
//! move a lesson, answer a complaint. It is assigned, worked on, resolved and closed. An
//! **inventory item** is a kind of thing that a unit has, how many of it, and in what condition.
//! Both come from source schema 002 (`requests`, `inventory`).

mod handle_request;
mod inventory_item;
mod keep_inventory;
mod list_inventory;
mod list_requests;
mod open_request;
mod request_status;
mod service_request;

pub use handle_request::{AssignRequest, ChangeRequest, SetPriority};
pub use inventory_item::{Condition, InventoryCategory, InventoryItem};
pub use keep_inventory::{
    AddItem, AdjustQuantity, InventoryError, KeepItem, RemoveItem, RenameItem, SetCondition,
};
pub use list_inventory::{InventoryFilter, InventoryView, ListInventory};
pub use list_requests::{ListRequests, RequestFilter, RequestView};
pub use open_request::{OpenRequest, RequestError};
pub use request_status::{RequestEvent, RequestStatus};
pub use service_request::{RequestKind, RequestPriority, RequestStatusChanged, ServiceRequest};

use lms_store::RecordType;

/// The records of this context.
pub fn record_types() -> Vec<RecordType> {
    vec![RecordType::of::<ServiceRequest>(), RecordType::of::<InventoryItem>()]
}

/// The events of this context.
pub fn events() -> Vec<lms_store::outbox::EventType> {
    use lms_store::outbox::EventType;
    vec![EventType::of::<RequestStatusChanged>()]
}

/// The operations of this context.
pub fn operations() -> Vec<lms_store::operation::OperationType> {
    use lms_store::operation::OperationType;
    vec![
        OperationType::of::<AddItem>(),
        OperationType::of::<AdjustQuantity>(),
        OperationType::of::<AssignRequest>(),
        OperationType::of::<ChangeRequest>(),
        OperationType::of::<ListInventory>(),
        OperationType::of::<ListRequests>(),
        OperationType::of::<OpenRequest>(),
        OperationType::of::<RemoveItem>(),
        OperationType::of::<RenameItem>(),
        OperationType::of::<SetCondition>(),
        OperationType::of::<SetPriority>(),
    ]
}
