//! Whose policies count: the caller as STS names it is not always what IAM can be asked about.

/// The caller, as IAM's simulation needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    /// The root user of the account. No policy of the account limits it.
    Root,
    /// A user, or a role that is called by its own ARN.
    Principal(String),
    /// A session of a role. STS leaves out the role's path.
    Session { role: String, without_path: String },
    /// Something IAM has no policies of, a federated user for example.
    Other,
}

impl Caller {
    /// Reads an ARN as `GetCallerIdentity` gives it.
    pub(crate) fn read(arn: &str) -> Self {
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        let &[_, partition, service, _, account, resource] = parts.as_slice() else {
            return Self::Other;
        };
        let kind = resource.split('/').next().unwrap_or_default();
        match (service, kind) {
            ("iam", "root") => Self::Root,
            ("iam", "user" | "role") => Self::Principal(arn.to_owned()),
            ("sts", "assumed-role") => match resource.split('/').nth(1) {
                Some(role) => Self::Session {
                    role: role.to_owned(),
                    without_path: format!("arn:{partition}:iam::{account}:role/{role}"),
                },
                None => Self::Other,
            },
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caller_is_read_from_its_arn() {
        let principal = |arn: &str| Caller::Principal(arn.to_owned());
        let session = |role: &str, without_path: &str| Caller::Session {
            role: role.to_owned(),
            without_path: without_path.to_owned(),
        };
        for (arn, expected) in [
            ("arn:aws:iam::111122223333:root", Caller::Root),
            ("arn:aws:iam::111122223333:user/ann", principal("arn:aws:iam::111122223333:user/ann")),
            ("arn:aws:iam::111122223333:user/a/b/ann", principal("arn:aws:iam::111122223333:user/a/b/ann")),
            ("arn:aws:iam::111122223333:role/admin", principal("arn:aws:iam::111122223333:role/admin")),
            (
                "arn:aws:sts::111122223333:assumed-role/admin/ann@example.com",
                session("admin", "arn:aws:iam::111122223333:role/admin"),
            ),
            (
                "arn:aws-cn:sts::111122223333:assumed-role/AWSReservedSSO_Admin_0123/ann",
                session(
                    "AWSReservedSSO_Admin_0123",
                    "arn:aws-cn:iam::111122223333:role/AWSReservedSSO_Admin_0123",
                ),
            ),
            ("arn:aws:sts::111122223333:federated-user/ann", Caller::Other),
            ("arn:aws:sts::111122223333:assumed-role", Caller::Other),
            ("nonsense", Caller::Other),
            ("", Caller::Other),
        ] {
            assert_eq!(Caller::read(arn), expected, "{arn}");
        }
    }
}
