"""What AWS's actions do and on what they act: the dated table of ``policy/tables``, read when it is first needed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from policy.globs import has_wildcard, is_all_wildcards, matches

TABLES = Path(__file__).parent / "tables"

ESCALATING = frozenset(
    {
        "iam:passrole",
        "iam:createaccesskey",
        "iam:createloginprofile",
        "iam:updateloginprofile",
        "iam:addusertogroup",
        "sts:assumerole",
        "sts:assumerolewithwebidentity",
        "sts:assumerolewithsaml",
    }
)
"""Actions that give their caller the permissions of another identity, though the reference calls them writes."""


SECRETS = {
    "secretsmanager": frozenset({"getsecretvalue", "batchgetsecretvalue"}),
    "ssm": frozenset({"getparameter", "getparameters", "getparametersbypath", "getparameterhistory"}),
}
"""Service -> actions whose answer is a secret, though the reference calls them reads."""

MOSTLY = 0.8
"""Of the actions that a pattern matches: `ec2:Describe*` has a few that take a narrower resource among many without."""


@dataclass(frozen=True, kw_only=True)
class Service:
    """A service of AWS; actions in lower case, without the service."""

    permissions: frozenset[str]
    """Actions that change who may do what."""
    write: frozenset[str]
    read: frozenset[str]
    unscoped: frozenset[str]
    """Actions for which IAM knows no narrower resource than everything."""
    arns: tuple[str, ...]
    """The ARNs of its resources, with ``{}`` for every part that differs."""

    @property
    def actions(self) -> frozenset[str]:
        """All of its actions."""
        return self.permissions | self.write | self.read


@cache
def table(name: str) -> Mapping[str, Any]:
    """The rows of one of the tables."""
    return json.loads((TABLES / f"{name}.json").read_text(encoding="utf-8"))["rows"]


@cache
def service(prefix: str) -> Service | None:
    """The service of a prefix, or None if the table does not have it."""
    row = table("aws_actions").get(prefix)
    if row is None:
        return None
    sets = {
        key: frozenset(name.lower() for name in row.get(key, ()))
        for key in ("permissions", "write", "read", "unscoped")
    }
    return Service(arns=tuple(row["arns"]), **sets)


@dataclass(frozen=True, kw_only=True)
class Granted:
    """What an action pattern stands for."""

    prefix: str
    """The service; ``*`` for several."""
    actions: frozenset[str]
    """The known actions of the service that it matches, in lower case; an unknown one as it is written."""
    whole: bool
    """Whether it matches every action of the service."""

    @property
    def dangerous(self) -> list[str]:
        """The matched actions that change who may do what, or act as another identity, sorted."""
        actions_of_service = service(self.prefix)
        permissions = actions_of_service.permissions if actions_of_service else frozenset()
        return sorted(
            f"{self.prefix}:{action}"
            for action in self.actions
            if action in permissions or f"{self.prefix}:{action}" in ESCALATING
        )

    @property
    def only_reads(self) -> bool:
        """Whether no matched action changes anything."""
        actions_of_service = service(self.prefix)
        return actions_of_service is not None and self.actions <= actions_of_service.read

    @property
    def answers_secrets(self) -> bool:
        """Whether the answer of a matched action is a secret."""
        return bool(self.actions & SECRETS.get(self.prefix, frozenset()))

    @property
    def describes(self) -> bool:
        """Whether it is a pattern that only reads, and nearly all it matches knows no narrower resource."""
        actions_of_service = service(self.prefix)
        if actions_of_service is None or len(self.actions) < 2 or not self.only_reads:
            return False
        return len(self.actions & actions_of_service.unscoped) >= MOSTLY * len(self.actions)

    @property
    def scoped(self) -> bool:
        """Whether a matched action knows a narrower resource than everything."""
        actions_of_service = service(self.prefix)
        return actions_of_service is None or not self.actions <= actions_of_service.unscoped


def granted(pattern: str) -> Granted:
    """What an action pattern of a statement stands for."""
    prefix, colon, name = pattern.strip().lower().partition(":")
    if not colon or has_wildcard(prefix):
        return Granted(prefix="*", actions=frozenset(), whole=True)
    actions_of_service = service(prefix)
    if actions_of_service is None:
        return Granted(prefix=prefix, actions=frozenset({name}), whole=is_all_wildcards(name))
    matched = frozenset(action for action in actions_of_service.actions if matches(name, action))
    return Granted(
        prefix=prefix,
        actions=matched or frozenset({name}),
        whole=has_wildcard(name) and matched == actions_of_service.actions,
    )
