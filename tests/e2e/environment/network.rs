//! `env-vpc.yaml`: a network of its own that grows and shrinks, one in an existing VPC, what is refused, what is left.

use super::{create_without_capabilities, delete, packaged, place, ssm, types};
use crate::clean_up::clients::Clients;
use crate::clean_up::leftovers::{Counts, counts};
use crate::cli::aws;
use crate::harness::{cloud, run};
use anyhow::{Context, ensure};
use emulator::deploy::{self, DeployedStack, Parameters};
use serde_json::Value;
use std::collections::BTreeSet;

/// The switches of endpoints whose default is `YES`, but for that of S3, each with its service.
const BY_DEFAULT: [(&str, &str); 15] = [
    ("SSM", "com.amazonaws.us-east-1.ssm"),
    ("CW", "com.amazonaws.us-east-1.monitoring"),
    ("CWL", "com.amazonaws.us-east-1.logs"),
    ("SageMakerAPI", "com.amazonaws.us-east-1.sagemaker.api"),
    ("SageMakerRuntime", "com.amazonaws.us-east-1.sagemaker.runtime"),
    ("SageMakerNotebook", "aws.sagemaker.us-east-1.notebook"),
    ("STS", "com.amazonaws.us-east-1.sts"),
    ("ServiceCatalog", "com.amazonaws.us-east-1.servicecatalog"),
    ("CodeCommit", "com.amazonaws.us-east-1.git-codecommit"),
    ("CodeCommitAPI", "com.amazonaws.us-east-1.codecommit"),
    ("CodePipeline", "com.amazonaws.us-east-1.codepipeline"),
    ("CodeBuild", "com.amazonaws.us-east-1.codebuild"),
    ("ECRAPI", "com.amazonaws.us-east-1.ecr.api"),
    ("ECR", "com.amazonaws.us-east-1.ecr.dkr"),
    ("KMS", "com.amazonaws.us-east-1.kms"),
];

/// Those whose default is `NO`, each with its services.
const ON_DEMAND: [(&str, &[&str]); 17] = [
    ("SageMakerStudio", &["aws.sagemaker.us-east-1.studio"]),
    ("SageMakerFeatureStoreRuntime", &["com.amazonaws.us-east-1.sagemaker.featurestore-runtime"]),
    ("SageMakerMetrics", &["com.amazonaws.us-east-1.sagemaker.metrics"]),
    ("SageMakerExperiments", &["aws.sagemaker.us-east-1.experiments"]),
    ("SageMakerPartnerApp", &["aws.sagemaker.us-east-1.partner-app"]),
    ("SageMakerDataScienceAssistant", &["com.amazonaws.us-east-1.sagemaker-data-science-assistant"]),
    (
        "CodeArtifact",
        &["com.amazonaws.us-east-1.codeartifact.api", "com.amazonaws.us-east-1.codeartifact.repositories"],
    ),
    ("CloudFormation", &["com.amazonaws.us-east-1.cloudformation"]),
    ("SecretsManager", &["com.amazonaws.us-east-1.secretsmanager"]),
    ("EventBridge", &["com.amazonaws.us-east-1.events"]),
    ("Glue", &["com.amazonaws.us-east-1.glue"]),
    ("Athena", &["com.amazonaws.us-east-1.athena"]),
    ("Lambda", &["com.amazonaws.us-east-1.lambda"]),
    ("CodeConnections", &["com.amazonaws.us-east-1.codestar-connections.api"]),
    ("EFS", &["com.amazonaws.us-east-1.elasticfilesystem"]),
    ("DataZone", &["com.amazonaws.us-east-1.datazone"]),
    ("Organizations", &["com.amazonaws.us-east-1.organizations"]),
];

/// What an environment finds its network by.
pub(super) const OF_NETWORK: [&str; 9] = [
    "vpc-id",
    "private-sn-1a-id",
    "private-sn-2a-id",
    "private-sn-3a-id",
    "private-sn-4a-id",
    "private-subnet-ids",
    "sagemaker-sg-ids",
    "s3-vpce-id",
    "kms-vpce-id",
];

/// What a guide gives for a network of this name, with these parameters besides.
pub(super) async fn parameters(name: &str, given: &[(&str, &str)]) -> anyhow::Result<Parameters> {
    let mut parameters = place().await?;
    let (data, models) = (format!("{name}-data"), format!("{name}-models"));
    parameters.extend(deploy::named([
        ("EnvName", name),
        ("AvailabilityZones", "us-east-1a,us-east-1b"),
        ("DataBucketName", &data),
        ("ModelBucketName", &models),
    ]));
    parameters.extend(deploy::named(given.iter().copied()));
    Ok(parameters)
}

/// Every switch of an endpoint set to `NO`, and these parameters.
pub(super) fn without_endpoints<'a>(given: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    const SWITCHES: [&str; 16] = [
        "CreateS3VPCEndpoint",
        "CreateSSMVPCEndpoint",
        "CreateCWVPCEndpoint",
        "CreateCWLVPCEndpoint",
        "CreateSageMakerAPIVPCEndpoint",
        "CreateSageMakerRuntimeVPCEndpoint",
        "CreateSageMakerNotebookVPCEndpoint",
        "CreateSTSVPCEndpoint",
        "CreateServiceCatalogVPCEndpoint",
        "CreateCodeCommitVPCEndpoint",
        "CreateCodeCommitAPIVPCEndpoint",
        "CreateCodePipelineVPCEndpoint",
        "CreateCodeBuildVPCEndpoint",
        "CreateECRAPIVPCEndpoint",
        "CreateECRVPCEndpoint",
        "CreateKMSVPCEndpoint",
    ];
    SWITCHES.map(|name| (name, "NO")).into_iter().chain(given.iter().copied()).collect()
}

pub(super) async fn create(name: &str, given: &[(&str, &str)]) -> anyhow::Result<DeployedStack> {
    create_without_capabilities(name, "env-vpc", parameters(name, given).await?).await
}

/// A network of `env-vpc.yaml` for Studio of this environment: no way to the internet, and SageMaker's own endpoints only.
pub(super) async fn of_studio(env: &str) -> anyhow::Result<DeployedStack> {
    let given = without_endpoints(&[
        ("CreateNATGateways", "NO"),
        ("CreateSageMakerAPIVPCEndpoint", "YES"),
        ("CreateSageMakerRuntimeVPCEndpoint", "YES"),
    ]);
    let given = parameters(env, &given).await?;
    create_without_capabilities(&format!("{env}-network"), "env-vpc", given).await
}

pub(super) async fn update(
    deployed: &DeployedStack,
    changes: &[(&str, &str)],
) -> anyhow::Result<DeployedStack> {
    let changes = deploy::named(changes.iter().copied());
    deploy::update(cloud().await, deployed, &packaged("env-vpc")?, changes, |_| ()).await
}

/// What is in a VPC, without kinds of which there is nothing.
pub(super) async fn in_vpc(vpc: &str) -> anyhow::Result<Counts> {
    let mut found = Clients::root(cloud().await).await.in_vpc(vpc).await?;
    found.retain(|_, count| *count > 0);
    Ok(found)
}

/// The endpoints of a VPC, as EC2 describes them.
pub(super) async fn endpoints(vpc: &str) -> anyhow::Result<Vec<Value>> {
    let filter = format!("Name=vpc-id,Values={vpc}");
    let list = ["ec2", "describe-vpc-endpoints", "--filters", &filter, "--query", "VpcEndpoints"];
    let mut found = aws(&list).await?.as_array().context("no list")?.clone();
    found.retain(|endpoint| endpoint["State"] != "deleted" && endpoint["State"] != "deleting");
    Ok(found)
}

pub(super) fn services(endpoints: &[Value]) -> BTreeSet<&str> {
    endpoints.iter().filter_map(|endpoint| endpoint["ServiceName"].as_str()).collect()
}

/// The rules of a group in one direction: what the other end is, and the ports.
pub(super) async fn rules(group: &str, outward: bool) -> anyhow::Result<BTreeSet<(String, String)>> {
    let filter = format!("Name=group-id,Values={group}");
    let list = ["ec2", "describe-security-group-rules", "--filters", &filter];
    let listed = aws(&list).await?;
    let listed = listed["SecurityGroupRules"].as_array().context("no rules")?;
    let of_direction = listed.iter().filter(|rule| rule["IsEgress"] == outward);
    let rule = |rule: &Value| {
        let other = [&rule["CidrIpv4"], &rule["PrefixListId"], &rule["ReferencedGroupInfo"]["GroupId"]];
        let other = other.into_iter().find_map(Value::as_str).unwrap_or_default().to_owned();
        let ports = match rule["IpProtocol"].as_str() {
            Some("-1") => "all".to_owned(),
            _ => format!("{}-{}", rule["FromPort"], rule["ToPort"]),
        };
        (other, ports)
    };
    Ok(of_direction.map(rule).collect())
}

pub(super) fn expected(rules: &[(&str, &str)]) -> BTreeSet<(String, String)> {
    rules.iter().map(|(other, ports)| ((*other).to_owned(), (*ports).to_owned())).collect()
}

#[test]
fn a_new_network_grows_shrinks_and_leaves_nothing() {
    run(async {
        let stack = create("net-grow", &[("NumberOfAZs", "1")]).await?;
        let vpc = stack.output("VPCId")?.to_owned();
        let kinds = types("net-grow").await?;
        ensure!(!kinds.keys().any(|kind| kind.starts_with("AWS::IAM::")), "{kinds:?}");
        ensure!(kinds.get("AWS::EC2::NatGateway") == Some(&1), "{kinds:?}");

        let found = endpoints(&vpc).await?;
        let s3 = "com.amazonaws.us-east-1.s3";
        let wanted = BY_DEFAULT.iter().map(|(_, service)| *service).chain([s3]).collect();
        assert_eq!(services(&found), wanted);
        let (group, of_endpoints) =
            (stack.output("SageMakerSecurityGroupIds")?, stack.output("VPCEndpointsSecurityGroupId")?);
        let (nothing, anywhere) = ("127.0.0.1/32", "0.0.0.0/0");
        let out = [
            (nothing, "all"),
            (group, "all"),
            (of_endpoints, "443-443"),
            ("10.0.0.0/16", "2049-2049"),
            (anywhere, "443-443"),
            (anywhere, "80-80"),
        ];
        assert_eq!(rules(group, true).await?, expected(&out));
        assert_eq!(rules(group, false).await?, expected(&[(group, "all")]));
        assert_eq!(rules(of_endpoints, true).await?, expected(&[(nothing, "all")]));
        assert_eq!(rules(of_endpoints, false).await?, expected(&[(group, "443-443")]));

        let told = ssm("net-grow").await?;
        let of = |name: &str| told.get(name).map(String::as_str);
        let subnet = stack.output("PrivateSubnetIds")?;
        let by_name = [
            ("vpc-id", vpc.as_str()),
            ("private-sn-1a-id", subnet),
            ("private-subnet-ids", subnet),
            ("sagemaker-sg-ids", group),
            ("s3-vpce-id", stack.output("VPCEndpointS3Id")?),
            ("kms-vpce-id", stack.output("VPCEndpointKMSId")?),
        ];
        for (name, value) in by_name {
            assert_eq!(of(name), Some(value), "{name}");
        }
        ensure!(told.len() == by_name.len() && subnet.starts_with("subnet-"), "{told:?}");

        two_zones_then_no_way_out(&stack, &vpc).await?;
        delete(&stack, &OF_NETWORK).await?;
        assert_eq!(in_vpc(&vpc).await?, counts([]));
        Ok(())
    });
}

/// A second zone, then no NAT gateways and another endpoint.
async fn two_zones_then_no_way_out(stack: &DeployedStack, vpc: &str) -> anyhow::Result<()> {
    let first = stack.output("PrivateSubnetIds")?.to_owned();
    let stack = update(stack, &[("NumberOfAZs", "2")]).await?;
    let both: BTreeSet<_> = stack.output("PrivateSubnetIds")?.split(',').map(str::to_owned).collect();
    ensure!(both.len() == 2 && both.contains(&first), "{both:?}");
    assert_eq!(ssm("net-grow").await?.get("private-sn-2a-id").map(|it| both.contains(it)), Some(true));
    for endpoint in endpoints(vpc).await? {
        let of_gateway = endpoint["VpcEndpointType"] == "Gateway";
        let list = &endpoint[if of_gateway { "RouteTableIds" } else { "SubnetIds" }];
        assert_eq!(list.as_array().map(Vec::len), Some(2), "{endpoint}");
    }
    let before = in_vpc(vpc).await?;
    ensure!(before.get("internet gateways") == Some(&1) && before.get("subnets") == Some(&4), "{before:?}");

    let changes = [("CreateNATGateways", "NO"), ("CreateSageMakerStudioVPCEndpoint", "YES")];
    let stack = update(&stack, &changes).await?;
    let after = in_vpc(vpc).await?;
    ensure!(!after.contains_key("internet gateways") && after.get("subnets") == Some(&2), "{after:?}");
    ensure!(services(&endpoints(vpc).await?).contains("aws.sagemaker.us-east-1.studio"), "{after:?}");
    let out = rules(stack.output("SageMakerSecurityGroupIds")?, true).await?;
    ensure!(!out.contains(&("0.0.0.0/0".into(), "80-80".into())), "{out:?}");

    let stack = update(&stack, &[("NumberOfAZs", "1")]).await?;
    assert_eq!(stack.output("PrivateSubnetIds")?, first);
    Ok(())
}

#[test]
fn every_endpoint_is_a_switch() {
    run(async {
        let mut all: Vec<_> = ON_DEMAND.iter().map(|(name, _)| format!("Create{name}VPCEndpoint")).collect();
        all.sort_unstable();
        let base = [("CreateNATGateways", "NO"), ("NumberOfAZs", "1"), ("VPCCIDR", "10.7.0.0/16")];
        let base = [&base[..], &[("PrivateSubnet1ACIDR", "10.7.0.0/19")]].concat();
        let on: Vec<_> = all.iter().map(|name| (name.as_str(), "YES")).collect();
        let stack = create("net-switches", &without_endpoints(&[&base[..], &on].concat())).await?;
        let vpc = stack.output("VPCId")?.to_owned();
        let wanted = ON_DEMAND.iter().flat_map(|(_, services)| *services).copied().collect();
        assert_eq!(services(&endpoints(&vpc).await?), wanted);
        for name in ["VPCEndpointS3Id", "VPCEndpointKMSId", "PyPIMirrorEndpointDNS"] {
            assert_eq!(stack.outputs.get(name).map_or("", String::as_str), "", "{name}");
        }
        let told = ssm("net-switches").await?;
        ensure!(!told.contains_key("s3-vpce-id") && !told.contains_key("kms-vpce-id"), "{told:?}");

        let off: Vec<_> = all.iter().map(|name| (name.as_str(), "NO")).collect();
        let stack = update(&stack, &off).await?;
        assert_eq!(services(&endpoints(&vpc).await?), BTreeSet::new());

        // The mirror of the shared services: CodeArtifact's own name makes both of its endpoints.
        let mirror = "com.amazonaws.us-east-1.codeartifact.repositories";
        let stack = update(&stack, &[("PyPIMirrorEndpointServiceName", mirror)]).await?;
        assert_eq!(services(&endpoints(&vpc).await?).len(), 2);
        assert_eq!(
            stack.output("SharedServicesVPCEndpointSecurityGroupId")?,
            stack.output("VPCEndpointsSecurityGroupId")?
        );
        let host = stack.output("PyPIMirrorEndpointDNS")?;
        ensure!(host.starts_with("vpce-") && host.ends_with(".vpce.amazonaws.com"), "{host}");

        let mirror = "com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0";
        let stack = update(&stack, &[("PyPIMirrorEndpointServiceName", mirror)]).await?;
        let found = endpoints(&vpc).await?;
        assert_eq!(services(&found), BTreeSet::from([mirror]));
        let group = stack.output("SharedServicesVPCEndpointSecurityGroupId")?;
        let sagemaker = stack.output("SageMakerSecurityGroupIds")?;
        let inward = expected(&[(sagemaker, "80-80"), (sagemaker, "443-443")]);
        assert_eq!(rules(group, false).await?, inward);
        delete(&stack, &OF_NETWORK).await?;
        assert_eq!(in_vpc(&vpc).await?, counts([]));
        Ok(())
    });
}
