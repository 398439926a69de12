//! Tests of the pure parts, as tables.

mod engine;
mod jobs;
mod text;
mod webhooks;
