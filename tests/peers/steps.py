"""Steps of a client's work on the emulator. A step is a claim that holds or not; after one that fails the others still run."""

import contextlib
import time

from results import Result

PATIENCE = 120


class Steps:
    def __init__(self, suite: str, service: str):
        self.suite, self.service, self.results = suite, service, []

    @contextlib.contextmanager
    def step(self, claim: str):
        try:
            yield
            self.results.append(Result(self.suite, self.service, claim, True))
        except Exception as error:
            detail = f"{type(error).__name__}: {error}"
            self.results.append(Result(self.suite, self.service, claim, False, detail=detail[:1000]))


def eventually(value, wanted) -> None:
    """Waits until `value()` is the wanted one."""
    end = time.monotonic() + PATIENCE
    while (found := value()) != wanted:
        if time.monotonic() > end:
            raise AssertionError(f"{found!r} after {PATIENCE} seconds, not {wanted!r}")
        time.sleep(0.2)


def equal(found, wanted) -> None:
    if found != wanted:
        raise AssertionError(f"{found!r}, not {wanted!r}")
