//! Holds features of other crates, and no code: see its `Cargo.toml`.
