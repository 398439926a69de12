//! Rules of security groups: revoked by what Describe showed of them, and errors for what is there twice or not at all.

use super::studio::aws;
use crate::{Cloud, Options};
use serde_json::{Value, json};

#[tokio::test]
async fn a_rule_is_revoked_as_it_was_shown() {
    let cloud = Cloud::start(Options::default()).await.unwrap();
    let vpc = aws(&cloud, "ec2 create-vpc --cidr-block 10.7.0.0/16").await.unwrap();
    let vpc = vpc["Vpc"]["VpcId"].as_str().unwrap();
    let group = async |name: &str| {
        let create = format!("ec2 create-security-group --group-name {name} --description d --vpc-id {vpc}");
        aws(&cloud, &create).await.unwrap()["GroupId"].as_str().unwrap().to_owned()
    };
    let (own, other) = (group("own").await, group("other").await);
    let rules = async || {
        let shown = aws(&cloud, &format!("ec2 describe-security-groups --group-ids {own}")).await.unwrap();
        shown["SecurityGroups"][0]["IpPermissions"].clone()
    };
    let change = async |verb: &str, rules: &Value| {
        aws(&cloud, &format!("ec2 {verb}-security-group-ingress --group-id {own} --ip-permissions {rules}"))
            .await
    };
    let port = |port: u16, sources: (&str, Value)| {
        let mut rule = json!({"IpProtocol": "tcp", "FromPort": port, "ToPort": port});
        rule[sources.0] = sources.1;
        rule
    };
    let pair = || ("UserIdGroupPairs", json!([{"GroupId": other}]));
    let described = ("IpRanges", json!([{"CidrIp": "10.0.0.0/8", "Description": "x"}]));
    let several = ("IpRanges", json!([{"CidrIp": "10.0.0.0/8"}, {"CidrIp": "192.168.0.0/16"}]));
    for given in [
        json!([port(988, pair())]),
        json!([port(2049, pair()), port(988, pair())]),
        json!([port(443, described)]),
        json!([port(443, several)]),
    ] {
        change("authorize", &given).await.unwrap();
        let twice = change("authorize", &given).await.unwrap_err();
        assert!(twice.contains("(InvalidPermission.Duplicate)"), "{twice}");
        let shown = rules().await;
        assert_ne!(shown, json!([]));
        change("revoke", &shown).await.unwrap();
        assert_eq!(rules().await, json!([]), "{given}");
        let missing = change("revoke", &given).await.unwrap_err();
        assert!(missing.contains("(InvalidPermission.NotFound)"), "{missing}");
    }
    cloud.stop().await;
}
