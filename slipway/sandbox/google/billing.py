"""Cloud Billing: who pays for a project. https://cloud.google.com/billing/docs/reference/rest

Any account of the right form pays; nothing is charged.
"""

import re
from dataclasses import replace

from slipway.sandbox.google import policies
from slipway.sandbox.google.cloud import active
from slipway.sandbox.google.errors import ApiError, Json
from slipway.sandbox.google.routing import Api, Call, Route
from slipway.sandbox.stores.google import Project

ACCOUNT = re.compile(r"[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}")
OWN = "00AAAA-000000-00AAAA"
"""The account that is there before a project names another."""


def info(call: Call) -> Json:
    """Who pays now."""
    with call.cloud.store.transaction() as now:
        return _info(active(now, call["project"]))


def update_info(call: Call) -> Json:
    """Link a project to another billing account, or to none."""
    name = call.body.get("billingAccountName") or ""
    account = name.removeprefix("billingAccounts/")
    if account and not ACCOUNT.fullmatch(account):
        raise ApiError(
            400, f"Request contains an invalid argument: a billing account is billingAccounts/ABCDEF-…, got {name!r}"
        )
    with call.cloud.store.transaction() as now:
        paid = replace(active(now, call["project"]), billing=account)
        now.put_project(paid)
        return _info(paid)


def accounts(call: Call) -> Json:
    """The accounts that pay for something here, and one more."""
    with call.cloud.store.transaction() as now:
        names = sorted({OWN, *(project.billing for project in now.projects() if project.billing)})
    return call.page("billingAccounts", [_account(name) for name in names], most=100)


def account(call: Call) -> Json:
    """One of them."""
    if not ACCOUNT.fullmatch(call["account"]):
        raise ApiError(400, "Request contains an invalid argument.")
    return _account(call["account"])


def paid_projects(call: Call) -> Json:
    """What an account pays for."""
    with call.cloud.store.transaction() as now:
        found = [_info(each) for each in now.projects() if each.active and each.billing == call["account"]]
    return call.page("projectBillingInfo", found, most=100)


def test_permissions(call: Call) -> Json:
    """What the caller may do with an account."""
    return policies.permissions(call.body)


def _info(project: Project) -> Json:
    return {
        "name": f"projects/{project.id}/billingInfo",
        "projectId": project.id,
        "billingAccountName": f"billingAccounts/{project.billing}" if project.billing else "",
        "billingEnabled": bool(project.billing),
    }


def _account(id: str) -> Json:
    return {"name": f"billingAccounts/{id}", "open": True, "displayName": "Sandbox", "currencyCode": "USD"}


_ID = "cloudbilling."
API = Api(
    name="cloudbilling",
    routes=(
        Route("GET", "v1/projects/{project}/billingInfo", info, f"{_ID}projects.getBillingInfo"),
        Route("PUT", "v1/projects/{project}/billingInfo", update_info, f"{_ID}projects.updateBillingInfo"),
        Route("GET", "v1/billingAccounts", accounts, f"{_ID}billingAccounts.list"),
        Route("GET", "v1/billingAccounts/{account}", account, f"{_ID}billingAccounts.get"),
        Route("GET", "v1/billingAccounts/{account}/projects", paid_projects, f"{_ID}billingAccounts.projects.list"),
        Route(
            "POST",
            "v1/billingAccounts/{account}:testIamPermissions",
            test_permissions,
            f"{_ID}billingAccounts.testIamPermissions",
        ),
    ),
)
