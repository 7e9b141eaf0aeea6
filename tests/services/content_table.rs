//! Who may call the services of content.
use lms::{content::*, store::PageSize};

use crate::{
    table::{Service, check},
    world::{World, title},
};

fn held() -> (BlockKind, MaterialContent) {
    (BlockKind::Text, MaterialContent::Text(Prose::new("Read this.").unwrap()))
}

fn media() -> MaterialContent {
    MaterialContent::Media(MediaRef::Url("https://media.example/2".parse().unwrap()))
}

fn to_top(w: &World) -> MoveNode {
    let module = w.courses().module.id;
    MoveNode { node_id: w.courses().second.id, parent_id: Some(module), position: 0 }
}

fn copy(w: &World) -> CloneCourse {
    let (source_id, owner_id) = (w.courses().published.id, w.teacher.id());
    CloneCourse { source_id, title: title("Copy"), slug: None, owner_id }
}

fn part(w: &World) -> (AuthoredKind, uuid::Uuid) {
    (AuthoredKind::Course, w.courses().published.id.uuid())
}

fn lesson(w: &World) -> AddNode {
    let course = w.courses().published.id;
    AddNode::new(course, NodeKind::Lesson, title("New")).under(w.courses().module.id)
}

pub(crate) fn rows() -> Vec<Service> {
    let mut rows = courses();
    rows.extend(nodes());
    rows.extend(library());
    rows.extend(reviews());
    rows
}

fn courses() -> Vec<Service> {
    services! { |w, cx|
        create_course[CreateCourse::new(title("New"), w.teacher.id())]
            by Teacher, not ALL, Missing;
        edit_course[EditCourse { course_id: w.courses().published.id, changes: vec![CourseChange::Title(title("Better"))] }]
            by Teacher, not ALL, Missing;
        feature_course[FeatureCourse { course_id: w.courses().published.id, is_featured: true, is_bestseller: false }] by Admin, not ALL, Missing;
        clone_course[copy(w)] by Teacher, not ALL, Missing;
        delete_course[DeleteCourse { course_id: w.courses().draft.id }] by Admin, not ALL, Missing;
        undelete_course[UndeleteCourse { course_id: w.courses().deleted.id }] by Admin, not ALL, Missing;
        publish_course[PublishCourse { course_id: w.courses().draft.id }] by Teacher, not ALL, Missing;
        submit_course[SubmitCourse { course_id: w.courses().draft.id }] by Teacher, not ALL, Missing;
        approve_course[ApproveCourse { course_id: w.courses().submitted.id }] by Admin, not ALL, Missing;
        reject_course[RejectCourse { course_id: w.courses().submitted.id }] by Admin, not ALL, Missing;
        archive_course[ArchiveCourse { course_id: w.courses().published.id }] by Teacher, not ALL, Missing;
        restore_course[RestoreCourse { course_id: w.courses().archived.id }] by Teacher, not ALL, Missing;
        search_courses[SearchCourses { text: "published".to_owned(), limit: PageSize::MAX }] by Learner, not OUTSIDERS, Own;
        set_author[SetAuthor { author_id: w.other.id(), target: part(w), role: AuthorRole::Editor }] by Teacher, not ALL, Missing;
        remove_author[RemoveAuthor { author_id: w.guardian.id(), target: part(w) }] by Teacher, not ALL, Missing;
    }
}

fn nodes() -> Vec<Service> {
    services! { |w, cx|
        add_node[lesson(w)] by Teacher, not ALL, Missing;
        edit_node[EditNode { node_id: w.courses().lesson.id, changes: vec![NodeChange::Weight(2)] }] by Teacher, not ALL, Missing;
        move_node[to_top(w)] by Teacher, not ALL, Missing;
        restore_node[RestoreNode { node_id: w.later().removed_node }] by Teacher, not ALL, Missing;
        remove_node[RemoveNode { node_id: w.courses().second.id }] by Teacher, not ALL, Missing;
        change_node_status[ChangeNodeStatus { node_id: w.courses().lesson.id, event: PublicationEvent::Archive }]
            by Teacher, not ALL, Missing;
        attach_material[AttachMaterial { activity_id: w.courses().activity.id, material_id: w.things().spare_material.id }]
            by Teacher, not ALL, Missing;
        detach_material[DetachMaterial { activity_id: w.courses().activity.id, material_id: w.things().material.id }]
            by Teacher, not ALL, Missing;
        move_material[MoveMaterial { activity_id: w.courses().activity.id, material_id: w.things().material.id, position: 0 }]
            by Teacher, not ALL, Missing;
    }
}

fn library() -> Vec<Service> {
    services! { |w, cx|
        create_category[CreateCategory::new(title("Science"))] by Admin, not ALL, Own;
        find_or_create_category[FindOrCreateCategory { name: title("Science") }] by Admin, not ALL, Own;
        move_category[MoveCategory { category_id: w.things().category.id, parent_id: None }] by Admin, not ALL, Missing;
        delete_category[DeleteCategory { category_id: w.things().category.id }] by Admin, not ALL, Missing;
        create_material[CreateMaterial { title: title("Text"), kind: held().0, content: held().1 }] by Teacher, not ALL, Own;
        edit_material[EditMaterial { material_id: w.things().material.id, title: title("Film 2"), content: media() }]
            by Teacher, not ALL, Missing;
        delete_material[DeleteMaterial { material_id: w.things().spare_material.id }] by Teacher, not ALL, Missing;
        check_upload[CheckUpload { file: w.upload().file, size_bytes: 4 }] by Learner, not ALL, Missing;
        upload_file[w.upload()] by Learner, not ALL, Missing;
        read_file[ReadFile { file_id: w.things().file.id }] by Learner, not ALL, Missing;
        restore_file[RestoreFile { file_id: w.later().removed_file }] by Admin, not ALL, Missing;
        delete_file[DeleteFile { file_id: w.things().file.id }] by Admin, not ALL, Missing;
        advance_download[AdvanceDownload { download_id: w.things().download.id, event: DownloadEvent::Start }]
            by Learner, not ALL, Missing;
        expire_downloads[ExpireDownloads { due: PageSize::MAX.into() }] by Admin, not ALL, Own;
    }
}

fn reviews() -> Vec<Service> {
    services! { |w, cx|
        vote_helpful[VoteHelpful { review_id: w.things().review.id }] by Admin, not OUTSIDERS, Missing;
        withdraw_vote[WithdrawVote { review_id: w.things().review.id }] by Other, not OUTSIDERS, Missing;
        moderate_review[ModerateReview { review_id: w.things().review.id, moderation: Moderation::Hide }] by Admin, not ALL, Missing;
    }
}

#[test]
fn who_may_is_let_and_who_may_not_is_refused() {
    crate::authority::with_room(|| check(rows()));
}
