;; A component that wants to open files. It is refused by the name of what it imports, before it runs.
(component
  (import "wasi:filesystem/preopens@0.2.0" (instance
    (export "get-directories" (func (result (list string)))))))
