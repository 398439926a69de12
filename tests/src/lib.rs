//! The tests live in `tidy.rs` and `e2e/`; this library is empty.
