//! Measures what a user pays for: how long and how large the function is in a Lambda environment, what one source action
//! costs, and how the cost of a sweep grows with the jobs that wait,
//! and that of emptying a domain with its apps. Everything is measured on this machine: the program
//! in the zip is run by a Lambda Runtime API of our own against the emulator, over TLS.

mod action;
pub mod args;
mod clean_up;
mod fixture;
mod function;
mod growth;
mod quota;
mod report;
mod runtime;
mod sandbox;
mod stats;
mod tls;
mod usage;
