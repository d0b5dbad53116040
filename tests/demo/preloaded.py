"""What commands import, before they are forked from the process that has imported it."""

import base64
import hashlib
import importlib
from pathlib import Path

import yaml

from slipway.cli.warm import PROCESSES
from slipway.engine.checkpoint.keys import ROUNDS
from slipway.sandbox.composition.environment import PASSPHRASE

SANDBOX = Path(__file__).parents[2] / "stacks/Pulumi.sandbox.yaml"
LATE = (
    "slipway.sandbox.composition.start",
    "components.aws.alarms",
    "anyio",
    "boto3.s3.inject",
    "docker",
    "h2.connection",
    "httpcore",
    "httpx",
    "prometheus_client",
    "pydantic.type_adapter",
    "rich._emoji_codes",
    "ruamel.yaml",
    "sqlite3",
    "typer._adapters",
)
"""What is imported where it is needed: by the program's components, by the verbs of single platforms, by the probe."""


def key() -> None:
    """Import it all, and derive the key of the sandbox's stack."""
    for module in (*PROCESSES[0], *LATE):
        importlib.import_module(module)
    from pulumi_aws import cloudwatch

    assert cloudwatch.MetricAlarm, "the module is imported when something of it is asked for"
    salt = yaml.safe_load(SANDBOX.read_text())["encryptionsalt"].split(":")[1]
    hashlib.pbkdf2_hmac("sha256", PASSPHRASE.encode(), base64.b64decode(salt), ROUNDS, 32)
