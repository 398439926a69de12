//! Builds that stacks run: `build-runner`, deployed by its template and used by stacks that have a project too.

mod fixture;
mod kill;
mod life;
mod secrets;
mod stop;
