"""Requests to an App Engine service by the clock: jobs of Cloud Scheduler.

Not App Engine's own cron: one file for all services of an application, which no provider declares.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypedDict

import pulumi
from pulumi_gcp import cloudscheduler

from components.gcp.project import GcpProject
from components.schedules import Request

API = "cloudscheduler.googleapis.com"
DEADLINE = "180s"
"""How long the app may take to answer."""
ATTEMPTS = 3
"""How often a request that failed is tried again before the next is due."""


@dataclass(frozen=True, kw_only=True)
class RequestSchedulesArgs:
    """The schedules of one App Engine service, by name."""

    project: GcpProject
    region: str
    """The application's: Cloud Scheduler calls App Engine from there."""
    service: str
    requests: Mapping[str, Request]
    after: pulumi.Resource
    """What has to be there first: that the service has a version with traffic."""


class RequestSchedules(pulumi.ComponentResource):
    """Jobs that ask one service; which version answers is the service's traffic to decide."""

    jobs: dict[str, pulumi.Output[str]]
    """The jobs' ids, by schedule."""

    def __init__(self, name: str, args: RequestSchedulesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:gcp:RequestSchedules", name, {}, opts)
        self.jobs = {}
        for schedule, request in args.requests.items():
            job = cloudscheduler.Job(
                f"{name}-{schedule}",
                **due(args.project, args.region, args.service, schedule, request),
                app_engine_http_target={
                    "http_method": "GET",
                    "relative_uri": request.path,
                    "app_engine_routing": {"service": args.service},
                },
                opts=pulumi.ResourceOptions(parent=self, depends_on=[args.project.api(API), args.after]),
            )
            self.jobs[schedule] = job.id
        self.register_outputs({})


class Due(TypedDict):
    """Arguments of a job."""

    project: pulumi.Output[str]
    region: str
    name: str
    description: str
    schedule: str
    time_zone: str
    attempt_deadline: str
    retry_config: cloudscheduler.JobRetryConfigArgsDict


def due(project: GcpProject, region: str, service: str, schedule: str, request: Request) -> Due:
    """What every job says, whatever it asks: where it is, its name, when it is due, and when to give up."""
    return {
        "project": project.project_id,
        "region": region,
        "name": job_name(service, schedule),
        "description": f"asks the service {service} for {request.path}",
        "schedule": request.timing.unix_cron,
        "time_zone": request.timing.time_zone,
        "attempt_deadline": DEADLINE,
        "retry_config": {"retry_count": ATTEMPTS},
    }


def job_name(service: str, schedule: str) -> str:
    """What a job is called in Cloud Scheduler."""
    return f"{service}-{schedule}"
