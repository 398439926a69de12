//! Quotas of CloudFormation and IAM that a change may reach unnoticed, where names are long. The size of a template is checked where it is
//! packaged.

use crate::fixture::{long_world, templates};
use serde_json::Value;

/// The most of each section of a template.
#[test]
fn sections_of_templates_are_within_their_quotas() {
    let templates = templates();
    assert!(templates.iter().count() > 20);
    for (name, template) in templates.iter() {
        let count =
            |section: &str| template.get(section).and_then(Value::as_object).map_or(0, serde_json::Map::len);
        for (section, limit) in [("Parameters", 200), ("Outputs", 200), ("Resources", 500), ("Mappings", 200)]
        {
            assert!(
                count(section) <= limit,
                "{name}: {} {section}, and CloudFormation takes {limit}",
                count(section)
            );
        }
        let description = template.get("Description").and_then(Value::as_str).unwrap_or_default();
        assert!(description.len() <= 1024, "{name}: a description has at most 1,024 bytes");
    }
}

/// IAM counts no white space.
fn size(policy: &Value) -> usize {
    policy.to_string().chars().filter(|char| !char.is_whitespace()).count()
}

#[test]
fn policies_are_within_their_quotas() {
    let world = long_world(&templates());
    assert!(world.roles.len() > 20 && world.managed.len() > 10);
    for (arn, document) in &world.managed {
        let size = size(&document.text);
        assert!(size <= 6_144, "{arn}: {size} characters, and a managed policy has at most 6,144");
    }
    for role in &world.roles {
        let inline: usize = role.inline.iter().map(|document| size(&document.text)).sum();
        assert!(
            inline <= 10_240,
            "{} of {}: {inline} characters of inline policies, at most 10,240",
            role.id,
            role.template
        );
        let trust = size(&role.trust.text);
        assert!(
            trust <= 2_048,
            "{} of {}: {trust} characters of trust, at most 2,048 by default",
            role.id,
            role.template
        );
        assert!(role.managed.len() <= 10, "{}: a role has at most 10 managed policies by default", role.id);
        assert!(role.name.len() <= 64, "{}: a role has a name of at most 64 characters", role.name);
    }
    for (name, document) in &world.resources {
        let size = document.text.to_string().len();
        // Of a bucket 20 KB, of a key 32 KB, of an endpoint 20,480 characters.
        assert!(size <= 20_480, "{name}: {size} characters, at most 20,480");
    }
}
