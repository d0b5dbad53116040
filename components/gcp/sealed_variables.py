"""Sealed variables of an app as secrets of Secret Manager, which its account alone may read.

Its platform gets references to them: what is sealed stands in no revision, and a viewer of the project does not see it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
from pulumi_gcp import secretmanager

from components.gcp.project import GcpProject

API = "secretmanager.googleapis.com"
ACCESSOR = "roles/secretmanager.secretAccessor"


@dataclass(frozen=True, kw_only=True)
class SealedVariablesArgs:
    """Values, and who may read them."""

    project: GcpProject
    prefix: str
    """Before each variable's name: the secrets' ids, unique in the project."""
    member: pulumi.Input[str]
    """Who may read them, as ``serviceAccount:…``."""
    values: Mapping[str, pulumi.Output[str]]
    """By variable."""
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Reference:
    """Where the value of a variable is."""

    secret: pulumi.Output[str]
    """Its id in the project."""
    version: pulumi.Output[str]
    """A number, not ``latest``: an earlier revision goes on with the value that it began with."""


class SealedVariables(pulumi.ComponentResource):
    """A secret a variable. Another value is another version; the versions before stay until the secret goes."""

    references: dict[str, Reference]
    ready: list[pulumi.Resource]
    """What has to be there before they are read."""

    def __init__(self, name: str, args: SealedVariablesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:gcp:SealedVariables", name, {}, opts)
        self.name, self._args = name, args
        self.references, self.ready = {}, []
        for variable, value in sorted(args.values.items()):
            self._seal(variable, value)
        self.register_outputs({})

    def _seal(self, variable: str, value: pulumi.Output[str]) -> None:
        args, name = self._args, f"{self.name}-{variable.lower().replace('_', '-')}"
        secret = secretmanager.Secret(
            name,
            project=args.project.project_id,
            secret_id=f"{args.prefix}-{variable}",
            replication={"auto": {}},
            # What is sealed is in the stack's file too: the secret holds nothing that would be lost.
            deletion_protection=False,
            labels=dict(args.labels),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[args.project.api(API)]),
        )
        version = secretmanager.SecretVersion(
            name,
            secret=secret.id,
            secret_data=pulumi.Output.secret(value),
            # Earlier revisions refer to it; it goes with the secret.
            deletion_policy="ABANDON",
            opts=pulumi.ResourceOptions(parent=self),
        )
        grant = secretmanager.SecretIamMember(
            f"{name}-reader",
            project=args.project.project_id,
            secret_id=secret.secret_id,
            role=ACCESSOR,
            member=args.member,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.references[variable] = Reference(secret=secret.secret_id, version=version.version)
        self.ready += [version, grant]
