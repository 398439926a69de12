//! The decision of all policies together, as AWS documents it: an explicit Deny of any of them; then each type of policy that limits has to
//! allow; then the identity policies, the policy of the resource, or both.

use crate::policy::{Named, Policy, Statement};
use crate::request::{Principal, Request};

/// A type of policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    ServiceControl,
    ResourceControl,
    Endpoint,
    Resource,
    Identity,
    Boundary,
    Session,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    Allowed,
    /// A Deny of this type of policy, by its Sid.
    Denied(Layer, String),
    /// This type of policy does not allow it.
    NotAllowed(Layer),
}

impl Decision {
    pub fn is_allowed(&self) -> bool {
        *self == Self::Allowed
    }
}

/// The policies that apply to a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policies {
    /// Managed and inline policies of the role or the user.
    pub identity: Vec<Policy>,
    pub boundary: Option<Policy>,
    /// The policies that the session was made with.
    pub session: Option<Vec<Policy>>,
    /// Service control policies: for the root of the organization, each unit and the account, those that are attached there.
    pub service_control: Vec<Vec<Policy>>,
    /// Resource control policies of the account of the resource, likewise.
    pub resource_control: Vec<Vec<Policy>>,
    /// The policy of the VPC endpoint that the request goes through.
    pub endpoint: Option<Policy>,
    pub resource: Option<Policy>,
    /// Whether nothing happens without the policy of the resource: that of a key, and the trust of a role.
    pub resource_decides: bool,
}

impl Policies {
    pub fn decide(&self, request: &Request) -> Decision {
        if let Some((layer, statement)) = self.denial(request) {
            return Decision::Denied(layer, statement.sid.clone());
        }
        let allow = |policies: &[Policy]| policies.iter().any(|policy| policy.allows(request));
        let levels = |levels: &[Vec<Policy>]| levels.iter().all(|level| allow(level));
        let grant = self.resource.as_ref().map_or(Named::Nothing, |policy| policy.grants(request));
        if !levels(&self.resource_control) {
            return Decision::NotAllowed(Layer::ResourceControl);
        }
        if self.endpoint.as_ref().is_some_and(|policy| policy.grants(request) == Named::Nothing) {
            return Decision::NotAllowed(Layer::Endpoint);
        }
        if let Principal::Service(_) = request.principal {
            // A service has no identity policies, and service control policies do not apply to it.
            return if grant == Named::Itself {
                Decision::Allowed
            } else {
                Decision::NotAllowed(Layer::Resource)
            };
        }
        if !levels(&self.service_control) {
            return Decision::NotAllowed(Layer::ServiceControl);
        }
        let own = request.principal.account() == Some(request.resource_account.as_str());
        if grant == Named::Nothing && (self.resource_decides || !own) {
            return Decision::NotAllowed(Layer::Resource);
        }
        if own && grant == Named::Itself {
            return Decision::Allowed;
        }
        if !(allow(&self.identity) || own && grant == Named::Role) {
            return Decision::NotAllowed(Layer::Identity);
        }
        if self.boundary.as_ref().is_some_and(|policy| !policy.allows(request)) {
            return Decision::NotAllowed(Layer::Boundary);
        }
        if self.session.as_ref().is_some_and(|policies| !allow(policies)) {
            return Decision::NotAllowed(Layer::Session);
        }
        Decision::Allowed
    }

    fn denial(&self, request: &Request) -> Option<(Layer, &Statement)> {
        let service = matches!(request.principal, Principal::Service(_));
        let of_caller = self.service_control.iter().flatten().map(|policy| (Layer::ServiceControl, policy));
        let of_caller = of_caller
            .chain(self.identity.iter().map(|policy| (Layer::Identity, policy)))
            .chain(self.boundary.iter().map(|policy| (Layer::Boundary, policy)))
            .chain(self.session.iter().flatten().map(|policy| (Layer::Session, policy)))
            .filter(|_| !service);
        let of_resource =
            self.resource_control.iter().flatten().map(|policy| (Layer::ResourceControl, policy));
        of_resource
            .chain(self.endpoint.iter().map(|policy| (Layer::Endpoint, policy)))
            .chain(self.resource.iter().map(|policy| (Layer::Resource, policy)))
            .chain(of_caller)
            .find_map(|(layer, policy)| policy.denial(request).map(|statement| (layer, statement)))
    }
}
