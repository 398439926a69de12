//! What CloudFormation refuses of a template and its parameters before a stack exists.

use super::answered;
use super::stacks::Stacks;
use aws_sdk_cloudformation::error::ProvideErrorMetadata;
use aws_sdk_cloudformation::types::Parameter;
use std::fmt::Write;

const TOPIC: &str = "Resources: {T: {Type: AWS::SNS::Topic}}";

/// The message with which a template is refused; `None` if a stack is created.
async fn refusal(stacks: &Stacks, template: &str, parameters: &[(&str, &str)]) -> Option<String> {
    let parameters = parameters
        .iter()
        .map(|(key, value)| Parameter::builder().parameter_key(*key).parameter_value(*value).build());
    let created = stacks
        .client
        .create_stack()
        .stack_name("refused")
        .template_body(template)
        .set_parameters(Some(parameters.collect()))
        .send()
        .await;
    let error = created.err()?;
    assert_eq!(error.code(), Some("ValidationError"), "{template}");
    Some(error.message().unwrap().to_owned())
}

fn in_a_topic(value: &str) -> String {
    format!("Resources: {{T: {{Type: AWS::SNS::Topic, Properties: {{DisplayName: {value}}}}}}}")
}

#[tokio::test]
async fn a_malformed_template_makes_no_stack() {
    let stacks = Stacks::start().await;
    let output = |value: &str| format!("{TOPIC}\nOutputs: {{A: {{Value: {value}}}}}");
    let unresolved = |name: &str, block: &str| {
        format!(
            "Template format error: Unresolved resource dependencies [{name}] in the {block} block of the template"
        )
    };
    let undefined = "Template error: instance of Fn::GetAtt references undefined resource Nothing".to_owned();
    let condition =
        "Conditions: {Never: !Equals [a, b]}\nResources:\n  T: {Type: AWS::SNS::Topic, Condition: Never}\n";
    let circle =
        "Resources: {A: {Type: AWS::SNS::Topic, DependsOn: B}, B: {Type: AWS::SNS::Topic, DependsOn: A}}";
    let unsupported = "Template format error: unsupported structure.".to_owned();
    let needed = "Template format error: At least one Resources member must be defined.".to_owned();
    for (template, message) in [
        ("Description: x".into(), needed.clone()),
        ("Resources: {}".into(), needed),
        ("- a list".into(), unsupported.clone()),
        ("Resources: [a, list]".into(), unsupported.clone()),
        (
            "{\"Resources\": ".into(),
            "Template format error: JSON not well-formed. (line 1, column 14)".into(),
        ),
        ("Resources: [".into(), "Template format error: YAML not well-formed. (line 2, column 1)".into()),
        (format!("{TOPIC}\nResource: {{}}"), "Invalid template property or properties [Resource]".into()),
        (
            "Resources: {T: {Properties: {}}}".into(),
            "Template format error: [/Resources/T] Every Resources object must contain a Type member.".into(),
        ),
        (
            "Resources: {T: {Type: AWS::SNS::Topic, Depends: X}}".into(),
            "Invalid template resource property 'Depends'".into(),
        ),
        (output(""), "[/Outputs/A/Value] 'null' values are not allowed in templates".into()),
        (in_a_topic("!Ref Nothing"), unresolved("Nothing", "Resources")),
        (in_a_topic("!Sub 'a ${Nothing}'"), unresolved("Nothing", "Resources")),
        (in_a_topic("!GetAtt Nothing.Arn"), undefined.clone()),
        (output("!Ref Nothing"), unresolved("Nothing", "Outputs")),
        (output("!GetAtt Nothing.Arn"), undefined),
        (
            format!("{condition}  U: {{Type: AWS::SNS::Topic, Properties: {{DisplayName: !Ref T}}}}"),
            unresolved("T", "Resources"),
        ),
        ("Resources: {T: {Type: AWS::SNS::Topic, DependsOn: U}}".into(), unresolved("U", "Resources")),
        (
            in_a_topic("!If [Nothing, a, b]"),
            "Template error: unresolved condition dependency Nothing in Fn::If".into(),
        ),
        (circle.into(), "Circular dependency between resources: [A, B]".into()),
    ] {
        assert_eq!(refusal(&stacks, &template, &[]).await, Some(message), "{template}");
    }
    let unknown = refusal(&stacks, TOPIC, &[("Mispelt", "x")]).await;
    assert_eq!(unknown.as_deref(), Some("Parameters: [Mispelt] do not exist in the template"));
    let missing = refusal(&stacks, &format!("Parameters: {{Given: {{Type: String}}}}\n{TOPIC}"), &[]).await;
    assert_eq!(missing.as_deref(), Some("Parameters: [Given] must have values"));
    // What is not in force names what it likes.
    let unused = format!(
        "{condition}  U: {{Type: AWS::SNS::Topic, DependsOn: T, Properties: {{DisplayName: !If [Never, !Ref T, b]}}}}"
    );
    assert_eq!(refusal(&stacks, &unused, &[]).await, None);
    stacks.cloud.stop().await;
}

#[tokio::test]
async fn a_template_that_would_take_all_time_or_memory_is_refused() {
    let stacks = Stacks::start().await;
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
        writeln!(bomb, "a{level}: &a{level} [{aliases}]").unwrap();
    }
    let deep_json = format!("{{\"Resources\": {}", "[".repeat(40_000));
    let long = "x".repeat(51_200);
    for (template, message) in [
        (bomb, "Template format error: YAML aliases are not allowed in CloudFormation templates"),
        (format!("Resources: {}", "[".repeat(40_000)), "YAML not well-formed. (line 1, column 1011)"),
        (format!("Resources: {}a{}", "[".repeat(150), "]".repeat(150)), "unsupported structure."),
        (format!("Resources:\n  {}", "- ".repeat(20_000)), "Template format error: unsupported structure."),
        (deep_json, "Template format error: unsupported structure."),
        (format!("{TOPIC}\nDescription: {long}"), "Member must have length less than or equal to 51200"),
    ] {
        let refused = answered(message, refusal(&stacks, &template, &[])).await.unwrap();
        assert!(refused.ends_with(message), "{refused:.200}");
    }
    stacks.cloud.stop().await;
}

#[tokio::test]
async fn a_large_template_from_a_bucket_is_read_or_refused() {
    let stacks = Stacks::start().await;
    let s3 = aws_sdk_s3::Client::from_conf(crate::deploy::s3_config(&stacks.cloud.root().await));
    s3.create_bucket().bucket("templates").send().await.unwrap();
    let largest = format!("{TOPIC}\nMetadata:\n{}", "  - a\n".repeat(160_000));
    let unsupported = "Template format error: unsupported structure.";
    for (template, message) in
        [(largest, unsupported), ("x".repeat(1_000_001), "Template may not exceed 1000000 bytes in size.")]
    {
        let body = aws_sdk_s3::primitives::ByteStream::from(template.into_bytes());
        s3.put_object().bucket("templates").key("large").body(body).send().await.unwrap();
        let create = stacks.client.create_stack().stack_name("large");
        let create = create.template_url("https://s3.amazonaws.com/templates/large").send();
        let error = answered(message, create).await.unwrap_err();
        assert_eq!(error.message(), Some(message));
    }
    stacks.cloud.stop().await;
}

#[tokio::test]
async fn the_log_quotes_no_template_that_is_refused() {
    let stacks = Stacks::start().await;
    let canary = "Canary7Canary";
    let template = format!("Conditions: {{A: {{Condition: {canary}}}}}\n{TOPIC}");
    let refused = refusal(&stacks, &template, &[]).await;
    assert_eq!(refused.as_deref(), Some("Template format error: unsupported structure."));
    let log = std::fs::read_to_string(stacks.cloud.state().join("ministack.log")).unwrap();
    assert!(log.contains("a template was refused: KeyError at engine.py:"), "{log}");
    assert!(!log.contains(canary), "{log}");
    stacks.cloud.stop().await;
}

#[tokio::test]
async fn a_property_that_a_type_does_not_have_fails_the_stack() {
    let stacks = Stacks::start().await;
    let nested = "Resources: {T: {Type: AWS::SNS::Topic, Properties: {Tags: [{Key: a, Valu: b}]}}}";
    let plain = "Resources: {T: {Type: AWS::SNS::Topic, Properties: {DisplayNam: x}}}";
    for (stack, template, reason) in [
        ("plain", plain, "#: extraneous key [DisplayNam] is not permitted"),
        ("nested", nested, "#/Tags/0: extraneous key [Valu] is not permitted"),
    ] {
        stacks.client.create_stack().stack_name(stack).template_body(template).send().await.unwrap();
        stacks.settle(stack, "ROLLBACK_COMPLETE").await;
        let found = stacks.client.describe_events().stack_name(stack).send().await.unwrap();
        let reasons = found.operation_events().iter().filter_map(|event| event.validation_status_reason());
        assert_eq!(reasons.collect::<Vec<_>>(), [reason]);
    }
    // Without that validation the resource fails.
    let create =
        stacks.client.create_stack().stack_name("late").template_body(plain).disable_validation(true);
    create.send().await.unwrap();
    stacks.settle("late", "ROLLBACK_COMPLETE").await;
    let reasons = stacks.reasons("late", "CREATE_FAILED").await;
    assert!(reasons[0].contains("#: extraneous key [DisplayNam] is not permitted"), "{reasons:?}");
    let set = stacks.client.create_change_set().stack_name("set").change_set_name("set");
    set.change_set_type("CREATE".into()).template_body(plain).send().await.unwrap();
    let set =
        stacks.client.describe_change_set().stack_name("set").change_set_name("set").send().await.unwrap();
    assert_eq!(set.status.unwrap().as_str(), "FAILED");
    assert!(set.status_reason.unwrap().contains("AWS::EarlyValidation::PropertyValidation"));
    stacks.cloud.stop().await;
}
