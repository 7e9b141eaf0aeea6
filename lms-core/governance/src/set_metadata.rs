//! What a host attaches to a record for itself.
use lms_store::operation::{Access, Operation, operation};
use serde::{Deserialize, Serialize};

use crate::GovernanceError;
use lms_assessment::{Assessment, assignment::Assignment, question::Question};
use lms_commerce::Order;
use lms_community::operations::{InventoryItem, ServiceRequest};
use lms_kernel::{Id, Metadata};
use lms_learning::{
    content::{ContentNode, Course, Material},
    delivery::{ClassGroup, Program, Room, Session},
    learning::Enrollment,
};
use lms_people::{
    authorization::{Permission, get_authorized},
    identity::Membership,
    tenancy::OrgUnit,
};
use lms_store::Transaction;

macro_rules! described {
    ($($(#[doc = $doc:literal])+ $variant:ident($record:ty) by $permission:ident;)+) => {
        /// A record to which a host attaches facts of its own.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(tag = "kind", content = "id", rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum Described {
            $($(#[doc = $doc])+ $variant(Id<$record>),)+
        }

        impl Described {
            /// Writes the facts to the record, with permission to change it.
            async fn write(
                self,
                tx: &mut Transaction,
                metadata: Metadata,
            ) -> Result<(), GovernanceError> {
                match self {
                    $(Self::$variant(id) => {
                        let mut record = get_authorized(tx, Permission::$permission, id).await?;
                        record.stamp.metadata = metadata;
                        Ok(tx.update(&mut record).await?)
                    })+
                }
            }
        }
    };
}

described! {
    /// A unit.
    OrgUnit(OrgUnit) by UNITS_MANAGE;
    /// A membership.
    Membership(Membership) by MEMBERS_MANAGE;
    /// A course.
    Course(Course) by COURSES_MANAGE;
    /// A part of a course.
    ContentNode(ContentNode) by COURSES_MANAGE;
    /// A material of the library.
    Material(Material) by MATERIALS_MANAGE;
    /// A program.
    Program(Program) by PROGRAMS_MANAGE;
    /// A class.
    ClassGroup(ClassGroup) by CLASSES_MANAGE;
    /// A lesson of a class.
    Session(Session) by SESSIONS_MANAGE;
    /// A room.
    Room(Room) by ROOMS_MANAGE;
    /// An enrollment.
    Enrollment(Enrollment) by ENROLLMENTS_MANAGE;
    /// A test.
    Assessment(Assessment) by TESTS_MANAGE;
    /// A question.
    Question(Question) by QUESTIONS_MANAGE;
    /// Coursework.
    Assignment(Assignment) by COURSEWORK_MANAGE;
    /// An order.
    Order(Order) by ORDERS_MANAGE;
    /// A request for help.
    ServiceRequest(ServiceRequest) by REQUESTS_HANDLE;
    /// An item of the inventory.
    InventoryItem(InventoryItem) by INVENTORY_MANAGE;
}

/// Attaches a host's own facts to a record, such as its number in another system. They replace the
/// earlier ones; the library does not read them. Erasing a person removes those of the person's
/// records; attach nothing personal to other records.
///
/// # Permission
/// The one that changes such a record, such as `courses.manage` for a course and
/// `members.manage` for a membership.
///
/// # Errors
/// [`GovernanceError`].
#[operation("governance.set_metadata")]
#[derive(PartialEq, Eq)]
pub struct SetMetadata {
    /// The record.
    pub record: Described,
    /// The complete facts, at most 64 keys and 16 KB of JSON; empty removes them.
    pub metadata: Metadata,
}

impl Operation for SetMetadata {
    const ACCESS: Access = Access::Asks(&[
        Permission::UNITS_MANAGE,
        Permission::MEMBERS_MANAGE,
        Permission::COURSES_MANAGE,
        Permission::MATERIALS_MANAGE,
        Permission::PROGRAMS_MANAGE,
        Permission::CLASSES_MANAGE,
        Permission::SESSIONS_MANAGE,
        Permission::ROOMS_MANAGE,
        Permission::ENROLLMENTS_MANAGE,
        Permission::TESTS_MANAGE,
        Permission::QUESTIONS_MANAGE,
        Permission::COURSEWORK_MANAGE,
        Permission::ORDERS_MANAGE,
        Permission::REQUESTS_HANDLE,
        Permission::INVENTORY_MANAGE,
    ]);
    type Answer = ();
    type Error = GovernanceError;

    async fn run(self, tx: &mut Transaction) -> Result<(), GovernanceError> {
        self.record.write(tx, self.metadata).await
    }
}
