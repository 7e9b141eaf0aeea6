//! The stamp of every record: ids, times, version and metadata.
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Column, Field, FieldError, Fields, Type, Value, Values};
use lms_kernel::{ActorId, Context, Metadata, TenantId, Timestamp, Version};

/// The columns of a record that the store reads and updates.
pub trait RecordStamp: Fields {
    /// How many times the record has been written: the optimistic lock.
    fn version(&self) -> Version;
    /// Sets what a write changes.
    fn written(&mut self, version: Version, at: Timestamp, by: Option<ActorId>);
    /// When the record was soft-deleted, where it can be.
    fn deleted_at(&self) -> Option<Timestamp>;
    /// Marks the record as deleted or restored. Append-only records ignore it.
    fn set_deleted_at(&mut self, at: Option<Timestamp>);
}

/// The stamp of a record that a tenant owns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Stamp {
    /// Whose record it is.
    pub tenant_id: TenantId,
    /// How many times it has been written.
    pub version: Version,
    /// When it was first written.
    pub created_at: Timestamp,
    /// Who wrote it first; no one for work of the system.
    pub created_by: Option<ActorId>,
    /// When it was last written.
    pub updated_at: Timestamp,
    /// Who wrote it last.
    pub updated_by: Option<ActorId>,
    /// When it was deleted; a deleted record is hidden until restored or purged.
    pub deleted_at: Option<Timestamp>,
    /// The host's own facts about the record.
    pub metadata: Metadata,
}

impl Stamp {
    /// The stamp of a new record.
    pub fn new(cx: &Context) -> Self {
        Self {
            tenant_id: cx.tenant(),
            version: Version::FIRST,
            created_at: cx.now(),
            created_by: cx.actor_id(),
            updated_at: cx.now(),
            updated_by: cx.actor_id(),
            deleted_at: None,
            metadata: Metadata::default(),
        }
    }
}

/// The stamp of a record that the platform owns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PlatformStamp {
    /// How many times it has been written.
    pub version: Version,
    /// When it was first written.
    pub created_at: Timestamp,
    /// Who wrote it first; no one for work of the system.
    pub created_by: Option<ActorId>,
    /// When it was last written.
    pub updated_at: Timestamp,
    /// Who wrote it last.
    pub updated_by: Option<ActorId>,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
    /// The host's own facts about the record.
    pub metadata: Metadata,
}

impl PlatformStamp {
    /// The stamp of a new record.
    pub fn new(cx: &Context) -> Self {
        Self {
            version: Version::FIRST,
            created_at: cx.now(),
            created_by: cx.actor_id(),
            updated_at: cx.now(),
            updated_by: cx.actor_id(),
            deleted_at: None,
            metadata: Metadata::default(),
        }
    }
}

/// The stamp of a high-volume or append-only record: no soft delete, no metadata.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LogStamp {
    /// Whose record it is.
    pub tenant_id: TenantId,
    /// How many times it has been written.
    pub version: Version,
    /// When it was first written.
    pub created_at: Timestamp,
}

impl LogStamp {
    /// The stamp of a new record.
    pub fn new(cx: &Context) -> Self {
        Self { tenant_id: cx.tenant(), version: Version::FIRST, created_at: cx.now() }
    }
}

macro_rules! columns {
    ($stamp:ident: $($field:ident $ty:ty),+) => {
        impl Fields for $stamp {
            fn columns(_: &'static str, out: &mut Vec<Column>) {
                $(out.push(Column::of::<$ty>(stringify!($field)));)+
            }
            fn write(&self, out: &mut Vec<Value>) {
                $(out.push(self.$field.to_value());)+
            }
            fn read(values: &mut Values<'_>) -> Result<Self, FieldError> {
                Ok(Self { $($field: values.take()?),+ })
            }
        }
    };
}

columns!(Stamp: tenant_id TenantId, version Version, created_at Timestamp,
    created_by Option<ActorId>, updated_at Timestamp, updated_by Option<ActorId>,
    deleted_at Option<Timestamp>, metadata Metadata);
columns!(PlatformStamp: version Version, created_at Timestamp,
    created_by Option<ActorId>, updated_at Timestamp, updated_by Option<ActorId>,
    deleted_at Option<Timestamp>, metadata Metadata);
columns!(LogStamp: tenant_id TenantId, version Version, created_at Timestamp);

macro_rules! full_stamp {
    ($($stamp:ident),+) => {$(
        impl RecordStamp for $stamp {
            fn version(&self) -> Version {
                self.version
            }
            fn written(&mut self, version: Version, at: Timestamp, by: Option<ActorId>) {
                self.version = version;
                self.updated_at = at;
                self.updated_by = by;
            }
            fn deleted_at(&self) -> Option<Timestamp> {
                self.deleted_at
            }
            fn set_deleted_at(&mut self, at: Option<Timestamp>) {
                self.deleted_at = at;
            }
        }
    )+};
}

full_stamp!(Stamp, PlatformStamp);

impl RecordStamp for LogStamp {
    fn version(&self) -> Version {
        self.version
    }
    fn written(&mut self, version: Version, _: Timestamp, _: Option<ActorId>) {
        self.version = version;
    }
    fn deleted_at(&self) -> Option<Timestamp> {
        None
    }
    fn set_deleted_at(&mut self, _: Option<Timestamp>) {}
}

impl Field for ActorId {
    const TYPE: Type = Type::Uuid;
    fn to_value(&self) -> Value {
        Value::Uuid(self.uuid())
    }
    fn from_value(value: Value) -> Result<Self, FieldError> {
        Uuid::from_value(value).map(Self::from_uuid)
    }
}
