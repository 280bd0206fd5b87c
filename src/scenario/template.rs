//! The scenario that `hubmesh init` writes.

/// A small scenario with a comment on everything in it; it runs as it is.
pub const TEMPLATE: &str = include_str!("template.toml");
