//! What IAM knows after some stacks are made: roles with their policies, and the policies of buckets, keys and endpoints.

use crate::decision::Policies;
use crate::policy::Policy;
use crate::render::{RenderError, Stack};
use crate::request::Request;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// A policy document with the template that it is from.
#[derive(Clone, Debug)]
pub struct Document {
    pub template: String,
    pub text: Value,
    pub policy: Policy,
}

/// A role.
#[derive(Clone, Debug)]
pub struct Role {
    pub arn: String,
    pub name: String,
    pub account: String,
    /// The template and the logical id, which tests know it by.
    pub template: String,
    pub id: String,
    pub trust: Document,
    pub inline: Vec<Document>,
    pub managed: BTreeSet<String>,
    pub boundary: Option<String>,
}

/// All of it.
#[derive(Clone, Debug, Default)]
pub struct World {
    pub roles: Vec<Role>,
    pub managed: BTreeMap<String, Document>,
    /// The policies of buckets and keys by the ARN, and of endpoints by the id.
    pub resources: BTreeMap<String, Document>,
}

impl World {
    /// Adds what a stack makes, with what it nests.
    ///
    /// # Errors
    /// When something of it cannot be rendered.
    pub fn add(&mut self, stack: &Rc<Stack>) -> Result<(), RenderError> {
        let mut attachments = Vec::new();
        self.collect(stack, &mut attachments)?;
        for (account, name, attachment) in attachments {
            let role = self.roles.iter_mut().find(|role| role.account == account && role.name == name);
            // A role of others, which a template gives a right by its name.
            let role = role.ok_or_else(|| stack.unresolved(&format!("the role {name}")))?;
            match attachment {
                Attachment::Managed(arn) => {
                    role.managed.insert(arn);
                }
                Attachment::Inline(document) => role.inline.push(document),
            }
        }
        Ok(())
    }

    fn collect(
        &mut self,
        stack: &Rc<Stack>,
        attachments: &mut Vec<(String, String, Attachment)>,
    ) -> Result<(), RenderError> {
        let Some(resources) = stack.template.get("Resources").and_then(Value::as_object) else {
            return Ok(());
        };
        for (id, resource) in resources {
            if let Some(condition) = resource.get("Condition").and_then(Value::as_str)
                && !stack.holds(condition)?
            {
                continue;
            }
            let kind = resource.get("Type").and_then(Value::as_str).unwrap_or_default();
            let own = |name: &str| resource.get("Properties").and_then(|properties| properties.get(name));
            let get =
                |name: &str| own(name).map(|value| stack.optional(value)).transpose().map(Option::flatten);
            let document = |name: &str| match get(name)? {
                Some(text) => document(stack, id, text).map(Some),
                None => Ok(None),
            };
            let to_roles = |attachment: Attachment| -> Result<Vec<_>, RenderError> {
                let roles = texts(get("Roles")?);
                Ok(roles
                    .into_iter()
                    .map(|role| (stack.place.account.clone(), role, attachment.clone()))
                    .collect())
            };
            match kind {
                "AWS::CloudFormation::Stack" => self.collect(&stack.nested(id)?, attachments)?,
                "AWS::IAM::Role" => self.roles.push(role(stack, id, resource)?),
                "AWS::IAM::ManagedPolicy" => {
                    let arn = stack.physical(id)?;
                    attachments.extend(to_roles(Attachment::Managed(arn.clone()))?);
                    self.managed.extend(document("PolicyDocument")?.map(|policy| (arn, policy)));
                }
                "AWS::IAM::Policy" => {
                    if let Some(policy) = document("PolicyDocument")? {
                        attachments.extend(to_roles(Attachment::Inline(policy))?);
                    }
                }
                "AWS::S3::BucketPolicy" => {
                    let bucket = texts(get("Bucket")?).concat();
                    self.resources.extend(
                        document("PolicyDocument")?
                            .map(|policy| (format!("arn:{}:s3:::{bucket}", stack.place.partition), policy)),
                    );
                }
                "AWS::KMS::Key" => {
                    let arn = format!(
                        "arn:{}:kms:{}:{}:key/{}",
                        stack.place.partition,
                        stack.place.region,
                        stack.place.account,
                        stack.physical(id)?
                    );
                    self.resources.extend(document("KeyPolicy")?.map(|policy| (arn, policy)));
                }
                "AWS::EC2::VPCEndpoint" => {
                    let name = stack.physical(id)?;
                    self.resources.extend(document("PolicyDocument")?.map(|policy| (name, policy)));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The role of a logical id, if it is the only one.
    pub fn role(&self, template: &str, id: &str) -> Option<&Role> {
        let mut found = self.roles.iter().filter(|role| role.template == template && role.id == id);
        found.next().filter(|_| found.next().is_none())
    }

    /// The policies that hold for a role. A boundary that no template here makes is none, and so is a managed policy of AWS.
    pub fn policies(&self, role: &Role) -> Policies {
        let managed = role.managed.iter().filter_map(|arn| self.managed.get(arn));
        let identity = role.inline.iter().chain(managed).map(|document| document.policy.clone()).collect();
        let boundary = role.boundary.as_ref().and_then(|arn| self.managed.get(arn));
        Policies {
            identity,
            boundary: boundary.map(|document| document.policy.clone()),
            ..Policies::default()
        }
    }

    /// The policies of the role, and the trust of the role that it asks to assume.
    pub fn policies_of_assumption(&self, role: &Role, target: &Role) -> Policies {
        Policies {
            resource: Some(target.trust.policy.clone()),
            resource_decides: true,
            ..self.policies(role)
        }
    }

    /// Whether a role may do something on a resource of its account that has no policy of its own.
    pub fn may(&self, role: &Role, request: &Request) -> bool {
        self.policies(role).decide(request).is_allowed()
    }
}

#[derive(Clone)]
enum Attachment {
    Managed(String),
    Inline(Document),
}

fn role(stack: &Rc<Stack>, id: &str, resource: &Value) -> Result<Role, RenderError> {
    let own = |name: &str| resource.get("Properties").and_then(|properties| properties.get(name));
    let get = |name: &str| own(name).map(|value| stack.optional(value)).transpose().map(Option::flatten);
    let name = stack.physical(id)?;
    let account = stack.place.account.clone();
    let path = stack.property(id, "Path")?.unwrap_or_else(|| "/".to_owned());
    let trust =
        get("AssumeRolePolicyDocument")?.ok_or_else(|| stack.unresolved("AssumeRolePolicyDocument"))?;
    let mut inline = Vec::new();
    if let Some(Value::Array(policies)) = get("Policies")? {
        for policy in policies {
            let text =
                policy.get("PolicyDocument").cloned().ok_or_else(|| stack.unresolved("PolicyDocument"))?;
            inline.push(document(stack, id, text)?);
        }
    }
    Ok(Role {
        arn: format!("arn:{}:iam::{account}:role{path}{name}", stack.place.partition),
        name,
        account,
        template: stack.file.clone(),
        id: id.to_owned(),
        trust: document(stack, id, trust)?,
        inline,
        managed: texts(get("ManagedPolicyArns")?).into_iter().collect(),
        boundary: texts(get("PermissionsBoundary")?).pop(),
    })
}

fn document(stack: &Rc<Stack>, id: &str, text: Value) -> Result<Document, RenderError> {
    let wrong = |error| RenderError::Policy(format!("{id} of {}", stack.file), error);
    Ok(Document { template: stack.file.clone(), policy: Policy::parse(&text).map_err(wrong)?, text })
}

fn texts(value: Option<Value>) -> Vec<String> {
    match value {
        Some(Value::String(text)) => vec![text],
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}
