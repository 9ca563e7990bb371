//! What a component imports and exports, as names: for the allow-list and for `begat component`.

use wasmtime::Engine;
use wasmtime::component::Component;
use wasmtime::component::types::ComponentItem;

use super::wasi::OFFERED;

/// A component's face.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Surface {
    /// What it wants of its host, in its own order.
    pub imports: Vec<Interface>,
    /// What it does.
    pub exports: Vec<Interface>,
}

/// An interface, or a function that stands by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    /// Name with version: `begat:siem/ingest@0.1.0`.
    pub name: String,
    /// Its functions. Types do nothing by themselves and are left out.
    pub functions: Vec<String>,
}

impl Surface {
    pub(super) fn of(component: &Component, engine: &Engine) -> Self {
        let ty = component.component_type();
        Self {
            imports: ty.imports(engine).map(|(name, e)| Interface::of(name, &e.ty, engine)).collect(),
            exports: ty.exports(engine).map(|(name, e)| Interface::of(name, &e.ty, engine)).collect(),
        }
    }

    /// The first import that is not offered: `interface` or `interface function`.
    pub(super) fn forbidden(&self) -> Option<String> {
        self.imports.iter().find_map(Interface::forbidden)
    }
}

impl Interface {
    fn of(name: &str, item: &ComponentItem, engine: &Engine) -> Self {
        let functions = match item {
            ComponentItem::ComponentInstance(instance) => instance
                .exports(engine)
                .filter(|(_, e)| !matches!(e.ty, ComponentItem::Type(_) | ComponentItem::Resource(_)))
                .map(|(name, _)| name.to_owned())
                .collect(),
            _ => Vec::new(),
        };
        Self { name: name.to_owned(), functions }
    }

    fn forbidden(&self) -> Option<String> {
        let (interface, version) = self.name.split_once('@').unwrap_or((&self.name, ""));
        // Types of ours: nothing there to call.
        if interface == "begat:siem/types" && self.functions.is_empty() {
            return None;
        }
        let offered = OFFERED.iter().find(|(name, _)| *name == interface);
        match offered {
            Some((_, functions)) if version.starts_with("0.2.") => self
                .functions
                .iter()
                .find(|function| !functions.contains(&function.as_str()))
                .map(|function| format!("{} {function}", self.name)),
            _ => Some(self.name.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forbidden(name: &str, functions: &[&str]) -> Option<String> {
        let functions = functions.iter().map(|f| (*f).to_owned()).collect();
        Interface { name: name.into(), functions }.forbidden()
    }

    #[test]
    fn only_what_is_offered_passes() {
        assert_eq!(forbidden("begat:siem/types@0.1.0", &[]), None);
        assert_eq!(forbidden("wasi:cli/stderr@0.2.0", &["get-stderr"]), None);
        assert_eq!(forbidden("wasi:cli/stderr@0.2.99", &["get-stderr"]), None);
        assert_eq!(
            forbidden("wasi:clocks/wall-clock@0.2.0", &["now"]).unwrap(),
            "wasi:clocks/wall-clock@0.2.0"
        );
        assert_eq!(forbidden("wasi:cli/stderr@0.3.0", &["get-stderr"]).unwrap(), "wasi:cli/stderr@0.3.0");
        assert_eq!(
            forbidden("wasi:io/streams@0.2.6", &["[method]output-stream.splice"]).unwrap(),
            "wasi:io/streams@0.2.6 [method]output-stream.splice"
        );
        assert_eq!(forbidden("get-secret", &[]).unwrap(), "get-secret");
    }
}
