//! A line of text becomes an event.
