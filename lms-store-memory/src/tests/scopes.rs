//! What each scope sees and may write.
use lms_store::{Query, StoreError};

use super::*;

async fn shelves(store: &Store, cx: &Context, scope: Scope) -> u64 {
    store.begin_in(cx, scope).await.unwrap().count(Query::<Shelf>::all()).await.unwrap()
}

async fn firms(store: &Store, cx: &Context, scope: Scope) -> Vec<String> {
    let mut tx = store.begin_in(cx, scope).await.unwrap();
    let page = tx.page(Query::<Firm>::all()).await.unwrap();
    page.items.into_iter().map(|it| it.name).collect()
}

#[tokio::test]
async fn each_scope_sees_its_own() {
    let (ours, theirs, (_, store)) = (context(), context(), store());
    let (own, other) = (ours.tenant(), theirs.tenant());
    save(&store, &ours, &[shelf(&ours, "a"), shelf(&ours, "b")]).await;
    save(&store, &theirs, &[shelf(&theirs, "a")]).await;
    let both = [firm(&ours, "ours"), firm(&theirs, "theirs")];
    save_in(&store, &ours, Scope::Platform, &both).await;
    for (scope, shelves_seen, firms_seen) in [
        (Scope::Tenant(own), 2, vec!["ours"]),
        (Scope::Tenant(other), 1, vec!["theirs"]),
        (Scope::Platform, 0, vec!["ours", "theirs"]),
        (Scope::TenantAndPlatform(other), 1, vec!["ours", "theirs"]),
        (Scope::AllTenants, 3, vec!["ours", "theirs"]),
    ] {
        assert_eq!(shelves(&store, &ours, scope).await, shelves_seen, "{scope:?}");
        assert_eq!(firms(&store, &ours, scope).await, firms_seen, "{scope:?}");
    }
}

#[tokio::test]
async fn a_tenant_reads_its_own_row_and_writes_it_never() {
    let (ours, theirs, (_, store)) = (context(), context(), store());
    let (mine, yours) = (firm(&ours, "ours"), firm(&theirs, "theirs"));
    save_in(&store, &ours, Scope::Platform, &[mine.clone(), yours.clone()]).await;
    let mut tx = store.begin(&ours).await.unwrap();
    assert_eq!(tx.get(mine.id).await.unwrap(), Some(mine.clone()));
    assert_eq!(tx.get(yours.id).await.unwrap(), None);
    let by_name = |name: &str| Query::filter(Firm::NAME.eq(name.to_owned()));
    assert!(tx.exists(by_name("ours")).await.unwrap());
    assert!(!tx.exists(by_name("theirs")).await.unwrap());
    let done = tx.update(&mut mine.clone()).await;
    assert!(matches!(done, Err(StoreError::NeedsPlatform { table: "tenants" })), "{done:?}");

    // The backend itself, without the checks above it.
    use lms_store::Backend as _;
    let (schema, id) = (Firm::schema(), mine.id.uuid());
    for (owner, id) in [("own", id), ("other", yours.id.uuid()), ("no", Uuid::nil())] {
        let mut tx = store.backend().begin(ours.scope()).await.unwrap();
        let done = tx.delete(schema, id, lms_kernel::Version::FIRST).await;
        assert!(matches!(done, Err(StoreError::NotFound { .. })), "{owner}: {done:?}");
    }
    let mut tx = MemoryStore::new().begin(ours.scope()).await.unwrap();
    let done = tx.insert(schema, vec![mine.to_row()]).await;
    assert!(matches!(done, Err(StoreError::OutOfScope { .. })), "{done:?}");
}

#[tokio::test]
async fn another_tenant_s_row_is_as_good_as_none() {
    let (ours, theirs, (_, store)) = (context(), context(), store());
    let row = shelf(&theirs, "theirs");
    save(&store, &theirs, [&row]).await;
    let none = shelf(&theirs, "none");
    let schema = Shelf::schema();
    for target in [&row, &none] {
        let id = target.id.uuid();
        let mut next = target.clone();
        next.stamp.version = next.stamp.version.next();
        let mut tx = store.backend().begin(ours.scope()).await.unwrap();
        let error = tx.update(schema, vec![next.to_row()]).await.unwrap_err();
        assert_eq!(error.to_string(), format!("no `shelves` with id `{id}`"));
        let mut tx = store.backend().begin(ours.scope()).await.unwrap();
        let error = tx.delete(schema, id, target.stamp.version).await.unwrap_err();
        assert_eq!(error.to_string(), format!("no `shelves` with id `{id}`"));
    }
}

#[tokio::test]
async fn a_platform_row_is_found_by_references_of_every_tenant() {
    let (ours, theirs, (_, store)) = (context(), context(), store());
    let shared = firm(&theirs, "theirs");
    let mut tx = store.begin(&ours).await.unwrap();
    assert_broken(tx.insert(&visit(&ours, &shared, "k")).await, "visits", "firm_id");
    save_in(&store, &ours, Scope::Platform, [&shared]).await;
    save(&store, &ours, &[visit(&ours, &shared, "k")]).await;
    save(&store, &theirs, &[visit(&theirs, &shared, "k")]).await;
    let mut tx = store.begin_in(&ours, Scope::Platform).await.unwrap();
    assert_broken(tx.purge(&shared).await, "visits", "firm_id");
}

#[tokio::test]
async fn everything_can_be_read_and_written_across_tenants() {
    let (ours, theirs, (_, store)) = (context(), context(), store());
    let rows: Vec<_> = [&ours, &theirs, &ours, &theirs]
        .iter()
        .enumerate()
        .map(|(number, cx)| shelf(cx, &format!("s{}", 4 - number)))
        .collect();
    save_in(&store, &ours, Scope::AllTenants, &rows).await;
    let mut tx = store.begin_in(&ours, Scope::AllTenants).await.unwrap();
    let sorted = Query::<Shelf>::all()
        .order_by(Shelf::TITLE, lms_store::Direction::Desc)
        .limit(lms_store::PageSize::new(3));
    let page = tx.page(sorted.clone()).await.unwrap();
    let slugs: Vec<_> = page.items.iter().map(|it| it.slug.to_string()).collect();
    assert_eq!(slugs, ["s4", "s3", "s2"]);
    let rest = tx.page(sorted.page(lms_store::PageSize::MAX, page.next)).await.unwrap();
    assert_eq!(rest.items.len(), 1);
    tx.update_all(&mut rows.clone()).await.unwrap();
    let stored = tx.require(rows[1].id).await.unwrap();
    tx.purge(&stored).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(shelves(&store, &theirs, theirs.scope()).await, 1);
}
