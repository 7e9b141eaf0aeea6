//! Ports that a host installs in the store, and operations request by type.
use std::{
    any::{Any, TypeId},
    collections::HashMap,
    fmt,
    sync::Arc,
};

use lms_kernel::Entropy;

use crate::StoreError;

/// What a host supplies and operations ask for by its type, such as a source of random numbers, a
/// hasher of passwords or a storage of files.
///
/// ```
/// use std::sync::Arc;
/// use lms_store::{Port, Ports, StoreError};
///
/// trait Bell: Send + Sync {
///     fn ring(&self) -> &'static str;
/// }
///
/// impl Port for dyn Bell {
///     const NAME: &'static str = "bell";
/// }
///
/// struct Brass;
///
/// impl Bell for Brass {
///     fn ring(&self) -> &'static str {
///         "ding"
///     }
/// }
///
/// let ports = Ports::default().with::<dyn Bell>(Arc::new(Brass));
/// assert_eq!(ports.get::<dyn Bell>().unwrap().ring(), "ding");
/// assert!(matches!(
///     Ports::default().get::<dyn Bell>().map(|_| ()),
///     Err(StoreError::MissingPort { port: "bell" })
/// ));
/// ```
pub trait Port: Send + Sync + 'static {
    /// Its name in the error of a host that has not installed it.
    const NAME: &'static str;
}

impl Port for dyn Entropy {
    const NAME: &'static str = "entropy";
}

/// The ports that a host has installed: one of each type. Cheap to clone.
#[derive(Clone, Default)]
pub struct Ports {
    /// An `Arc<P>` for each type `P`.
    installed: Arc<HashMap<TypeId, Installed>>,
}

#[derive(Clone)]
struct Installed {
    name: &'static str,
    port: Arc<dyn Any + Send + Sync>,
}

impl Ports {
    /// The same ports and this one, in place of another of its type.
    #[must_use]
    pub fn with<P: Port + ?Sized>(mut self, port: Arc<P>) -> Self {
        let installed = Installed { name: P::NAME, port: Arc::new(port) };
        Arc::make_mut(&mut self.installed).insert(TypeId::of::<P>(), installed);
        self
    }

    /// The port of that type.
    ///
    /// # Errors
    /// [`StoreError::MissingPort`] if the host has not installed one.
    pub fn get<P: Port + ?Sized>(&self) -> Result<Arc<P>, StoreError> {
        let found = self.installed.get(&TypeId::of::<P>());
        let found = found.and_then(|it| it.port.downcast_ref::<Arc<P>>());
        found.cloned().ok_or(StoreError::MissingPort { port: P::NAME })
    }
}

impl fmt::Debug for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names: Vec<_> = self.installed.values().map(|it| it.name).collect();
        names.sort_unstable();
        f.debug_set().entries(names).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    trait Lamp: Send + Sync {
        fn colour(&self) -> &'static str;
    }

    impl Port for dyn Lamp {
        const NAME: &'static str = "lamp";
    }

    struct Coloured(&'static str);

    impl Lamp for Coloured {
        fn colour(&self) -> &'static str {
            self.0
        }
    }

    #[test]
    fn the_latest_port_of_a_type_is_the_one() {
        let red = Ports::default().with::<dyn Lamp>(Arc::new(Coloured("red")));
        let green = red.clone().with::<dyn Lamp>(Arc::new(Coloured("green")));
        assert_eq!(red.get::<dyn Lamp>().unwrap().colour(), "red");
        assert_eq!(green.get::<dyn Lamp>().unwrap().colour(), "green");
        assert_eq!(format!("{green:?}"), r#"{"lamp"}"#);
    }

    #[test]
    fn a_port_that_is_not_installed_is_named() {
        let error = Ports::default().get::<dyn Lamp>().map(|_| ()).unwrap_err();
        let text = "no `lamp` is installed; give one to the store with `Store::with_port`";
        assert_eq!(error.to_string(), text);
    }
}
