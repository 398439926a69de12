//! What every part of the emulator shares: an AWS call and its answer, what an emulated service is and the context it runs
//! in, the check of an input against AWS's model, pages, the clock. No logic of one service, no HTTP server.

mod branches;
mod bridge;
mod call;
mod clock;
mod context;
mod faults;
mod json;
mod pager;
mod record;
mod secrets;
mod service;
mod shapes;
mod signed;
mod tasks;

pub use branches::{BranchChange, Branches};
pub use bridge::{AccessDecision, Bridge, Credentials, Initiator, Introduction, SignedRequest};
pub use call::{Answer, Call, Caller, Failure, OwnedResource, Permission};
pub use clock::{Clock, epoch_seconds};
pub use context::{Emitted, ServiceContext};
pub use faults::{EventFault, EventFaultKind, Fault, FaultKind, Faults};
pub use json::{as_value, present, random_id, text, texts};
pub use pager::{BadToken, Order, Page, page};
pub use record::{Recorded, Recorder};
pub use secrets::Secrets;
pub use service::{BoxFuture, Delivery, InjectedState, Instance, Operation, Registration, Service};
pub use shapes::{Rule, Shape, ShapeKind, Shapes};
pub use signed::{Refused, SignedClient, element};
pub use tasks::Tasks;
