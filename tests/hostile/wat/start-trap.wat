;; A core module that traps in its start, without a word.
(module
  (func $start unreachable)
  (start $start))
