//! What a stack makes, with what it nests.

use crate::render::{RenderError, Stack};
use serde_json::Value;
use std::rc::Rc;

/// A resource that is made.
#[derive(Clone)]
pub struct Resource {
    /// The file of its template.
    pub template: String,
    /// Its logical id.
    pub id: String,
    /// Its type, such as `AWS::EC2::VPC`.
    pub kind: String,
    stack: Rc<Stack>,
}

impl Resource {
    /// One of its properties, rendered; nothing if the template does not give it.
    ///
    /// # Errors
    /// When it cannot be rendered.
    pub fn property(&self, name: &str) -> Result<Option<Value>, RenderError> {
        let properties = self.stack.resource(&self.id).and_then(|resource| resource.get("Properties"));
        properties
            .and_then(|properties| properties.get(name))
            .map_or(Ok(None), |value| self.stack.optional(value))
    }
}

/// All resources whose conditions hold; nested stacks are followed, and are among them.
///
/// # Errors
/// When a condition cannot be rendered.
pub fn inventory(stack: &Rc<Stack>) -> Result<Vec<Resource>, RenderError> {
    let mut made = Vec::new();
    collect(stack, &mut made)?;
    Ok(made)
}

fn collect(stack: &Rc<Stack>, made: &mut Vec<Resource>) -> Result<(), RenderError> {
    let resources = stack.template.get("Resources").and_then(Value::as_object);
    for (id, resource) in resources.into_iter().flatten() {
        let condition = resource.get("Condition").and_then(Value::as_str);
        if !condition.map_or(Ok(true), |condition| stack.holds(condition))? {
            continue;
        }
        let kind = resource.get("Type").and_then(Value::as_str).unwrap_or_default().to_owned();
        if kind == "AWS::CloudFormation::Stack" {
            collect(&stack.nested(id)?, made)?;
        }
        made.push(Resource { template: stack.file.clone(), id: id.clone(), kind, stack: stack.clone() });
    }
    Ok(())
}
