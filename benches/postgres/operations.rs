//! What is measured.
use std::pin::Pin;

use lms_core::{
    commerce::{Item, ItemKind, OrderLine, PlaceOrder, place_order},
    content::Course,
    kernel::Context,
    store::{Direction, PageSize, Query, Transaction},
};

use crate::{Outcome, school::Client};

pub(crate) type Step<'t> = Pin<Box<dyn Future<Output = Outcome> + Send + 't>>;

/// What one client does inside a transaction; the number tells its operations apart.
pub(crate) type Work = for<'t> fn(&'t Context, &'t mut Transaction, &'t Client, usize) -> Step<'t>;

/// What stands in a tenant beforehand.
pub(crate) type Prepare = for<'t> fn(&'t Context, &'t mut Transaction, &'t mut Client) -> Step<'t>;

/// One operation.
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    pub(crate) work: Work,
    pub(crate) prepare: Prepare,
    /// Whether it only reads, so that it can be repeated word for word.
    pub(crate) reads: bool,
    /// How many a client does in one round at the most: what is recorded lies in memory.
    pub(crate) most: usize,
}

pub(crate) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            name: "get by key",
            work: get_by_key,
            prepare: nothing,
            reads: true,
            most: 3_000,
        },
        Operation {
            name: "page of 50",
            work: page_of_50,
            prepare: nothing,
            reads: true,
            most: 1_000,
        },
        Operation { name: "checkout", work: checkout, prepare: nothing, reads: false, most: 400 },
    ]
}

fn nothing<'t>(_: &'t Context, _: &'t mut Transaction, _: &'t mut Client) -> Step<'t> {
    Box::pin(async { Ok(()) })
}

fn get_by_key<'t>(
    _: &'t Context,
    tx: &'t mut Transaction,
    client: &'t Client,
    number: usize,
) -> Step<'t> {
    Box::pin(async move {
        let course = client.courses[number * 7 % client.courses.len()];
        tx.require(course).await?;
        Ok(())
    })
}

fn page_of_50<'t>(_: &'t Context, tx: &'t mut Transaction, _: &'t Client, _: usize) -> Step<'t> {
    Box::pin(async move {
        let query = Query::<Course>::all().order_by(Course::ID, Direction::Asc);
        let page = tx.page(query.limit(PageSize::new(50))).await?;
        assert_eq!(page.items.len(), 50);
        Ok(())
    })
}

fn checkout<'t>(
    cx: &'t Context,
    tx: &'t mut Transaction,
    client: &'t Client,
    _: usize,
) -> Step<'t> {
    Box::pin(async move {
        let course = client.courses[7].uuid();
        let command = PlaceOrder::new(
            client.learner,
            vec![OrderLine::of(Item { kind: ItemKind::Course, id: course })],
            "EUR".parse()?,
        );
        place_order(cx, tx, command).await?;
        Ok(())
    })
}
