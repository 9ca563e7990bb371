//! How times, paths and JSON are read and written.
