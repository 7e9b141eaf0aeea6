//! Who is told what, when and how often; and what becomes of it.
use chrono::TimeDelta;
use lms::{
    content::Prose,
    delivery::{ClassGroup, ClassMember, ClassMode, MemberStatus},
    engagement::{AwardOnEvent, CommentOn, PostComment},
    identity::{Membership, MembershipKind, MembershipStatus},
    kernel::{Context, DomainError as _, ErrorKind, Id, TimeZone},
    learning::{AssignContent, LearnerStats},
    notification::*,
    outbox::Message,
    recognition::{AdoptBadgeCatalogue, BadgeAward, CertifyOnEvent},
    store::{PageSize, Query},
};
use uuid::Uuid;

use super::{course, others, start};
use crate::school::{Person, School, title};

fn news(to: Id<Membership>) -> Announcement {
    Announcement::new(to, Category::Payment, title("News"), "Something happened.")
}

async fn deliveries(school: &School, of: Id<Notification>) -> Vec<Delivery> {
    let mut tx = school.store.begin(&school.system).await.unwrap();
    let mut found = tx.all(Delivery::of(of)).await.unwrap();
    found.sort_by_key(|it| it.channel);
    found
}

async fn told(school: &School, who: &Person) -> Vec<Notification> {
    let mut tx = school.store.begin(&school.system).await.unwrap();
    tx.all(Notification::of(who.member.id)).await.unwrap()
}

async fn event(school: &School, kind: &str) -> Message {
    let mut tx = school.store.begin(&school.system).await.unwrap();
    let found = tx.all(Query::filter(Message::KIND.eq(kind.to_owned()))).await.unwrap();
    found.into_iter().next_back().expect("it was announced")
}

fn later(cx: &Context, delta: TimeDelta) -> Context {
    cx.clone().at(cx.now().saturating_add(delta))
}

#[tokio::test]
async fn people_read_what_they_were_told_and_nobody_else_does() {
    let (store, test) = start("inbox");
    let school = School::open(&store, &test).await;
    let [student, south, stranger, nobody] = others(&store, &test, &school).await;
    let ada = school.person("ada@a.example", MembershipKind::Student, None).await;
    let admin = school.person("admin@a.example", MembershipKind::Admin, None).await;
    let id = ada.member.id;
    refused!(school, [ada.cx, student, south, stranger, nobody], |tx| tx
        .run(Notify { announcement: news(id) }));
    let mut sent = Vec::new();
    for _ in 0..3 {
        sent.push(
            run!(school, admin.cx, |tx| tx.run(Notify { announcement: news(id) })).unwrap().id,
        );
    }
    refused!(school, [stranger, nobody], |tx| tx.run(CountUnread {}));
    refused!(school, [stranger, nobody], |tx| tx.run(ListNotifications {
        unread_only: true,
        size: PageSize::MAX,
        after: None
    }));
    refused!(school, [stranger, nobody], |tx| tx.run(MarkRead { id: sent[0] }));
    refused!(school, [stranger, nobody], |tx| tx.run(MarkUnread { id: sent[0] }));
    refused!(school, [stranger, nobody], |tx| tx.run(MarkAllRead {}));
    let not_theirs = run!(school, student, |tx| tx.run(MarkRead { id: sent[0] })).unwrap_err();
    assert_eq!(not_theirs.kind(), ErrorKind::NotFound);
    let unread = async || run!(school, ada.cx, |tx| tx.run(CountUnread {})).unwrap();
    assert_eq!(unread().await, 3);
    for _ in 0..2 {
        run!(school, ada.cx, |tx| tx.run(MarkRead { id: sent[1] })).unwrap();
    }
    assert_eq!(unread().await, 2);
    let page = run!(school, ada.cx, |tx| tx.run(ListNotifications {
        unread_only: true,
        size: PageSize::ONE,
        after: None
    }))
    .unwrap();
    assert_eq!(page.items[0].id, sent[2], "the latest first");
    let rest = (PageSize::MAX, page.next);
    let rest = run!(school, ada.cx, |tx| tx.run(ListNotifications {
        unread_only: true,
        size: rest.0,
        after: rest.1
    }))
    .unwrap();
    assert_eq!(rest.items.len(), 1);
    run!(school, ada.cx, |tx| tx.run(MarkUnread { id: sent[1] })).unwrap();
    assert_eq!(unread().await, 3);
    assert_eq!(run!(school, ada.cx, |tx| tx.run(MarkAllRead {})).unwrap(), 3);
    assert_eq!(run!(school, ada.cx, |tx| tx.run(MarkAllRead {})).unwrap(), 0);
    let all = run!(school, ada.cx, |tx| tx.run(ListNotifications {
        unread_only: false,
        size: PageSize::MAX,
        after: None
    }))
    .unwrap();
    assert_eq!(all.items.len(), 3);
}

#[tokio::test]
async fn wishes_say_through_what_and_when() {
    let (store, test) = start("wishes");
    let school = School::open(&store, &test).await;
    let [_, _, stranger, nobody] = others(&store, &test, &school).await;
    let ada = school.person("ada@a.example", MembershipKind::Student, None).await;
    let off = ChannelWish { frequency: EmailFrequency::Never, categories: None };
    let change = ChangePreferences {
        email_frequency: Some(EmailFrequency::Daily),
        channels: Some([(Channel::Sms, off)].into()),
        quiet_hours: Some(Some(QuietHours::new(22 * 60, 7 * 60).unwrap())),
        time_zone: Some(Some(TimeZone::new("Asia/Jakarta").unwrap())),
        ..ChangePreferences::default()
    };
    refused!(school, [stranger, nobody], |tx| tx.run(change.clone()));
    run!(school, ada.cx, |tx| tx.run(change)).unwrap();
    let in_app = ChangePreferences { in_app_enabled: Some(true), ..ChangePreferences::default() };
    let kept = run!(school, ada.cx, |tx| tx.run(in_app)).unwrap();
    assert_eq!(kept.email_frequency, EmailFrequency::Daily);

    // It is 23:30 in Jakarta.
    let night = school.system.clone().at("2025-03-01T16:30:00Z".parse().unwrap());
    let all = vec![Channel::InApp, Channel::Email, Channel::Sms, Channel::Push];
    let quiet = Announcement { channels: all.clone(), ..news(ada.member.id) };
    let urgent = Announcement { priority: Priority::Urgent, ..quiet.clone() };
    let quiet = run!(school, night, |tx| tx.run(Notify { announcement: quiet })).unwrap();
    let seen: Vec<_> = deliveries(&school, quiet.id)
        .await
        .into_iter()
        .map(|it| (it.channel, it.status, it.frequency, it.due_at.to_string()))
        .collect();
    use DeliveryStatus::{Pending, Sent, Suppressed};
    use EmailFrequency::{Daily, Immediate};
    let now = night.now().to_string();
    assert_eq!(
        seen,
        [
            (Channel::InApp, Sent, Immediate, now.clone()),
            (Channel::Email, Pending, Daily, "2025-03-02T01:00:00Z".to_owned()),
            (Channel::Sms, Suppressed, Immediate, now.clone()),
            (Channel::Push, Pending, Immediate, "2025-03-02T00:00:00Z".to_owned()),
        ]
    );
    let urgent = run!(school, night, |tx| tx.run(Notify { announcement: urgent })).unwrap();
    let due: Vec<_> = deliveries(&school, urgent.id).await;
    assert!(due.iter().all(|it| it.due_at == night.now() && it.status != Suppressed));
}

#[tokio::test]
async fn a_delivery_is_sent_once_tried_again_and_given_up() {
    let (store, test) = start("deliveries");
    let school = School::open(&store, &test).await;
    let [student, south, stranger, nobody] = others(&store, &test, &school).await;
    let mut ada = school.person("ada@a.example", MembershipKind::Student, None).await;
    let mut tx = store.begin(&school.system).await.unwrap();
    ada.member.email = Some("ada@a.example".parse().unwrap());
    tx.update(&mut ada.member).await.unwrap();
    tx.commit().await.unwrap();
    let cx = school.system.clone();
    let both = vec![Channel::Email, Channel::Sms];
    let told = Announcement { channels: both, ..news(ada.member.id) };
    let told = run!(school, cx, |tx| tx.run(Notify { announcement: told })).unwrap().id;
    let courier = Courier::default();
    refused!(school, [ada.cx, student, south, stranger, nobody], |tx| {
        tx.run(ClaimDeliveries { courier })
    });
    let claim =
        async |cx: &Context| run!(school, *cx, |tx| tx.run(ClaimDeliveries { courier })).unwrap();
    let first = claim(&cx).await;
    assert_eq!(first.len(), 1, "there is no number for a text message");
    let sms = deliveries(&school, told).await[1].clone();
    assert_eq!((sms.channel, sms.status), (Channel::Sms, DeliveryStatus::Failed));
    assert!(claim(&cx).await.is_empty(), "a claim holds");
    let after = later(&cx, TimeDelta::seconds(courier.lease_seconds));
    let second = claim(&after).await;
    assert_eq!(second.len(), 1, "a sender that died gives it back");
    let old = first[0].claim;
    refused!(school, [ada.cx, student, south, stranger, nobody], |tx| {
        tx.run(MarkDelivered { claim: old })
    });
    refused!(school, [ada.cx, student, south, stranger, nobody], |tx| {
        tx.run(MarkDeliveryFailed { claim: old, courier, failure: "no".to_owned() })
    });
    let lost = run!(school, after, |tx| tx.run(MarkDelivered { claim: old })).unwrap_err();
    assert!(matches!(lost, NotificationError::ClaimLost));

    let mut at = after;
    let mut held = second[0].claim;
    for attempt in 1..=courier.max_attempts {
        let failed = run!(school, at, |tx| {
            tx.run(MarkDeliveryFailed {
                claim: held,
                courier,
                failure: "the mailbox is full\0".to_owned(),
            })
        })
        .unwrap();
        assert_eq!(failed.attempts, attempt);
        assert_eq!(failed.failure.as_deref(), Some("the mailbox is full"));
        let is_last = attempt == courier.max_attempts;
        let wanted = if is_last { DeliveryStatus::Failed } else { DeliveryStatus::Pending };
        assert_eq!(failed.status, wanted);
        at = at.clone().at(failed.due_at);
        if !is_last {
            held = claim(&at).await[0].claim;
        }
    }
    assert!(claim(&at).await.is_empty());
    refused!(school, [ada.cx, student, south, stranger, nobody], |tx| {
        tx.run(RetryDelivery { id: held.delivery })
    });
    run!(school, at, |tx| tx.run(RetryDelivery { id: held.delivery })).unwrap();
    let held = claim(&at).await[0].claim;
    let sent = run!(school, at, |tx| tx.run(MarkDelivered { claim: held })).unwrap();
    assert_eq!((sent.status, sent.sent_at), (DeliveryStatus::Sent, Some(at.now())));
    let twice = run!(school, at, |tx| tx.run(MarkDelivered { claim: held })).unwrap_err();
    assert_eq!(twice.kind(), ErrorKind::Conflict);
}

#[tokio::test]
async fn a_digest_is_one_message_and_who_left_gets_none() {
    let (store, test) = start("digest");
    let school = School::open(&store, &test).await;
    let mut people = Vec::new();
    for (at, name) in ["ada", "bob"].into_iter().enumerate() {
        let address = format!("{name}@a.example");
        let mut person = school.person(&address, MembershipKind::Student, None).await;
        let mut tx = store.begin(&school.system).await.unwrap();
        person.member.email = Some(address.parse().unwrap());
        tx.update(&mut person.member).await.unwrap();
        tx.commit().await.unwrap();
        let daily = ChangePreferences {
            email_frequency: (at == 0).then_some(EmailFrequency::Daily),
            ..ChangePreferences::default()
        };
        run!(school, person.cx, |tx| tx.run(daily)).unwrap();
        people.push(person);
    }
    let cx = school.system.clone();
    for person in &people {
        for _ in 0..3 {
            run!(school, cx, |tx| tx.run(Notify { announcement: news(person.member.id) })).unwrap();
        }
    }
    let next_day = later(&cx, TimeDelta::days(1));
    let courier = Courier::default();
    let claimed = run!(school, next_day, |tx| tx.run(ClaimDeliveries { courier })).unwrap();
    let envelopes = gather(claimed);
    let sizes: Vec<_> = envelopes
        .iter()
        .map(|it| (it.recipient == people[0].member.id, it.deliveries.len()))
        .collect();
    assert_eq!(sizes.iter().filter(|it| **it == (true, 3)).count(), 1, "{sizes:?}");
    assert_eq!(sizes.iter().filter(|it| **it == (false, 1)).count(), 3, "{sizes:?}");
    let ids: Vec<_> = envelopes
        .iter()
        .find(|it| it.deliveries.len() == 3)
        .unwrap()
        .deliveries
        .iter()
        .map(|it| it.notification.id)
        .collect();
    assert!(ids.is_sorted());

    let left = people.remove(1);
    run!(school, cx, |tx| tx.run(Notify { announcement: news(left.member.id) })).unwrap();
    let mut gone = left.member.clone();
    gone.status = MembershipStatus::Left;
    let mut tx = store.begin(&cx).await.unwrap();
    tx.update(&mut gone).await.unwrap();
    tx.commit().await.unwrap();
    let after = later(&cx, TimeDelta::days(2));
    let claimed = run!(school, after, |tx| tx.run(ClaimDeliveries { courier })).unwrap();
    assert!(claimed.iter().all(|it| it.recipient.id != left.member.id));
}

#[tokio::test]
async fn a_class_is_told_of_its_work_once_however_often_the_event_comes() {
    let (store, test) = start("events");
    let school = School::open(&store, &test).await;
    let [student, south, stranger, nobody] = others(&store, &test, &school).await;
    let teacher = school.person("teacher@a.example", MembershipKind::Admin, None).await;
    let mut learners = Vec::new();
    for name in ["ada", "bob", "cy"] {
        let address = format!("{name}@a.example");
        learners.push(school.person(&address, MembershipKind::Student, None).await);
    }
    let (course, _) = course(&school, teacher.member.id, &[]).await;
    let cx = school.system.clone();
    let class = ClassGroup::new(&cx, course.id, title("Class 1"), ClassMode::Online);
    let statuses = [MemberStatus::Active, MemberStatus::Active, MemberStatus::Waitlisted];
    let mut tx = store.begin(&cx).await.unwrap();
    tx.insert(&class).await.unwrap();
    for (at, (who, status)) in learners.iter().zip(statuses).enumerate() {
        let member = ClassMember::new(&cx, class.id, who.member.id, status, at as i64 + 1);
        tx.insert(&member).await.unwrap();
    }
    tx.commit().await.unwrap();
    run!(school, teacher.cx, |tx| tx.run(AssignContent {
        class_id: class.id,
        node_id: None,
        due_at: None,
        instructions: None
    }))
    .unwrap();
    let event = event(&school, "learning.content_assigned").await;
    assert!(TOLD_EVENTS.contains(&event.kind.as_str()));
    refused!(school, [student, south, stranger, nobody], |tx| tx
        .run(NotifyOfEvent { event: event.clone() }));
    for (new, before) in [(2, 0), (0, 2)] {
        let done = run!(school, cx, |tx| tx.run(NotifyOfEvent { event: event.clone() })).unwrap();
        assert_eq!((done.told, done.before), (new, before));
    }
    let ada = told(&school, &learners[0]).await;
    assert_eq!(ada.len(), 1);
    assert_eq!(ada[0].title.as_str(), "New work for Class 1");
    assert_eq!(ada[0].body, "Your class is to learn “Course”, whenever it suits you.");
    assert_eq!(ada[0].category, Category::Assignment);
    assert!(told(&school, &learners[2]).await.is_empty(), "who waits has no work yet");

    let mut damaged = event.clone();
    damaged.payload = serde_json::json!({});
    let error =
        run!(school, cx, |tx| tx.run(NotifyOfEvent { event: damaged.clone() })).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    damaged.kind = "trips.booked".to_owned();
    let none = run!(school, cx, |tx| tx.run(NotifyOfEvent { event: damaged.clone() })).unwrap();
    assert_eq!(none, Told::default());
}

#[tokio::test]
async fn a_tenant_has_its_own_words_and_gaps_are_checked_by_name() {
    let (store, test) = start("templates");
    let school = School::open(&store, &test).await;
    let [student, south, stranger, nobody] = others(&store, &test, &school).await;
    let ada = school.person("ada@a.example", MembershipKind::Student, None).await;
    let admin = school.person("admin@a.example", MembershipKind::Admin, None).await;
    let words = |body: &str| KeepTemplate {
        name: "comment-answered".parse().unwrap(),
        channel: Channel::InApp,
        subject: "Jawaban".to_owned(),
        body: body.to_owned(),
        priority: Priority::Low,
    };
    refused!(school, [ada.cx, student, south, stranger, nobody], |tx| {
        tx.run(words("{{author}}"))
    });
    let bad = run!(school, admin.cx, |tx| tx.run(words("{{name}}")));
    assert_eq!(
        bad.unwrap_err().to_string(),
        "`comment-answered` has no value for `name`; use one of: author"
    );
    for text in ["Dari {{author}}", "{{author}} menjawab."] {
        run!(school, admin.cx, |tx| tx.run(words(text))).unwrap();
    }
    let (course, _) = course(&school, admin.member.id, &[ada.member.id]).await;
    let post = async |who: &Person, on: CommentOn| {
        let command = PostComment { on, content: Prose::new("Why?").unwrap() };
        run!(school, who.cx, |tx| tx.run(command)).unwrap().id
    };
    let question = post(&ada, CommentOn::Course(course.id)).await;
    post(&admin, CommentOn::Comment(question)).await;
    let answered = event(&school, "engagement.comment_posted").await;
    run!(school, school.system, |tx| tx.run(NotifyOfEvent { event: answered.clone() })).unwrap();
    let seen = told(&school, &ada).await.remove(0);
    assert_eq!((seen.title.as_str(), seen.body.as_str()), ("Jawaban", "admin@a.example menjawab."));
    assert_eq!(seen.priority, Priority::Low);
    let mut tx = store.begin(&school.system).await.unwrap();
    let name = "comment-answered".parse().unwrap();
    let kept = tx.first(Template::named(name, Channel::InApp)).await.unwrap().unwrap().id;
    drop(tx);
    refused!(school, [ada.cx, student, south, stranger, nobody], |tx| {
        tx.run(RemoveTemplate { template_id: kept })
    });
    run!(school, admin.cx, |tx| tx.run(RemoveTemplate { template_id: kept })).unwrap();
}

#[tokio::test]
async fn a_streak_that_ends_today_and_an_announcement_are_told_once() {
    let (store, test) = start("reminders");
    let school = School::open(&store, &test).await;
    let [student, south, stranger, nobody] = others(&store, &test, &school).await;
    let ada = school.person("ada@a.example", MembershipKind::Student, None).await;
    let cx = school.system.clone();
    let mut stats = LearnerStats::new(&cx, ada.member.id, TimeZone::UTC);
    for day in 0..4 {
        stats.note_activity(later(&cx, TimeDelta::days(day)).now(), TimeZone::UTC);
    }
    let mut tx = store.begin(&cx).await.unwrap();
    tx.insert(&stats).await.unwrap();
    tx.commit().await.unwrap();
    let all = || (PageSize::MAX, None);
    refused!(school, [ada.cx, student, south, stranger, nobody], |tx| {
        tx.run(RemindOfStreaks { least_days: 3, size: all().0, after: all().1 })
    });
    for (day, least, told) in [(3, 3, 0), (4, 5, 0), (4, 3, 1), (4, 3, 0), (5, 3, 0)] {
        let at = later(&cx, TimeDelta::days(day));
        let done = run!(school, at, |tx| tx.run(RemindOfStreaks {
            least_days: least,
            size: all().0,
            after: all().1
        }))
        .unwrap();
        assert_eq!(done.told.told, told, "day {day}, at least {least}");
    }
    let seen = told(&school, &ada).await;
    assert_eq!((seen.len(), seen[0].category), (1, Category::Reminder));

    let what = Announce {
        key: Uuid::from_u128(7),
        at: cx.now(),
        audience: Audience::Everybody,
        category: Category::System,
        priority: Priority::High,
        title: title("Maintenance"),
        body: "On Sunday the school is closed.".to_owned(),
        link: None,
        channels: vec![Channel::InApp],
    };
    refused!(school, [ada.cx, student, south, stranger, nobody], |tx| {
        tx.run(PostAnnouncement { what: what.clone(), size: all().0, after: all().1 })
    });
    let members = {
        let mut tx = store.begin(&cx).await.unwrap();
        tx.count(Query::<Membership>::all()).await.unwrap()
    };
    for wanted in [members, 0] {
        let (mut count, mut after) = (0, None);
        loop {
            let page = (PageSize::new(2), after);
            let done = run!(school, cx, |tx| tx.run(PostAnnouncement {
                what: what.clone(),
                size: page.0,
                after: page.1
            }))
            .unwrap();
            count += u64::from(done.told.told);
            after = done.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(count, wanted);
    }
    assert_eq!(told(&school, &ada).await.len(), 2);
}

#[tokio::test]
async fn what_was_done_earns_its_badges_when_it_is_announced() {
    let (store, test) = start("badges on events");
    let school = School::open(&store, &test).await;
    let [student, south, stranger, nobody] = others(&store, &test, &school).await;
    let ada = school.person("ada@a.example", MembershipKind::Student, None).await;
    let admin = school.person("admin@a.example", MembershipKind::Admin, None).await;
    refused!(school, [ada.cx, student, south, stranger, nobody], |tx| {
        tx.run(AdoptBadgeCatalogue {})
    });
    for new in [14, 0] {
        let badges = run!(school, admin.cx, |tx| tx.run(AdoptBadgeCatalogue {})).unwrap();
        assert_eq!(badges.len(), new);
    }
    let (course, _) = course(&school, admin.member.id, &[ada.member.id]).await;
    let command =
        PostComment { on: CommentOn::Course(course.id), content: Prose::new("Hello").unwrap() };
    run!(school, ada.cx, |tx| tx.run(command)).unwrap();
    let posted = event(&school, "engagement.comment_posted").await;
    refused!(school, [student, south, stranger, nobody], |tx| tx
        .run(AwardOnEvent { event: posted.clone() }));
    refused!(school, [ada.cx, student, south, stranger, nobody], |tx| tx
        .run(CertifyOnEvent { event: posted.clone() }));
    refused!(school, [student, south, stranger, nobody], |tx| {
        tx.run(lms::engagement::ViewAchievements { learner_id: ada.member.id })
    });
    for new in [1, 0] {
        let awards =
            run!(school, school.system, |tx| tx.run(AwardOnEvent { event: posted.clone() }));
        assert_eq!(awards.unwrap().len(), new);
    }
    let awarded = event(&school, "recognition.badge_awarded").await;
    run!(school, school.system, |tx| tx.run(NotifyOfEvent { event: awarded.clone() })).unwrap();
    let seen = told(&school, &ada).await.remove(0);
    assert_eq!(seen.body, "You earned “First Comment”.");
    let mut tx = store.begin(&school.system).await.unwrap();
    assert_eq!(tx.count(BadgeAward::of_learner(ada.member.id)).await.unwrap(), 1);
}

#[tokio::test]
async fn wishes_are_asked_again_when_mail_is_handed_over() {
    let (store, test) = start("wishes");
    let school = School::open(&store, &test).await;
    let ada = school.person("ada@a.example", MembershipKind::Student, None).await;
    let mut member = ada.member.clone();
    member.email = Some("ada@a.example".parse().unwrap());
    let mut tx = store.begin(&school.system).await.unwrap();
    tx.update(&mut member).await.unwrap();
    tx.commit().await.unwrap();
    let cx = school.system.clone();
    let wish = async |change: ChangePreferences| {
        run!(school, ada.cx, |tx| tx.run(change)).unwrap();
    };
    let queue = async || {
        run!(school, cx, |tx| tx.run(Notify { announcement: news(member.id) })).unwrap().id
    };
    let courier = Courier::default();
    let claim = async |at: &Context| {
        run!(school, *at, |tx| tx.run(ClaimDeliveries { courier })).unwrap().len()
    };
    let mail = async |of| {
        let found = deliveries(&school, of).await;
        found.into_iter().find(|it| it.channel == Channel::Email).unwrap()
    };
    let all = || ChangePreferences {
        email_enabled: Some(true),
        email_frequency: Some(EmailFrequency::Immediate),
        categories: Some(None),
        channels: Some([].into()),
        quiet_hours: Some(None),
        time_zone: Some(Some(TimeZone::UTC)),
        ..ChangePreferences::default()
    };
    let never = ChannelWish { frequency: EmailFrequency::Never, categories: None };
    for change in [
        ChangePreferences { email_enabled: Some(false), ..all() },
        ChangePreferences { email_frequency: Some(EmailFrequency::Never), ..all() },
        ChangePreferences { categories: Some(Some([Category::Info].into())), ..all() },
        ChangePreferences { channels: Some([(Channel::Email, never)].into()), ..all() },
    ] {
        wish(all()).await;
        let queued = queue().await;
        wish(change).await;
        assert_eq!(claim(&cx).await, 0);
        assert_eq!(mail(queued).await.status, DeliveryStatus::Suppressed);
    }
    // Put off, and not lost: to the end of quiet hours, and to the message of the day.
    let minute = u16::try_from(cx.now().since(lms::kernel::Timestamp::EPOCH).num_minutes() % 1_440);
    let minute = minute.unwrap();
    let quiet = QuietHours::new(minute, (minute + 90) % 1_440).unwrap();
    for (change, after) in [
        (ChangePreferences { quiet_hours: Some(Some(quiet)), ..all() }, TimeDelta::minutes(91)),
        (
            ChangePreferences { email_frequency: Some(EmailFrequency::Daily), ..all() },
            TimeDelta::hours(24),
        ),
    ] {
        wish(all()).await;
        let queued = queue().await;
        wish(change).await;
        assert_eq!(claim(&cx).await, 0);
        let waits = mail(queued).await;
        assert!(waits.status == DeliveryStatus::Pending && waits.due_at > cx.now());
        let at = later(&cx, after);
        assert_eq!(claim(&at).await, 1);
        let held = mail(queued).await;
        assert!(held.claim.is_some());
        let mut tx = store.begin(&cx).await.unwrap();
        let mut done = held;
        done.status = DeliveryStatus::Sent;
        tx.update(&mut done).await.unwrap();
        tx.commit().await.unwrap();
    }
}
