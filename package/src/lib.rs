//! Turns the source tree into what a user deploys: one reproducible zip per function and templates that stand on
//! their own. It never touches an account unless it is told to upload.

pub mod archive;
pub mod args;
pub mod compile;
pub mod diagram;
pub mod memory;
pub mod new_function;
pub mod parameters;
pub mod pin;
pub mod placement;
mod progress;
pub mod release;
mod root;
pub mod template;
pub mod upload;

pub use archive::archive;
pub use compile::Architecture;
pub use new_function::new_function;
pub use placement::{CodeLocation, place};
pub use release::{Build, Release, build_function, deployable, folder, functions, release, zip};
pub use root::root;
pub use template::template;
