//! The evaluator against AWS's documentation: its rules for any policies, and its worked examples.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its policies fails")]

mod examples;
mod operators;
mod rules;
