//! The accounts and Regions that a call means.

use crate::StackSets;
use crate::failure::{invalid, no_instance};
use crate::operation::Target;
use crate::organization::{Member, Organization};
use crate::store::{Instance, Place, StackSet};
use crate::template::object;
use emulator_core::{Call, Failure, text, texts};
use serde_json::{Value, json};

const ONLY_UNITS: &str =
    "StackSets with SERVICE_MANAGED permission model can only have OrganizationalUnit as target";
const ONLY_ACCOUNTS: &str = "StackSets with SELF_MANAGED permission model can only have accounts as target";
const NO_FILTER: &str =
    "AccountFilterType should be specified when both OrganizationalUnitIds and Accounts are provided";

/// The accounts that a call names, and its Regions.
#[derive(Debug)]
pub(crate) struct Asked {
    members: Vec<Member>,
    units: Vec<String>,
    /// Whether all accounts of the units are meant.
    whole_units: bool,
    pub(crate) regions: Vec<String>,
}

/// Whether a call names accounts or units.
pub(crate) fn is_named(input: &Value) -> bool {
    input["Accounts"].is_array() || input["DeploymentTargets"].is_object()
}

/// How an operation describes what its call named.
pub(crate) fn shown(input: &Value) -> Value {
    match &input["Accounts"] {
        Value::Null => input["DeploymentTargets"].clone(),
        accounts => json!({"Accounts": accounts}),
    }
}

impl Asked {
    /// What a call names, for a set with an organization if the service manages its permissions.
    pub(crate) async fn of(
        service: &StackSets,
        call: &Call,
        organization: Option<&Organization>,
    ) -> Result<Self, Failure> {
        let input = &call.input;
        let regions = texts(input, "Regions");
        if regions.is_empty() {
            return Err(invalid("Regions must be specified"));
        }
        if input["Accounts"].is_array() && input["DeploymentTargets"].is_object() {
            return Err(invalid("You can specify either Accounts or DeploymentTargets, but not both"));
        }
        let targets = &input["DeploymentTargets"];
        let units = texts(targets, "OrganizationalUnitIds");
        let mut accounts = texts(input, "Accounts");
        if organization.is_some() && input["Accounts"].is_array() {
            return Err(invalid(ONLY_UNITS));
        }
        accounts.extend(texts(targets, "Accounts"));
        accounts.extend(listed(service, call).await?);
        let whole_units = accounts.is_empty();
        let members = match organization {
            None if !units.is_empty() => return Err(invalid(ONLY_ACCOUNTS)),
            None if accounts.is_empty() => return Err(invalid("Accounts must be specified")),
            None => accounts.into_iter().map(|id| Member { id, unit: None }).collect(),
            Some(_) if units.is_empty() => return Err(invalid("OrganizationalUnitIds are required")),
            Some(organization) => {
                chosen(organization, &units, &accounts, text(targets, "AccountFilterType")).await?
            }
        };
        let mut asked = Self { members: Vec::new(), units, whole_units, regions };
        for member in members {
            if !asked.members.iter().any(|known| known.id == member.id) {
                asked.members.push(member);
            }
        }
        Ok(asked)
    }

    /// All accounts in each of the Regions, in this order.
    pub(crate) fn targets(&self, regions: &[String]) -> Vec<Target> {
        let target = |region: &String, member: &Member| Target {
            account: member.id.clone(),
            region: region.clone(),
            unit: member.unit.clone(),
        };
        regions.iter().flat_map(|region| self.members.iter().map(move |it| target(region, it))).collect()
    }

    /// Those that the set has: of a unit, those that were made through it, too.
    pub(crate) fn existing(&self, set: &StackSet, regions: &[String]) -> Vec<Target> {
        let named = |account: &str, unit: Option<&String>| {
            let is_in_unit = |unit: &String| self.units.contains(unit);
            self.members.iter().any(|it| it.id == account) || self.whole_units && unit.is_some_and(is_in_unit)
        };
        let in_region = |region: &String| {
            let inside = set.instances.iter().filter(|((_, own), _)| own == region);
            let inside = inside.filter(|((account, _), it)| named(account, it.unit.as_ref()));
            let target = |((account, region), it): (&Place, &Instance)| Target {
                account: account.clone(),
                region: region.clone(),
                unit: it.unit.clone(),
            };
            inside.map(target).collect::<Vec<_>>()
        };
        regions.iter().flat_map(in_region).collect()
    }

    /// The same; an error if the set lacks one that is named by its account.
    pub(crate) fn all_existing(&self, set: &StackSet, regions: &[String]) -> Result<Vec<Target>, Failure> {
        let missing =
            |target: &&Target| target.unit.is_none() && !set.instances.contains_key(&target.place());
        match self.targets(regions).iter().find(missing) {
            Some(target) => Err(no_instance(&set.name, &target.account, &target.region)),
            None => Ok(self.existing(set, regions)),
        }
    }
}

/// The accounts in the file that a call names.
async fn listed(service: &StackSets, call: &Call) -> Result<Vec<String>, Failure> {
    let url = text(&call.input["DeploymentTargets"], "AccountsUrl");
    if url.is_empty() {
        return Ok(Vec::new());
    }
    let file = object(&service.context, &call.caller.access_key, url).await?;
    let accounts = file.split([',', '\n', '\r']).map(str::trim).filter(|account| !account.is_empty());
    Ok(accounts.map(str::to_owned).collect())
}

/// The accounts of units, without or with those that are named besides.
async fn chosen(
    organization: &Organization,
    units: &[String],
    accounts: &[String],
    filter: &str,
) -> Result<Vec<Member>, Failure> {
    let mut members = Vec::new();
    for unit in units {
        members.extend(organization.members(unit).await?);
    }
    match filter {
        "INTERSECTION" => members.retain(|member| accounts.contains(&member.id)),
        "DIFFERENCE" => members.retain(|member| !accounts.contains(&member.id)),
        "UNION" => {
            for id in accounts.iter().filter(|id| !organization.is_management(id)) {
                if organization.is_active(id).await? {
                    members.push(Member { id: id.clone(), unit: None });
                }
            }
        }
        _ if !accounts.is_empty() => return Err(invalid(NO_FILTER)),
        _ => {}
    }
    Ok(members)
}
