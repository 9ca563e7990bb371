;; WebAssembly, but a core module and no component.
(module)
