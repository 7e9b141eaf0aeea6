//! Every record of every district.
use lms_store::RecordType;

/// Every record the library persists. Backends, migrations and tests iterate this list.
///
/// Referred-to records come before those that refer to them, so that tables can be made in order.
pub fn record_types() -> Vec<RecordType> {
    [
        vec![RecordType::of::<lms_store::IdempotencyRecord>()],
        lms_store::audit::record_types(),
        lms_store::outbox::record_types(),
        lms_people::authorization::record_types(),
        lms_people::tenancy::record_types(),
        lms_people::identity::record_types(),
        lms_learning::content::record_types(),
        lms_learning::delivery::record_types(),
        lms_learning::learning::record_types(),
        lms_assessment::record_types(),
        lms_commerce::record_types(),
        lms_community::recognition::record_types(),
        lms_community::engagement::record_types(),
        lms_community::notification::record_types(),
        lms_community::operations::record_types(),
        crate::record_types(),
    ]
    .concat()
}
