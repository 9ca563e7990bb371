//! Facts: what is kept of events, whatever order they come in.
