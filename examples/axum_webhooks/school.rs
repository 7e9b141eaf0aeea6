//! A school with one student, one course for 25 euros, and an account with a gateway.
use lms::{
    authorization::{BuiltinRole, Role},
    commerce::{GatewayAccount, Item, ItemKind, OpenGatewayAccount, Price, StoredSecret},
    host::Host,
    identity::{Membership, MembershipKind, RoleAssignment, User},
    kernel::{Actor, ActorId, Context, Currency, Id, Money, Scope, TenantId},
    store::Store,
    tenancy::CreateTenant,
};

pub(crate) type Failure = Box<dyn std::error::Error>;

/// What the gateway sends in every call; the two have agreed on it.
const TOKEN: &str = "the token of the example";

/// The school.
pub(crate) struct School {
    pub(crate) store: Store,
    host: Host,
    tenant: TenantId,
    pub(crate) ada: Id<Membership>,
    login: ActorId,
    pub(crate) course: Item,
    pub(crate) currency: Currency,
    pub(crate) account: Id<GatewayAccount>,
}

impl School {
    /// A new school on that store.
    pub(crate) async fn open(store: Store) -> Result<Self, Failure> {
        let host = Host::default();
        let system = Actor::system("shop");
        let tenant = host.context(TenantId::SINGLE, system.clone()).id::<Self>().uuid();
        let tenant = TenantId::from_uuid(tenant);
        let cx = host.context(tenant, system);
        let mut tx = store.begin_in(&cx, Scope::TenantAndPlatform(tenant)).await?;
        let slug = format!("school-{tenant}").parse()?;
        tx.run(CreateTenant::new("Parla".parse()?, slug, "it".parse()?)).await?;
        let user = User::new(&cx);
        tx.insert(&user).await?;
        let kind = MembershipKind::Student;
        let ada = Membership::new(&cx, kind, "Ada".parse()?).with_user(user.id);
        tx.insert(&ada).await?;
        let role = tx.first(Role::by_key(BuiltinRole::Student)).await?;
        let role = role.ok_or("a new tenant has its roles")?;
        tx.insert(&RoleAssignment::new(&cx, ada.id, role.id)).await?;
        let course = Item::new(ItemKind::Course, cx.id::<Item>().uuid());
        let price: Money = "25.00 EUR".parse()?;
        tx.insert(&Price::new(&cx, course, "Italian A1".parse()?, price)).await?;
        let secret = StoredSecret::new(TOKEN);
        let account = tx
            .run(OpenGatewayAccount {
                gateway: "xendit".to_owned(),
                name: "main".to_owned(),
                secret,
            })
            .await?;
        tx.commit().await?;
        Ok(Self {
            store,
            host,
            tenant,
            ada: ada.id,
            login: user.actor_id(),
            course,
            currency: price.currency(),
            account: account.id,
        })
    }

    /// The shop itself, now.
    pub(crate) fn cx(&self) -> Context {
        self.host.context(self.tenant, Actor::system("shop"))
    }

    /// Ada, now.
    pub(crate) fn as_ada(&self) -> Context {
        self.host.context(self.tenant, Actor::User(self.login))
    }
}
