//! The expected process hierarchy: which parent, directory and user a process should have.
