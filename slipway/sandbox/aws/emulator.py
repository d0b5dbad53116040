"""The AWS emulator as the sandbox runs it: ``python -m slipway.sandbox.aws.emulator STATE_FOLDER``.

It is ministack on a socket file behind the gateway, set up by its environment, with IAM enforced, and with the two
decisions of :mod:`slipway.sandbox.aws.door` put in front of it: an address open to all needs both of its permissions,
and a function logs only what its role may write. The weights of an alias, which it keeps alone, are minded
(:mod:`slipway.sandbox.aws.weights`).
"""

import asyncio
import hmac
import json
import os
import re
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from slipway.bundle.interpreters import OWN, interpreter
from slipway.sandbox.aws import (
    action_names,
    door,
    function_processes,
    lambda_results,
    lambda_workers,
    managed_policies,
    metric_alarms,
    runtime_packages,
    stream_polls,
    unanswered_calls,
    weights,
)
from slipway.sandbox.aws.clients import DEFAULT_REGION
from slipway.sandbox.services import registry, sockets
from slipway.sandbox.services.keys import Keys

HEALTH = "/_ministack/health"
"""Answers 200 once the emulator serves."""
SERVICES = (
    "budgets,iam,sts,lambda,logs,monitoring,ecr,s3,events,scheduler,sqs,sns,ec2,elasticloadbalancing,ecs,dynamodb,"
    "kinesis,states,secretsmanager,ssm,kms,apigateway,appsync,autoscaling,rds,route53,acm"
)

CONCURRENCY = 10
"""Functions that run at a time, as in a new account; more are told ``TooManyRequestsException`` (429):
https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html."""
WARM_SECONDS = 60
"""For which a worker waits for the next call, at some 40 MB."""

_ADDRESS = re.compile(r"^([a-z0-9]{32})\.lambda-url\.")
_PATH = re.compile(r"^/_aws/lambda-url/([a-z0-9]{32})(/|$)")
_LOGGING = """
def _log_as_lambda():
    import logging, sys, time

    class Stderr:
        def write(self, text): sys.stderr.write(text)
        def flush(self): sys.stderr.flush()

    handler = logging.StreamHandler(Stderr())
    form = "[%(levelname)s]\\t%(asctime)s.%(msecs)03dZ\\t%(name)s\\t%(message)s"
    handler.setFormatter(logging.Formatter(form, "%Y-%m-%dT%H:%M:%S"))
    handler.formatter.converter = time.gmtime
    logging.getLogger().addHandler(handler)

_log_as_lambda()
"""
"""AWS's Python runtime puts a handler on the root logger before it imports a function; the emulator's worker does not,
and a function's ``logging`` would go nowhere. https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html"""
Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]


SESSION = "/_slipway/session/"
"""Where the gateway asks for the secret of a key: a user's, or of a session that a role has."""


def command(state_folder: Path) -> list[str]:
    """The words that start the emulator; it ends on SIGTERM."""
    return [sys.executable, "-m", "slipway.sandbox.aws.emulator", str(state_folder)]


def environment(port: int, folder: Path, keys: Keys) -> dict[str, str]:
    """What the emulator's process needs in its environment beside the caller's; all it writes lies below ``folder``.

    ``port`` is the gateway's, which functions and their addresses are told. The folders are made. Nothing is kept over
    the end of the process.
    """
    registry.private(folder)
    for name in ("tmp", "s3", "state"):
        registry.private(folder / name)
    return {
        "GATEWAY_PORT": str(port),
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AUTH": "true",
        "SERVICES": SERVICES,
        "LAMBDA_ACCOUNT_CONCURRENCY": str(CONCURRENCY),
        "LAMBDA_WARM_TTL_SECONDS": str(WARM_SECONDS),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "LOG_LEVEL": "WARNING",
        "TMPDIR": str(folder / "tmp"),
        "S3_DATA_DIR": str(folder / "s3"),
        "STATE_DIR": str(folder / "state"),
        "DOCKER_HOST": f"unix://{folder / 'no-docker.sock'}",  # it would look for containers to end
        "MINISTACK_REGION": DEFAULT_REGION,
        "AWS_ACCESS_KEY_ID": keys.access_key,
        "AWS_SECRET_ACCESS_KEY": keys.secret_key,
        "AWS_SESSION_TOKEN": "",
    }


async def guarded(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """The emulator's ASGI application behind the door."""
    from ministack.app import app

    if scope["type"] == "http" and scope["path"].startswith(SESSION):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        body = json.dumps(_session(scope["path"].removeprefix(SESSION))).encode()
        await send({"type": "http.response.body", "body": body})
        return
    if scope["type"] == "http" and _closed_to_all(scope):
        headers = [(b"content-type", b"application/json"), (b"x-amzn-errortype", b"AccessDeniedException")]
        await send({"type": "http.response.start", "status": 403, "headers": headers})
        await send({"type": "http.response.body", "body": door.FORBIDDEN})
        return
    await app(scope, receive, send)  # pyright: ignore[reportArgumentType]


def main(state_folder: Path) -> None:
    """Serve until SIGTERM."""
    from hypercorn.asyncio import serve
    from hypercorn.config import Config
    from ministack.core import iam_actions, lambda_runtime
    from ministack.services import cloudwatch, eventbridge, iam, kinesis, lambda_svc, s3, sqs, sts

    processes = function_processes.Processes(state_folder)
    action_names.install(iam_actions)
    managed_policies.add_to(iam)
    lambda_svc._emit_lambda_logs = _where_the_role_may(lambda_svc._emit_lambda_logs)
    lambda_runtime._detect_runtime_binary = _on_its_python(lambda_runtime._detect_runtime_binary)
    credentials = _unguessable(lambda_runtime.execution_credentials, sts._sessions)
    lambda_svc.execution_credentials = lambda_runtime.execution_credentials = credentials
    weights.install(lambda_svc)
    lambda_results.install(lambda_svc, processes.memory_used_up)
    unanswered_calls.install(lambda_svc, s3, eventbridge)
    stream_polls.install(lambda_svc, kinesis, sqs)
    metric_alarms.install(cloudwatch)
    alone = runtime_packages.prelude(Path(os.environ["STATE_DIR"]))
    lambda_runtime._PYTHON_WORKER_SCRIPT = (
        alone + _LOGGING + lambda_results.worker(lambda_runtime._PYTHON_WORKER_SCRIPT)
    )
    lambda_workers.install(lambda_runtime, lambda_svc)
    lambda_runtime.subprocess = processes  # pyright: ignore[reportAttributeAccessIssue]
    config = Config()
    config.bind = [f"fd://{sockets.listen(sockets.path(state_folder, 'ministack')).detach()}"]
    config.loglevel = os.environ.get("LOG_LEVEL", "WARNING")
    config.graceful_timeout = 0.5
    config.keep_alive_timeout = 60.0
    asyncio.run(serve(guarded, config))  # pyright: ignore[reportArgumentType]


def _on_its_python(detect: Callable[[str], tuple[str, str]]) -> Callable[[str], tuple[str, str]]:
    """What starts a function's worker: the Python of its runtime where this machine has it."""

    def on_its_python(runtime: str) -> tuple[str, str]:
        executable, script = detect(runtime)
        other = interpreter(runtime.removeprefix("python")) if runtime != f"python{OWN}" else None
        return other or executable, script

    return on_its_python


def _session(key: str) -> dict[str, str] | None:
    """The secret and the token of a key that was made here; None for one that was not, and for the root's."""
    from ministack.core import iam_evaluator
    from ministack.services import sts

    if iam_evaluator.is_root_access_key(key):
        return None
    session = sts._sessions.get(key)
    account = session.get("AccountId") if session else iam_evaluator.find_iam_access_key_account(key)
    result = iam_evaluator.resolve_credential(key, account) if session or account else None
    if not isinstance(result, iam_evaluator.ResolvedCredential):
        return None
    return {"secret": result.secret_access_key, "token": result.session_token or ""}


def _unguessable(credentials: Callable[..., dict[str, str]], sessions: Any) -> Callable[..., dict[str, str]]:  # noqa: ANN401
    """The session that a function gets of its role, with a secret that comes of this sandbox's keys.

    The emulator's own is a plain digest of names: anybody who knows them could sign as the role.
    """
    root = os.environ["AWS_SECRET_ACCESS_KEY"].encode()

    def drawn(config: dict[str, Any]) -> dict[str, str]:
        declared = credentials(config)
        key = declared["AWS_ACCESS_KEY_ID"]
        secret, token = (hmac.new(root, f"{word}:{key}".encode(), "sha256").hexdigest() for word in ("secret", "token"))
        sessions[key] |= {"SecretAccessKey": secret, "SessionToken": token}
        return {**declared, "AWS_SECRET_ACCESS_KEY": secret, "AWS_SESSION_TOKEN": token}

    return drawn


def _closed_to_all(scope: dict[str, Any]) -> bool:
    """Whether the request is for an address of AuthType NONE that lacks one of its two permissions."""
    host = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")
    named = _ADDRESS.match(host) or _PATH.match(scope["path"])
    if named is None:
        return False
    from ministack.core.responses import set_request_account_id, set_request_region
    from ministack.services import lambda_svc

    result = lambda_svc.resolve_function_url(named.group(1))
    if result is None or result[4].get("AuthType") != "NONE":
        return False
    account, region, function, qualifier, _ = result
    set_request_account_id(account)
    set_request_region(region)
    arn = f"arn:aws:lambda:{region}:{account}:function:{function}"
    policy = lambda_svc.function_policy_for_arn(arn)
    return policy is None or not door.anonymous_may_call(policy[0], f"{arn}:{qualifier}" if qualifier else arn)


def _where_the_role_may(emit: Callable[..., None]) -> Callable[..., None]:
    """The emulator's writing of a function's log, where the function's role has the rights for it."""

    def emit_with_rights(func: dict[str, Any], *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - passed through
        if _may_log(func.get("config") or func):
            emit(func, *args, **kwargs)

    return emit_with_rights


def _may_log(config: dict[str, Any]) -> bool:
    from ministack.core import iam_evaluator
    from ministack.services import cloudwatch_logs, iam

    _, _, _, region, account, _, name, *_ = config["FunctionArn"].split(":")
    role = config["Role"].rsplit("/", 1)[-1]
    group = (config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{name}"
    granted = iam_evaluator._gather_role_policies(role, account)
    limits = iam_evaluator._permissions_boundary(iam._roles, role, account)
    return all(
        iam_evaluator.evaluate(
            iam_evaluator.EvalContext(
                principal_arn=f"arn:aws:sts::{account}:assumed-role/{role}/{name}",
                principal_type="AssumedRole",
                principal_account=account,
                action=action,
                resource_arn=arn,
                region=region,
            ),
            granted,
            *limits,
        ).decision
        == "Allow"
        for action, arn in door.log_rights(region, account, group, exists=group in cloudwatch_logs._log_groups)
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
