//! The roles of the templates as they are rendered: what code of users and people may do, and which ways lead from role to role.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its policies fails")]

mod costs;
mod fixture;
mod graph;
mod guardrails;
mod limits;
mod people;
mod projects;
mod render;
mod requests;
mod ways;
