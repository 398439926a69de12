//! The calls, against a server on the loopback in the place of SageMaker and Service Catalog.

use crate::ProjectsEnablement;
use crate::observation::Portfolio;
use crate::spec::{Kind, Principal, Properties, Spec};
use serde_json::{Value, json};
use shared::drivers::cloudformation::{Origin, RequestType};
use shared::error::{chain, is_transient};
use shared::reconcile::step::{Plan, Reconcile};
use std::sync::{Arc, Mutex};
use testing::reply::{empty, refusal};
use testing::{Call, Reply, ScriptedAws};

const ONE: &str = "arn:aws:iam::111122223333:role/one";
const TWO: &str = "arn:aws:iam::111122223333:role/two";
const ALL: &str = "arn:aws:iam:::role/team-*";

/// An account in which projects are not enabled yet. Every share and every principal is on a page of its own.
#[derive(Clone, Default)]
struct Account(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    enabled: bool,
    principals: Vec<(String, String)>,
}

impl Account {
    fn enabled(principals: &[(&str, &str)]) -> Self {
        let principals =
            principals.iter().map(|(arn, kind)| ((*arn).to_owned(), (*kind).to_owned())).collect();
        Self(Arc::new(Mutex::new(State { enabled: true, principals })))
    }

    fn answer(&self, call: &Call) -> Reply {
        let mut state = self.0.lock().unwrap();
        let text = |member: &str| call.body[member].as_str().unwrap_or_default().to_owned();
        let page = |key: &str, items: Vec<Value>| {
            let at: usize = text("PageToken").parse().unwrap_or_default();
            let next = (at + 1 < items.len()).then(|| (at + 1).to_string());
            json!({key: items.get(at).into_iter().collect::<Vec<_>>(), "NextPageToken": next}).into()
        };
        match call.operation.as_str() {
            "GetSagemakerServicecatalogPortfolioStatus" => {
                json!({"Status": if state.enabled { "Enabled" } else { "Disabled" }}).into()
            }
            "EnableSagemakerServicecatalogPortfolio" => {
                state.enabled = true;
                empty()
            }
            "ListAcceptedPortfolioShares" if state.enabled => {
                let share = |id: &str, provider: &str, created: i64| json!({"Id": id, "ProviderName": provider, "CreatedTime": created});
                let shares = vec![
                    share("port-team", "Team", 3),
                    share("port-sagemaker", "Amazon SageMaker", 2),
                    share("port-old", "Amazon SageMaker", 1),
                ];
                page("PortfolioDetails", shares)
            }
            "ListAcceptedPortfolioShares" => page("PortfolioDetails", Vec::new()),
            "ListPrincipalsForPortfolio" => {
                assert_eq!(text("PortfolioId"), "port-sagemaker");
                let principal =
                    |(arn, kind): &(String, String)| json!({"PrincipalARN": arn, "PrincipalType": kind});
                page("Principals", state.principals.iter().map(principal).collect())
            }
            "AssociatePrincipalWithPortfolio" => {
                state.principals.push((text("PrincipalARN"), text("PrincipalType")));
                empty()
            }
            "DisassociatePrincipalFromPortfolio" => {
                let gone = (text("PrincipalARN"), text("PrincipalType"));
                state.principals.retain(|principal| *principal != gone);
                empty()
            }
            other => panic!("{other} is not called"),
        }
    }

    fn scripted(&self) -> ScriptedAws {
        let account = self.clone();
        ScriptedAws::in_front_of(move |call| account.answer(call))
    }

    fn principals(&self) -> Vec<String> {
        self.0.lock().unwrap().principals.iter().map(|(arn, kind)| format!("{kind} {arn}")).collect()
    }
}

async fn function(aws: &ScriptedAws) -> ProjectsEnablement {
    ProjectsEnablement::new(&aws.config("eu-central-1", 2).await)
}

fn asked(request: RequestType, arns: &[&str], before: &[&str]) -> Spec {
    let stack = "arn:aws:cloudformation:eu-central-1:111122223333:stack/core/1".to_owned();
    let origin = Origin { before: Some(json!({"RoleArns": before})), ..Origin::new(request, Some(stack)) };
    serde_json::from_value::<Properties>(json!({"RoleArns": arns})).unwrap().read(&origin).unwrap()
}

/// Step after step to the end, which is the id of the portfolio.
async fn reach(aws: &ScriptedAws, spec: &Spec) -> Result<String, String> {
    let function = function(aws).await;
    let until = tokio::time::Instant::now() + std::time::Duration::from_mins(1);
    for _ in 0..10 {
        let observed = function.observe(spec).await.map_err(|error| chain(&error))?;
        match ProjectsEnablement::plan(spec, &observed) {
            Plan::Done(output) => return Ok(output["PortfolioId"].to_string()),
            Plan::Act(action, _) => {
                function.act(&action, until).await.map_err(|error| chain(&error))?;
            }
            Plan::Wait(_) => {}
            Plan::Stuck(why) => return Err(why),
        }
    }
    Err("ten steps were not enough".to_owned())
}

#[tokio::test]
async fn it_keeps_the_contract_of_custom_resources() {
    let samples = testing::contract::Samples {
        properties: json!({"RoleArns": [ONE]}),
        updated: json!({"RoleArns": [TWO]}),
        other: json!({"RoleArns": [ONE]}),
        bad: json!({"RoleArns": ["one"]}),
        says: "RoleArns holds `one`",
    };
    let aws = || Account::default().scripted();
    testing::contract::check_one_shot(&samples, async || function(&aws()).await).await;
}

#[tokio::test]
async fn projects_are_enabled_once_and_each_role_gets_access_and_loses_its_own_only() {
    let account = Account::default();
    let aws = account.scripted();
    let spec = asked(RequestType::Create, &[ONE, ALL], &[]);
    assert_eq!(reach(&aws, &spec).await, Ok("port-sagemaker".to_owned()));
    assert_eq!(account.principals(), [format!("IAM {ONE}"), format!("IAM_PATTERN {ALL}")]);
    assert_eq!(reach(&aws, &spec).await, Ok("port-sagemaker".to_owned()), "again");
    assert_eq!(aws.requests("EnableSagemakerServicecatalogPortfolio").len(), 1);
    assert_eq!(aws.requests("AssociatePrincipalWithPortfolio").len(), 2);

    let other = Account::enabled(&[(TWO, "IAM"), (ONE, "IAM"), (ALL, "IAM_PATTERN")]);
    let aws = other.scripted();
    let spec = asked(RequestType::Update, &[ALL], &[ONE, ALL]);
    assert_eq!(reach(&aws, &spec).await, Ok("port-sagemaker".to_owned()));
    assert_eq!(other.principals(), [format!("IAM {TWO}"), format!("IAM_PATTERN {ALL}")]);
    reach(&aws, &asked(RequestType::Delete, &[ALL], &[])).await.unwrap();
    assert_eq!(other.principals(), [format!("IAM {TWO}")]);
    assert!(aws.requests("EnableSagemakerServicecatalogPortfolio").is_empty());
}

#[tokio::test]
async fn every_page_is_read() {
    let account = Account::enabled(&[(ONE, "IAM"), (ALL, "IAM_PATTERN")]);
    let observed = function(&account.scripted()).await.observe(&Spec::default()).await.unwrap();
    let principal = |arn: &str, kind| Principal { arn: arn.to_owned(), kind };
    let principals = [principal(ONE, Kind::Role), principal(ALL, Kind::Pattern)].into();
    assert_eq!(observed.portfolio, Some(Portfolio { id: "port-sagemaker".to_owned(), principals }));
}

#[tokio::test]
async fn a_refused_call_is_told_a_throttled_one_is_tried_again_and_what_is_gone_is_done() {
    for (operation, told) in [
        (
            "GetSagemakerServicecatalogPortfolioStatus",
            "could not read whether SageMaker projects are enabled",
        ),
        ("EnableSagemakerServicecatalogPortfolio", "could not enable SageMaker projects"),
        ("ListAcceptedPortfolioShares", "could not list the portfolios that the account has accepted"),
        ("ListPrincipalsForPortfolio", "could not list who has access to portfolio port-sagemaker"),
        ("AssociatePrincipalWithPortfolio", "could not give arn:aws:iam::111122223333:role/one access to"),
    ] {
        for (code, transient) in [("AccessDeniedException", false), ("ThrottlingException", true)] {
            let aws = Account::default().scripted().always(operation, "", refusal(code));
            let refused = reach(&aws, &asked(RequestType::Create, &[ONE], &[])).await.unwrap_err();
            // A change that AWS was too busy for is made again in the next step.
            let again = transient && operation.starts_with("Associate");
            let told = if again { "ten steps were not enough" } else { told };
            assert!(refused.starts_with(told), "{refused}");
            if operation.starts_with("Get") {
                let error = function(&aws).await.observe(&Spec::default()).await.unwrap_err();
                assert_eq!(is_transient(&error), transient, "{code}");
            }
        }
    }
    let delete = asked(RequestType::Delete, &[ONE], &[]);
    for (code, expected) in [("ResourceNotFoundException", true), ("AccessDeniedException", false)] {
        let account = Account::enabled(&[(ONE, "IAM")]);
        let aws = account.scripted().always("DisassociatePrincipalFromPortfolio", "", refusal(code));
        let function = function(&aws).await;
        let observed = function.observe(&delete).await.unwrap();
        let Plan::Act(action, _) = ProjectsEnablement::plan(&delete, &observed) else { panic!("no action") };
        let until = tokio::time::Instant::now() + std::time::Duration::from_mins(1);
        assert_eq!(function.act(&action, until).await.is_ok(), expected, "{code}");
    }
}

#[test]
fn the_events_are_understood() {
    for (event, request, with, without) in [
        ("projects-enablement-stack-create", RequestType::Create, 1, 0),
        ("projects-enablement-stack-update", RequestType::Update, 2, 0),
        ("projects-enablement-stack-delete", RequestType::Delete, 0, 2),
    ] {
        let arns = testing::event(event)["ResourceProperties"]["RoleArns"].clone();
        let arns: Vec<String> = serde_json::from_value(arns).unwrap();
        let arns: Vec<_> = arns.iter().map(String::as_str).collect();
        let spec = asked(request, &arns, &[]);
        assert_eq!((spec.with.len(), spec.without.len()), (with, without), "{event}");
    }
}
