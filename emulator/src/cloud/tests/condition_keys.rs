//! Conditions on how a request came: through the endpoint of a VPC, from a service that calls for its caller.

use super::permissions::role;
use super::stacks::{Stacks, template, topic};
use super::studio::{aws, aws_as, aws_with};
use super::until;
use crate::{Cloud, Options};
use serde_json::{Value, json};
use std::io::Write;

/// A member of what the root makes.
async fn made(cloud: &Cloud, command: &str, pointer: &str) -> String {
    let answer = aws(cloud, command).await.unwrap();
    answer.pointer(pointer).unwrap().as_str().unwrap().to_owned()
}

fn allow(actions: &[&str]) -> Value {
    json!({"Effect": "Allow", "Action": actions, "Resource": "*"})
}

fn when(mut statement: Value, condition: &Value) -> Value {
    statement["Condition"] = condition.clone();
    statement
}

/// A subnet with endpoints of these services in its VPC: the VPC, the subnet and the endpoints.
async fn network(cloud: &Cloud, gateways: &[&str], interfaces: &[&str]) -> (String, String, Vec<String>) {
    let vpc = made(cloud, "ec2 create-vpc --cidr-block 10.0.0.0/16", "/Vpc/VpcId").await;
    let subnet = format!("ec2 create-subnet --vpc-id {vpc} --cidr-block 10.0.0.0/24");
    let subnet = made(cloud, &subnet, "/Subnet/SubnetId").await;
    let table =
        made(cloud, &format!("ec2 create-route-table --vpc-id {vpc}"), "/RouteTable/RouteTableId").await;
    let associate = format!("ec2 associate-route-table --route-table-id {table} --subnet-id {subnet}");
    aws(cloud, &associate).await.unwrap();
    let mut endpoints = Vec::new();
    let create = format!("ec2 create-vpc-endpoint --vpc-id {vpc} --service-name com.amazonaws.us-east-1.");
    for service in gateways {
        let create = format!("{create}{service} --vpc-endpoint-type Gateway --route-table-ids {table}");
        endpoints.push(made(cloud, &create, "/VpcEndpoint/VpcEndpointId").await);
    }
    for service in interfaces {
        let create = format!(
            "{create}{service} --vpc-endpoint-type Interface --subnet-ids {subnet} --private-dns-enabled"
        );
        endpoints.push(made(cloud, &create, "/VpcEndpoint/VpcEndpointId").await);
    }
    (vpc, subnet, endpoints)
}

/// A bucket that is only for requests through an endpoint, for a role, and for services.
async fn data_bucket(cloud: &Cloud, endpoint: &str) {
    aws(cloud, "s3api create-bucket --bucket data").await.unwrap();
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Deny",
        "Principal": "*",
        "Action": ["s3:GetObject", "s3:PutObject", "s3:ListBucket"],
        "Resource": ["arn:aws:s3:::data", "arn:aws:s3:::data/*"],
        "Condition": {
            "StringNotEquals": {"aws:sourceVpce": endpoint},
            "ArnNotEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/pipeline"},
            "Bool": {"aws:ViaAWSService": "false", "aws:PrincipalIsAWSService": "false"},
        },
    }]});
    aws(cloud, &format!("s3api put-bucket-policy --bucket data --policy {policy}")).await.unwrap();
}

#[tokio::test]
async fn a_bucket_and_a_key_for_endpoints_deny_everybody_else() {
    let cloud = Cloud::start(Options::default()).await.unwrap();
    let (vpc, _, endpoints) = network(&cloud, &["s3"], &["kms"]).await;
    let [s3, kms] = &endpoints[..] else { unreachable!("two endpoints were made") };
    data_bucket(&cloud, s3).await;
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"},
        {
            "Effect": "Deny", "Principal": {"AWS": "*"}, "Action": ["kms:Encrypt", "kms:Decrypt"], "Resource": "*",
            "Condition": {"StringNotEquals": {"aws:sourceVpce": kms}, "Bool": {"aws:ViaAWSService": "false"}},
        },
    ]});
    let key = made(&cloud, &format!("kms create-key --policy {policy}"), "/KeyMetadata/KeyId").await;
    let grants = when(allow(&["kms:CreateGrant"]), &json!({"Bool": {"kms:GrantIsForAWSResource": "true"}}));
    let statements = json!([allow(&["s3:*", "kms:Encrypt"]), grants]);
    let user = role(&cloud, "user", &statements).await;
    let pipeline = role(&cloud, "pipeline", &statements).await;
    let in_vpc =
        when(allow(&["sns:CreateTopic", "s3:PutObject"]), &json!({"StringEquals": {"aws:SourceVpc": vpc}}));
    let inside = role(&cloud, "inside", &json!([in_vpc])).await;

    let file = cloud.state().join("file");
    std::fs::write(&file, "data").unwrap();
    let put = format!("s3api put-object --bucket data --key file --body {}", file.display());
    let encrypt = format!("kms encrypt --key-id {key} --plaintext ZGF0YQ==");
    let grant = format!(
        "kms create-grant --key-id {key} --grantee-principal arn:aws:iam::111122223333:root --operations Decrypt"
    );
    let topic = "sns create-topic --name t".to_owned();
    for (caller, command, application, is_allowed) in [
        (&user, &put, "", false),
        (&user, &put, s3.as_str(), true),
        // An endpoint of another service, and one that is not there.
        (&user, &put, kms, false),
        (&user, &put, "vpce-0123456789abcdef0", false),
        (&pipeline, &put, "", true),
        (&user, &encrypt, "", false),
        (&user, &encrypt, s3, false),
        (&user, &encrypt, kms, true),
        (&inside, &put, "", false),
        (&inside, &put, s3, true),
        (&inside, &topic, s3, false),
        (&user, &grant, "", false),
    ] {
        let answer = aws_with(&cloud, caller, command, application).await;
        assert_eq!(answer.is_ok(), is_allowed, "{command} through {application:?}: {answer:?}");
        let refused = answer.err().unwrap_or_default();
        assert!(
            is_allowed || refused.contains("AccessDenied") || refused.contains("AuthorizationError"),
            "{refused}"
        );
    }
    cloud.stop().await;
}

#[tokio::test]
async fn builds_and_functions_in_a_vpc_use_its_endpoints() {
    let cloud = Cloud::start(Options::default()).await.unwrap();
    let (vpc, subnet, endpoints) = network(&cloud, &["s3"], &[]).await;
    data_bucket(&cloud, &endpoints[0]).await;
    let group = format!("ec2 create-security-group --vpc-id {vpc} --group-name g --description d");
    let group = made(&cloud, &group, "/GroupId").await;
    let trust = json!({"Statement": [{
        "Effect": "Allow", "Principal": {"Service": ["codebuild.amazonaws.com", "lambda.amazonaws.com"]}, "Action": "sts:AssumeRole",
    }]});
    let worker = format!("iam create-role --role-name worker --assume-role-policy-document {trust}");
    let worker = made(&cloud, &worker, "/Role/Arn").await;
    let attach =
        "iam attach-role-policy --role-name worker --policy-arn arn:aws:iam::aws:policy/AdministratorAccess";
    aws(&cloud, attach).await.unwrap();
    let has =
        async |key: &str| aws(&cloud, &format!("s3api head-object --bucket data --key {key}")).await.is_ok();

    let file = cloud.state().join("project.json");
    for (name, network, status) in [
        ("inside", json!({"vpcId": vpc, "subnets": [subnet], "securityGroupIds": [group]}), "SUCCEEDED"),
        ("outside", json!({}), "FAILED"),
    ] {
        let command = format!("aws s3api put-object --bucket data --key build-{name}");
        let spec = json!({"version": "0.2", "phases": {"build": {"commands": [command]}}});
        let mut project = json!({
            "name": name,
            "source": {"type": "NO_SOURCE", "buildspec": spec.to_string()},
            "artifacts": {"type": "NO_ARTIFACTS"},
            "environment": {"type": "LINUX_CONTAINER", "image": "i", "computeType": "BUILD_GENERAL1_SMALL"},
            "serviceRole": worker,
        });
        if network != json!({}) {
            project["vpcConfig"] = network;
        }
        std::fs::write(&file, project.to_string()).unwrap();
        let create = format!("codebuild create-project --cli-input-json file://{}", file.display());
        aws(&cloud, &create).await.unwrap();
        let build = made(&cloud, &format!("codebuild start-build --project-name {name}"), "/build/id").await;
        let ended = testing::until("the build ends", async || {
            let seen =
                aws(&cloud, &format!("codebuild batch-get-builds --ids {build}")).await.unwrap()["builds"][0]
                    .take();
            (seen["buildComplete"] == true).then_some(seen)
        })
        .await;
        assert_eq!(
            (&ended["buildStatus"], has(&format!("build-{name}")).await),
            (&json!(status), status == "SUCCEEDED")
        );
    }

    let archive = cloud.state().join("puts.zip");
    let program = cloud.project().join(".venv/emulator/bin/aws");
    let script = format!(
        "#!/bin/sh\n{} s3api put-object --region us-east-1 --bucket data --key $AWS_LAMBDA_FUNCTION_NAME\nexit 1\n",
        program.display()
    );
    let mut zip = zip::ZipWriter::new(std::fs::File::create(&archive).unwrap());
    zip.start_file("bootstrap", zip::write::SimpleFileOptions::default()).unwrap();
    zip.write_all(script.as_bytes()).unwrap();
    zip.finish().unwrap();
    for (name, network, is_there) in [
        ("function-inside", format!(" --vpc-config SubnetIds={subnet},SecurityGroupIds={group}"), true),
        ("function-outside", String::new(), false),
    ] {
        let create = format!(
            "lambda create-function --function-name {name} --runtime provided.al2023 --handler none --timeout 30 --role {worker} \
             --zip-file fileb://{}{network}",
            archive.display()
        );
        aws(&cloud, &create).await.unwrap();
        let answer = cloud.state().join("answer");
        let _ = aws(&cloud, &format!("lambda invoke --function-name {name} {}", answer.display())).await;
        assert_eq!(has(name).await, is_there, "{name}: {:?}", std::fs::read_to_string(answer));
    }
    cloud.stop().await;
}

#[tokio::test]
async fn what_a_service_calls_for_its_caller_says_so() {
    let stacks = Stacks::start().await;
    let cloud = &stacks.cloud;
    let via = |service: &str| json!({"ForAnyValue:StringEquals": {"aws:CalledVia": [service]}, "Bool": {"aws:ViaAWSService": "true"}});
    let first_and_last = json!({"StringEquals": {
        "aws:CalledViaFirst": "cloudformation.amazonaws.com", "aws:CalledViaLast": "cloudformation.amazonaws.com",
    }});
    let builder = role(
        cloud,
        "builder",
        &json!([
            allow(&["cloudformation:*", "sagemaker:*"]),
            when(allow(&["sns:CreateTopic", "sns:DeleteTopic"]), &via("cloudformation.amazonaws.com")),
            when(
                allow(&["codepipeline:PutCustomActionType", "codepipeline:CreateCustomActionType"]),
                &first_and_last
            ),
            when(allow(&["servicecatalog:*"]), &via("sagemaker.amazonaws.com")),
        ]),
    )
    .await;
    let other = role(
        cloud,
        "other",
        &json!([
            allow(&["sagemaker:*"]),
            when(allow(&["servicecatalog:*"]), &via("cloudformation.amazonaws.com")),
        ]),
    )
    .await;
    let refused = aws_as(cloud, &builder, "sns create-topic --name t").await.unwrap_err();
    assert!(refused.contains("AuthorizationError") || refused.contains("AccessDenied"), "{refused}");
    let action = json!({"Type": "AWS::CodePipeline::CustomActionType", "Properties": {
        "Category": "Test", "Provider": "P", "Version": "1",
        "InputArtifactDetails": {"MinimumCount": 0, "MaximumCount": 1}, "OutputArtifactDetails": {"MinimumCount": 0, "MaximumCount": 1},
    }});
    let file = cloud.state().join("via.json");
    std::fs::write(&file, template(&json!({"Topic": topic(), "Action": action})).to_string()).unwrap();
    let create = |name: &str| {
        format!("cloudformation create-stack --stack-name {name} --template-body file://{}", file.display())
    };
    aws_as(cloud, &builder, &create("own")).await.unwrap();
    until("the stack is made", async || !stacks.status("own").await.ends_with("_IN_PROGRESS")).await;
    assert_eq!(
        stacks.status("own").await,
        "CREATE_COMPLETE",
        "{:?}",
        stacks.reasons("own", "CREATE_FAILED").await
    );

    // As a service role, CloudFormation calls for nobody.
    let trust = json!({"Statement": [{
        "Effect": "Allow", "Principal": {"Service": "cloudformation.amazonaws.com"}, "Action": "sts:AssumeRole",
    }]});
    let make = format!("iam create-role --role-name service --assume-role-policy-document {trust}");
    let service = made(cloud, &make, "/Role/Arn").await;
    let policy =
        json!({"Statement": [when(allow(&["sns:*"]), &json!({"Bool": {"aws:ViaAWSService": "true"}}))]});
    aws(
        cloud,
        &format!("iam put-role-policy --role-name service --policy-name own --policy-document {policy}"),
    )
    .await
    .unwrap();
    std::fs::write(&file, template(&json!({"Topic": topic()})).to_string()).unwrap();
    aws(cloud, &format!("{} --role-arn {service}", create("as-role"))).await.unwrap();
    stacks.settle("as-role", "ROLLBACK_COMPLETE").await;

    // SageMaker calls Service Catalog for its caller.
    let enable = "sagemaker enable-sagemaker-servicecatalog-portfolio";
    let refused = aws_as(cloud, &other, enable).await.unwrap_err();
    assert!(refused.contains("AccessDenied"), "{refused}");
    aws_as(cloud, &builder, enable).await.unwrap();
    stacks.cloud.stop().await;
}
