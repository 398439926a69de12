//! What every part of the emulator shares: an AWS call and its answer, who is calling, and the world (account,
//! Region, endpoint, event bus, roles) a service lives in, and the check of an input by its description. No service logic, no HTTP server.

mod call;
mod context;
mod faults;
mod record;
mod secrets;
mod shapes;

pub use call::{Answer, Call, Caller, Failure, Permission};
pub use context::{AccessDecision, Bridge, Credentials, Emitted, ServiceContext, SignedRequest};
pub use faults::{EventFault, EventFaultKind, Fault, FaultKind, Faults};
pub use record::{Recorded, Recorder};
pub use secrets::Secrets;
pub use shapes::Shapes;
