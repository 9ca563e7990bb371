//! From bytes to something that can be instantiated.

use super::bindings::AnalyticsPre;
use super::cache::{Code, Name};
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
    pub(super) compiled: wasmtime::component::Component,
    runtime: Runtime,
}

impl Component {
    /// Compiles, or takes from the cache. Whatever stands there, it is this component.
    pub fn compile(runtime: &Runtime, bytes: &[u8]) -> Result<Self, LoadError> {
        let name = Name::of(runtime.engine(), bytes);
        let cached = runtime.cache().read(&name).and_then(|code| load(runtime, &code));
        if let Some(compiled) = cached {
            return Ok(Self { compiled, runtime: runtime.clone() });
        }
        let compiled = wasmtime::component::Component::new(runtime.engine(), bytes)
            .map_err(|error| LoadError::NotAComponent(format!("{error:#}")))?;
        if let Ok(code) = compiled.serialize() {
            runtime.cache().write(&name, &code);
        }
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

/// Code of the cache, to be called; none where this wasmtime does not take it.
#[expect(unsafe_code, reason = "wasmtime executes what it is given here")]
fn load(runtime: &Runtime, code: &Code) -> Option<wasmtime::component::Component> {
    // SAFETY: wasmtime asks for bytes that its `serialize` has given, unchanged. A `Code` is what stood whole in a file
    // of the cache: a SHA-256 over its name and its bytes fits, so that no accident has changed it, and nobody but this
    // user (or root) can write to the file or its folder. Under that name, a digest of the component and of all that
    // wasmtime says code depends on, begat writes nothing but what `serialize` gave. Of that wasmtime itself checks
    // version, target and settings, and refuses what is none of its files.
    unsafe { wasmtime::component::Component::deserialize(runtime.engine(), code.bytes()) }.ok()
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
