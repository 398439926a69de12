//! Ways from role to role: who may assume a role, pass it to a service that acts as it, or change it or its policies. A way over any number
//! of roles counts.

use crate::fixture::ACCOUNT;
use policies::{Policies, Request, Role, World};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// How one role gets to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Assume,
    Pass,
    Change,
}

/// A name of a role that is short and the same in every run: the stage of its account, and its logical id.
pub(crate) fn short(role: &Role) -> String {
    let stage = match role.template.as_str() {
        "env-iam-setup-stackset-role.yaml" => "setup",
        _ if role.account == ACCOUNT => "dev",
        _ => "prod",
    };
    format!("{stage}/{}", role.id)
}

pub(crate) fn request(from: &Role, action: &str, resource: &str, account: &str) -> Request {
    let request = Request::of_role(&from.arn, action, resource);
    let request = request.map(|context| {
        // What the one who asks chooses.
        context
            .with("sts:RoleSessionName", "alice")
            .with("aws:MultiFactorAuthPresent", "true")
            .with("aws:ResourceAccount", account)
    });
    Request { resource_account: account.to_owned(), ..request }
}

/// The services that a policy of trust names, without its conditions: a condition makes no way here that is none.
fn services(role: &Role) -> Vec<String> {
    let statements = role.trust.text.get("Statement").and_then(Value::as_array).into_iter().flatten();
    let services = statements.filter_map(|statement| statement.get("Principal")?.get("Service"));
    services
        .flat_map(|service| match service {
            Value::Array(services) => services.clone(),
            one => vec![one.clone()],
        })
        .filter_map(|service| service.as_str().map(str::to_owned))
        .collect()
}

/// The roles with the policies of each.
pub(crate) struct Graph<'a> {
    pub(crate) world: &'a World,
    policies: BTreeMap<&'a str, Policies>,
}

impl<'a> Graph<'a> {
    pub(crate) fn new(world: &'a World) -> Self {
        let policies = world.roles.iter().map(|role| (role.arn.as_str(), world.policies(role)));
        Self { world, policies: policies.collect() }
    }

    pub(crate) fn may(&self, from: &Role, request: &Request) -> bool {
        self.policies[from.arn.as_str()].decide(request).is_allowed()
    }

    fn way(&self, from: &Role, to: &Role) -> Option<Way> {
        let assumption = request(from, "sts:AssumeRole", &to.arn, &to.account);
        if self.world.policies_of_assumption(from, to).decide(&assumption).is_allowed() {
            return Some(Way::Assume);
        }
        // Roles are passed and changed within their account only.
        if from.account != to.account {
            return None;
        }
        let passed = |service: &String| {
            let pass = request(from, "iam:PassRole", &to.arn, &to.account);
            self.may(from, &pass.map(|context| context.with("iam:PassedToService", service)))
        };
        if services(to).iter().any(passed) {
            return Some(Way::Pass);
        }
        self.changes(from, to).then_some(Way::Change)
    }

    fn changes(&self, from: &Role, to: &Role) -> bool {
        let of_role = [
            "iam:AttachRolePolicy",
            "iam:CreateRole",
            "iam:DeleteRolePermissionsBoundary",
            "iam:DeleteRolePolicy",
            "iam:DetachRolePolicy",
            "iam:PutRolePermissionsBoundary",
            "iam:PutRolePolicy",
            "iam:UpdateAssumeRolePolicy",
        ];
        let boundaries: Vec<&String> = self.world.managed.keys().chain(&to.boundary).collect();
        let role = of_role.iter().any(|action| {
            let change = request(from, action, &to.arn, &to.account);
            // The key is absent if the role has no boundary, else it is that of the role, or the one that it gets.
            self.may(from, &change)
                || boundaries.iter().any(|boundary| {
                    self.may(
                        from,
                        &change.clone().map(|context| context.with("iam:PermissionsBoundary", boundary)),
                    )
                })
        });
        let of_policy = ["iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion", "iam:DeletePolicy"];
        role || to.managed.iter().chain(&to.boundary).any(|policy| {
            of_policy.iter().any(|action| self.may(from, &request(from, action, policy, &to.account)))
        })
    }

    /// Every role that is reached from one, with the steps to it.
    pub(crate) fn reached(&self, start: &'a Role) -> Vec<(String, String)> {
        let mut known = BTreeSet::from([start.arn.clone()]);
        let mut open = vec![(start, short(start))];
        let mut found = Vec::new();
        while let Some((from, steps)) = open.pop() {
            for to in &self.world.roles {
                if known.contains(&to.arn) {
                    continue;
                }
                if let Some(way) = self.way(from, to) {
                    known.insert(to.arn.clone());
                    let steps = format!("{steps} -{way:?}-> {}", short(to));
                    found.push((short(to), steps.clone()));
                    open.push((to, steps));
                }
            }
        }
        found
    }
}
