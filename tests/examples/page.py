"""Writes ``docs/sandbox-types.md``: what each resource type of the sandbox is, and which of Pulumi's examples run.

python -m tests.examples.page
"""

import importlib
import inspect
import textwrap
from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

import yaml
from pulumi._types import _PULUMI_NAME  # what the SDK calls a property on the wire

from slipway.catalog.table import row_of
from slipway.sandbox.aws.emulated import TABLE
from slipway.sandbox.host.server import PACKAGES, load

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "sandbox-types.md"
EXAMPLES = Path(__file__).parent / "examples.yaml"


MODULES = {"index": "", "lambda": ".lambda_"}
"""Parts of type tokens that the SDK's modules are not named after."""
NO_OUTPUTS = frozenset({"id", "urn", "pulumi_resource_name", "pulumi_resource_type"})
"""Properties that every resource of the SDK has."""


class Level(StrEnum):
    """What is behind a resource of a type."""

    REAL = "real"
    EMULATED = "emulated"
    RECORDED = "only recorded"


STORES = frozenset(
    {
        *(
            "aws:dynamodb/table:Table",
            "aws:kinesis/stream:Stream",
            "aws:sns/topic:Topic",
            "aws:ssm/parameter:Parameter",
        ),
        *("aws:sns/topicSubscription:TopicSubscription", "aws:secretsmanager/secret:Secret"),
        *("aws:secretsmanager/secretVersion:SecretVersion", "aws:kms/key:Key", "aws:kms/alias:Alias"),
    }
)
"""Types of the table of calls that keep and give back what is put into them."""
KEPT = frozenset(
    {
        *("aws:budgets/budget:Budget", "aws:cloudwatch/dashboard:Dashboard", "aws:ecr/lifecyclePolicy:LifecyclePolicy"),
        *("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "aws:s3/bucketAcl:BucketAcl"),
        *("aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",),
        *(
            "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
            "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration",
        ),
        *("aws:s3/bucketWebsiteConfiguration:BucketWebsiteConfiguration", "aws:iam/instanceProfile:InstanceProfile"),
        *("aws:s3/bucketWebsiteConfigurationV2:BucketWebsiteConfigurationV2", "gcp:compute/network:Network"),
        *("gcp:compute/subnetwork:Subnetwork", "gcp:compute/firewall:Firewall", "gcp:billing/projectInfo:ProjectInfo"),
    }
)
"""Types of handlers of their own that the sandbox keeps without acting on them."""


def level(type: str, note: str) -> Level:
    """What a type is; ``note`` is what its handler tells at a creation."""
    if note:
        return Level.RECORDED
    emulated = {row.type for row in TABLE} - STORES | KEPT
    return Level.EMULATED if type in emulated else Level.REAL


def types() -> Iterable[tuple[str, str, Level]]:
    """Token, words and level of every type, by package and token."""
    for package in PACKAGES:
        for type, handler in sorted(load(package).handlers.items()):
            yield type, row_of(type).words, level(type, handler.note)


def missing_outputs() -> Mapping[str, list[str]]:
    """The outputs that the SDK's resources have and the sandbox's lack, by type; types without such are left out."""
    missing = {}
    for package in PACKAGES:
        for type, handler in sorted(load(package).handlers.items()):
            if lacking := outputs_of(type) - handler.computed:
                missing[type] = sorted(lacking)
    return missing


def outputs_of(type: str) -> frozenset[str]:
    """What the SDK's resource has and does not take, by Pulumi's names; empty where the SDK is not installed."""
    package, place, name = type.split(":")
    module = MODULES.get(place.split("/")[0], f".{place.split('/')[0].lower()}")
    try:
        resource = getattr(importlib.import_module(f"pulumi_{package}{module}"), name)
    except ModuleNotFoundError:
        return frozenset()
    getters = inspect.getmembers(resource, lambda member: isinstance(member, property))
    inputs = inspect.signature(resource._internal_init).parameters.keys() | NO_OUTPUTS
    return frozenset(getattr(getter.fget, _PULUMI_NAME, key) for key, getter in getters if key not in inputs)


def examples() -> Mapping[str, Mapping[str, Any]]:
    """The rows of the examples."""
    return yaml.safe_load(EXAMPLES.read_text(encoding="utf-8"))


def text() -> str:
    """The page."""
    rows, programs = list(types()), examples()
    counts = {one: sum(row[2] is one for row in rows) for one in Level}
    passed = [name for name, row in programs.items() if row.get("outcome") == "passed"]
    lines = [
        "# Resource types of the sandbox",
        "",
        "Written by `python -m tests.examples.page` and by nothing else.",
        "",
        *_wrapped(
            f"- **real** ({counts[Level.REAL]}): it does here what it does in the cloud: "
            "it runs, stores, delivers or enforces."
        ),
        *_wrapped(
            f"- **emulated** ({counts[Level.EMULATED]}): the cloud's own API answers about it, "
            "refuses what the cloud refuses, and keeps it; nothing runs or flows behind it: "
            "no machine, no container, no packet."
        ),
        *_wrapped(
            f"- **only recorded** ({counts[Level.RECORDED]}): the sandbox writes its properties down, "
            "and each `up` says so. "
            "Addresses and ids are drawn; addresses are of a range that leads nowhere."
        ),
        "",
        "Any other type is refused, with what is near it. An input that is not sent to an emulator is refused by name.",
        "",
        "| type | what it is | in the sandbox |",
        "| --- | --- | --- |",
        *(f"| `{type}` | {words} | {one} |" for type, words, one in rows),
        "",
        "## Outputs that are missing",
        "",
        *_wrapped(
            "Outputs of the SDKs' resources that the sandbox does not fill in: a program that reads one gets none."
        ),
        "",
        "| type | outputs |",
        "| --- | --- |",
        *(f"| `{type}` | {', '.join(f'`{one}`' for one in outputs)} |" for type, outputs in missing_outputs().items()),
        "",
        "## Pulumi's examples",
        "",
        *_wrapped(
            f"Of the {len(programs)} Python programs for AWS and Google Cloud in Pulumi's repository of examples "
            f"{len(passed)} go through `up`, an `up` without a change, and `destroy`, as they stand, "
            "with the embedded engine: "
            "`python -m tests.examples.play FOLDER --write` plays them."
        ),
        "",
        "| program | outcome |",
        "| --- | --- |",
        *(f"| `{name}` | {_outcome(row)} |" for name, row in programs.items()),
        "",
    ]
    return "\n".join(lines)


def _wrapped(paragraph: str) -> list[str]:
    indent = "  " if paragraph.startswith("- ") else ""
    return textwrap.wrap(paragraph, 120, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def _outcome(row: Mapping[str, Any]) -> str:
    if row.get("needs"):
        return f"needs {row['needs']}"
    return str(row.get("outcome", "not played")).replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")
