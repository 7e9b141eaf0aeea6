//! Importing orders of another system.
use lms_derive::DomainError;
use lms_store::operation::{Access, Operation, operation};
use serde::{Deserialize, Serialize};

use crate::{
    Item, ItemKind, MAX_ORDER_LINES, MAX_SEATS, Order, OrderItem, Payment, PaymentError,
    PaymentFact, PaymentMethod, Series, TaxRate, number_series::raise_number, settlement::learn,
};
use lms_kernel::{Id, Money, MoneyError, Timestamp, Title};
use lms_people::{
    authorization::{AuthorizationError, Permission, Subject, TheTenant, authorize_on},
    identity::Membership,
    tenancy::{Feature, FeatureError, require_feature},
};
use lms_store::{StoreError, Transaction};

/// A line of an imported order, at the amounts that were charged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ImportedLine {
    /// The thing sold; anything but a plan.
    pub item: Item,
    /// What it was called when it was sold.
    pub title: Title,
    /// The learner it was bought for; the buyer if `None`.
    pub learner: Option<Id<Membership>>,
    /// For how many people, from 1.
    pub seats: u32,
    /// The list price of one seat.
    pub price: Money,
    /// What the line cost without tax, after discounts.
    pub net: Money,
    /// The tax on the line.
    pub tax: Money,
    /// The rate of that tax, and whether the list price holds it.
    pub tax_rate: Option<TaxRate>,
    /// For how many days from the payment it gives access; for ever when there is none.
    pub access_days: Option<u32>,
}

/// An attempt to pay an imported order, with everything that is known of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ImportedPayment {
    /// How it was paid.
    pub method: PaymentMethod,
    /// The gateway account, for a gateway payment.
    pub gateway: Option<String>,
    /// The provider's id of the attempt, by which its webhooks find it.
    pub provider_ref: Option<String>,
    /// How much was to be paid.
    pub amount: Money,
    /// What the provider said, with its own keys: a webhook that repeats a fact changes nothing.
    pub facts: Vec<PaymentFact>,
}

/// Why an order was not imported.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum ImportOrderError {
    /// The number is not above zero, or leaves too few for new orders.
    #[error("an order number is 1 to {most}")]
    #[fault(invalid, field = "number")]
    Number {
        /// The highest number.
        most: i64,
    },
    /// Another order has the number.
    #[error("another order has the number {number}; it may have been imported before")]
    #[fault(conflict, field = "number")]
    NumberTaken {
        /// The number.
        number: i64,
    },
    /// The order would be placed later than now.
    #[error("an imported order was placed in the past")]
    #[fault(invalid, field = "placed_at")]
    InTheFuture,
    /// There are no lines, too many, or lines for no one or too many.
    #[error("an order has 1 to {most} lines of 1 to {seats} seats")]
    #[fault(invalid, field = "lines")]
    Lines {
        /// The most lines.
        most: usize,
        /// The most seats of a line.
        seats: u32,
    },
    /// A line is of a plan.
    #[error("subscriptions are not imported as orders; start them by their next payment")]
    #[fault(invalid, field = "lines")]
    PlanLine,
    /// A line costs less than nothing or more than its list price.
    #[error("line {line} costs less than nothing, or more than its list price")]
    #[fault(invalid, field = "lines")]
    LineAmount {
        /// The line, from 0.
        line: usize,
    },
    /// A gateway payment needs the name of the gateway, and no other payment has one.
    #[error("a `{method}` payment and a gateway do not go together")]
    #[fault(invalid, field = "payments")]
    GatewayMismatch {
        /// How it is paid.
        method: PaymentMethod,
    },
    /// The gateway account knows another payment by the same id.
    #[error("the payment `{reference}` of the gateway is known already")]
    #[fault(conflict, field = "payments")]
    PaymentKnown {
        /// The provider's id of the attempt.
        reference: String,
    },
    /// The amounts are in several currencies, or too large.
    #[error("the order cannot be summed up: {0}")]
    #[fault(invalid, field = "lines")]
    Money(#[from] MoneyError),
    /// The facts cannot be settled.
    #[error(transparent)]
    #[fault(transparent)]
    Payment(#[from] PaymentError),
    /// The actor may not do this.
    #[error(transparent)]
    #[fault(transparent)]
    Denied(#[from] AuthorizationError),
    /// The tenant does not sell.
    #[error(transparent)]
    #[fault(transparent)]
    Feature(#[from] FeatureError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

/// The highest number of an imported order, so that new orders can go on after it: fifteen digits.
const MAX_IMPORTED_NUMBER: i64 = 999_999_999_999_999;

/// Imports an order of another system, with the facts about its payments, as of when it was placed.
/// Its status, access and ledger follow from the facts, as for any order; later facts about its
/// payments find it, and new orders get numbers after the highest one imported.
///
/// The facts are the provider's, with their keys, and not a status: without them the next webhook
/// would undo the payment.
///
/// # Permission
/// `orders.manage`, and `payments.record`, which the buyer's own order refuses.
///
/// # Locks
/// The tenant's row of order numbers.
///
/// # Errors
/// [`ImportOrderError`].
#[operation("commerce.import_order")]
#[derive(PartialEq)]
pub struct ImportOrder {
    /// The order number that the buyer knows, of at most fifteen digits.
    pub number: i64,
    /// The membership of the buyer, who paid.
    pub buyer: Id<Membership>,
    /// The instant at which it was placed.
    pub placed_at: Timestamp,
    /// The items bought, all in one currency.
    pub lines: Vec<ImportedLine>,
    /// All payment attempts, failed ones included.
    pub payments: Vec<ImportedPayment>,
}

impl Operation for ImportOrder {
    const ACCESS: Access = Access::Asks(&[Permission::ORDERS_MANAGE, Permission::PAYMENTS_RECORD]);
    type Answer = Order;
    type Error = ImportOrderError;

    async fn run(self, tx: &mut Transaction) -> Result<Order, ImportOrderError> {
        authorize_on(tx, Permission::ORDERS_MANAGE, &TheTenant).await?;
        let buyer = Subject::of(self.buyer);
        authorize_on(tx, Permission::PAYMENTS_RECORD, &buyer).await?;
        require_feature(tx, Feature::Sales).await?;
        tx.require(self.buyer).await?;
        check(&self, tx.now())?;
        raise_number(tx, Series::Order, self.number).await?;
        import(&mut tx.as_of(self.placed_at), self).await
    }
}

fn check(command: &ImportOrder, now: Timestamp) -> Result<(), ImportOrderError> {
    if !(1..=MAX_IMPORTED_NUMBER).contains(&command.number) {
        return Err(ImportOrderError::Number { most: MAX_IMPORTED_NUMBER });
    }
    if command.placed_at > now {
        return Err(ImportOrderError::InTheFuture);
    }
    let lines = &command.lines;
    if lines.is_empty()
        || lines.len() > MAX_ORDER_LINES
        || lines.iter().any(|it| !(1..=MAX_SEATS).contains(&it.seats))
    {
        return Err(ImportOrderError::Lines { most: MAX_ORDER_LINES, seats: MAX_SEATS });
    }
    if lines.iter().any(|it| it.item.kind == ItemKind::Plan) {
        return Err(ImportOrderError::PlanLine);
    }
    for payment in &command.payments {
        let method = payment.method;
        if (method == PaymentMethod::Gateway) != payment.gateway.is_some() {
            return Err(ImportOrderError::GatewayMismatch { method });
        }
    }
    Ok(())
}

async fn import(tx: &mut Transaction, command: ImportOrder) -> Result<Order, ImportOrderError> {
    let ImportOrder { number, buyer, lines, payments, .. } = command;
    let Some(currency) = lines.first().map(|it| it.price.currency()) else {
        return Err(ImportOrderError::Lines { most: MAX_ORDER_LINES, seats: MAX_SEATS });
    };
    let mut order = Order::new(tx.cx(), number, buyer, currency);
    let mut items = Vec::with_capacity(lines.len());
    for (position, line) in lines.into_iter().enumerate() {
        items.push(item(tx, &mut order, position, line)?);
    }
    order.due_first = order.total;
    tx.insert(&order).await.map_err(|error| match error {
        StoreError::Duplicate { columns, .. } if columns.contains(&"number") => {
            ImportOrderError::NumberTaken { number }
        }
        error => error.into(),
    })?;
    tx.insert_all(&items).await?;
    for attempt in payments {
        let ImportedPayment { method, gateway, provider_ref, amount, facts } = attempt;
        if let (Some(gateway), Some(reference)) = (&gateway, &provider_ref)
            && tx.first(Payment::by_provider_ref(gateway, reference)).await?.is_some()
        {
            return Err(ImportOrderError::PaymentKnown { reference: reference.clone() });
        }
        let mut payment = Payment::new(tx.cx(), &order, method, amount);
        payment.gateway = gateway;
        payment.provider_ref = provider_ref;
        tx.insert(&payment).await?;
        learn(tx, &mut order, payment.id, facts, "import").await?;
    }
    Ok(order)
}

/// A line of the order, to whose sums it is added.
fn item(
    tx: &Transaction,
    order: &mut Order,
    position: usize,
    line: ImportedLine,
) -> Result<OrderItem, ImportOrderError> {
    let list = line.price.multiply(i64::from(line.seats))?;
    let gross = line.net.add(line.tax)?;
    let taxed = if line.tax_rate.is_some_and(|it| it.included) { gross } else { line.net };
    let discount = list.sub(taxed)?;
    if line.net.is_negative() || line.tax.is_negative() || discount.is_negative() {
        return Err(ImportOrderError::LineAmount { line: position });
    }
    order.subtotal = order.subtotal.add(list)?;
    order.discount = order.discount.add(discount)?;
    order.tax = order.tax.add(line.tax)?;
    order.total = order.total.add(gross)?;
    Ok(OrderItem {
        position: u16::try_from(position).unwrap_or(u16::MAX),
        title: line.title.to_string(),
        learner_id: line.learner.unwrap_or(order.buyer_id),
        seats: line.seats,
        discount,
        net: line.net,
        tax: line.tax,
        tax_rate: line.tax_rate,
        access_days: line.access_days,
        ..OrderItem::new(tx.cx(), order, line.item, line.price)
    })
}
