"""Runs clients and test suites of others against an emulator of its own: `make test-peers`. Names of suites as arguments run
only these. Ends with status 1 if anything is unexpected: a failure that differences.toml does not list, a listed
difference that passes, or an answer that botocore's model does not allow.
"""

import pathlib
import sys

import moto_suite
import suites
from emulator import Emulator
from proxy import Proxy
from results import Result, judge

SUITES = {"moto": moto_suite.run} | suites.SUITES


def main() -> int:
    chosen = sys.argv[1:] or list(SUITES)
    unknown = [suite for suite in chosen if suite not in SUITES]
    if unknown:
        raise SystemExit(f"error: no suite {unknown[0]}; there are {', '.join(SUITES)}")
    missing = {suite: suites.missing(suite) for suite in chosen}
    for suite, reason in missing.items():
        if reason:
            print(f"leaving out {suite}: {reason}")
    chosen = [suite for suite in chosen if not missing[suite]]
    results, answers = [], {}
    with Emulator() as emulator:
        for suite in chosen:
            print(f"running {suite} ...", flush=True)
            with Proxy(emulator.endpoint) as proxy:
                results += SUITES[suite](emulator, proxy.endpoint, pathlib.Path(sys.prefix))
            if suite == "boto3":
                results += suites.uncalled(emulator.endpoint, proxy.called)
            results += [Result(suite, service, f"model: {text}", False) for service, text in proxy.complaints]
            answers[suite] = proxy.answers
    return 0 if judge(results, answers, set(chosen)) else 1


sys.exit(main())
