//! Many who agree and take back at the same time leave one consent, or none.
use lms_core::{
    governance::{Consent, ConsentError, GiveConsent, ListConsents, WithdrawConsent, consented},
    identity::MembershipKind,
    kernel::Slug,
    store::Query,
};
use lms_testkit::TestContext;

use super::{found, insist, member, stores};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn twenty_who_agree_at_once_leave_one_consent() {
    let (_database, stores) = stores().await;
    for store in stores {
        let cx = found(&store, &TestContext::new("agreeing at once")).await;
        let ada = member(&store, &cx, MembershipKind::Student, "Ada").await;
        let photos = Slug::new("photos").unwrap();
        for round in 1..=3 {
            let tasks: Vec<_> = (0..20)
                .map(|_| {
                    let (store, cx, photos, id) =
                        (store.clone(), cx.clone(), photos.clone(), ada.id);
                    tokio::spawn(async move {
                        insist(&store, &cx, |tx| {
                            let photos = photos.clone();
                            Box::pin(async move {
                                let version = "photo policy".parse().unwrap();
                                let given_by = Some(id);
                                let command = GiveConsent::new(id, photos, version);
                                let command = GiveConsent { given_by, ..command };
                                tx.run(command).await
                            })
                        })
                        .await
                        .map(|it| it.id)
                    })
                })
                .collect();
            let mut given = std::collections::BTreeSet::new();
            for task in tasks {
                given.insert(task.await.unwrap().unwrap());
            }
            assert_eq!(given.len(), 1);
            let mut tx = store.begin(&cx).await.unwrap();
            let all = tx.run(ListConsents { member_id: ada.id }).await.unwrap();
            assert_eq!(all.len(), round);
            assert!(consented(&all, &photos, None, cx.now()));
            let ended: Result<_, ConsentError> =
                tx.run(WithdrawConsent { member_id: ada.id, purpose: photos.clone() }).await;
            assert_eq!(ended.unwrap().len(), 1);
            tx.commit().await.unwrap();
        }
        let mut tx = store.begin(&cx).await.unwrap();
        let live = Query::filter(Consent::WITHDRAWN_AT.is_null());
        assert_eq!(tx.count(live).await.unwrap(), 0);
    }
}
