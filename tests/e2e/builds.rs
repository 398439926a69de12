//! Builds that stacks run: `build-runner`, deployed by its template and used by stacks with a project beside them.

mod fixture;
mod kill;
mod life;
mod secrets;
mod stop;
