"""What ministack's Lambda does not do as AWS does: an environment's own credentials and clean variables, targets of
rules invoked asynchronously and only if the function's policy lets EventBridge in, a record of every invocation, and the
log of an environment that does not start.
"""

import contextvars
import json
import logging
import math
import os
import signal
import threading
import time

from ministack.core import iam_evaluator, lambda_runtime
from ministack.core.iam_evaluator import EvalContext
from ministack.core.lambda_runtime import ProvidedInitTimeout, ProvidedWorker
from ministack.core.responses import get_account_id, get_region
from ministack.services import cloudwatch_logs, eventbridge, lambda_svc, sts

import condition_keys
from sessions import new_session

INVOCATIONS: list[dict] = []

# Of ministack's own environment a function sees these; everything else in it configures ministack.
INHERITED = {"PATH", "TMPDIR", "AWS_ENDPOINT_URL"}

THROTTLED_PAUSE_SECONDS = 0.5

logger = logging.getLogger("emulator")
asynchronous = contextvars.ContextVar("asynchronous", default=False)
current = threading.local()


def install() -> None:
    """Puts the functions below in the place of ministack's; each keeps what it replaces and builds on it."""
    ProvidedWorker._spawn = spawn
    ProvidedWorker._teardown = teardown
    ProvidedWorker.invoke = invoke
    ProvidedWorker._await_init = await_init
    ProvidedWorker._init_log_suffix = lambda worker: ""
    lambda_svc.execution_credentials = execution_credentials
    lambda_runtime.execution_credentials = execution_credentials
    lambda_svc._provided_worker_env = worker_environment
    lambda_svc._emit_lambda_logs = write_log
    lambda_svc._execute_function = execute
    lambda_svc.invoke_async_with_retry = invoke_asynchronously
    lambda_svc._route_async_failure = give_up
    eventbridge._invoke_target = invoke_target
    eventbridge._dispatch_to_lambda = dispatch_to_lambda


# Environments.

original_spawn = ProvidedWorker._spawn
original_teardown = ProvidedWorker._teardown
original_invoke = ProvidedWorker.invoke
original_await = ProvidedWorker._await_init
original_write_log = lambda_svc._emit_lambda_logs


class InitFailed(Exception):
    """An environment that ended or gave up before it asked for an event; its reason, as the function's caller gets it."""

    def __init__(self, kind: str, message: str, log: str):
        super().__init__(message)
        self.kind, self.log = kind, log

    def result(self, worker, request_id: str) -> dict:
        took = f"Init Duration: {worker.init_ms:.2f} ms"
        report = f"INIT_REPORT {took}\tPhase: init\tStatus: error\tError Type: {self.kind}"
        message = str(self).replace("REQUEST", request_id)
        return {
            "status": "error",
            "error": message,
            "error_payload": {"errorMessage": message, "errorType": self.kind},
            "cold_start": True,
            "log": "\n".join([*self.log.splitlines(), report]),
        }


def await_init(worker, init_timeout=None) -> None:
    """What a function prints before it fails is in its log, as everything else."""
    try:
        original_await(worker, init_timeout)
    except ProvidedInitTimeout:
        raise
    except RuntimeError as error:
        log = worker._drain_stderr_bounded(first_line_wait=0.1)
        told = worker._init_error
        if isinstance(told, dict) and told.get("errorType"):
            raise InitFailed(told["errorType"], told.get("errorMessage", ""), log) from error
        code = worker._proc.poll() if worker._proc is not None else None
        ended = f"signal: {signal.strsignal(-code)}" if code is not None and code < 0 else f"exit status {code}"
        message = f"RequestId: REQUEST Error: Runtime exited with error: {ended}"
        raise InitFailed("Runtime.ExitError", message, log) from error
original_credentials = lambda_runtime.execution_credentials
original_environment = lambda_svc._provided_worker_env


def spawn(worker, init_timeout=None):
    current.worker = worker
    started = time.monotonic()
    try:
        original_spawn(worker, init_timeout)
    finally:
        worker.init_ms = (time.monotonic() - started) * 1000
        current.worker = None


def teardown(worker):
    worker.peak_kb = peak_memory_kb(worker)
    original_teardown(worker)


def execution_credentials(config: dict) -> dict[str, str]:
    """As on AWS, each environment has credentials of its own: that is how `kill` finds the one that made a call."""
    worker = getattr(current, "worker", None)
    if worker is None:
        return original_credentials(config)
    role_arn = config["Role"]
    session_arn, _ = sts._assumed_role_arn(role_arn, config["FunctionName"])
    credentials = new_session(session_arn, sts._role_id(role_arn), None)
    worker.access_key = credentials["accessKeyId"]
    condition_keys.PLACES[worker.access_key] = tuple((config.get("VpcConfig") or {}).get("SubnetIds") or ())
    return {
        "AWS_ACCESS_KEY_ID": credentials["accessKeyId"],
        "AWS_SECRET_ACCESS_KEY": credentials["secretAccessKey"],
        "AWS_SESSION_TOKEN": credentials["sessionToken"],
    }


def worker_environment(config: dict, code_dir: str, port: int) -> dict:
    own = (config.get("Environment") or {}).get("Variables") or {}
    environment = {
        name: value
        for name, value in original_environment(config, code_dir, port).items()
        if name in INHERITED or name in own or name not in os.environ
    }
    environment["AWS_LAMBDA_INITIALIZATION_TYPE"] = "on-demand"
    log_group = (config.get("LoggingConfig") or {}).get("LogGroup")
    environment["AWS_LAMBDA_LOG_GROUP_NAME"] = log_group or f"/aws/lambda/{config['FunctionName']}"
    return environment


def write_log(function: dict, *given, **named) -> None:
    """A log group of a stack is not made anew by an invocation that outlives it. Lambda makes only the group that is named for the function."""
    config = function.get("config") or function
    group = (config.get("LoggingConfig") or {}).get("LogGroup")
    if group in (None, f"/aws/lambda/{config.get('FunctionName')}") or group in cloudwatch_logs._log_groups:
        original_write_log(function, *given, **named)


def kill(access_key: str) -> int:
    """Kills the processes of the environments that hold these credentials, at once, with SIGKILL."""
    with lambda_runtime._lock:
        workers = [worker for pool in lambda_runtime._workers.values() for worker in pool]
    killed = 0
    for worker in workers:
        process = worker._proc
        if getattr(worker, "access_key", None) == access_key and process is not None and process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
            killed += 1
    return killed


# Invocations.


def peak_memory_kb(worker) -> int:
    """The most memory the process has held so far; 0 if it is gone."""
    process = worker._proc
    try:
        with open(f"/proc/{process.pid}/status") as status:
            return next((int(line.split()[1]) for line in status if line.startswith("VmHWM:")), 0)
    except (AttributeError, OSError):
        return 0


def invoke(worker, event, request_id, **options):
    """Runs one invocation and records it. The pool leases a worker to one invocation at a time."""
    cold = worker._proc is None or worker._proc.poll() is not None
    started_ms, started = time.time() * 1000, time.monotonic()
    worker.init_ms, worker.peak_kb = 0.0, 0
    error = None
    try:
        result = original_invoke(worker, event, request_id, **options)
        if result["status"] != "ok":
            payload = result.get("error_payload")
            error = payload.get("errorType", "Unknown") if isinstance(payload, dict) else str(result["error"])
        return result
    except InitFailed as failure:
        error = failure.kind
        return failure.result(worker, request_id)
    except Exception as failure:
        error = getattr(failure, "error_type", "") or "Runtime.Unknown"
        raise
    finally:
        took_ms = (time.monotonic() - started) * 1000
        record = {
            "function": worker.func_name,
            "requestId": request_id,
            "startedMs": int(started_ms),
            "durationMs": round(took_ms - worker.init_ms, 3),
            "billedMs": math.ceil(took_ms),
            "cold": cold,
            "maxMemoryKb": peak_memory_kb(worker) or worker.peak_kb,
        }
        if cold:
            record["initMs"] = round(worker.init_ms, 3)
        if error:
            record["error"] = error
        INVOCATIONS.append(record)


original_execute = lambda_svc._execute_function
original_invoke_async = lambda_svc.invoke_async_with_retry


def invoke_asynchronously(function: dict, event) -> None:
    token = asynchronous.set(True)
    try:
        original_invoke_async(function, event)
    finally:
        asynchronous.reset(token)


def execute(function: dict, event):
    """A throttled asynchronous event waits in AWS's queue; it uses up none of its attempts."""
    result = original_execute(function, event)
    while asynchronous.get() and result.get("throttle"):
        time.sleep(THROTTLED_PAUSE_SECONDS)
        result = original_execute(function, event)
    return result


original_give_up = lambda_svc._route_async_failure


def give_up(target_arn: str, name: str, event, result: dict) -> None:
    """A dead-letter queue gets the event itself; only a failure destination gets ministack's report around it."""
    config = lambda_svc._functions[name]["config"]
    if (config.get("DeadLetterConfig") or {}).get("TargetArn") == target_arn and ":sqs:" in target_arn:
        eventbridge._dispatch_to_sqs(eventbridge.parse_arn(target_arn), json.dumps(event))
    else:
        original_give_up(target_arn, name, event, result)


# Targets of rules.

original_invoke_target = eventbridge._invoke_target


def invoke_target(target, event, rule, view=None):
    current.rule, current.target = rule, target
    original_invoke_target(target, event, rule, view)


def dispatch_to_lambda(arn: str, payload: str) -> None:
    """Invokes a function as EventBridge does: allowed by the function's policy for this rule, then asynchronously."""
    rule, target = current.rule, current.target
    function, config, name = lambda_svc._get_func_record_for_ref(arn)
    if not function or not policy_allows(arn, rule["Arn"]):
        logger.warning("rule %s may not invoke %s, or it does not exist", rule["Arn"], arn)
        dead_letters = (target.get("DeadLetterConfig") or {}).get("Arn")
        if dead_letters:
            eventbridge._dispatch_to_sqs(eventbridge.parse_arn(dead_letters), payload)
        return
    record = lambda_svc._execution_record_for_config(function, config)
    lambda_svc.invoke_async_with_retry(record, json.loads(payload))


def policy_allows(function_arn: str, rule_arn: str) -> bool:
    policy, _owner = lambda_svc.function_policy_for_arn(function_arn)
    context = EvalContext(
        principal_arn="",
        principal_type="Service",
        principal_account=get_account_id(),
        action="lambda:InvokeFunction",
        resource_arn=function_arn,
        region=get_region(),
        service_context={"aws:sourcearn": rule_arn, "aws:sourceaccount": get_account_id()},
    )
    answer = iam_evaluator.evaluate_resource_policy(policy, context, service="events.amazonaws.com")
    return answer.decision == "Allow"
