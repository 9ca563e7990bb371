;; A core module that never ends its start. Put into a component, that component cannot be instantiated.
(module
  (func $start (loop $again (br $again)))
  (start $start))
