//! Opens the school: branches, staff, course, package, classes and the placement test.
use lms::{
    assessment::{
        AssessmentKind,
        authoring::{CreateAssessment, NewAssessment, NewSection, PublishAssessment},
        question::{
            Accept, AnswerKey, Choice, NumberEntry, NumberKey, Question, QuestionKind, TextKey,
        },
    },
    authorization::BuiltinRole,
    commerce::{Item, ItemKind, Package, PackageItem},
    content::{CreateCourse, PublishCourse},
    delivery::{ActivateUnitCourse, ClassSchedule, CreateClass, Meeting, PlacementBand},
    identity::{AddMember, AssignRole, AssignmentScope, MembershipKind, RegisterUser, Role},
    kernel::{Context, Id, Money, Scope, Slug},
    store::Transaction,
    tenancy::{CreateTenant, CreateUnit, NewPlan, OrgUnit, OrgUnitKind, PlanLimits},
};
use serde_json::json;

use crate::{
    data::{ClassData, QuestionData, QuestionType, SchoolFile, SectionData, StaffRole},
    desk::{Desk, Failure, Person},
};

/// The name under which the records of the data file are found again, in their metadata.
pub(crate) const KEY: &str = "data_file_key";

/// The names of a question's choices in the data file, in the order of its options.
pub(crate) const CHOICES: &str = "data_file_choices";

/// Opens the school. Everything or nothing of it is stored.
pub(crate) async fn open_school(desk: &Desk, file: &SchoolFile) -> Result<(), Failure> {
    let cx = desk.system();
    let scope = Scope::TenantAndPlatform(cx.tenant());
    let mut tx = desk.store.begin_in(&cx, scope).await?;
    let school = &file.school;
    let plan = NewPlan {
        name: school.plan.name.clone(),
        price_per_month: Money::from_decimal(school.plan.price_per_month, school.currency)?,
        limits: PlanLimits {
            max_students: Some(school.plan.max_students),
            max_staff: Some(school.plan.max_staff),
            max_storage_mb: None,
        },
    };
    let command = CreateTenant {
        time_zone: school.time_zone,
        currency: school.currency,
        plan: Some(plan),
        ..CreateTenant::new(school.name.clone(), school.slug.clone(), school.locale.clone())
    };
    tx.run(command).await?;
    for staff in &file.staff {
        let role = match staff.role {
            StaffRole::Admin => BuiltinRole::Admin,
            StaffRole::Finance => BuiltinRole::Finance,
            StaffRole::Assessor => BuiltinRole::Assessor,
        };
        hire(&mut tx, staff, role).await?;
    }
    let admin = crate::world::person_with(&mut tx, BuiltinRole::Admin).await?;
    let admin = admin.ok_or("the data file's `staff` must name an admin")?;
    tx.commit().await?;
    // The administrator does the rest.
    let mut tx = desk.store.begin(&desk.acting(admin)).await?;
    open_branches(&mut tx, file).await?;
    open_course(&mut tx, file, admin).await?;
    write_test(&mut tx, file).await?;
    tx.commit().await?;
    Ok(())
}

async fn hire(
    tx: &mut Transaction,
    staff: &crate::data::Staff,
    role: BuiltinRole,
) -> Result<(), Failure> {
    let login = RegisterUser { email: Some(staff.email.clone()), ..RegisterUser::default() };
    let user = tx.run(login).await?;
    let kind =
        if role == BuiltinRole::Admin { MembershipKind::Admin } else { MembershipKind::Staff };
    let member =
        AddMember { email: Some(staff.email.clone()), ..AddMember::new(kind, staff.name.clone()) };
    let member = tx.run(member.with_user(user.id)).await?;
    if role != BuiltinRole::Admin {
        let found = tx.first(Role::by_key(role)).await?.ok_or("the built-in roles are seeded")?;
        let command = AssignRole {
            membership_id: member.id,
            role_id: found.id,
            scope: AssignmentScope::Tenant,
            scope_id: None,
        };
        tx.run(command).await?;
    }
    Ok(())
}

async fn open_branches(tx: &mut Transaction, file: &SchoolFile) -> Result<(), Failure> {
    for branch in &file.branches {
        let command = CreateUnit {
            slug: Some(branch.id.clone()),
            location: Some(branch.location.clone()),
            contact_phone: Some(branch.phone.clone()),
            time_zone: Some(file.school.time_zone),
            ..CreateUnit::new(OrgUnitKind::Branch, branch.name.clone(), None)
        };
        tx.run(command).await?;
    }
    Ok(())
}

async fn open_course(
    tx: &mut Transaction,
    file: &SchoolFile,
    admin: Person,
) -> Result<(), Failure> {
    let command = CreateCourse {
        slug: Some(file.course.slug.clone()),
        ..CreateCourse::new(file.course.title.clone(), admin.member)
    };
    let course = tx.run(command).await?;
    tx.run(PublishCourse { course_id: course.id }).await?;
    let price = Money::from_decimal(file.package.price, file.school.currency)?;
    let slug = Slug::from_title(file.package.name.as_str());
    let package = Package::new(tx.cx(), file.package.name.clone(), slug, Some(price));
    tx.insert(&package).await?;
    let item = Item::of(ItemKind::Course, course.id);
    tx.insert(&PackageItem::new(tx.cx(), package.id, item, 0)).await?;
    for branch in &file.branches {
        let unit = branch_of(tx, &branch.id).await?;
        tx.run(ActivateUnitCourse { unit_id: unit, course_id: course.id }).await?;
        for data in file.classes.iter().filter(|it| it.branch == branch.id) {
            let command = class_command(file, data, course.id, unit)?;
            let mut class = tx.run(command).await?;
            class.stamp.metadata.insert(KEY, json!(data.id))?;
            tx.update(&mut class).await?;
            let band = PlacementBand::new(tx.cx(), class.id, data.band.min, data.band.max);
            tx.insert(&band).await?;
        }
    }
    Ok(())
}

pub(crate) async fn branch_of(tx: &mut Transaction, slug: &Slug) -> Result<Id<OrgUnit>, Failure> {
    let query = lms::store::Query::filter(OrgUnit::SLUG.is(slug.clone()));
    Ok(tx.first(query).await?.ok_or_else(|| format!("there is no branch `{slug}`"))?.id)
}

fn class_command(
    file: &SchoolFile,
    data: &ClassData,
    course: Id<lms::content::Course>,
    unit: Id<OrgUnit>,
) -> Result<CreateClass, Failure> {
    let schedule = ClassSchedule::new(
        data.schedule.days.iter().copied(),
        (data.schedule.from, data.schedule.to),
        file.school.time_zone,
        (data.schedule.starts_on, data.schedule.ends_on),
    )?;
    let meeting = data.meeting_link.clone().map(|url| Meeting { provider: None, url });
    Ok(CreateClass {
        org_unit_id: Some(unit),
        level: Some(data.level.clone()),
        capacity: Some(data.capacity),
        waitlist_capacity: Some(data.capacity),
        placement_group: Some(file.course.slug.clone()),
        schedule: Some(schedule),
        mode: data.mode,
        meeting,
        ..CreateClass::offline(course, data.name.clone(), data.location.clone().unwrap_or_default())
    })
}

async fn write_test(tx: &mut Transaction, file: &SchoolFile) -> Result<(), Failure> {
    let mut sections = Vec::new();
    for section in &file.test.sections {
        sections.push(section_of(tx.cx(), section)?);
    }
    let command = NewAssessment {
        max_attempts: Some(1),
        sections,
        ..NewAssessment::new(AssessmentKind::Placement, file.test.title.clone())
    };
    let test = tx.run(CreateAssessment { assessment: command }).await?;
    crate::conversion::store_tables(tx, test.id, file).await?;
    tx.run(PublishAssessment { assessment_id: test.id }).await?;
    Ok(())
}

fn section_of(cx: &Context, data: &SectionData) -> Result<NewSection, Failure> {
    let questions =
        data.questions.iter().map(|it| question_of(cx, it)).collect::<Result<Vec<_>, _>>()?;
    Ok(NewSection {
        time_limit_seconds: Some(data.time_limit_seconds),
        ..NewSection::new(data.title.clone(), questions)
    })
}

fn question_of(cx: &Context, data: &QuestionData) -> Result<Question, Failure> {
    let (kind, key) = match data.kind {
        QuestionType::SingleChoice => (QuestionKind::SingleChoice, AnswerKey::choices()),
        QuestionType::MultipleSelect => (QuestionKind::MultipleSelect, AnswerKey::choices()),
        QuestionType::TrueFalse => (QuestionKind::TrueFalse, AnswerKey::choices()),
        QuestionType::ShortAnswer => {
            let accepted = data.accepted.iter().map(String::as_str);
            (QuestionKind::ShortAnswer, AnswerKey::Texts(TextKey::exact(accepted)))
        }
        QuestionType::Numeric => {
            let value = data.value.unwrap_or_default().to_string().parse()?;
            let accept = match data.tolerance {
                None => Accept::Exact { value },
                Some(margin) => Accept::Absolute { value, margin: margin.to_string().parse()? },
            };
            let entries = vec![NumberEntry::new(accept)];
            (
                QuestionKind::Numeric,
                AnswerKey::Numbers(NumberKey { entries, ..NumberKey::default() }),
            )
        }
    };
    let mut question = Question::new(cx, kind, data.prompt.clone(), key).worth(data.points);
    question.options = options(cx, data);
    question.stamp.metadata.insert(KEY, json!(data.id))?;
    let choices: Vec<&str> = data.choices.iter().map(|it| it.id.as_str()).collect();
    question.stamp.metadata.insert(CHOICES, json!(choices))?;
    Ok(question)
}

/// The options in the file's order, in which their names are kept too.
fn options(cx: &Context, data: &QuestionData) -> Vec<Choice> {
    let right = |id: &str| data.correct.iter().any(|it| it == id);
    if data.kind == QuestionType::TrueFalse {
        return ["true", "false"].map(|it| Choice::new(Choice::new_id(cx), it, right(it))).to_vec();
    }
    data.choices
        .iter()
        .map(|it| Choice::new(Choice::new_id(cx), it.text.clone(), right(&it.id)))
        .collect()
}
