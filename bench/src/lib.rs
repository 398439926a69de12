//! Measures what a user pays for: how large every function is and how long it takes to start, what one source action costs, and how
//! the cost of a sweep grows with the jobs that wait, that of emptying a domain with its apps, and that of a search with the accounts of an
//! organization. Everything is measured on this
//! machine: the program in the zip is run by a Lambda Runtime API of our own against the emulator, over TLS.

mod action;
pub mod args;
mod clean_up;
mod environment;
mod fixture;
mod function;
mod functions;
mod goals;
mod growth;
mod history;
mod organization;
mod quota;
mod report;
mod runtime;
mod sandbox;
mod stats;
mod tls;
mod usage;
