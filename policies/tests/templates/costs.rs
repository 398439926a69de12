//! What a quickstart costs while nobody works: the table of `docs/deploy.md` has each resource that is paid by the hour or the month.

use crate::fixture::{stack, templates};
use policies::{Resource, inventory};
use serde_json::Value;
use std::collections::BTreeMap;

/// Hours of a month, as AWS counts them in its price lists.
const HOURS: f64 = 730.0;
/// Types that cost nothing while nothing uses them, or nothing at all.
const FREE: [&str; 37] = [
    "AWS::CloudFormation::Stack",
    "AWS::EC2::DHCPOptions",
    "AWS::EC2::FlowLog",
    "AWS::EC2::InternetGateway",
    "AWS::EC2::Route",
    "AWS::EC2::RouteTable",
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::SecurityGroupEgress",
    "AWS::EC2::SecurityGroupIngress",
    "AWS::EC2::Subnet",
    "AWS::EC2::SubnetRouteTableAssociation",
    "AWS::EC2::VPC",
    "AWS::EC2::VPCDHCPOptionsAssociation",
    "AWS::EC2::VPCGatewayAttachment",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Policy",
    "AWS::IAM::Role",
    "AWS::KMS::Alias",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::Function",
    "AWS::Logs::LogGroup",
    "AWS::ResourceGroups::Group",
    "AWS::S3::Bucket",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::Topic",
    "AWS::SNS::TopicPolicy",
    // Standard parameters.
    "AWS::SSM::Parameter",
    "AWS::SageMaker::Domain",
    "AWS::SageMaker::UserProfile",
    "AWS::ServiceCatalog::CloudFormationProduct",
    "AWS::ServiceCatalog::LaunchRoleConstraint",
    "AWS::ServiceCatalog::LaunchTemplateConstraint",
    "AWS::ServiceCatalog::Portfolio",
    "AWS::ServiceCatalog::PortfolioPrincipalAssociation",
    "AWS::ServiceCatalog::PortfolioProductAssociation",
    "AWS::StepFunctions::StateMachine",
    "Custom::",
];

/// How often a resource is paid: an interface endpoint in each of its subnets, a gateway endpoint not at all.
fn paid(resource: &Resource) -> usize {
    if resource.kind != "AWS::EC2::VPCEndpoint" {
        return 1;
    }
    match resource.property("SubnetIds").unwrap() {
        Some(Value::Array(subnets)) => subnets.len(),
        _ => 0,
    }
}

/// A row: type, count, price and monthly sum in cents.
fn row(line: &str) -> Option<(String, (usize, f64))> {
    let cells: Vec<_> = line.split('|').map(str::trim).collect();
    let [_, _, kind, count, price, sum, _] = cells[..] else { return None };
    let kind = kind.strip_prefix('`')?.strip_suffix('`')?;
    let dollars = |text: &str| text.trim_start_matches('$').parse::<f64>().unwrap();
    let count: usize = count.parse().unwrap();
    let (price, times) = match price.split_once(' ').unwrap() {
        (price, "an hour") => (dollars(price), HOURS),
        (price, "a month") => (dollars(price), 1.0),
        other => panic!("{other:?}"),
    };
    let expected = f64::from(u32::try_from(count).unwrap()) * price * times;
    let sum = dollars(sum);
    assert!((expected - sum).abs() < 0.005, "{kind}: {expected} and not {sum}");
    Some((kind.to_owned(), (count, sum)))
}

#[test]
fn the_table_of_costs_has_what_a_quickstart_pays_for() {
    let made = inventory(&stack(&templates(), "mlops").unwrap()).unwrap();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for resource in &made {
        if !FREE
            .iter()
            .any(|free| resource.kind == *free || free.ends_with("::") && resource.kind.starts_with(free))
        {
            *counts.entry(resource.kind.clone()).or_default() += paid(resource);
        }
    }
    let document = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/deploy.md");
    let document = std::fs::read_to_string(document).unwrap();
    let table: BTreeMap<_, _> = document.lines().filter_map(row).collect();
    let told: BTreeMap<_, _> = table.iter().map(|(kind, (count, _))| (kind.clone(), *count)).collect();
    assert_eq!(told, counts, "docs/deploy.md");
    let sum: f64 = table.values().map(|(_, sum)| sum).sum();
    assert!(document.contains(&format!("| together | | | | ${sum:.2} |")), "{sum:.2}");
}
