"""Service accounts: who a program is. None of them has a key here, as none of ours has one there."""

import re

from slipway.providers.google.rest import RestError
from slipway.sandbox.gcp.cloud import Google, placed, refused
from slipway.sandbox.handler import Calls, Handler, Props

DOMAIN = ".iam.gserviceaccount.com"
CREATING = "Error creating service account"


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
    shown = {key: new[key] for key in FIELDS if new.get(key)}
    body = {"accountId": new["accountId"], "serviceAccount": shown}
    with refused(cloud, CREATING):
        try:
            account = cloud.rest.ask("iam", "POST", f"v1/projects/{project}/serviceAccounts", body)
        except RestError as error:
            if error.code != 409 or not new.get("createIgnoreAlreadyExists"):
                raise
            email = f"{new['accountId']}@{project}{DOMAIN}"
            account = cloud.rest.ask("iam", "GET", f"v1/projects/{project}/serviceAccounts/{email}")
        if new.get("disabled"):
            cloud.rest.ask("iam", "POST", f"v1/{account['name']}:disable", {})
    return account["name"], _outputs(account)


def read(cloud: Google, id: str) -> Props | None:
    """By id: ``projects/PROJECT/serviceAccounts/EMAIL``."""
    account = cloud.rest.get("iam", f"v1/{id}")
    if account is None:
        return None
    shown = {key: account[key] for key in FIELDS if key in account}
    own = {"accountId": account["email"].partition("@")[0], "disabled": account.get("disabled", False)}
    return {**own, **shown, **_outputs(account)}


def update(cloud: Google, id: str, old: Props, new: Props) -> Props:
    """Names and descriptions change in place."""
    body = {"serviceAccount": {key: new.get(key, "") for key in FIELDS}, "updateMask": "displayName,description"}
    with refused(cloud, "Error updating service account"):
        account = cloud.rest.ask("iam", "PATCH", f"v1/{id}", body)
        if bool(new.get("disabled")) != bool(old.get("disabled")):
            cloud.rest.ask("iam", "POST", f"v1/{id}:{'disable' if new.get('disabled') else 'enable'}", {})
    return _outputs(account)


def delete(cloud: Google, id: str, _old: Props) -> None:
    """Its grants stay behind without it, as they do in Google Cloud."""
    if cloud.rest.get("iam", f"v1/{id}") is not None:
        with refused(cloud, "Error deleting service account"):
            cloud.rest.ask("iam", "DELETE", f"v1/{id}")


def identity(cloud: Google, new: Props) -> Props:
    """Email and member of an account whose id and project are known: the provider knows them in a preview too."""
    project = new.get("project") or cloud.default_project
    if not isinstance(new.get("accountId"), str) or not isinstance(project, str) or not project:
        return {}
    email = f"{new['accountId']}@{project}{DOMAIN}"
    return {"email": email, "member": f"serviceAccount:{email}"}


def _outputs(account: Props) -> Props:
    return {
        "project": account["projectId"],
        "email": account["email"],
        "member": f"serviceAccount:{account['email']}",
        "name": account["name"],
        "uniqueId": account["uniqueId"],
    }


FIELDS = ("displayName", "description")
HANDLERS = {
    "gcp:serviceaccount/account:Account": Handler(
        check=check,
        calls=Calls(create=create, read=read, update=update, delete=delete),
        defaults=lambda new: {"disabled": False, **new},
        auto_name="accountId",
        derive=identity,
        identify=placed("projects/{project}/serviceAccounts/{accountId}@{project}" + DOMAIN),
        computed=frozenset({"email", "member", "name", "uniqueId"}),
    ),
}
