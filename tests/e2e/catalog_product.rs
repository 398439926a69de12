//! A product of Service Catalog, end to end: the function from its packaged template, a portfolio made by a stack, and a pipeline
//! with the guides' `UserParameters`.

mod by_command;
mod by_pipeline;
mod fixture;
mod kill;
