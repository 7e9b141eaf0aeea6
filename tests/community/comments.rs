//! Comments, answers, reactions and their moderation.

use super::{course, others, start};
use crate::school::{Person, School};
use lms::{
    content::Prose,
    engagement::{
        Comment, CommentEvent, CommentOn, CommentStatus, EditComment, ModerateComment, PostComment,
        React, Reaction, ReactionKind, RemoveComment, WithdrawReaction,
    },
    identity::MembershipKind,
    kernel::{DomainError as _, ErrorKind, Id},
    store::StoreError,
};

fn words(text: &str) -> Prose {
    Prose::new(text).unwrap()
}

async fn post(school: &School, who: &Person, on: CommentOn, text: &str) -> Id<Comment> {
    let command = PostComment { on, content: words(text) };
    run!(school, who.cx, |tx| tx.run(command)).unwrap().id
}

async fn read(school: &School, id: Id<Comment>) -> Comment {
    let mut tx = school.store.begin(&school.system).await.unwrap();
    tx.require(id).await.unwrap()
}

#[tokio::test]
async fn learners_talk_about_their_course_and_nobody_else_does() {
    let (store, test) = start("comments");
    let school = School::open(&store, &test).await;
    let [student, south, stranger, nobody] = others(&store, &test, &school).await;
    let ada = school.person("ada@a.example", MembershipKind::Student, None).await;
    let bob = school.person("bob@a.example", MembershipKind::Student, None).await;
    let owner = school.person("owner@a.example", MembershipKind::Admin, None).await;
    let (course, _) = course(&school, owner.member.id, &[ada.member.id, bob.member.id]).await;
    let on = CommentOn::Course(course.id);
    refused!(school, [student, south, stranger, nobody], |tx| {
        tx.run(PostComment { on, content: words("me too") })
    });
    let question = post(&school, &ada, on, "Why is it so?").await;
    let answer = post(&school, &bob, CommentOn::Comment(question), "Because.").await;
    let thanks = post(&school, &owner, CommentOn::Comment(answer), "Well said.").await;
    assert_eq!(read(&school, thanks).await.about(), course.reference());

    refused!(school, [stranger, nobody], |tx| tx
        .run(EditComment { comment_id: answer, content: words("No.") }));
    let by_another = run!(school, ada.cx, |tx| tx
        .run(EditComment { comment_id: answer, content: words("No.") }));
    assert_eq!(by_another.unwrap_err().kind(), ErrorKind::Forbidden);
    let edited = run!(school, bob.cx, |tx| tx
        .run(EditComment { comment_id: answer, content: words("So it is.") }));
    assert!(edited.unwrap().is_edited);

    refused!(school, [stranger, nobody], |tx| tx
        .run(React { comment_id: answer, kind: ReactionKind::Helpful }));
    for _ in 0..2 {
        run!(school, ada.cx, |tx| tx
            .run(React { comment_id: answer, kind: ReactionKind::Helpful }))
        .unwrap();
    }
    run!(school, owner.cx, |tx| tx.run(React { comment_id: answer, kind: ReactionKind::Helpful }))
        .unwrap();
    let helpful = Reaction::to(answer, ReactionKind::Helpful);
    let mut tx = school.store.begin(&school.system).await.unwrap();
    assert_eq!(tx.count(helpful.clone()).await.unwrap(), 2);
    refused!(school, [stranger, nobody], |tx| {
        tx.run(WithdrawReaction { comment_id: answer, kind: ReactionKind::Helpful })
    });
    for _ in 0..2 {
        let kind = ReactionKind::Helpful;
        run!(school, ada.cx, |tx| tx.run(WithdrawReaction { comment_id: answer, kind })).unwrap();
    }
    let mut tx = school.store.begin(&school.system).await.unwrap();
    assert_eq!(tx.count(helpful).await.unwrap(), 1);
}

#[tokio::test]
async fn a_removed_comment_leaves_its_place_and_a_hidden_one_comes_back() {
    let (store, test) = start("moderation");
    let school = School::open(&store, &test).await;
    let [student, south, stranger, nobody] = others(&store, &test, &school).await;
    let ada = school.person("ada@a.example", MembershipKind::Student, None).await;
    let owner = school.person("owner@a.example", MembershipKind::Admin, None).await;
    let (course, _) = course(&school, owner.member.id, &[ada.member.id]).await;
    let on = CommentOn::Course(course.id);
    let question = post(&school, &ada, on, "Why is it so?").await;
    let answer = post(&school, &owner, CommentOn::Comment(question), "Because.").await;
    refused!(school, [ada.cx, student, south, stranger, nobody], |tx| {
        tx.run(ModerateComment { comment_id: question, event: CommentEvent::Hide })
    });
    let hide = run!(school, owner.cx, |tx| {
        tx.run(ModerateComment { comment_id: question, event: CommentEvent::Hide })
    });
    assert_eq!(hide.unwrap().status, CommentStatus::Hidden);
    let on_hidden = PostComment { on: CommentOn::Comment(question), content: words("Still?") };
    let error = run!(school, ada.cx, |tx| tx.run(on_hidden)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    let mut tx = school.store.begin(&school.system).await.unwrap();
    assert_eq!(tx.count(Comment::threads_about(&course.reference())).await.unwrap(), 0);
    let show = CommentEvent::Show;
    run!(school, owner.cx, |tx| tx.run(ModerateComment { comment_id: question, event: show }))
        .unwrap();

    refused!(school, [stranger, nobody], |tx| tx.run(RemoveComment { comment_id: question }));
    let by_another = run!(school, owner.cx, |tx| tx.run(RemoveComment { comment_id: question }));
    assert_eq!(by_another.unwrap_err().kind(), ErrorKind::Forbidden);
    run!(school, ada.cx, |tx| tx.run(RemoveComment { comment_id: question })).unwrap();
    let tombstone = read(&school, question).await;
    assert_eq!((tombstone.status, tombstone.content), (CommentStatus::Removed, None));
    let mut tx = school.store.begin(&school.system).await.unwrap();
    assert_eq!(tx.count(Comment::threads_about(&course.reference())).await.unwrap(), 1);
    assert_eq!(tx.first(Comment::answers_to(question)).await.unwrap().unwrap().id, answer);
    assert_eq!(tx.count(Comment::by(ada.member.id)).await.unwrap(), 0);
    let missing = CommentOn::Comment(Id::from_uuid(uuid::Uuid::nil()));
    let command = PostComment { on: missing, content: words("Hello?") };
    let error = run!(school, ada.cx, |tx| tx.run(command)).unwrap_err();
    assert_eq!(error.kind(), StoreError::NotFound { table: "", id: uuid::Uuid::nil() }.kind());
}
