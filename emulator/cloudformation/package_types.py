"""The types of CodeArtifact. No row describes them: policies, external connections and origins have operations of their own, and
what names one is its ARN.
"""

import json
from collections.abc import Callable
from urllib.parse import unquote

from ministack.services.cloudformation import provisioners

import actors
import forwarded
from forwarded import own_tags
from gateway_calls import call

SERVICE = "codeartifact"
GONE = ("ResourceNotFoundException",)
POLICY = "PermissionsPolicyDocument"
# Where packages of a group may come from: properties and the API's names.
ORIGINS = {"ExternalUpstream": "EXTERNAL_UPSTREAM", "InternalUpstream": "INTERNAL_UPSTREAM", "Publish": "PUBLISH"}


def install(handlers: dict) -> None:
    types = {
        "AWS::CodeArtifact::Domain": (domain, ("DomainName", "EncryptionKey")),
        "AWS::CodeArtifact::PackageGroup": (group, ("DomainName", "Pattern")),
        "AWS::CodeArtifact::Repository": (repository, ("DomainName", "DomainOwner", "RepositoryName")),
    }
    forwarded.keep_off_event_loop(*types)
    actors.THROUGH_GATEWAY.update(types)
    for name, (apply, replacing) in types.items():
        kind = name.rsplit("::", 1)[-1].removeprefix("Package")
        handlers[name] = {"create": creator(kind, apply), "update": updater(apply), "delete": deleter(kind)}
        provisioners._REPLACING_PROPERTIES[name] = replacing


# Handlers, the same for all three.


def creator(kind: str, apply: Callable) -> Callable:
    def create(_logical_id: str, properties: dict, _stack: str) -> forwarded.Provisioned:
        arn = CREATE[kind](own_tags(properties))
        try:
            return arn, apply(arn, {}, properties)
        except ValueError as error:
            # Tells `operations` what is to be deleted when the stack rolls back.
            error.physical_id = arn
            raise

    return create


def updater(apply: Callable) -> Callable:
    def update(arn: str, old: dict, new: dict, _stack: str) -> forwarded.Provisioned:
        found = apply(arn, old, new)
        before, after = own_tags(old)["Tags"], own_tags(new)["Tags"]
        dropped = sorted({tag["Key"] for tag in before} - {tag["Key"] for tag in after})
        if dropped:
            call(SERVICE, "UntagResource", {"resourceArn": arn, "tagKeys": dropped})
        if after != before and after:
            call(SERVICE, "TagResource", {"resourceArn": arn, "tags": after})
        return arn, found

    return update


def deleter(kind: str) -> Callable:
    operation = {"Domain": "DeleteDomain", "Group": "DeletePackageGroup", "Repository": "DeleteRepository"}[kind]

    def delete(arn: str, _properties: dict) -> None:
        call(SERVICE, operation, named(arn), gone=GONE)

    return delete


def named(arn: str) -> dict[str, str]:
    """The parameters that name what has this ARN."""
    *_, owner, resource = arn.split(":", 5)
    kind, domain, *rest = resource.split("/", 2)
    found = {"domain": domain, "domainOwner": owner}
    match kind:
        case "repository":
            found["repository"] = rest[0]
        case "package-group":
            found["packageGroup"] = "/" + unquote(rest[0])
    return found


def create_domain(properties: dict) -> str:
    key = properties.get("EncryptionKey")
    given = {"domain": properties["DomainName"], "encryptionKey": key, "tags": properties["Tags"]}
    return call(SERVICE, "CreateDomain", given)["domain"]["arn"]


def create_repository(properties: dict) -> str:
    given = {**place(properties), "repository": properties["RepositoryName"], "tags": properties["Tags"]}
    more = {"description": properties.get("Description"), "upstreams": upstreams(properties)}
    return call(SERVICE, "CreateRepository", {**given, **more})["repository"]["arn"]


def create_group(properties: dict) -> str:
    given = {**place(properties), "packageGroup": properties["Pattern"], "tags": properties["Tags"]}
    more = {"description": properties.get("Description"), "contactInfo": properties.get("ContactInfo")}
    return call(SERVICE, "CreatePackageGroup", {**given, **more})["packageGroup"]["arn"]


CREATE = {"Domain": create_domain, "Group": create_group, "Repository": create_repository}


def place(properties: dict) -> dict:
    return {"domain": properties["DomainName"], "domainOwner": properties.get("DomainOwner")}


# What is brought from the old template to the new one. Of a resource that is new the old one is empty.


def domain(arn: str, old: dict, new: dict) -> dict[str, str]:
    put_policy("Domain", arn, old, new)
    found = call(SERVICE, "DescribeDomain", named(arn))["domain"]
    return {"Arn": arn, "EncryptionKey": found["encryptionKey"], "Name": found["name"], "Owner": found["owner"]}


def repository(arn: str, old: dict, new: dict) -> dict[str, str]:
    if old and any(old.get(name) != new.get(name) for name in ("Description", "Upstreams")):
        sent = {"description": new.get("Description") or "", "upstreams": upstreams(new)}
        call(SERVICE, "UpdateRepository", {**named(arn), **sent})
    before, after = old.get("ExternalConnections") or [], new.get("ExternalConnections") or []
    # A repository has one connection at most: the old one goes first.
    for connection in [one for one in before if one not in after]:
        call(SERVICE, "DisassociateExternalConnection", {**named(arn), "externalConnection": connection}, gone=GONE)
    for connection in [one for one in after if one not in before]:
        call(SERVICE, "AssociateExternalConnection", {**named(arn), "externalConnection": connection})
    put_policy("Repository", arn, old, new)
    found = call(SERVICE, "DescribeRepository", named(arn))["repository"]
    return {"Arn": arn, "DomainName": found["domainName"], "DomainOwner": found["domainOwner"], "Name": found["name"]}


def upstreams(properties: dict) -> list[dict]:
    return [{"repositoryName": name} for name in properties.get("Upstreams") or []]


def put_policy(kind: str, arn: str, old: dict, new: dict) -> None:
    if old.get(POLICY) == new.get(POLICY):
        return
    if not new.get(POLICY):
        call(SERVICE, f"Delete{kind}PermissionsPolicy", named(arn), gone=GONE)
        return
    document = new[POLICY] if isinstance(new[POLICY], str) else json.dumps(new[POLICY])
    call(SERVICE, f"Put{kind}PermissionsPolicy", {**named(arn), "policyDocument": document})


def group(arn: str, old: dict, new: dict) -> dict[str, str]:
    if old and any(old.get(name) != new.get(name) for name in ("ContactInfo", "Description")):
        sent = {"contactInfo": new.get("ContactInfo") or "", "description": new.get("Description") or ""}
        call(SERVICE, "UpdatePackageGroup", {**named(arn), **sent})
    before, after = modes(old), modes(new)
    if before != after:
        added, removed = allowed(new) - allowed(old), allowed(old) - allowed(new)
        sent = {
            # What the template does not restrict any more is restricted as in the group around it.
            "restrictions": {**dict.fromkeys(before, "INHERIT"), **{origin: mode for origin, (mode, _) in after.items()}},
            "addAllowedRepositories": entries(added),
            "removeAllowedRepositories": entries(removed),
        }
        call(SERVICE, "UpdatePackageGroupOriginConfiguration", {**named(arn), **sent})
    return {"Arn": arn}


def modes(properties: dict) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Mode and allowed repositories by origin."""
    given = (properties.get("OriginConfiguration") or {}).get("Restrictions") or {}
    return {
        ORIGINS[name]: (one["RestrictionMode"], tuple(one.get("Repositories") or ())) for name, one in given.items()
    }


def allowed(properties: dict) -> set[tuple[str, str]]:
    return {(origin, name) for origin, (_, names) in modes(properties).items() for name in names}


def entries(pairs: set[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"originRestrictionType": origin, "repositoryName": name} for origin, name in sorted(pairs)]
