//! The library of materials.
use serde::{Deserialize, Serialize};

use crate::content::{BlockKind, Material};
use lms_kernel::{Id, Timestamp, Title};
use lms_people::authorization::{AuthorizationError, Permission, authorize_list};
use lms_store::{
    Cursor, Direction, Page, PageSize, Transaction,
    operation::{Access, Effect, Operation, operation},
};

/// Which materials to list; all where nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct MaterialFilter {
    /// Those of this kind.
    pub kind: Option<BlockKind>,
    /// Those whose title starts like this, letter for letter.
    pub title: Option<String>,
}

/// A material, as a list shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MaterialView {
    /// The material's id.
    pub id: Id<Material>,
    /// Its title.
    pub title: Title,
    /// What kind of content it is.
    pub kind: BlockKind,
    /// When it was added.
    pub added_at: Timestamp,
}

/// Lists the materials of the library by title.
///
/// # Permission
/// `materials.view` in the tenant.
///
/// # Errors
/// [`AuthorizationError`].
#[operation("content.list_materials")]
pub struct ListMaterials {
    /// Which materials.
    pub filter: MaterialFilter,
    /// The most results to return, from 1 to 200.
    pub size: PageSize,
    /// The cursor of the previous page; `None` for the first page.
    pub after: Option<Cursor>,
}

impl Operation for ListMaterials {
    const ACCESS: Access = Access::Asks(&[Permission::MATERIALS_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = Page<MaterialView>;
    type Error = AuthorizationError;

    async fn run(self, tx: &mut Transaction) -> Result<Page<MaterialView>, AuthorizationError> {
        let Self { filter, size, after } = self;
        let query = authorize_list::<Material>(tx, Permission::MATERIALS_VIEW)
            .await?
            .and_some(filter.kind, |kind| Material::KIND.eq(kind))
            .and_some(filter.title, |start| Material::TITLE.starts_with(start));
        let query = query.order_by(Material::TITLE, Direction::Asc).page(size, after);
        let Page { items, next } = tx.page(query).await?;
        let views = items.into_iter().map(|it| MaterialView {
            id: it.id,
            title: it.title,
            kind: it.kind,
            added_at: it.stamp.created_at,
        });
        Ok(Page { items: views.collect(), next })
    }
}
