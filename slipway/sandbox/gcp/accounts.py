"""Service accounts: who a program is. None of them has a key here, as none of ours has one there."""

import re
import secrets

from slipway.sandbox.gcp import refusals
from slipway.sandbox.gcp.cloud import Google, placed, usable
from slipway.sandbox.handler import Handler, Props
from slipway.sandbox.stores.google import Record, Transaction

API = "iam.googleapis.com"
DOMAIN = ".iam.gserviceaccount.com"


def check(new: Props) -> dict[str, str]:
    """The rules of https://cloud.google.com/iam/docs/service-accounts-create."""
    id = new.get("accountId")
    if id is None or re.fullmatch(r"[a-z]([-a-z0-9]{4,28}[a-z0-9])", id):
        return {}
    return {
        "accountId": f'"account_id" ("{id}") must match regex "^[a-z](?:[-a-z0-9]{{4,28}}[a-z0-9])$": 6 to 30 '
        "characters, beginning with a letter and not ending with a hyphen"
    }


def create(cloud: Google, new: Props) -> tuple[str, Props]:
    """Make it in its project."""
    project = cloud.project_of(new)
    email = f"{new['accountId']}@{project}{DOMAIN}"
    with cloud.store.transaction() as now:
        usable(cloud, now, project, API, "Error creating service account")
        existing = now.get("account", email)
        if now.taken("account", email) and not new.get("createIgnoreAlreadyExists"):
            raise refusals.account_taken(new["accountId"], project)
        unique = existing.body["uniqueId"] if existing else str(10**20 + secrets.randbelow(9 * 10**20))
        now.put("account", Record(email, project, {**new, "uniqueId": unique}))
    return f"projects/{project}/serviceAccounts/{email}", _outputs(project, email, unique)


def read(cloud: Google, id: str) -> Props | None:
    """By id: ``projects/PROJECT/serviceAccounts/EMAIL``."""
    record = cloud.store.get("account", id.rsplit("/", 1)[-1])
    if record is None:
        return None
    return {**record.body, **_outputs(record.project, record.name, record.body["uniqueId"])}


def update(cloud: Google, id: str, _old: Props, new: Props) -> Props:
    """Names and descriptions change in place."""
    email = id.rsplit("/", 1)[-1]
    with cloud.store.transaction() as now:
        record = now.get("account", email)
        if record is None:
            raise refusals.google(404, f"Unknown service account {email}", "notFound", doing="Error updating account")
        now.put("account", Record(email, record.project, {**new, "uniqueId": record.body["uniqueId"]}))
    return _outputs(record.project, email, record.body["uniqueId"])


def delete(cloud: Google, id: str, _old: Props) -> None:
    """Its grants stay behind without it, as they do in Google Cloud."""
    with cloud.store.transaction() as now:
        now.drop("account", id.rsplit("/", 1)[-1])


def member_exists(now: Transaction, member: str) -> str:
    """The email of a service account that a grant names and that is not there; "" where nothing is wrong.

    Google's own agents (``…@appspot.gserviceaccount.com`` and the like) come with their services.
    """
    kind, _, email = member.partition(":")
    if kind != "serviceAccount" or not email.endswith(DOMAIN):
        return ""
    return "" if now.get("account", email) else email


def identity(cloud: Google, new: Props) -> Props:
    """Email and member of an account whose id and project are known: the provider knows them in a preview too."""
    project = new.get("project") or cloud.default_project
    if not isinstance(new.get("accountId"), str) or not isinstance(project, str) or not project:
        return {}
    email = f"{new['accountId']}@{project}{DOMAIN}"
    return {"email": email, "member": f"serviceAccount:{email}"}


def _outputs(project: str, email: str, unique: str) -> Props:
    return {
        "project": project,
        "email": email,
        "member": f"serviceAccount:{email}",
        "name": f"projects/{project}/serviceAccounts/{email}",
        "uniqueId": unique,
    }


HANDLERS = {
    "gcp:serviceaccount/account:Account": Handler(
        check=check,
        create=create,
        read=read,
        update=update,
        delete=delete,
        defaults=lambda new: {"disabled": False, **new},
        auto_name="accountId",
        derive=identity,
        identify=placed("projects/{project}/serviceAccounts/{accountId}@{project}" + DOMAIN),
        computed=frozenset({"email", "member", "name", "uniqueId"}),
    ),
}
