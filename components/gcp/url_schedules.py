"""Requests to a Cloud Run service by the clock: jobs of Cloud Scheduler that sign in as an account of their own."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_gcp import cloudrunv2, cloudscheduler, serviceaccount

from components.gcp.project import GcpProject
from components.gcp.request_schedules import API, due
from components.gcp.service_caller import service_caller
from components.schedules import Request


@dataclass(frozen=True, kw_only=True)
class UrlSchedulesArgs:
    """The schedules of one service, by name."""

    project: GcpProject
    region: str
    service: cloudrunv2.Service
    service_name: str
    requests: Mapping[str, Request]


class UrlSchedules(pulumi.ComponentResource):
    """Jobs that ask one service, private or not, as an account that may call it and do nothing else."""

    jobs: dict[str, pulumi.Output[str]]
    """The jobs' ids, by schedule."""

    def __init__(self, name: str, args: UrlSchedulesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:gcp:UrlSchedules", name, {}, opts)
        self.name, self._args = name, args
        caller, may_call = service_caller(
            name,
            project=args.project,
            region=args.region,
            service=args.service,
            account_id=f"due-{args.service_name}",
            does=f"asks {args.service_name} by the clock",
            parent=self,
        )
        self.jobs = {which: self._job(which, request, caller, may_call) for which, request in args.requests.items()}
        self.register_outputs({})

    def _job(
        self, schedule: str, request: Request, caller: serviceaccount.Account, may_call: pulumi.Resource
    ) -> pulumi.Output[str]:
        args = self._args
        job = cloudscheduler.Job(
            f"{self.name}-{schedule}",
            **due(args.project, args.region, args.service_name, schedule, request),
            http_target={
                "http_method": "GET",
                "uri": pulumi.Output.concat(args.service.uri, request.path),
                # The audience is the service, whatever the path.
                "oidc_token": {"service_account_email": caller.email, "audience": args.service.uri},
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=[args.project.api(API), may_call]),
        )
        return job.id
