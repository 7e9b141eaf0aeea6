//! The product's own permissions, area by area.
use crate::Permission;

/// Whether what a permission allows changes anything. A suspended tenant still reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// It only shows.
    Read,
    /// It changes something.
    Write,
}

/// One permission of the product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CataloguedPermission {
    /// The permission.
    pub permission: Permission,
    /// Whether it changes anything.
    pub access: Access,
    /// What it allows, for the host's role editor.
    pub allows: &'static str,
    /// Whether it judges, grants or pays, and so is never used on what is one's own.
    pub never_on_own: bool,
}

macro_rules! is_given {
    () => {
        false
    };
    (never_on_own) => {
        true
    };
}

macro_rules! catalogue {
    ($($name:ident = $key:literal $access:ident $($flag:ident)? $allows:literal;)+) => {
        impl Permission {
            $(
                #[doc = concat!("`", $key, "`: ", $allows, ".")]
                pub const $name: Self = Self::from_static($key);
            )+

            /// Every permission of the product, by area.
            pub const CATALOGUE: &'static [CataloguedPermission] = &[
                $(CataloguedPermission {
                    permission: Self::$name,
                    access: Access::$access,
                    allows: $allows,
                    never_on_own: is_given!($($flag)?),
                }),+
            ];
        }
    };
}

catalogue! {
    PLATFORM_VIEW_TENANTS = "platform.view_tenants" Read "see the tenants of the platform";
    PLATFORM_MANAGE_TENANTS = "platform.manage_tenants" Write "open, suspend and close tenants";
    PLATFORM_MANAGE_PLANS = "platform.manage_plans" Write "set the plans of tenants";
    PLATFORM_MANAGE_BILLING = "platform.manage_billing" Write
        "issue and settle what tenants owe the platform";
    PLATFORM_MANAGE_USERS = "platform.manage_users" Write "suspend, unlock and erase users";
    PLATFORM_MANAGE_ADMINS = "platform.manage_admins" Write "appoint the platform's own people";

    TENANT_VIEW = "tenant.view" Read "see the tenant's plan, limits and usage";
    TENANT_MANAGE = "tenant.manage" Write "change the tenant's name, contacts and logo";
    SETTINGS_VIEW = "settings.view" Read "see the tenant's settings";
    SETTINGS_MANAGE = "settings.manage" Write "change sign-up, features and defaults";
    UNITS_VIEW = "units.view" Read "see regions, centres and branches";
    UNITS_MANAGE = "units.manage" Write "add, move and close regions, centres and branches";

    MEMBERS_VIEW = "members.view" Read "see who is a member, and how to reach them";
    MEMBERS_MANAGE = "members.manage" Write "add, change, suspend and remove members";
    MEMBERS_INVITE = "members.invite" Write "invite people";
    MEMBERS_VIEW_SENSITIVE = "members.view_sensitive" Read
        "see special needs, academic ages and dates of birth";
    MEMBERS_EDIT_SENSITIVE = "members.edit_sensitive" Write
        "change special needs, academic ages and dates of birth";
    PROFILES_VIEW = "profiles.view" Read "see the profiles of staff and learners";
    PROFILES_EDIT = "profiles.edit" Write "change the profiles of staff and learners";
    TUTORS_ASSIGN = "tutors.assign" Write "give a learner a tutor";
    GUARDIANS_VIEW = "guardians.view" Read "see who is responsible for a learner";
    GUARDIANS_MANAGE = "guardians.manage" Write never_on_own "say who is responsible for a learner";
    ROLES_VIEW = "roles.view" Read "see roles, what they allow and who has them";
    ROLES_MANAGE = "roles.manage" Write "make roles and change what they allow";
    ROLES_ASSIGN = "roles.assign" Write "give and take roles";
    FOLLOWS_MANAGE = "follows.manage" Write "follow people and keep interests";

    COURSES_VIEW = "courses.view" Read "see published courses";
    COURSES_VIEW_DRAFTS = "courses.view_drafts" Read "see courses that are not published";
    COURSES_CREATE = "courses.create" Write "start a course";
    COURSES_MANAGE = "courses.manage" Write "change a course and all that is in it";
    COURSES_PUBLISH = "courses.publish" Write "publish and archive a course";
    COURSES_REVIEW = "courses.review" Write "approve or reject a course for publication";
    COURSES_DELETE = "courses.delete" Write "delete and restore a course";
    COURSES_FEATURE = "courses.feature" Write "feature a course in the catalogue";
    AUTHORS_MANAGE = "authors.manage" Write "say who writes a course";
    CATEGORIES_MANAGE = "categories.manage" Write "keep the categories and tags";
    MATERIALS_VIEW = "materials.view" Read "see the library of materials";
    MATERIALS_MANAGE = "materials.manage" Write "keep the library of materials";
    REVIEWS_WRITE = "reviews.write" Write "review a course";
    REVIEWS_VOTE = "reviews.vote" Write "say that a review was helpful";
    REVIEWS_MODERATE = "reviews.moderate" Write "feature, hide and remove reviews";
    FILES_VIEW = "files.view" Read "see files";
    FILES_UPLOAD = "files.upload" Write "add files";
    FILES_MANAGE = "files.manage" Write "change and remove files";
    DOWNLOADS_REQUEST = "downloads.request" Write "download for use without a connection";

    PROGRAMS_VIEW = "programs.view" Read "see programs";
    PROGRAMS_MANAGE = "programs.manage" Write "make programs and say which courses they have";
    UNIT_COURSES_MANAGE = "unit_courses.manage" Write "say which unit offers which course";
    CLASSES_VIEW = "classes.view" Read "see a class and its timetable";
    CLASSES_CREATE = "classes.create" Write "start a class";
    CLASSES_MANAGE = "classes.manage" Write "change a class";
    CLASSES_MANAGE_MEMBERS = "classes.manage_members" Write "say who is in a class";
    CLASSES_JOIN = "classes.join" Write "join a class by its code, and leave it";
    SESSIONS_VIEW = "sessions.view" Read "see lessons in the timetable";
    SESSIONS_MANAGE = "sessions.manage" Write "plan, move and cancel lessons";
    SESSIONS_HOST = "sessions.host" Write "start and end a lesson";
    SESSIONS_ATTEND = "sessions.attend" Write "take part in a lesson";
    ATTENDANCE_VIEW = "attendance.view" Read "see attendance";
    ATTENDANCE_RECORD = "attendance.record" Write never_on_own "take attendance";
    ROOMS_MANAGE = "rooms.manage" Write "keep rooms";

    ENROLLMENTS_VIEW = "enrollments.view" Read "see who is enrolled";
    ENROLLMENTS_MANAGE = "enrollments.manage" Write "enrol, suspend and drop learners";
    ENROLLMENTS_ENROLL_SELF = "enrollments.enroll_self" Write "enroll in a course, and leave it";
    LESSONS_STUDY = "lessons.study" Write "open lessons and record progress";
    PROGRESS_VIEW = "progress.view" Read "see progress, statistics and streaks";
    PROGRESS_MANAGE = "progress.manage" Write never_on_own "correct progress";
    RULES_MANAGE = "rules.manage" Write "set release and completion rules";
    ASSIGNMENTS_SET = "assignments.set" Write "set content for a class, with a due date";
    DASHBOARDS_VIEW = "dashboards.view" Read "see the dashboard of a class";

    TESTS_VIEW = "tests.view" Read "see tests with their keys";
    TESTS_MANAGE = "tests.manage" Write "write tests and how they are scored";
    TESTS_PUBLISH = "tests.publish" Write "open and close tests";
    TESTS_GRADE = "tests.grade" Write never_on_own "mark answers";
    TESTS_OVERRIDE = "tests.override" Write never_on_own "give a person more time or attempts";
    QUESTIONS_VIEW = "questions.view" Read "see questions with their keys";
    QUESTIONS_MANAGE = "questions.manage" Write "write questions and question banks";
    ATTEMPTS_TAKE = "attempts.take" Write "take a test";
    ATTEMPTS_VIEW = "attempts.view" Read "see attempts and answers";
    ATTEMPTS_MANAGE = "attempts.manage" Write never_on_own "void, reopen and extend attempts";
    SCORES_VIEW = "scores.view" Read "see released scores and how they came about";
    SCORES_VIEW_UNRELEASED = "scores.view_unreleased" Read never_on_own "see scores before they are released";
    SCORES_RELEASE = "scores.release" Write never_on_own "release scores";
    SCORES_OVERRIDE = "scores.override" Write never_on_own "replace a score";
    GRADEBOOK_VIEW = "gradebook.view" Read never_on_own "see the gradebook";
    GRADEBOOK_MANAGE = "gradebook.manage" Write never_on_own "set up the gradebook and its scales";
    CONVERSIONS_MANAGE = "conversions.manage" Write "keep score conversion tables";
    PLACEMENT_MANAGE = "placement.manage" Write never_on_own "set placement bands and place learners";
    COURSEWORK_MANAGE = "coursework.manage" Write "set coursework";
    SUBMISSIONS_SUBMIT = "submissions.submit" Write "hand in coursework";
    SUBMISSIONS_VIEW = "submissions.view" Read "see what was handed in";
    SUBMISSIONS_GRADE = "submissions.grade" Write never_on_own "mark what was handed in";
    OBSERVATIONS_VIEW = "observations.view" Read "see a tutor's observations";
    OBSERVATIONS_RECORD = "observations.record" Write never_on_own "record an observation";
    PROCTORING_VIEW = "proctoring.view" Read "see proctoring records";
    PROCTORING_REVIEW = "proctoring.review" Write never_on_own "judge proctoring violations";
    ITEM_STATISTICS_VIEW = "item_statistics.view" Read "see how questions perform";

    PRICES_MANAGE = "prices.manage" Write "set prices, packages and plans for sale";
    ORDERS_PLACE = "orders.place" Write "order and pay";
    ORDERS_VIEW = "orders.view" Read "see orders";
    ORDERS_MANAGE = "orders.manage" Write "change and cancel orders";
    ORDERS_REVIEW_PROOF = "orders.review_proof" Write never_on_own "approve or reject a proof of payment";
    PAYMENTS_VIEW = "payments.view" Read "see payments";
    PAYMENTS_RECORD = "payments.record" Write never_on_own "record a payment made outside the system";
    PAYMENTS_REFUND = "payments.refund" Write never_on_own "refund a payment";
    GATEWAYS_MANAGE = "gateways.manage" Write "set up payment gateways and replay their messages";
    VOUCHERS_VIEW = "vouchers.view" Read "see vouchers";
    VOUCHERS_MANAGE = "vouchers.manage" Write "make and end vouchers";
    VOUCHERS_REDEEM = "vouchers.redeem" Write "use a voucher";
    SUBSCRIPTIONS_VIEW = "subscriptions.view" Read "see subscriptions";
    SUBSCRIPTIONS_MANAGE = "subscriptions.manage" Write "change, pause and cancel subscriptions";
    WALLETS_VIEW = "wallets.view" Read "see wallets";
    WALLETS_ADJUST = "wallets.adjust" Write never_on_own "add to and take from wallets";
    PAYOUTS_VIEW = "payouts.view" Read "see payouts";
    PAYOUTS_REQUEST = "payouts.request" Write "ask for a payout";
    PAYOUTS_MANAGE = "payouts.manage" Write never_on_own "approve and pay payouts";
    LEDGER_VIEW = "ledger.view" Read "see the book of a unit";
    LEDGER_RECORD = "ledger.record" Write "enter income and expenses";
    BILLING_VIEW = "billing.view" Read "see what the tenant owes the platform";

    CERTIFICATES_VIEW = "certificates.view" Read "see certificates";
    CERTIFICATES_ISSUE = "certificates.issue" Write never_on_own "issue and revoke certificates";
    BADGES_VIEW = "badges.view" Read "see badges";
    BADGES_MANAGE = "badges.manage" Write "make badges and their criteria";
    BADGES_AWARD = "badges.award" Write never_on_own "award and take back badges";
    POINTS_VIEW = "points.view" Read "see points";
    POINTS_AWARD = "points.award" Write never_on_own "award points";

    COMMENTS_VIEW = "comments.view" Read "see comments";
    COMMENTS_POST = "comments.post" Write "comment and react";
    COMMENTS_MODERATE = "comments.moderate" Write never_on_own "hide and remove comments, decide on flags";
    ANNOUNCEMENTS_POST = "announcements.post" Write "announce to a class, a unit or everyone";

    NOTIFICATIONS_VIEW = "notifications.view" Read "see notifications";
    NOTIFICATIONS_SEND = "notifications.send" Write "notify people";
    NOTIFICATIONS_MANAGE = "notifications.manage" Write "mark, repeat and suppress deliveries";
    TEMPLATES_MANAGE = "templates.manage" Write "keep message templates";
    PREFERENCES_EDIT = "preferences.edit" Write "choose what to be told and where";

    REQUESTS_OPEN = "requests.open" Write "ask for help";
    REQUESTS_VIEW = "requests.view" Read "see requests";
    REQUESTS_HANDLE = "requests.handle" Write "assign, work on and close requests";
    INVENTORY_VIEW = "inventory.view" Read "see the inventory";
    INVENTORY_MANAGE = "inventory.manage" Write "keep the inventory";

    REPORTS_VIEW = "reports.view" Read "see reports on learning";
    REPORTS_VIEW_FINANCE = "reports.view_finance" Read "see reports on money";
    AUDIT_VIEW = "audit.view" Read "see the audit trail";
    DATA_EXPORT = "data.export" Read "export data about a person";
    DATA_ERASE = "data.erase" Write "erase a person";
    CONSENTS_GIVE = "consents.give" Write "give and withdraw consent";
    CONSENTS_VIEW = "consents.view" Read "see consents";
    RETENTION_MANAGE = "retention.manage" Write "purge what is past its retention";
    INTEGRATIONS_MANAGE = "integrations.manage" Write "set up outgoing webhooks and integrations";
}

impl Permission {
    /// Permissions that only their own key grants: no pattern matches them.
    pub const GUARDED: &'static [Self] = &[
        Self::MEMBERS_VIEW_SENSITIVE,
        Self::MEMBERS_EDIT_SENSITIVE,
        Self::DATA_ERASE,
        Self::PROCTORING_VIEW,
    ];

    /// Whether only the permission's own key grants it, because it opens what a child's parents
    /// would want few people to see, or cannot be undone.
    pub fn is_guarded(&self) -> bool {
        Self::GUARDED.contains(self)
    }

    /// Whether it judges, grants or pays: it is refused on what is the actor's own and on what the
    /// actor asked for, whatever roles they have.
    pub fn is_never_on_own(&self) -> bool {
        Self::CATALOGUE.iter().any(|it| it.permission == *self && it.never_on_own)
    }

    /// What it allows, as an administrator reads it; nothing for a host's own permission.
    pub fn allows(&self) -> Option<&'static str> {
        Self::CATALOGUE.iter().find(|it| it.permission == *self).map(|it| it.allows)
    }

    /// Whether what it allows changes anything; a host's own permissions count as writing.
    pub fn access(&self) -> Access {
        let known = Self::CATALOGUE.iter().find(|it| it.permission == *self);
        known.map_or(Access::Write, |it| it.access)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn keys_are_unique_and_verbs_that_show_are_reads() {
        let keys: BTreeSet<_> = Permission::CATALOGUE.iter().map(|it| &it.permission).collect();
        assert_eq!(keys.len(), Permission::CATALOGUE.len());
        for it in Permission::CATALOGUE {
            let shows = it.permission.as_str().contains(".view")
                || it.permission == Permission::DATA_EXPORT;
            assert_eq!(it.access == Access::Read, shows, "{}", it.permission);
        }
    }

    #[test]
    fn a_key_of_the_host_counts_as_writing() {
        assert_eq!(Permission::from_static("trips.view").access(), Access::Write);
        assert_eq!(Permission::COURSES_VIEW.access(), Access::Read);
    }
}
