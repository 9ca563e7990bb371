//! The event, in ECS terms.
