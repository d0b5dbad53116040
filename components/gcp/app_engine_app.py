"""App Engine application: one a project, in one region, forever."""

from dataclasses import dataclass

import pulumi
from pulumi_gcp import appengine

from components.gcp.project import GcpProject

LEGACY_LOCATIONS = {"us-central1": "us-central", "europe-west1": "europe-west"}
"""Two regions have an older name in App Engine (https://cloud.google.com/appengine/docs/standard/locations)."""


@dataclass(frozen=True, kw_only=True)
class AppEngineAppArgs:
    """The application of a project."""

    project: GcpProject
    region: str
    """A region, as ``us-central1``."""
    previous_region: str | None = None
    """Where the application is already, as far as the stack knows; None where there is none yet."""
    exists: bool = False
    """Whether an adopted project has an application already, which is then taken over instead of made."""
    adopted_project_id: str | None = None
    """The adopted project's id; needed with ``exists``."""
    scheme: str = "https"
    """How its host name is reached; a stand-in without a certificate answers on ``http``."""
    ephemeral: bool = False

    def __post_init__(self) -> None:
        if wrong := refused_move(self.previous_region, self.region):
            raise ValueError(wrong)
        if self.exists and not self.adopted_project_id:
            raise ValueError("exists is for adopted projects: a new project has no application yet")


class AppEngineApp(pulumi.ComponentResource):
    """The application; destroying it only forgets it, for App Engine cannot delete one."""

    application: appengine.Application
    hostname: pulumi.Output[str]
    region: str

    def __init__(self, name: str, args: AppEngineAppArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:gcp:AppEngineApp", name, {}, opts)
        self.application = appengine.Application(
            name,
            project=args.project.project_id,
            location_id=LEGACY_LOCATIONS.get(args.region, args.region),
            opts=pulumi.ResourceOptions(
                parent=self,
                retain_on_delete=True,
                protect=not args.ephemeral,
                deleted_with=args.project.resource,
                import_=args.adopted_project_id if args.exists else None,
                depends_on=[args.project.api("appengine.googleapis.com")],
            ),
        )
        self.hostname = self.application.default_hostname
        self._scheme, self.region = args.scheme, args.region
        self.register_outputs({"hostname": self.hostname})

    def url(self, service: str) -> pulumi.Output[str]:
        """The address of one of its services."""
        prefix = "" if service == "default" else f"{service}-dot-"
        return pulumi.Output.concat(self._scheme, "://", prefix, self.hostname)


def refused_move(previous: str | None, region: str) -> str:
    """Why App Engine refuses to be in ``region``; "" where it does not."""
    if previous is None or previous == region:
        return ""
    return (
        f"App Engine's region must stay {previous!r}, got {region!r}: an application never moves. "
        f"Put {previous!r} back, or take a new project for {region!r} (a stack of its own)"
    )
