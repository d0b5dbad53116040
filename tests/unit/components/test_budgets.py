"""The budgets of both clouds, on Pulumi's mocks."""

import pytest

from components.aws.budget import AwsBudget, AwsBudgetArgs
from components.gcp import apis
from components.gcp.budget import GcpBudget, GcpBudgetArgs
from components.gcp.project import GcpProject, GcpProjectArgs

ACCOUNT = "012345-6789AB-CDEF01"


def on_google(**changes):
    project = GcpProject("project", GcpProjectArgs(apis=apis.BUDGET, prefix="demo", billing_account=ACCOUNT))
    given = {
        "billing_account": ACCOUNT,
        "project_number": "42",
        "amount": 50,
        "currency": "EUR",
        "email": "a@b.example",
    }
    return GcpBudget("budget", GcpBudgetArgs(project=project, **given | changes))


def on_aws(**changes):
    given = {"budget_name": "slipway-dev", "amount": 50, "email": "a@b.example"}
    return AwsBudget("account-budget", AwsBudgetArgs(**given | changes))


def test_googles_is_of_one_project_and_alerts_at_each_share(deploy):
    """By the project's number, in the account's currency; the last share also as a forecast."""
    budget = deploy(lambda: on_google(alerts_percent=(100, 50)).budget_id).one("Budget")
    assert budget.inputs["billingAccount"] == ACCOUNT
    assert budget.inputs["budgetFilter"] == {"projects": ["projects/42"], "calendarPeriod": "MONTH"}
    assert budget.inputs["amount"] == {"specifiedAmount": {"currencyCode": "EUR", "units": "50"}}
    assert budget.inputs["thresholdRules"] == [
        {"thresholdPercent": 0.5, "spendBasis": "CURRENT_SPEND"},
        {"thresholdPercent": 1.0, "spendBasis": "CURRENT_SPEND"},
        {"thresholdPercent": 1.0, "spendBasis": "FORECASTED_SPEND"},
    ]


def test_googles_speaks_to_its_owner(deploy):
    """An e-mail channel in the project; each waits for its API."""
    deployed = deploy(lambda: on_google().budget_id)
    channel, budget = deployed.one("NotificationChannel"), deployed.one("Budget")
    assert (channel.inputs["type"], channel.inputs["labels"]) == ("email", {"email_address": "a@b.example"})
    assert budget.inputs["allUpdatesRule"] == {
        "monitoringNotificationChannels": ["projects/demo-ab12cd/notificationChannels/budget-email"]
    }
    assert "project-monitoring" in channel.depends_on
    assert {"project-billingbudgets", "budget-email"} <= budget.depends_on


def test_amazons_is_of_the_account_and_writes_to_its_owner(deploy):
    """A notification for each share, and one for the forecast; labels as on everything."""
    budget = deploy(lambda: on_aws(labels={"owner": "platform"}, alerts_percent=(50, 100)).budget_name).one("Budget")
    assert (budget.inputs["limitAmount"], budget.inputs["limitUnit"]) == ("50", "USD")
    assert (budget.inputs["budgetType"], budget.inputs["timeUnit"]) == ("COST", "MONTHLY")
    alerts = [(n["threshold"], n["notificationType"]) for n in budget.inputs["notifications"]]
    assert alerts == [(50, "ACTUAL"), (100, "ACTUAL"), (100, "FORECASTED")]
    assert all(n["subscriberEmailAddresses"] == ["a@b.example"] for n in budget.inputs["notifications"])
    assert budget.inputs["tags"] == {"owner": "platform"}


@pytest.mark.parametrize("make", [on_google, on_aws])
@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"amount": 0}, "amount must be 1 or more, got 0"),
        ({"alerts_percent": ()}, "budget (needs an|has 1 to 4) alert"),
    ],
)
def test_a_budget_that_nobody_hears_of_is_refused(deploy, make, wrong, message):
    """Nothing to spend, or no alert: neither is a budget."""
    with pytest.raises(ValueError, match=message):
        deploy(lambda: make(**wrong))


def test_amazon_takes_five_alerts_at_most(deploy):
    """Four shares and the forecast."""
    with pytest.raises(ValueError, match="1 to 4 alerts and a forecast, got 5"):
        deploy(lambda: on_aws(alerts_percent=(10, 20, 30, 40, 50)))
