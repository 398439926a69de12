"""Bodies of requests in JSON: one that is no object, or deeper than any input of AWS, is refused before a service sees it.
ministack fails on such a body, or takes it for an empty one.
"""

import json
from collections.abc import Awaitable, Callable

# REST services in JSON whose every body is an object of the API; a body of Lambda or S3 may be anything of the user's.
REST = (b"/2015-02-01/", b"/backup", b"/2015-03-31/event-source-mappings")
FUNCTIONS = b"/2015-03-31/functions"
CODE = "SerializationException"

Receive = Callable[[], Awaitable[dict]]


def is_json(scope: dict, headers: dict[bytes, bytes]) -> bool:
    """Whether the body of a request is an input of an API, in JSON."""
    path = scope["path"].encode()
    if scope["method"] not in ("POST", "PUT"):
        return False
    if b"x-amz-target" in headers:
        return b"json" in headers.get(b"content-type", b"")
    return path.startswith(REST) or path.rstrip(b"/") == FUNCTIONS


def is_object(body: bytes) -> bool:
    try:
        return not body or isinstance(json.loads(body), dict)
    except (ValueError, RecursionError):
        return False


def again(body: bytes, receive: Receive) -> Receive:
    """A `receive` that begins with a body that was read already."""
    read = [{"type": "http.request", "body": body, "more_body": False}]

    async def from_the_start() -> dict:
        return read.pop() if read else await receive()

    return from_the_start
