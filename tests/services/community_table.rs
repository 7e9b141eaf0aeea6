//! Who may call the services of comments, notifications, requests and the inventory.
use lms::{
    content::Prose,
    engagement::*,
    kernel::Id,
    notification::*,
    operations::*,
    outbox::{DomainEvent as _, Message},
    store::{PageSize, Query},
};
use uuid::Uuid;

use crate::{
    table::Service,
    world::{Who, World, title},
};

/// What the learner said, asked for and was told, in the north.
pub(crate) struct Talk {
    comment: Comment,
    /// That the comment was posted.
    posted: Message,
    request: ServiceRequest,
    chairs: Id<InventoryItem>,
    template: Id<Template>,
}

impl Talk {
    pub(crate) async fn make(world: &World) -> Self {
        let (store, system, by_learner) = (&world.store, &world.system, world.cx(Who::Learner));
        let comment = act!(store, by_learner, |tx| tx.run(question(world))).unwrap();
        let kind = ReactionKind::Like;
        let like = React { comment_id: comment.id, kind };
        act!(store, by_learner, |tx| tx.run(like)).unwrap();
        let posted = Query::filter(Message::KIND.eq(CommentPosted::KIND.to_owned()));
        let posted = world.first(posted).await;
        let request = act!(store, by_learner, |tx| tx.run(help(world))).unwrap();
        let chairs = act!(store, system, |tx| tx.run(AddItem { item: chairs(world) })).unwrap().id;
        let template = act!(store, system, |tx| tx.run(text("streak-at-risk"))).unwrap().id;
        Self { comment, posted, request, chairs, template }
    }
}

fn words(text: &str) -> Prose {
    Prose::new(text).unwrap()
}

fn question(w: &World) -> PostComment {
    PostComment { on: CommentOn::Course(w.courses().published.id), content: words("Why so?") }
}

fn help(w: &World) -> OpenRequest {
    OpenRequest {
        org_unit_id: w.north.id,
        kind: RequestKind::It,
        details: words("The projector is dark."),
        priority: RequestPriority::High,
    }
}

fn chairs(w: &World) -> KeepItem {
    KeepItem {
        org_unit_id: w.north.id,
        name: title("Chairs"),
        category: InventoryCategory::Furniture,
        quantity: 10,
        condition: Condition::Good,
    }
}

/// A text of the school's own.
fn text(name: &str) -> KeepTemplate {
    KeepTemplate {
        name: name.parse().unwrap(),
        channel: Channel::InApp,
        subject: "Today".to_owned(),
        body: "Learn today.".to_owned(),
        priority: Priority::Low,
    }
}

/// Word to the learner's class.
fn announcement(w: &World) -> PostAnnouncement {
    let what = Announce {
        key: Uuid::from_u128(7),
        at: w.system.now(),
        audience: Audience::Class(w.things().class.id),
        category: Category::Info,
        priority: Priority::High,
        title: title("A walk"),
        body: "On Monday the class meets in the park.".to_owned(),
        link: None,
        channels: vec![Channel::InApp],
    };
    PostAnnouncement { what, size: PageSize::MAX, after: None }
}

pub(crate) fn rows() -> Vec<Service> {
    let mut rows = comments();
    rows.extend(inbox());
    rows.extend(sending());
    rows.extend(service_desk());
    rows
}

fn comments() -> Vec<Service> {
    services! { |w, cx|
        post_comment[question(w)] by Learner, not ALL, Missing;
        edit_comment[EditComment {
            comment_id: w.talk().comment.id,
            content: words("Why is it so?"),
        }] by Learner, not OUTSIDERS, Missing;
        remove_comment[RemoveComment { comment_id: w.talk().comment.id }]
            by Learner, not OUTSIDERS, Missing;
        moderate_comment[ModerateComment {
            comment_id: w.talk().comment.id,
            event: CommentEvent::Hide,
        }] by Admin, not ALL, Missing;
        react[React { comment_id: w.talk().comment.id, kind: ReactionKind::Helpful }]
            by Learner, not ALL, Missing;
        withdraw_reaction[WithdrawReaction {
            comment_id: w.talk().comment.id,
            kind: ReactionKind::Like,
        }] by Learner, not OUTSIDERS, Missing;
        award_on_event[AwardOnEvent { event: w.talk().posted.clone() }] by Admin, not ALL, Own;
    }
}

fn inbox() -> Vec<Service> {
    services! { |w, cx|
        list_notifications[ListNotifications {
            unread_only: false,
            size: PageSize::MAX,
            after: None,
        }] by Learner, not OUTSIDERS, Own;
        count_unread[CountUnread {}] by Learner, not OUTSIDERS, Own;
        mark_unread[MarkUnread { id: w.later().notification }] by Learner, not OUTSIDERS, Missing;
        mark_all_read[MarkAllRead {}] by Learner, not OUTSIDERS, Own;
        change_preferences[ChangePreferences {
            in_app_enabled: Some(true),
            ..ChangePreferences::default()
        }] by Learner, not OUTSIDERS, Own;
    }
}

fn sending() -> Vec<Service> {
    services! { |w, cx|
        claim_deliveries[ClaimDeliveries { courier: Courier::default() }] by Admin, not ALL, Own;
        keep_template[text("certificate-issued")] by Admin, not ALL, Own;
        remove_template[RemoveTemplate { template_id: w.talk().template }]
            by Admin, not ALL, Missing;
        notify_of_event[NotifyOfEvent { event: w.talk().posted.clone() }] by Admin, not ALL, Own;
        post_announcement[announcement(w)] by Admin, not ALL, Missing;
        notify[Notify {
            announcement: Announcement::new(
                w.learner.id(), Category::Payment, title("News"), "Something happened.",
            ),
        }] by Admin, not ALL, Missing;
        view_achievements[ViewAchievements { learner_id: w.learner.id() }]
            by Learner, not ALL, Missing;
        view_studies[lms::recognition::ViewStudies { learner_id: w.learner.id() }]
            by Learner, not ALL, Missing;
        remind_of_streaks[RemindOfStreaks { least_days: 1, size: PageSize::MAX, after: None }]
            by Admin, not ALL, Own;
    }
}

fn service_desk() -> Vec<Service> {
    services! { |w, cx|
        open_request[help(w)] by Learner, not OUTSIDERS, Missing;
        assign_request[AssignRequest {
            request_id: w.talk().request.id,
            assigned_to_id: Some(w.admin.id()),
        }] by Admin, not ALL, Missing;
        change_request[ChangeRequest {
            request_id: w.talk().request.id,
            event: RequestEvent::Start,
        }] by Admin, not ALL, Missing;
        add_item[AddItem { item: chairs(w) }] by Admin, not ALL, Missing;
        adjust_quantity[AdjustQuantity { item_id: w.talk().chairs, change: -1 }]
            by Admin, not ALL, Missing;
        set_priority[SetPriority { request_id: w.talk().request.id, priority: RequestPriority::Low }]
            by Admin, not ALL, Missing;
        rename_item[RenameItem {
            item_id: w.talk().chairs,
            name: title("Stools"),
            category: InventoryCategory::Furniture,
        }] by Admin, not ALL, Missing;
        set_condition[SetCondition { item_id: w.talk().chairs, condition: Condition::Broken }]
            by Admin, not ALL, Missing;
        remove_item[RemoveItem { item_id: w.talk().chairs }] by Admin, not ALL, Missing;
    }
}
