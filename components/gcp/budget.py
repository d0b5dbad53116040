"""Google Cloud budget: what a project may cost a month, and who hears of it when it costs more."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_gcp import billing, monitoring

from components.gcp.project import GcpProject


@dataclass(frozen=True, kw_only=True)
class GcpBudgetArgs:
    """A budget of one project. It alerts, it does not cap: ceilings on instances do."""

    project: GcpProject
    billing_account: str
    """The account that pays for the project, as ``ABCDEF-012345-6789AB``."""
    project_number: pulumi.Input[str]
    """The project's number: a budget that names projects by id differs from what Google answers, forever."""
    amount: int
    """Whole units of ``currency`` a month."""
    currency: str
    """The billing account's own, as ``EUR``; Google refuses any other."""
    email: str
    """Who hears of it, beside the account's billing administrators."""
    alerts_percent: Sequence[int] = (50, 90, 100)
    """Shares of ``amount`` at which it alerts; at the last one also when it is forecast."""

    def __post_init__(self) -> None:
        if self.amount < 1:
            raise ValueError(f"a budget's amount must be 1 or more, got {self.amount}")
        if not self.alerts_percent:
            raise ValueError("a budget needs an alert: without one it stays silent")


class GcpBudget(pulumi.ComponentResource):
    """A monthly budget and the e-mail channel it speaks through."""

    budget_id: pulumi.Output[str]

    def __init__(self, name: str, args: GcpBudgetArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:gcp:GcpBudget", name, {}, opts)
        channel = monitoring.NotificationChannel(
            f"{name}-email",
            project=args.project.project_id,
            display_name=f"{name}: the owner",
            type="email",
            labels={"email_address": args.email},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[args.project.api("monitoring.googleapis.com")]),
        )
        budget = billing.Budget(
            name,
            billing_account=args.billing_account,
            display_name=pulumi.Output.concat("slipway ", args.project.project_id),
            budget_filter={
                "projects": [pulumi.Output.concat("projects/", args.project_number)],
                "calendar_period": "MONTH",
            },
            amount={"specified_amount": {"currency_code": args.currency, "units": str(args.amount)}},
            threshold_rules=_thresholds(args.alerts_percent),
            all_updates_rule={"monitoring_notification_channels": [channel.name]},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[args.project.api("billingbudgets.googleapis.com")]),
        )
        self.budget_id = budget.name
        self.register_outputs({"budget_id": self.budget_id})


def _thresholds(percents: Sequence[int]) -> list[billing.BudgetThresholdRuleArgsDict]:
    rules: list[billing.BudgetThresholdRuleArgsDict] = [
        {"threshold_percent": percent / 100, "spend_basis": "CURRENT_SPEND"} for percent in sorted(percents)
    ]
    return [*rules, {"threshold_percent": max(percents) / 100, "spend_basis": "FORECASTED_SPEND"}]
