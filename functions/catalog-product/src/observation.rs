//! What the function reads, in plain data.

/// What exists, for each operation what it needs to know.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "a step makes one and drops it")]
pub enum Observation {
    /// Who has access to a portfolio.
    Access {
        /// The ARN of the function's own role.
        role: String,
        /// Whether it has access.
        associated: bool,
    },
    /// A product that is to be provisioned.
    Launch {
        /// The provisioned product that the SSM parameter names, if it exists.
        recorded: Option<Provisioned>,
        /// The provisioned product of the name of the spec.
        named: Option<Provisioned>,
        /// How the product can be launched; read only while nothing has the name.
        offer: Option<Offer>,
    },
    /// A product that is to be terminated.
    End {
        /// Whether the SSM parameter exists.
        recorded: bool,
        /// The provisioned product that it names, or else that of the name of the spec.
        found: Option<Provisioned>,
    },
}

/// A provisioned product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provisioned {
    /// `pp-...`.
    pub id: String,
    pub name: String,
    /// The product that it was made of.
    pub product: String,
    /// The version of that product.
    pub artifact: String,
    /// The token of the call that made it.
    pub token: String,
    /// What was asked for last.
    pub record: Record,
}

/// A request to change a provisioned product, and how far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub id: String,
    pub kind: Kind,
    pub status: Status,
}

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Provision,
    Terminate,
    /// An update, an import, an action of the service.
    Other,
}

/// How far a request is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// `CREATED`, `IN_PROGRESS` or `IN_PROGRESS_IN_ERROR`.
    Running,
    Succeeded,
    /// With the first error of the record.
    Failed(String),
    /// AWS's word, which this version does not know.
    Unknown(String),
}

/// How a product can be launched by the role of the function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Offer {
    /// The role has no access, or the product does not exist.
    NoPath,
    /// Through these portfolios, by name: which one is meant is not known.
    Paths(Vec<String>),
    /// The product has no such version.
    NoVersion,
    /// Through one portfolio.
    Version {
        /// The id of the launch path.
        path: String,
        /// The names of the parameters.
        parameters: Vec<String>,
    },
}
