;; A component that imports nothing and exports nothing: none of begat's.
(component)
