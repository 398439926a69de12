"""Calls of CloudFormation's handlers to ministack's EC2, as a client would make them."""

from xml.etree import ElementTree

from ministack.services import ec2


def call(action: str, parameters: dict, gone: tuple[str, ...] = ()) -> ElementTree.Element | None:
    """The answer of an EC2 call; None for an error code in `gone`."""
    given = {name: str(item) for name, item in parameters.items() if item not in (None, "")}
    status, _, body = ec2._ACTION_MAP[action](given)
    answer = ElementTree.fromstring(body)
    if status == 200:
        return answer
    code = answer.findtext(".//Code")
    if code in gone:
        return None
    raise ValueError(refusal(code, answer.findtext(".//Message")))


def refusal(code: str, message: str) -> str:
    return f"{message} (Service: Ec2, Status Code: 400, Error Code: {code})"


def listed(name: str, items: object) -> dict[str, object]:
    """A list as parameters of EC2's API."""
    return {f"{name}.{index}": item for index, item in enumerate(items, 1)}


def chosen(properties: dict, *names: str) -> dict:
    return {name: properties.get(name) for name in names}
