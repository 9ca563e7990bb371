//! From bytes to something that can be instantiated.

use super::bindings::AnalyticsPre;
use super::engine::Runtime;
use super::instance::Instance;
use super::limits::Limits;
use super::outcome::Failure;
use super::surface::Surface;
use super::wasi::{self, HostState};

/// The component that this binary was built with.
pub const EMBEDDED: &[u8] = include_bytes!(env!("BEGAT_COMPONENT"));

/// Why a component cannot be used. Nothing of it has run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// wasmtime does not start on this machine.
    #[error("the WebAssembly engine does not start: {0}")]
    Engine(String),
    /// These bytes are something else, or are damaged.
    #[error("not a WebAssembly component: {0}")]
    NotAComponent(String),
    /// It wants something that no component gets here.
    #[error("the component imports {import}, which begat gives to none")]
    ForbiddenImport {
        /// Interface, or interface and function.
        import: String,
    },
    /// It is a component, but not one of begat's.
    #[error("the component does not fit begat's contract, world begat:siem/analytics: {0}")]
    WrongWorld(String),
}

/// A compiled component.
#[derive(Clone)]
pub struct Component {
    compiled: wasmtime::component::Component,
    runtime: Runtime,
}

impl Component {
    /// Compiles, or takes from the cache.
    pub fn compile(runtime: &Runtime, bytes: &[u8]) -> Result<Self, LoadError> {
        let compiled = wasmtime::component::Component::new(runtime.engine(), bytes)
            .map_err(|error| LoadError::NotAComponent(format!("{error:#}")))?;
        Ok(Self { compiled, runtime: runtime.clone() })
    }

    /// What it imports and exports.
    #[must_use]
    pub fn surface(&self) -> Surface {
        Surface::of(&self.compiled, self.runtime.engine())
    }

    /// Checks its imports against the allow-list and its exports against the contract, and links it.
    pub fn prepare(&self) -> Result<Prepared, LoadError> {
        if let Some(import) = self.surface().forbidden() {
            return Err(LoadError::ForbiddenImport { import });
        }
        let misfit = |error: wasmtime::Error| LoadError::WrongWorld(format!("{error:#}"));
        let mut linker = wasmtime::component::Linker::<HostState>::new(self.runtime.engine());
        wasi::add_to(&mut linker).map_err(misfit)?;
        let pre = linker.instantiate_pre(&self.compiled).map_err(misfit)?;
        let pre = AnalyticsPre::new(pre).map_err(misfit)?;
        Ok(Prepared { pre, runtime: self.runtime.clone() })
    }
}

/// A component that is checked and linked: instances are made from it, each for one tenant.
#[derive(Clone)]
pub struct Prepared {
    pub(super) pre: AnalyticsPre<HostState>,
    pub(super) runtime: Runtime,
}

impl Prepared {
    /// A new instance with the default configuration. Its start is held to the same limits as a call.
    pub fn instantiate(&self, limits: Limits) -> Result<Instance, Failure> {
        Instance::start(self, limits)
    }
}
