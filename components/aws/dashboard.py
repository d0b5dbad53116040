"""CloudWatch dashboard of a stack's functions: requests, latency, errors."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import cloudwatch

PERIOD = 300
"""Seconds a point stands for, as the alarms' periods do."""
WIDTH, HEIGHT = 8, 6
"""Of a widget, in a grid of 24 columns."""


@dataclass(frozen=True)
class Widget:
    """One picture; ``metrics`` are of the namespace AWS/Lambda, each with its statistic."""

    title: str
    metrics: tuple[tuple[str, str], ...]
    label: str
    """Of its axis."""


WIDGETS = (
    Widget("Requests", (("Invocations", "Sum"), ("Throttles", "Sum")), "count"),
    Widget("Latency", (("Duration", "p50"), ("Duration", "p95"), ("Duration", "Maximum")), "milliseconds"),
    Widget("Errors", (("Errors", "Sum"),), "count"),
)


@dataclass(frozen=True, kw_only=True)
class FunctionsDashboardArgs:
    """Which functions, where."""

    dashboard_name: str
    """Its name in the account."""
    functions: Sequence[str]
    """Their names in Lambda."""
    region: str

    def __post_init__(self) -> None:
        if not self.functions:
            raise ValueError("functions must name one or more, got none")


class FunctionsDashboard(pulumi.ComponentResource):
    """One dashboard for all of a stack's functions: each dashboard is paid for, after an account's third."""

    dashboard_name: str
    url: str
    """Where it is in the console."""

    def __init__(self, name: str, args: FunctionsDashboardArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:aws:FunctionsDashboard", name, {}, opts)
        cloudwatch.Dashboard(
            name,
            dashboard_name=args.dashboard_name,
            dashboard_body=body(args.functions, args.region),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.dashboard_name = args.dashboard_name
        self.url = (
            f"https://{args.region}.console.aws.amazon.com/cloudwatch/home?region={args.region}"
            f"#dashboards/dashboard/{args.dashboard_name}"
        )
        self.register_outputs({"dashboard_name": self.dashboard_name, "url": self.url})


def body(functions: Sequence[str], region: str) -> str:
    """The dashboard as CloudWatch takes it, a row of widgets a function; the same functions give the same text.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
    """
    widgets = [
        _widget(row, column, function, widget, region)
        for row, function in enumerate(sorted(functions))
        for column, widget in enumerate(WIDGETS)
    ]
    return json.dumps({"widgets": widgets}, sort_keys=True)


def _widget(row: int, column: int, function: str, widget: Widget, region: str) -> dict[str, Any]:
    return {
        "type": "metric",
        "x": column * WIDTH,
        "y": row * HEIGHT,
        "width": WIDTH,
        "height": HEIGHT,
        "properties": {
            "title": f"{function}: {widget.title.lower()}",
            "region": region,
            "view": "timeSeries",
            "stacked": False,
            "period": PERIOD,
            "metrics": [
                ["AWS/Lambda", metric, "FunctionName", function, {"stat": statistic}]
                for metric, statistic in widget.metrics
            ],
            "yAxis": {"left": {"label": widget.label, "min": 0, "showUnits": False}},
        },
    }
