"""Results of the suites, compared with the differences that are expected, and printed."""

import collections
import dataclasses
import pathlib
import tomllib

DIFFERENCES = pathlib.Path(__file__).parent / "differences.toml"


@dataclasses.dataclass
class Result:
    suite: str
    service: str
    step: str
    ok: bool
    # Makes no call to the emulator.
    skipped: bool = False
    detail: str = ""

    @classmethod
    def read(cls, suite: str, service: str, line: dict) -> "Result":
        return cls(suite, service, line["step"], line["ok"], line.get("skipped", False), line.get("detail", ""))

    @property
    def id(self) -> str:
        return f"{self.suite}/{self.service}/{self.step}"


@dataclasses.dataclass
class Count:
    passed: int = 0
    expected: int = 0
    failed: int = 0
    skipped: int = 0


def differences() -> dict[str, bool]:
    """The expected differences by the id of their tests, with whether the test passes sometimes."""
    found = {}
    for group in tomllib.loads(DIFFERENCES.read_text(encoding="utf-8"))["difference"]:
        if not group["reason"].strip():
            raise SystemExit(f"error: {DIFFERENCES.name}: {group['tests'][0]} has no reason")
        for test in group["tests"]:
            if test in found:
                raise SystemExit(f"error: {DIFFERENCES.name}: {test} is listed twice")
            found[test] = group.get("sometimes", False)
    return found


def judge(results: list[Result], answers: dict[str, int], suites: set[str]) -> bool:
    """Prints every unexpected result and the table; whether there is none."""
    expected = {test: sometimes for test, sometimes in differences().items() if test.split("/")[0] in suites}
    counts = collections.defaultdict(Count)
    unexpected = []
    for result in results:
        count = counts[result.suite, result.service]
        listed, sometimes = result.id in expected, expected.pop(result.id, False)
        if result.skipped:
            count.skipped += 1
        elif result.ok and (sometimes or not listed):
            count.passed += 1
        elif listed and not result.ok:
            count.expected += 1
        else:
            count.failed += 1
            no_longer = f"passes: this line of {DIFFERENCES.name} is no longer needed"
            unexpected.append(f"{result.id}: {no_longer if result.ok else result.detail.strip()}")
    unexpected += [f"{test}: {DIFFERENCES.name} lists this test, but no suite has it" for test in expected]
    for text in unexpected:
        print(f"unexpected: {text}")
    print(f"{'suite':<16}{'service':<14}{'passed':>8}{'differences':>13}{'failed':>8}{'no call':>9}")
    for (suite, service), count in counts.items():
        numbers = f"{count.passed:>8}{count.expected:>13}{count.failed:>8}{count.skipped:>9}"
        print(f"{suite:<16}{service:<14}{numbers}")
    total = sum(answers.values())
    print(f"{total} answers checked against botocore's models; {len(unexpected)} unexpected")
    return not unexpected
