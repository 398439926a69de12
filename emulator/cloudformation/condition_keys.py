"""Condition keys that say how a request came: from a service that calls for its caller (`aws:ViaAWSService`, `aws:CalledVia` and
its first and last), through an endpoint of a VPC (`aws:SourceVpce`, `aws:SourceVpc`), from a service itself
(`aws:PrincipalIsAWSService`). AWS's forward access sessions are here sessions of the same principal under an access key of
their own, which remembers the services of the chain. A service that acts as a role of its own, such as CodePipeline, is the
caller itself: then no key says more.
"""

import contextvars
import re
from dataclasses import dataclass

from ministack.core import iam_evaluator
from ministack.core.iam_evaluator import CredentialResolutionError
from ministack.core.responses import get_account_id, get_region
from ministack.services import ec2, iam, sts

# A client says with either that it is inside of the VPC of an endpoint: with this header, or with the SDKs' setting for the name
# of an application (AWS_SDK_UA_APP_ID), which every SDK writes into its user agent.
HEADER = "x-emulator-vpc-endpoint"
APPLICATION = re.compile(r"\bapp/(vpce-\w+)")

# The end of the name of an endpoint's service, where it is not the prefix of the IAM actions.
SERVICES = {
    "cloudwatch": "monitoring",
    "codeartifact": "codeartifact.api",
    "ecr": "ecr.api",
    "sagemaker": "sagemaker.api",
    "ses": "email",
}


@dataclass(frozen=True)
class Origin:
    """Where a request came from."""

    # Principals of the services that called for the caller, the first one first.
    called_via: tuple[str, ...] = ()
    endpoint: str = ""
    vpc: str = ""

    def keys(self) -> dict:
        """AWS leaves out what does not apply, but not the two that are true or false."""
        found: dict = {
            "aws:viaawsservice": str(bool(self.called_via)).lower(),
            "aws:principalisawsservice": "false",
        }
        if self.called_via:
            found["aws:calledvia"] = list(self.called_via)
            found["aws:calledviafirst"], found["aws:calledvialast"] = self.called_via[0], self.called_via[-1]
        if self.endpoint:
            found |= {"aws:sourcevpce": self.endpoint, "aws:sourcevpc": self.vpc}
        return found


# The services of the chain by access key, and the keys by principal's own key and chain.
CHAINS: dict[str, tuple[str, ...]] = {}
FORWARDED: dict[tuple, str] = {}
# The subnets in which the holder of an access key runs.
PLACES: dict[str, tuple[str, ...]] = {}

# Of the request in hand: the endpoint that it names, and where it came from.
named = contextvars.ContextVar("named", default="")
origin = contextvars.ContextVar("origin", default=Origin())


def name_endpoint(headers: list[tuple[str, str]]) -> None:
    """Notes the endpoint that a request names by these headers."""
    given = dict(headers)
    application = APPLICATION.search(given.get("user-agent", ""))
    named.set(given.get(HEADER) or (application.group(1) if application else ""))


def begin(access_key: str, service: str) -> dict:
    """The keys of the request in hand, to a service with this prefix of IAM actions."""
    found = Origin(CHAINS.get(access_key, ()))
    endpoint = None if found.called_via else endpoint_of(access_key, service)
    if endpoint is not None:
        found = Origin(endpoint=endpoint["VpcEndpointId"], vpc=endpoint["VpcId"])
    origin.set(found)
    return found.keys()


def begin_for(access_key: str, service: str | None) -> None:
    """The same of calls that a service makes for its caller; of its own role, if that calls, nothing is said."""
    origin.set(Origin((*CHAINS.get(access_key, ()), service) if service else ()))


# Endpoints.


def endpoint_of(access_key: str, service: str) -> dict | None:
    """The endpoint that a request goes through: the one that it names, or one of the VPC in which its caller runs."""
    serving = [
        endpoint
        for endpoint in ec2._vpc_endpoints.values()
        if endpoint["State"] == "available"
        and endpoint["ServiceName"] == f"com.amazonaws.{get_region()}.{SERVICES.get(service, service)}"
    ]
    if named.get():
        return next((endpoint for endpoint in serving if endpoint["VpcEndpointId"] == named.get()), None)
    subnets = PLACES.get(access_key, ())
    vpcs = {(ec2._subnets.get(subnet) or {}).get("VpcId") for subnet in subnets}
    reached = [endpoint for endpoint in serving if endpoint["VpcId"] in vpcs and is_reached(endpoint, subnets)]
    # The route to a gateway endpoint is taken before the private name of an interface endpoint for S3.
    return min(reached, key=lambda endpoint: endpoint["VpcEndpointType"] != "Gateway", default=None)


def is_reached(endpoint: dict, subnets: tuple[str, ...]) -> bool:
    """A gateway endpoint has a route in the table of the subnet, an interface endpoint the name of the service."""
    if endpoint["VpcEndpointType"] != "Gateway":
        return str(endpoint.get("PrivateDnsEnabled", False)).lower() == "true"
    return any(table_of(subnet) in endpoint["RouteTableIds"] for subnet in subnets)


def table_of(subnet: str) -> str | None:
    """The route table of a subnet: its own, or the main one of its VPC."""
    vpc = (ec2._subnets.get(subnet) or {}).get("VpcId")
    main = None
    for table in ec2._route_tables.values():
        for association in table["Associations"]:
            if association.get("SubnetId") == subnet:
                return table["RouteTableId"]
            if association.get("Main") and table["VpcId"] == vpc:
                main = table["RouteTableId"]
    return main


# Forward access sessions.


def forwarded(access_key: str, service: str) -> str:
    """The access key with which a service calls for the holder of another one; the root's own, whom no policy binds."""
    found = iam_evaluator.resolve_credential(access_key, get_account_id())
    if isinstance(found, CredentialResolutionError):
        raise ValueError(found.message)
    if found.principal_type == "Root":
        return access_key
    known = FORWARDED.get((access_key, service))
    if known is not None:
        return known
    session = sts._sessions.get(access_key) or {
        "Arn": found.principal_arn,
        "UserId": found.principal_id,
        "AccountId": found.account_id,
        "PrincipalType": found.principal_type,
        "PrincipalName": found.principal_name,
    }
    secrets = {"SecretAccessKey": iam._gen_secret(), "SessionToken": iam._gen_session_token()}
    key = iam._gen_session_access_key()
    sts.register_session(key, {**session, **secrets})
    CHAINS[key] = (*CHAINS.get(access_key, ()), service)
    FORWARDED[access_key, service] = key
    return key


def origin_of(access_key: str) -> str:
    """The access key of whom a service calls for, directly or through other services; a key that is none of a service itself."""
    for (key, _service), made in list(FORWARDED.items()):
        if made == access_key:
            return origin_of(key)
    return access_key


def place(body: dict) -> dict:
    """Notes in which subnets the holder of an access key runs: a call of the bridge."""
    PLACES[body["accessKey"]] = tuple(body["subnets"])
    return {}
