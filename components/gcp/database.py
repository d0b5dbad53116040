"""A PostgreSQL database of an app's own: a Cloud SQL instance that its app reaches by Google's connector."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
import pulumi_random as random
from pulumi_gcp import projects, sql

from components.gcp import apis
from components.gcp.project import GcpProject

NAME = "app"
"""The database, and the user who uses it."""
PORT = "5432"
"""The port in the name of its socket file."""
PASSWORD = 32
"""Characters, of letters and digits: nothing that a URL would have to escape."""


@dataclass(frozen=True, kw_only=True)
class PostgresDatabaseArgs:
    """An instance of the smallest kind, with one database."""

    project: GcpProject
    region: str
    version: int = 16
    """PostgreSQL's major version."""
    tier: str = "db-f1-micro"
    """The machine: a shared core with 0.6 GB of memory is the smallest."""
    disk: int = 10
    """GB, the least there is; it grows by itself."""
    labels: Mapping[str, str] = field(default_factory=dict)
    ephemeral: bool = False
    """Whether it may go with its rows; otherwise it is protected and backed up daily."""

    def __post_init__(self) -> None:
        if self.disk < 10:
            raise ValueError(f"disk must be 10 GB or more, got {self.disk}")


class PostgresDatabase(pulumi.ComponentResource):
    """An instance without an address that others may use: what leads to it is the connector, by IAM."""

    url: pulumi.Output[str]
    """With the password: ``postgresql://app:…@/app?host=/cloudsql/PROJECT:REGION:INSTANCE``; a secret."""
    connection_name: pulumi.Output[str]
    """``PROJECT:REGION:INSTANCE``."""
    parts: Mapping[str, pulumi.Output[str]]
    """What the address is made of, for code that puts its own together: user, password, name, host and port. The host
    is empty, and ``socket`` the folder that PostgreSQL's clients find by the variable ``PGHOST`` then."""
    instance: sql.DatabaseInstance
    ready: list[pulumi.Resource]
    """What has to be there before an app asks it."""

    def __init__(self, name: str, args: PostgresDatabaseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:gcp:PostgresDatabase", name, {}, opts)
        self.name, self._args = name, args
        self.instance = self._instance()
        self.connection_name = self.instance.connection_name
        # The instance takes both along; PostgreSQL drops no user who owns tables.
        child = pulumi.ResourceOptions(parent=self, deleted_with=self.instance)
        password = random.RandomPassword(
            f"{name}-password", length=PASSWORD, special=False, opts=pulumi.ResourceOptions(parent=self)
        )
        project, instance = args.project.project_id, self.instance.name
        database = sql.Database(
            name, project=project, instance=instance, name=NAME, deletion_policy="ABANDON", opts=child
        )
        user = sql.User(
            name,
            project=project,
            instance=instance,
            name=NAME,
            password=password.result,
            deletion_policy="ABANDON",
            opts=child,
        )
        self.ready = [database, user]
        self.url = pulumi.Output.secret(
            pulumi.Output.concat(
                f"postgresql://{NAME}:", password.result, f"@/{NAME}?host=/cloudsql/", self.connection_name
            )
        )
        plain = {"user": NAME, "name": NAME, "host": "", "port": PORT}
        self.parts = {
            **{part: pulumi.Output.from_input(value) for part, value in plain.items()},
            "password": pulumi.Output.secret(password.result),
            "socket": pulumi.Output.concat("/cloudsql/", self.connection_name),
        }
        self.register_outputs({"url": self.url, "connection_name": self.connection_name})

    def _instance(self) -> sql.DatabaseInstance:
        args = self._args
        return sql.DatabaseInstance(
            self.name,
            # Named by Pulumi: Cloud SQL takes the name of a deleted instance again only after a week.
            project=args.project.project_id,
            region=args.region,
            database_version=f"POSTGRES_{args.version}",
            deletion_protection=not args.ephemeral,
            settings={
                "tier": args.tier,
                "edition": "ENTERPRISE",
                "availability_type": "ZONAL",
                "disk_size": args.disk,
                "disk_type": "PD_SSD",
                "backup_configuration": {
                    "enabled": not args.ephemeral,
                    "point_in_time_recovery_enabled": not args.ephemeral,
                },
                # An address without a network that may use it: the connector alone comes in, by IAM and encrypted.
                "ip_configuration": {"ipv4_enabled": True, "ssl_mode": "ENCRYPTED_ONLY"},
                "deletion_protection_enabled": not args.ephemeral,
                "user_labels": dict(args.labels),
            },
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=not args.ephemeral,
                depends_on=[args.project.api(api) for api in apis.DATABASE],
            ),
        )


def may_connect(
    name: str, database: PostgresDatabase, project: pulumi.Input[str], member: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> list[pulumi.Resource]:  # fmt: skip
    """The grant that opens the connector; Cloud SQL has none for a single instance.

    https://cloud.google.com/sql/docs/postgres/iam-roles
    """
    grant = projects.IAMMember(
        f"{name}-database-client", project=project, role="roles/cloudsql.client", member=member, opts=opts
    )
    return [grant, *database.ready]
