"""Budgets: what an account may cost, and who hears of it. No cost is ever counted here, so none ever alerts."""

from typing import Any

from slipway.sandbox.aws import tags
from slipway.sandbox.aws.clients import Aws
from slipway.sandbox.aws.errors import refusals, unless_gone
from slipway.sandbox.aws.words import capital, small
from slipway.sandbox.handler import Calls, CloudError, Handler, Props

CURRENCY = "USD"
"""The unit of a cost budget for almost every account, whatever currency its invoice is paid in:
https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-create.html."""
UNITS = {"COST": CURRENCY}
TYPES = ("USAGE", "COST", "RI_UTILIZATION", "RI_COVERAGE", "SAVINGS_PLANS_UTILIZATION", "SAVINGS_PLANS_COVERAGE")
PERIODS = ("DAILY", "MONTHLY", "QUARTERLY", "ANNUALLY")
_UNSERVED = ("autoAdjustData", "costFilters", "filterExpression", "plannedLimits")
_NOTIFICATION = ("comparisonOperator", "notificationType", "threshold", "thresholdType")
_SUBSCRIBERS = {"subscriberEmailAddresses": "EMAIL", "subscriberSnsTopicArns": "SNS"}


def check(new: Props) -> dict[str, str]:
    """What the provider refuses of a budget before it asks AWS."""
    wrong = {key: f"the sandbox serves budgets of a whole account, without {key}" for key in _UNSERVED if new.get(key)}
    for key, allowed in (("budgetType", TYPES), ("timeUnit", PERIODS)):
        if new.get(key) not in (None, *allowed):
            quoted = " ".join(f'"{one}"' for one in allowed)
            wrong[key] = f"expected {key} to be one of [{quoted}], got {new[key]}"
    name = new.get("name")
    if name is not None and (not 1 <= len(name) <= 100 or ":" in name or "\\" in name):
        wrong["name"] = f"must be 1 to 100 characters without ':' and '\\', got {name!r}"
    return wrong


def create(aws: Aws, new: Props) -> tuple[str, Props]:
    """Make the budget with its notifications."""
    id = budget_id(aws, new)
    doing = f"creating Budget ({new['name']})"
    _refuse_unit(new, doing, "CreateBudget")
    with refusals(doing):
        aws.client("budgets").create_budget(
            AccountId=aws.account,
            Budget=_budget(new),
            NotificationsWithSubscribers=[
                {"Notification": _notification(one), "Subscribers": _subscribers(one)}
                for one in new.get("notifications") or ()
            ],
            ResourceTags=tags.listed(tags.outgoing(new)),
        )
    return id, read(aws, id) or {}


def read(aws: Aws, id: str) -> Props | None:
    """The budget as AWS has it. ``id`` is ``account:name``."""
    account, _, name = id.partition(":")
    client = aws.client("budgets")
    with refusals(f"reading Budget ({id})"):
        answer = unless_gone(client.describe_budget, AccountId=account, BudgetName=name)
        if answer is None:
            return None
        there = answer["Budget"]
        notifications = client.describe_notifications_for_budget(AccountId=account, BudgetName=name)
        carried = client.list_tags_for_resource(ResourceARN=_arn(account, name)).get("ResourceTags")
        listed = [_read_notification(client, account, name, one) for one in notifications.get("Notifications", [])]
    period = there["TimePeriod"]
    return {
        "accountId": account,
        "name": name,
        "budgetType": there["BudgetType"],
        "timeUnit": there["TimeUnit"],
        "limitAmount": there["BudgetLimit"]["Amount"],
        "limitUnit": there["BudgetLimit"]["Unit"],
        "timePeriodStart": _moment(period["Start"]),
        "timePeriodEnd": _moment(period["End"]),
        "notifications": listed,
        "arn": _arn(account, name),
        **tags.incoming(tags.mapped(carried)),
    }


def update(aws: Aws, id: str, old: Props, new: Props) -> Props:
    """Change the limit and the period; notifications that differ are taken away and made."""
    account, _, name = id.partition(":")
    client, doing = aws.client("budgets"), f"updating Budget ({id})"
    _refuse_unit(new, doing, "UpdateBudget")
    with refusals(doing):
        client.update_budget(AccountId=account, NewBudget=_budget(new))
        before, after = old.get("notifications") or [], new.get("notifications") or []
        for one in before:
            if one not in after:
                unless_gone(
                    client.delete_notification, AccountId=account, BudgetName=name, Notification=_notification(one)
                )
        for one in after:
            if one not in before:
                client.create_notification(
                    AccountId=account, BudgetName=name, Notification=_notification(one), Subscribers=_subscribers(one)
                )
        arn = _arn(account, name)
        tags.replace(
            tags.mapped(client.list_tags_for_resource(ResourceARN=arn).get("ResourceTags")),
            new,
            put=lambda changed: client.tag_resource(ResourceARN=arn, ResourceTags=tags.listed(changed)),
            remove=lambda keys: client.untag_resource(ResourceARN=arn, ResourceTagKeys=keys),
        )
    return read(aws, id) or {}


def delete(aws: Aws, id: str, _old: Props) -> None:
    """Delete the budget with its notifications."""
    account, _, name = id.partition(":")
    with refusals(f"deleting Budget ({id})"):
        unless_gone(aws.client("budgets").delete_budget, AccountId=account, BudgetName=name)


def budget_id(aws: Aws, new: Props) -> str:
    """The budget's id: ``account:name``."""
    return f"{new.get('accountId') or aws.account}:{new['name']}"


def _refuse_unit(new: Props, doing: str, operation: str) -> None:
    unit = UNITS.get(new["budgetType"])
    if unit and new.get("limitUnit") != unit:
        raise CloudError(
            f"{doing}: operation error {operation}, InvalidParameterException: Budget limit unit must be {unit} for "
            f"{new['budgetType']} budgets, got {new.get('limitUnit')}"
        )


def _budget(new: Props) -> Props:
    return {
        "BudgetName": new["name"],
        "BudgetType": new["budgetType"],
        "TimeUnit": new["timeUnit"],
        "BudgetLimit": {"Amount": str(new["limitAmount"]), "Unit": new["limitUnit"]},
    }


def _notification(one: Props) -> Props:
    return {capital(key): one[key] for key in _NOTIFICATION}


def _subscribers(one: Props) -> list[Props]:
    return [
        {"SubscriptionType": kind, "Address": address}
        for key, kind in _SUBSCRIBERS.items()
        for address in one.get(key) or ()
    ]


def _read_notification(client: Any, account: str, name: str, there: Props) -> Props:  # noqa: ANN401 - boto3's clients
    wire = {capital(key): there[capital(key)] for key in _NOTIFICATION}
    answer = client.describe_subscribers_for_notification(AccountId=account, BudgetName=name, Notification=wire)
    addresses = {
        key: [one["Address"] for one in answer["Subscribers"] if one["SubscriptionType"] == kind]
        for key, kind in _SUBSCRIBERS.items()
    }
    return {**{small(key): value for key, value in wire.items()}, **{k: v for k, v in addresses.items() if v}}


def _moment(there: Any) -> str:  # noqa: ANN401 - a datetime, as boto3 has it
    return f"{there:%Y-%m-%d_%H:%M}"


def _arn(account: str, name: str) -> str:
    return f"arn:aws:budgets::{account}:budget/{name}"


HANDLERS = {
    "aws:budgets/budget:Budget": Handler(
        check=check,
        calls=Calls(create=create, read=read, update=update, delete=delete),
        auto_name="name",
        identify=budget_id,
        settled=frozenset({"accountId", "timePeriodStart", "timePeriodEnd"}),
        replace_on=frozenset({"accountId", "name", "namePrefix"}),
        computed=frozenset({"arn", "tagsAll"}),
        volatile=frozenset({"tagsAll"}),
    )
}
