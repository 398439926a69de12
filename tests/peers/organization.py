"""The life cycle of an organization: units, an account, administrators of services, and a stack set in a unit."""

import json

from catalog import template
from clients import Client
from life_cycle import Service, refused
from stack_sets import ended
from steps import Steps, equal, eventually

STACK_SETS = "member.org.stacksets.cloudformation.amazonaws.com"


def organizations(client: Client, _inputs: dict) -> Steps:
    steps, service = Steps(client.suite, "organizations"), Service(client, "organizations")
    step, ids = steps.step, {}
    with step("an account without an organization has nothing"):
        refused("AWSOrganizationsNotInUseException", service.DescribeOrganization)
    with step("an organization is created, deleted and created anew"):
        service.CreateOrganization(FeatureSet="ALL")
        service.DeleteOrganization()
        made = service.CreateOrganization(FeatureSet="ALL")["Organization"]
        equal(service.DescribeOrganization()["Organization"]["Id"], made["Id"])
        equal(made["MasterAccountId"], client.account)
        refused("AlreadyInOrganizationException", service.CreateOrganization)
        ids["root"] = service.paged("ListRoots", "Roots", 1)[0]["Id"]
    if not ids:
        return steps
    units(steps, service, ids)
    accounts(steps, service, ids)
    administrators(steps, service, ids)
    with step("a stack set is deployed to the accounts of a unit"):
        stack_set(Service(client, "cloudformation"), ids)
    with step("closed accounts stay, and with them the organization"):
        service.DisableAWSServiceAccess(ServicePrincipal=STACK_SETS)
        service.paged("ListAWSServiceAccessForOrganization", "EnabledServicePrincipals", 0)
        service.CloseAccount(AccountId=ids["account"])
        eventually(lambda: service.DescribeAccount(AccountId=ids["account"])["Account"]["State"], "CLOSED")
        refused("AccountAlreadyClosedException", service.CloseAccount, AccountId=ids["account"])
        refused("OrganizationalUnitNotEmptyException", service.DeleteOrganizationalUnit, OrganizationalUnitId=ids["unit"])
        refused("OrganizationNotEmptyException", service.DeleteOrganization)
    return steps


def units(steps: Steps, service: Service, ids: dict) -> None:
    root = {"ParentId": ids["root"]}
    with steps.step("units are created, changed, listed in pages and deleted"):
        tags = [{"Key": "made-by", "Value": "peers"}]
        unit = service.CreateOrganizationalUnit(**root, Name="staging", Tags=tags)["OrganizationalUnit"]
        ids["unit"] = unit["Id"]
        second = service.CreateOrganizationalUnit(**root, Name="second")["OrganizationalUnit"]["Id"]
        service.UpdateOrganizationalUnit(OrganizationalUnitId=second, Name="production")
        shown = service.DescribeOrganizationalUnit(OrganizationalUnitId=second)["OrganizationalUnit"]
        equal(shown["Name"], "production")
        refused("DuplicateOrganizationalUnitException", service.CreateOrganizationalUnit, **root, Name="staging")
        service.paged("ListOrganizationalUnitsForParent", "OrganizationalUnits", 2, **root)
        service.paged("ListChildren", "Children", 2, **root, ChildType="ORGANIZATIONAL_UNIT")
        parents = service.paged("ListParents", "Parents", 1, ChildId=second)
        equal(parents, [{"Id": ids["root"], "Type": "ROOT"}])
        service.DeleteOrganizationalUnit(OrganizationalUnitId=second)
        refused("ParentNotFoundException", service.ListOrganizationalUnitsForParent, ParentId=second)
    with steps.step("tags are added, listed and removed"):
        unit = {"ResourceId": ids["unit"]}
        service.TagResource(**unit, Tags=[{"Key": "more", "Value": "yes"}])
        # The length of a page of tags cannot be chosen.
        tags = service.client.pages("organizations", "ListTagsForResource", "Tags", unit, sized=False)
        equal([tag["Key"] for tag in tags], ["made-by", "more"])
        service.UntagResource(**unit, TagKeys=["more"])
        equal(len(service.ListTagsForResource(**unit)["Tags"]), 1)


def accounts(steps: Steps, service: Service, ids: dict) -> None:
    with steps.step("an account is created, moved and listed in pages"):
        request = service.CreateAccount(AccountName="member", Email="member@example.com")["CreateAccountStatus"]
        asked = {"CreateAccountRequestId": request["Id"]}
        eventually(lambda: service.DescribeCreateAccountStatus(**asked)["CreateAccountStatus"]["State"], "SUCCEEDED")
        ids["account"] = service.DescribeCreateAccountStatus(**asked)["CreateAccountStatus"]["AccountId"]
        shown = service.DescribeAccount(AccountId=ids["account"])["Account"]
        equal((shown["Name"], shown["State"]), ("member", "ACTIVE"))
        service.paged("ListAccounts", "Accounts", 2)
        destination = {"SourceParentId": ids["root"], "DestinationParentId": ids["unit"]}
        service.MoveAccount(AccountId=ids["account"], **destination)
        refused("SourceParentNotFoundException", service.MoveAccount, AccountId=ids["account"], **destination)
        service.paged("ListAccountsForParent", "Accounts", 1, ParentId=ids["unit"])


def administrators(steps: Steps, service: Service, ids: dict) -> None:
    with steps.step("a service is trusted and administered by a member"):
        trusted = {"ServicePrincipal": STACK_SETS}
        delegated = {"AccountId": ids["account"]} | trusted
        service.EnableAWSServiceAccess(**trusted)
        service.paged("ListAWSServiceAccessForOrganization", "EnabledServicePrincipals", 1)
        service.RegisterDelegatedAdministrator(**delegated)
        refused("AccountAlreadyRegisteredException", service.RegisterDelegatedAdministrator, **delegated)
        service.paged("ListDelegatedAdministrators", "DelegatedAdministrators", 1, **trusted)
        service.paged("ListDelegatedServicesForAccount", "DelegatedServices", 1, AccountId=ids["account"])
        service.DeregisterDelegatedAdministrator(**delegated)
        service.paged("ListDelegatedAdministrators", "DelegatedAdministrators", 0)


def stack_set(service: Service, ids: dict) -> None:
    named = {"StackSetName": "of-the-unit"}
    service.CreateStackSet(
        **named,
        TemplateBody=json.dumps(template("Topic")),
        PermissionModel="SERVICE_MANAGED",
        AutoDeployment={"Enabled": False},
    )
    places = {"DeploymentTargets": {"OrganizationalUnitIds": [ids["unit"]]}, "Regions": ["us-east-1"]}
    ended(service, named["StackSetName"], service.CreateStackInstances(**named, **places))
    instances = service.paged("ListStackInstances", "Summaries", 1, **named)
    equal((instances[0]["Account"], instances[0]["OrganizationalUnitId"]), (ids["account"], ids["unit"]))
    ended(service, named["StackSetName"], service.DeleteStackInstances(**named, **places, RetainStacks=False))
    service.DeleteStackSet(**named)
