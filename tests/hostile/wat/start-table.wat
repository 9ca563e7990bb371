;; A core module that lets a table grow without end in its start, by 65,536 elements (512 KiB of the host's
;; memory) at once. Rust has no instruction for that.
(module
  (table $table 0 funcref)
  (func $start
    (loop $again
      (drop (table.grow $table (ref.null func) (i32.const 65536)))
      (br $again)))
  (start $start))
