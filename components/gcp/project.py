"""Google Cloud project: made or adopted, paid for, its APIs on."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_random as random
from pulumi_gcp import billing, organizations, projects

from components.names import SUFFIX_BYTES

FREE_APIS = frozenset({"cloudbilling", "cloudresourcemanager", "iam", "iamcredentials", "logging", "serviceusage"})
"""APIs that can be enabled in a project without a billing account; the rest waits for billing."""


@dataclass(frozen=True, kw_only=True)
class GcpProjectArgs:
    """A project to make (``prefix``) or an existing one to use (``id``)."""

    apis: Sequence[str]
    """The APIs to enable, by full name (``storage.googleapis.com``)."""
    id: str | None = None
    """The id of an existing project. It is used as it is: nothing here changes or deletes it."""
    prefix: str | None = None
    """What the id of a new project begins with; a suffix kept in the state makes it unique, for good."""
    billing_account: str | None = None
    """The billing account, as ``ABCDEF-012345-6789AB``. Required for a new project; an existing one is linked to it."""
    organization: str | None = None
    folder: str | None = None
    labels: dict[str, str] = field(default_factory=dict)
    ephemeral: bool = False
    """Whether the project may be deleted with the stack."""

    def __post_init__(self) -> None:
        if (self.id is None) == (self.prefix is None):
            raise ValueError(f"a project has an id (existing) or a prefix (new), got {self.id!r} and {self.prefix!r}")
        if self.organization and self.folder:
            raise ValueError("a project is in an organization or in a folder, got both: keep the folder")
        if self.prefix is not None and not self.billing_account:
            raise ValueError("a new project needs a billing_account: without one Google refuses buckets and App Engine")


class GcpProject(pulumi.ComponentResource):
    """A project; :meth:`api` hands out what a resource of an API has to wait for."""

    project_id: pulumi.Output[str]
    resource: organizations.Project | None
    """The project where this stack made it; None for an adopted one."""

    def __init__(self, name: str, args: GcpProjectArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:gcp:GcpProject", name, {}, opts)
        self.name = name
        self.resource = None
        if args.prefix is not None:
            project = self._new_project(args, args.prefix)
            self.resource, self.project_id = project, project.project_id
        else:
            self.project_id = pulumi.Output.from_input(args.id or "")
        paid: Sequence[pulumi.Resource] = [self.resource] if self.resource else self._billing_link(args)
        self._apis = {api: self._enable(api, paid) for api in sorted(set(args.apis))}
        self.register_outputs({"project_id": self.project_id})

    @property
    def owned(self) -> bool:
        """Whether this stack made the project, so that it goes with the stack."""
        return self.resource is not None

    def api(self, name: str) -> pulumi.Resource:
        """What stands for "this API is on". Raises :class:`ValueError` for an API that was not asked for."""
        try:
            return self._apis[name]
        except KeyError:
            raise ValueError(
                f"the API {name!r} is not enabled in {self.name}: it has {', '.join(self._apis)}"
            ) from None

    def _new_project(self, args: GcpProjectArgs, prefix: str) -> organizations.Project:
        # The id of a deleted project can never be used again: a new suffix, kept in the state, for each life.
        suffix = random.RandomId(
            f"{self.name}-suffix", byte_length=SUFFIX_BYTES, opts=pulumi.ResourceOptions(parent=self)
        )
        project_id = pulumi.Output.concat(prefix, "-", suffix.hex)
        return organizations.Project(
            self.name,
            project_id=project_id,
            name=project_id,
            org_id=args.organization,
            folder_id=args.folder,
            # The provider removes the default network within the project's creation, and enables `compute` for that,
            # which needs billing: a billing link that follows the project would come too late.
            auto_create_network=False,
            billing_account=args.billing_account,
            deletion_policy="DELETE" if args.ephemeral else "PREVENT",
            labels=dict(args.labels),
            opts=pulumi.ResourceOptions(parent=self, protect=not args.ephemeral),
        )

    def _billing_link(self, args: GcpProjectArgs) -> list[pulumi.Resource]:
        """Link an existing project to the billing account in the arguments, if there is one."""
        if args.billing_account is None:
            return []
        return [
            billing.ProjectInfo(
                f"{self.name}-billing",
                project=self.project_id,
                billing_account=args.billing_account,
                opts=pulumi.ResourceOptions(parent=self),
            )
        ]

    def _enable(self, api: str, paid: Sequence[pulumi.Resource]) -> projects.Service:
        short = api.removesuffix(".googleapis.com")
        return projects.Service(
            f"{self.name}-{short}",
            project=self.project_id,
            service=api,
            # Switching an API off deletes what it holds, for other users of the project as well.
            disable_on_destroy=False,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[] if short in FREE_APIS else list(paid)),
        )
