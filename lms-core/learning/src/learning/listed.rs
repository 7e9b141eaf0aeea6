//! Which enrollments a person sees.
use uuid::Uuid;

use crate::{
    content::Course,
    learning::{Enrollment, LedCourses, TaughtClasses},
};
use lms_kernel::Id;
use lms_people::{
    authorization::{Listed, People},
    identity::Membership,
    tenancy::OrgUnit,
};
use lms_store::{Filter, StoreError, Transaction};

fn taken_in(classes: &TaughtClasses) -> Filter<Enrollment> {
    classes.work(Enrollment::LEARNER_ID, |course| Enrollment::COURSE_ID.eq(course))
}

impl Listed for Enrollment {
    fn owned_by(people: &People) -> Filter<Self> {
        people.in_column(Self::LEARNER_ID)
    }

    async fn in_units(
        tx: &mut Transaction,
        units: &[Id<OrgUnit>],
    ) -> Result<Filter<Self>, StoreError> {
        Ok(taken_in(&TaughtClasses::of_units(tx, units).await?))
    }

    async fn in_course(_: &mut Transaction, course: Uuid) -> Result<Filter<Self>, StoreError> {
        Ok(Self::COURSE_ID.eq(Id::<Course>::from_uuid(course)))
    }

    async fn in_class(tx: &mut Transaction, class: Uuid) -> Result<Filter<Self>, StoreError> {
        Ok(taken_in(&TaughtClasses::one(tx, Id::from_uuid(class)).await?))
    }

    async fn led_by(
        tx: &mut Transaction,
        leader: Id<Membership>,
    ) -> Result<Filter<Self>, StoreError> {
        let courses = LedCourses::of(tx, leader).await?;
        let taught = taken_in(&TaughtClasses::of_teacher(tx, leader).await?);
        Ok(Self::COURSE_ID.is_in(courses.owned).or(taught))
    }
}
