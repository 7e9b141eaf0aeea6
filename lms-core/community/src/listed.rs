//! Which certificates, badges, points, requests and items of inventory a person sees.
use uuid::Uuid;

use crate::{
    operations::{InventoryItem, ServiceRequest},
    recognition::{Badge, BadgeAward, Certificate, PointsEntry},
};
use lms_kernel::Id;
use lms_learning::{
    content::Course,
    learning::{LedCourses, TaughtClasses, learners_of, tutored_by},
};
use lms_people::{
    authorization::{Listed, People, Protected, Subject},
    identity::Membership,
    tenancy::OrgUnit,
};
use lms_store::{Filter, StoreError, Transaction};

/// A badge that can be earned is the tenant's.
impl Protected for Badge {
    async fn subject(&self, _: &mut Transaction) -> Result<Subject, StoreError> {
        Ok(Subject::default())
    }
}

impl Listed for Badge {}

fn taken_in(classes: &TaughtClasses) -> Filter<Certificate> {
    classes.work(Certificate::LEARNER_ID, |course| Certificate::COURSE_ID.eq(course))
}

impl Listed for Certificate {
    fn owned_by(people: &People) -> Filter<Self> {
        people.in_column(Self::LEARNER_ID)
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
        Ok(Self::COURSE_ID.is_in(courses.edited).or(taught))
    }
}

/// What a learner is rewarded with: the learner's own, led by those who lead the learner.
macro_rules! rewards {
    ($($record:ty),+) => { $(
        impl Listed for $record {
            fn owned_by(people: &People) -> Filter<Self> {
                people.in_column(Self::LEARNER_ID)
            }

            async fn in_course(
                _: &mut Transaction,
                course: Uuid,
            ) -> Result<Filter<Self>, StoreError> {
                Ok(learners_of(Self::LEARNER_ID, [Id::from_uuid(course)]))
            }

            async fn in_class(
                tx: &mut Transaction,
                class: Uuid,
            ) -> Result<Filter<Self>, StoreError> {
                let class = TaughtClasses::one(tx, Id::from_uuid(class)).await?;
                Ok(class.learners(Self::LEARNER_ID))
            }

            async fn led_by(
                tx: &mut Transaction,
                leader: Id<Membership>,
            ) -> Result<Filter<Self>, StoreError> {
                let courses = LedCourses::of(tx, leader).await?;
                let classes = TaughtClasses::of_teacher(tx, leader).await?;
                Ok(Filter::any([
                    learners_of(Self::LEARNER_ID, courses.owned),
                    classes.learners(Self::LEARNER_ID),
                    tutored_by(Self::LEARNER_ID, leader),
                ]))
            }
        }
    )+ };
}

rewards!(BadgeAward, PointsEntry);

impl Listed for ServiceRequest {
    fn owned_by(people: &People) -> Filter<Self> {
        people.in_column(Self::REQUESTED_BY)
    }

    async fn in_units(
        _: &mut Transaction,
        units: &[Id<OrgUnit>],
    ) -> Result<Filter<Self>, StoreError> {
        Ok(Self::ORG_UNIT_ID.is_in(units.iter().copied()))
    }
}

impl Listed for InventoryItem {
    async fn in_units(
        _: &mut Transaction,
        units: &[Id<OrgUnit>],
    ) -> Result<Filter<Self>, StoreError> {
        Ok(Self::ORG_UNIT_ID.is_in(units.iter().copied()))
    }
}
