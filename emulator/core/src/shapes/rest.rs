//! What the REST protocol has of a service: a method and a path for each operation, members of inputs in the query string, a
//! status for each error.

use super::{Shape, Shapes};

impl Shapes {
    /// Whether the service speaks the REST protocol, and no other.
    #[must_use]
    pub fn is_rest(&self) -> bool {
        !self.routes.is_empty()
    }

    /// Method and path of an operation: `POST /v1/domain`.
    #[must_use]
    pub fn route(&self, operation: &str) -> Option<&str> {
        self.routes.get(operation).map(String::as_str)
    }

    /// The operation that has this method and path.
    #[must_use]
    pub fn routed(&self, route: &str) -> Option<&str> {
        let mut routes = self.routes.iter();
        routes.find(|(_, known)| *known == route).map(|(operation, _)| operation.as_str())
    }

    /// The HTTP status of an error code that the model has.
    #[must_use]
    pub fn status(&self, code: &str) -> Option<u16> {
        self.statuses.get(code).copied()
    }
}

impl Shape {
    /// The members that the REST protocol has in the query string: each with its name there and the name of its shape.
    pub fn query(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.query.iter().filter_map(|(name, parameter)| {
            Some((name.as_str(), parameter.as_str(), self.members.get(name)?.as_str()))
        })
    }
}
