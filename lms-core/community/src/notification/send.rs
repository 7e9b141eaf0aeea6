//! Handing deliveries to senders: claim, send, mark.
use async_trait::async_trait;
use lms_store::operation::{Access, Operation, operation};
use uuid::Uuid;

use crate::notification::{
    Channel, Delivery, DeliveryEvent, DeliveryStatus, EmailFrequency, Notification,
    NotificationError, Preference, timing_of_due,
};
use lms_kernel::{Id, TimeZone};
use lms_people::{
    authorization::{Permission, TheTenant, authorize_on},
    identity::{Membership, MembershipStatus},
    tenancy::TenantSettings,
};
use lms_store::{
    AfterFailure, Attempts, PageSize, Port, Query, Transaction, Waits,
    job::{JobFailure, JobRun},
};

/// How senders claim and repeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Courier {
    /// How many deliveries one claim takes.
    pub batch: PageSize,
    /// How long a claim holds, in seconds. A sender that dies gives its deliveries back after it.
    pub lease_seconds: i64,
    /// After how many failures a delivery is given up.
    pub max_attempts: u32,
    /// The wait after the first failure, in seconds; it doubles each time, up to a day.
    pub backoff_seconds: i64,
}

impl Default for Courier {
    /// 50 deliveries, two minutes, five attempts, one minute.
    fn default() -> Self {
        Self { batch: PageSize::new(50), lease_seconds: 120, max_attempts: 5, backoff_seconds: 60 }
    }
}

impl Courier {
    /// Its rules of claims and attempts.
    const fn attempts(&self) -> Attempts {
        Attempts {
            lease_seconds: self.lease_seconds,
            most: self.max_attempts,
            waits: Waits::Doubling { first_seconds: self.backoff_seconds, longest_seconds: 86_400 },
        }
    }
}

/// A sender's right to one delivery, until its lease ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SendingClaim {
    /// The delivery.
    pub delivery: Id<Delivery>,
    /// Which claim it is.
    pub claim: Uuid,
}

/// A delivery that a sender has: what to send, to whom.
#[derive(Clone, Debug, PartialEq)]
pub struct ClaimedDelivery {
    /// The right to send it.
    pub claim: SendingClaim,
    /// The way it travels.
    pub channel: Channel,
    /// On its own, or in the message of the day or the week.
    pub frequency: EmailFrequency,
    /// The notification that is delivered.
    pub notification: Notification,
    /// Whom; where the host keeps addresses of its own, such as for push messages, it finds them
    /// by the membership.
    pub recipient: Membership,
}

/// One message: a notification on its own, or those that are gathered into it.
#[derive(Clone, Debug, PartialEq)]
pub struct Envelope {
    /// The way it travels.
    pub channel: Channel,
    /// The recipient's membership.
    pub recipient: Id<Membership>,
    /// On its own, or the message of the day or the week.
    pub frequency: EmailFrequency,
    /// What is in it, the oldest first. Each is marked on its own.
    pub deliveries: Vec<ClaimedDelivery>,
}

/// Carries messages to people: mail, short messages, push, as far as the host has them.
#[async_trait]
pub trait NotificationSender: std::fmt::Debug + Send + Sync {
    /// Sends one message through its channel.
    ///
    /// # Errors
    /// Why the channel did not take it; it is tried again later.
    async fn send(&self, envelope: &Envelope) -> Result<(), String>;
}

impl Port for dyn NotificationSender {
    const NAME: &'static str = "notification_sender";
}

/// Sends the deliveries that are due through the host's [`NotificationSender`], until there are
/// none.
pub(super) async fn send_all(job: &mut JobRun<'_>) -> Result<(), JobFailure> {
    let sender = job.store().ports().get::<dyn NotificationSender>()?;
    let courier = Courier { batch: PageSize::MAX, ..Courier::default() };
    loop {
        let claimed = job.store().run(job.cx(), ClaimDeliveries { courier }).await?;
        if claimed.is_empty() {
            return job.note_unreadable(Delivery::due(job.cx().now(), PageSize::MAX)).await;
        }
        for envelope in gather(claimed) {
            let sent = sender.send(&envelope).await;
            for delivery in envelope.deliveries {
                mark(job, delivery.claim, courier, &sent).await;
            }
        }
    }
}

/// Records the outcome of one delivery.
async fn mark(
    job: &mut JobRun<'_>,
    claim: SendingClaim,
    courier: Courier,
    sent: &Result<(), String>,
) {
    let (store, cx, row) = (job.store(), job.cx(), claim.delivery.uuid());
    let done = match sent {
        Ok(()) => store.run(cx, MarkDelivered { claim }).await,
        Err(failure) => {
            let failure = failure.clone();
            store.run(cx, MarkDeliveryFailed { claim, courier, failure }).await
        }
    };
    match done {
        Ok(done) if done.status == DeliveryStatus::Sent => job.count(1),
        Ok(done) if done.status == DeliveryStatus::Pending => job.leave(1),
        Ok(done) => job.fail(JobFailure {
            row: Some(row),
            code: "notification.given_up",
            reason: done.failure.unwrap_or_default(),
        }),
        Err(error) => job.fail(JobFailure::of_row(row, &error)),
    }
}

/// Puts claimed deliveries into messages: one for each that is sent at once, and one for all that
/// a person gets through a channel as their message of the day or the week.
pub fn gather(claimed: Vec<ClaimedDelivery>) -> Vec<Envelope> {
    let mut envelopes: Vec<Envelope> = Vec::new();
    for delivery in claimed {
        let (channel, frequency) = (delivery.channel, delivery.frequency);
        let recipient = delivery.recipient.id;
        let is_digest = matches!(frequency, EmailFrequency::Daily | EmailFrequency::Weekly);
        let same = |it: &&mut Envelope| {
            (it.channel, it.recipient, it.frequency) == (channel, recipient, frequency)
        };
        match envelopes.iter_mut().find(same).filter(|_| is_digest) {
            Some(envelope) => envelope.deliveries.push(delivery),
            None => {
                let deliveries = vec![delivery];
                envelopes.push(Envelope { channel, recipient, frequency, deliveries });
            }
        }
    }
    for envelope in &mut envelopes {
        envelope.deliveries.sort_by_key(|it| it.notification.id);
    }
    envelopes
}

/// Whether there is an address for the channel; push, Telegram and the recipient's own system are
/// reached by what the host knows.
fn has_address(member: &Membership, channel: Channel) -> bool {
    match channel {
        Channel::Email => member.email.is_some(),
        Channel::Sms | Channel::WhatsApp => member.phone.is_some(),
        Channel::InApp | Channel::Push | Channel::Telegram | Channel::Webhook => true,
    }
}

/// Claims notification deliveries that are due, including those whose sender timed out. Commit
/// before sending them. Deliveries to members who have left, or who have no address for the
/// channel, are cancelled. The recipient's preferences are checked again: what they no longer want
/// is suppressed, and what falls into their quiet hours or belongs into a digest is put off.
///
/// Rows that another sender is taking are passed over.
///
/// # Errors
/// [`NotificationError`].
#[operation("notification.claim_deliveries")]
pub struct ClaimDeliveries {
    /// The batch size, the lease and the retry policy.
    pub courier: Courier,
}

impl Operation for ClaimDeliveries {
    const ACCESS: Access = Access::Asks(&[Permission::NOTIFICATIONS_MANAGE]);
    type Answer = Vec<ClaimedDelivery>;
    type Error = NotificationError;

    async fn run(self, tx: &mut Transaction) -> Result<Vec<ClaimedDelivery>, NotificationError> {
        let Self { courier } = self;
        let courier = &courier;
        authorize_on(tx, Permission::NOTIFICATIONS_MANAGE, &TheTenant).await?;
        let mut due = tx.readable(Delivery::due(tx.now(), courier.batch)).await?;
        let ids: Vec<_> = due.iter().map(|it| it.notification_id).collect();
        let notifications = tx.get_many(&ids).await?;
        let people: Vec<_> = notifications.iter().map(|it| it.recipient_id).collect();
        let people = tx.get_many(&people).await?;
        let asked: Vec<_> = people.iter().map(|it| it.id).collect();
        let wishes = tx.all(Query::filter(Preference::MEMBER_ID.is_in(asked))).await?;
        let home = tx.get(TenantSettings::id_of(tx.cx())).await?;
        let home = home.map_or(TimeZone::UTC, |it| it.time_zone);
        let mut claimed = Vec::with_capacity(due.len());
        for delivery in &mut due {
            let notification = notifications.iter().find(|it| it.id == delivery.notification_id);
            let recipient = notification
                .and_then(|told| people.iter().find(|it| it.id == told.recipient_id))
                .filter(|it| it.status != MembershipStatus::Left);
            let (Some(notification), Some(recipient)) = (notification, recipient) else {
                delivery.status = delivery.status.apply(DeliveryEvent::Suppress)?;
                continue;
            };
            if !has_address(recipient, delivery.channel) {
                delivery.status = delivery.status.apply(DeliveryEvent::GiveUp)?;
                delivery.failure = Some("there is no address for the channel".to_owned());
                continue;
            }
            // What was wished when it was queued may be wished no more.
            let wishes = wishes.iter().find(|it| it.member_id == recipient.id);
            let what = (notification.category, notification.priority, delivery.channel);
            let now = tx.now();
            match timing_of_due(wishes, home, (what, delivery.frequency), now) {
                None => {
                    delivery.status = delivery.status.apply(DeliveryEvent::Suppress)?;
                    continue;
                }
                Some(timing) if timing.due_at > now => {
                    (delivery.due_at, delivery.frequency) = (timing.due_at, timing.frequency);
                    continue;
                }
                Some(timing) => delivery.frequency = timing.frequency,
            }
            let claim = tx.id::<Delivery>().uuid();
            delivery.claim = Some(claim);
            delivery.due_at = courier.attempts().lease_end(tx.now());
            claimed.push(ClaimedDelivery {
                claim: SendingClaim { delivery: delivery.id, claim },
                channel: delivery.channel,
                frequency: delivery.frequency,
                notification: notification.clone(),
                recipient: recipient.clone(),
            });
        }
        tx.update_all(&mut due).await?;
        Ok(claimed)
    }
}

/// Records that a notification was delivered.
///
/// # Errors
/// [`NotificationError::ClaimLost`].
#[operation("notification.mark_delivered", secret)]
pub struct MarkDelivered {
    /// The claim of the delivery.
    pub claim: SendingClaim,
}

impl Operation for MarkDelivered {
    const ACCESS: Access = Access::Asks(&[Permission::NOTIFICATIONS_MANAGE]);
    type Answer = Delivery;
    type Error = NotificationError;

    async fn run(self, tx: &mut Transaction) -> Result<Delivery, NotificationError> {
        let Self { claim } = self;
        let mut delivery = held(tx, claim).await?;
        delivery.status = delivery.status.apply(DeliveryEvent::Send)?;
        delivery.attempts = delivery.attempts.saturating_add(1);
        delivery.claim = None;
        delivery.sent_at = Some(tx.now());
        delivery.failure = None;
        tx.update(&mut delivery).await?;
        Ok(delivery)
    }
}

/// Records a failed delivery. It is retried with a delay that doubles each time, and given up after
/// the last attempt.
///
/// # Errors
/// [`NotificationError::ClaimLost`].
#[operation("notification.mark_delivery_failed", secret)]
pub struct MarkDeliveryFailed {
    /// The claim of the delivery.
    pub claim: SendingClaim,
    /// The batch size, the lease and the retry policy.
    pub courier: Courier,
    /// The failure, for operators.
    pub failure: String,
}

impl Operation for MarkDeliveryFailed {
    const ACCESS: Access = Access::Asks(&[Permission::NOTIFICATIONS_MANAGE]);
    type Answer = Delivery;
    type Error = NotificationError;

    async fn run(self, tx: &mut Transaction) -> Result<Delivery, NotificationError> {
        let Self { claim, courier, failure } = self;
        let courier = &courier;
        let failure = failure.as_str();
        let mut delivery = held(tx, claim).await?;
        let event = match courier.attempts().fail(&mut delivery.attempts, tx.now()) {
            AfterFailure::RetryAt(at) => {
                delivery.due_at = at;
                DeliveryEvent::FailAttempt
            }
            AfterFailure::GiveUp => DeliveryEvent::GiveUp,
        };
        delivery.status = delivery.status.apply(event)?;
        delivery.claim = None;
        delivery.failure = Some(failure.chars().filter(|it| *it != '\0').take(500).collect());
        tx.update(&mut delivery).await?;
        Ok(delivery)
    }
}

/// Retries a delivery that was given up, with all attempts restored.
///
/// # Errors
/// [`NotificationError`].
#[operation("notification.retry_delivery")]
pub struct RetryDelivery {
    /// The delivery to retry.
    pub id: Id<Delivery>,
}

impl Operation for RetryDelivery {
    const ACCESS: Access = Access::Asks(&[Permission::NOTIFICATIONS_MANAGE]);
    type Answer = Delivery;
    type Error = NotificationError;

    async fn run(self, tx: &mut Transaction) -> Result<Delivery, NotificationError> {
        let Self { id } = self;
        authorize_on(tx, Permission::NOTIFICATIONS_MANAGE, &TheTenant).await?;
        let mut delivery = tx.lock(id).await?;
        delivery.status = delivery.status.apply(DeliveryEvent::Retry)?;
        delivery.attempts = 0;
        delivery.due_at = tx.now();
        tx.update(&mut delivery).await?;
        Ok(delivery)
    }
}

/// The delivery, locked, while the claim holds.
async fn held(tx: &mut Transaction, claim: SendingClaim) -> Result<Delivery, NotificationError> {
    authorize_on(tx, Permission::NOTIFICATIONS_MANAGE, &TheTenant).await?;
    let delivery = tx.lock(claim.delivery).await?;
    let holds = delivery.status == DeliveryStatus::Pending && delivery.claim == Some(claim.claim);
    if holds { Ok(delivery) } else { Err(NotificationError::ClaimLost) }
}
