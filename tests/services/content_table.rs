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
        create_course(CreateCourse::new(title("New"), w.teacher.id()))
            by Teacher, not ALL, Missing;
        edit_course(w.courses().published.id, vec![CourseChange::Title(title("Better"))])
            by Teacher, not ALL, Missing;
        feature_course(w.courses().published.id, (true, false)) by Admin, not ALL, Missing;
        clone_course(copy(w)) by Teacher, not ALL, Missing;
        delete_course(w.courses().draft.id) by Admin, not ALL, Missing;
        undelete_course(w.courses().deleted.id) by Admin, not ALL, Missing;
        publish_course(w.courses().draft.id) by Teacher, not ALL, Missing;
        submit_course(w.courses().draft.id) by Teacher, not ALL, Missing;
        approve_course(w.courses().submitted.id) by Admin, not ALL, Missing;
        reject_course(w.courses().submitted.id) by Admin, not ALL, Missing;
        archive_course(w.courses().published.id) by Teacher, not ALL, Missing;
        restore_course(w.courses().archived.id) by Teacher, not ALL, Missing;
        search_courses("published", PageSize::MAX) by Learner, not OUTSIDERS, Own;
        set_author(w.other.id(), (part(w), AuthorRole::Editor)) by Teacher, not ALL, Missing;
        remove_author(w.guardian.id(), part(w)) by Teacher, not ALL, Missing;
    }
}

fn nodes() -> Vec<Service> {
    services! { |w, cx|
        add_node(lesson(w)) by Teacher, not ALL, Missing;
        edit_node(w.courses().lesson.id, vec![NodeChange::Weight(2)]) by Teacher, not ALL, Missing;
        move_node(to_top(w)) by Teacher, not ALL, Missing;
        remove_node(w.courses().second.id) by Teacher, not ALL, Missing;
        change_node_status(w.courses().lesson.id, PublicationEvent::Archive)
            by Teacher, not ALL, Missing;
        attach_material(w.courses().activity.id, w.things().spare_material.id)
            by Teacher, not ALL, Missing;
        detach_material(w.courses().activity.id, w.things().material.id)
            by Teacher, not ALL, Missing;
        move_material(w.courses().activity.id, (w.things().material.id, 0))
            by Teacher, not ALL, Missing;
    }
}

fn library() -> Vec<Service> {
    services! { |w, cx|
        create_category(CreateCategory::new(title("Science"))) by Admin, not ALL, Own;
        find_or_create_category(title("Science")) by Admin, not ALL, Own;
        move_category(w.things().category.id, None) by Admin, not ALL, Missing;
        delete_category(w.things().category.id) by Admin, not ALL, Missing;
        create_material(title("Text"), held()) by Teacher, not ALL, Own;
        edit_material(w.things().material.id, (title("Film 2"), media()))
            by Teacher, not ALL, Missing;
        delete_material(w.things().spare_material.id) by Teacher, not ALL, Missing;
        upload_file(&w.files, w.upload()) by Learner, not ALL, Missing;
        read_file(&w.files, w.things().file.id) by Learner, not ALL, Missing;
        delete_file(w.things().file.id) by Admin, not ALL, Missing;
        advance_download(w.things().download.id, DownloadEvent::Start)
            by Learner, not ALL, Missing;
        expire_downloads() by Admin, not ALL, Own;
    }
}

fn reviews() -> Vec<Service> {
    services! { |w, cx|
        vote_helpful(w.things().review.id) by Admin, not OUTSIDERS, Missing;
        withdraw_vote(w.things().review.id) by Other, not OUTSIDERS, Missing;
        moderate_review(w.things().review.id, Moderation::Hide) by Admin, not ALL, Missing;
    }
}

#[tokio::test]
async fn who_may_is_let_and_who_may_not_is_refused() {
    check(rows()).await;
}
