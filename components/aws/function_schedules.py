"""Calls of a Lambda function by the clock: EventBridge schedules, and the role they call it with."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_aws import iam, lambda_, scheduler

from components.aws.policies import account_of, policy, trust
from components.schedules import Call

LONGEST_NAME = 64
"""https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html."""
ATTEMPTS = 3
"""How often a call that failed is tried again; EventBridge's own default is 185 times in a day."""
GIVE_UP_AFTER = 3600
"""Seconds until a call that failed is not tried again."""


@dataclass(frozen=True, kw_only=True)
class FunctionSchedulesArgs:
    """The schedules of one function, by name."""

    function_name: str
    alias: lambda_.Alias
    """What is called: a canary and a rollback hold for schedules as well."""
    calls: Mapping[str, Call]
    permissions_boundary: str | None = None
    """The ARN of the policy that limits what the role can be given; None: nothing does."""
    labels: Mapping[str, str]

    def __post_init__(self) -> None:
        for name in self.calls:
            if len(full := schedule_name(self.function_name, name)) > LONGEST_NAME:
                raise ValueError(
                    f"a schedule's name in AWS has {LONGEST_NAME} characters at most, got {len(full)} in {full!r}: "
                    f"shorten {name!r}"
                )


class FunctionSchedules(pulumi.ComponentResource):
    """Schedules that call one function's alias, by a role that may do nothing else."""

    names: dict[str, str]
    """What they are called in AWS, by schedule."""

    def __init__(self, name: str, args: FunctionSchedulesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:aws:FunctionSchedules", name, {}, opts)
        self.name, self._args = name, args
        role = self._role()
        may_call = self._may_call(role)
        for schedule, call in args.calls.items():
            self._schedule(schedule, call, role, may_call)
        self.names = {schedule: schedule_name(args.function_name, schedule) for schedule in args.calls}
        self.register_outputs({})

    def _role(self) -> iam.Role:
        # The account alone: another one's schedule may not take this role (the confused deputy).
        account = self._args.alias.arn.apply(account_of)
        return iam.Role(
            f"{self.name}-role",
            description=f"calls the function {self._args.function_name} by the clock",
            assume_role_policy=account.apply(
                lambda number: policy(
                    {
                        **trust("scheduler.amazonaws.com"),
                        "Condition": {"StringEquals": {"aws:SourceAccount": number}},
                    }
                )
            ),
            permissions_boundary=self._args.permissions_boundary,
            tags=dict(self._args.labels),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _may_call(self, role: iam.Role) -> iam.RolePolicy:
        allowed = self._args.alias.arn.apply(
            lambda arn: policy({"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": arn})
        )
        return iam.RolePolicy(
            f"{self.name}-may-call", role=role.name, policy=allowed, opts=pulumi.ResourceOptions(parent=self)
        )

    def _schedule(self, schedule: str, call: Call, role: iam.Role, may_call: iam.RolePolicy) -> None:
        scheduler.Schedule(
            f"{self.name}-{schedule}",
            name=schedule_name(self._args.function_name, schedule),
            schedule_expression=call.timing.eventbridge,
            schedule_expression_timezone=call.timing.time_zone,
            flexible_time_window={"mode": "OFF"},
            target={
                "arn": self._args.alias.arn,
                "role_arn": role.arn,
                "input": json.dumps(dict(call.event), sort_keys=True),
                "retry_policy": {"maximum_retry_attempts": ATTEMPTS, "maximum_event_age_in_seconds": GIVE_UP_AFTER},
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=[may_call]),
        )


def schedule_name(function_name: str, schedule: str) -> str:
    """What a schedule is called in AWS."""
    return f"{function_name}-{schedule}"
