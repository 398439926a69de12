"""Runs the tests that moto (https://github.com/getmoto/moto) ships in its source distribution, for the services that the
emulator serves itself."""

import importlib.metadata
import json
import pathlib
import subprocess
import sys
import tarfile
import tempfile

from results import Result

HERE = pathlib.Path(__file__).parent
FILES = {
    "cloudformation": ["test_cloudformation/test_cloudformation_stack_crud.py"],
    "codebuild": ["test_codebuild/test_codebuild.py"],
    "codepipeline": ["test_codepipeline/test_codepipeline.py"],
    "organizations": ["test_organizations/test_organizations.py"],
    "sagemaker": [
        "test_sagemaker/test_sagemaker_domains.py",
        "test_sagemaker/test_sagemaker_pipeline.py",
        "test_sagemaker/test_sagemaker_search.py",
    ],
    "servicecatalog": [
        "test_servicecatalog/test_servicecatalog.py",
        "test_servicecatalog/test_servicecatalog_integration.py",
    ],
}

# Which tests of a service are run, where the emulator serves a part of it: an expression of pytest.
CHOSEN = {"cloudformation": "stack_set or stacksets or stack_instances"}


def fetch(folder: pathlib.Path) -> pathlib.Path:
    """The tests of the moto that is installed, unpacked in `folder`."""
    name = f"moto-{importlib.metadata.version('moto')}"
    target = folder / name
    if not target.exists():
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary=:all:"]
        with tempfile.TemporaryDirectory(dir=folder) as download:
            subprocess.run([*pip, f"--dest={download}", name.replace("-", "==")], check=True)
            with tarfile.open(f"{download}/{name}.tar.gz") as archive:
                tests = [member for member in archive if member.name.startswith(f"{name}/tests/")]
                archive.extractall(download, members=tests, filter="data")
            # moto's own package is the installed one.
            pathlib.Path(download, name).rename(target)
    return target


def run(emulator, endpoint: str, folder: pathlib.Path) -> list[Result]:
    tests = fetch(folder)
    results = []
    for service, files in FILES.items():
        with tempfile.NamedTemporaryFile("r", suffix=".jsonl") as lines:
            environment = emulator.environment(endpoint) | {
                "PYTHONPATH": str(HERE),
                "PEERS_RESULTS": lines.name,
                "TEST_SERVER_MODE": "true",
                "TEST_SERVER_MODE_ENDPOINT": endpoint,
                "MOTO_CALL_RESET_API": "false",
            }
            paths = [f"tests/{file}" for file in files]
            options = ["-p", "moto_plugin", "-p", "no:cacheprovider", "--timeout=60", "--quiet", "--tb=short"]
            chosen = ["-k", CHOSEN[service]] if service in CHOSEN else []
            command = [sys.executable, "-m", "pytest", *options, *chosen, *paths]
            done = subprocess.run(command, cwd=tests, env=environment, capture_output=True, text=True)
            found = [Result.read("moto", service, json.loads(line)) for line in lines]
        # 0 and 1: all tests ran.
        if done.returncode > 1 or not found:
            output = (done.stdout + done.stderr)[-2000:]
            found.append(Result("moto", service, "the run of the tests", False, detail=output))
        results += found
    return results
