//! `CodeCommit`, end to end: a stack seeds a repository, its users push with keys of their own, and pushes start its pipeline.

mod fixture;
mod life;
