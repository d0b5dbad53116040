"""AWS budget: what an account may cost a month, and who hears of it when it costs more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
from pulumi_aws import budgets

CURRENCY = "USD"
"""AWS states costs, and so takes budgets, in US dollars, whatever currency the invoice is paid in:
https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-create.html."""
MAX_ALERTS = 5
"""Notifications a budget may have (https://docs.aws.amazon.com/cost-management/latest/userguide/management-limits.html)."""


@dataclass(frozen=True, kw_only=True)
class AwsBudgetArgs:
    """A budget of the whole account: costs by tag are empty until somebody activates the tag for billing."""

    budget_name: str
    """The name, unique in the account."""
    amount: int
    """US dollars a month."""
    email: str
    alerts_percent: Sequence[int] = (50, 90, 100)
    """Shares of ``amount`` at which it alerts; at the last one also when it is forecast."""
    labels: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.amount < 1:
            raise ValueError(f"a budget's amount must be 1 or more, got {self.amount}")
        if not 1 <= len(self.alerts_percent) < MAX_ALERTS:
            raise ValueError(
                f"a budget has 1 to {MAX_ALERTS - 1} alerts and a forecast, got {len(self.alerts_percent)}"
            )


class AwsBudget(pulumi.ComponentResource):
    """A monthly budget that writes to its owner."""

    budget_name: pulumi.Output[str]

    def __init__(self, name: str, args: AwsBudgetArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:aws:AwsBudget", name, {}, opts)
        budget = budgets.Budget(
            name,
            name=args.budget_name,
            budget_type="COST",
            time_unit="MONTHLY",
            limit_amount=str(args.amount),
            limit_unit=CURRENCY,
            notifications=[
                *(_notification(percent, "ACTUAL", args.email) for percent in sorted(args.alerts_percent)),
                _notification(max(args.alerts_percent), "FORECASTED", args.email),
            ],
            tags=dict(args.labels),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.budget_name = budget.name
        self.register_outputs({"budget_name": self.budget_name})


def _notification(percent: int, kind: str, email: str) -> budgets.BudgetNotificationArgsDict:
    return {
        "comparison_operator": "GREATER_THAN",
        "threshold": percent,
        "threshold_type": "PERCENTAGE",
        "notification_type": kind,
        "subscriber_email_addresses": [email],
    }
