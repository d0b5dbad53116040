"""Cloud Billing Budgets v1: kept; nothing is charged, so none is ever over.

https://cloud.google.com/billing/docs/reference/budget/rest
"""

import hashlib
import uuid

from slipway.sandbox.google.errors import ApiError, Json
from slipway.sandbox.google.routing import Api, Call, standard
from slipway.sandbox.stores.google import Record, Transaction

KIND = "budget"
FIELDS = ("amount", "budgetFilter", "displayName", "notificationsRule", "ownershipScope", "thresholdRules")


def create(call: Call) -> Json:
    """Make one for an account."""
    if not call.body.get("amount"):
        raise ApiError(400, "Budget amount must be set")
    name = f"billingAccounts/{call['account']}/budgets/{uuid.uuid4()}"
    body = {"name": name, **{key: call.body[key] for key in FIELDS if key in call.body}}
    with call.cloud.store.transaction() as now:
        now.put(KIND, Record(name, "", body))
    return _shown(body)


def get(call: Call) -> Json:
    """By its name."""
    with call.cloud.store.transaction() as now:
        return _shown(_there(now, call).body)


def listed(call: Call) -> Json:
    """Those of an account."""
    prefix = f"billingAccounts/{call['account']}/budgets/"
    found = [record.body for record in call.cloud.store.all(KIND) if record.name.startswith(prefix)]
    return call.page("budgets", [_shown(body) for body in found])


def patch(call: Call) -> Json:
    """What the mask names."""
    changes = call.changes(*FIELDS)
    with call.cloud.store.transaction() as now:
        record = _there(now, call)
        if call.body.get("etag") and call.body["etag"] != _shown(record.body)["etag"]:
            raise ApiError(409, "The budget has changed meanwhile.", status="ABORTED", reason="aborted")
        body = {key: value for key, value in {**record.body, **changes}.items() if value is not None}
        now.put(KIND, Record(record.name, record.project, body))
    return _shown(body)


def delete(call: Call) -> Json:
    """Remove it."""
    with call.cloud.store.transaction() as now:
        now.drop(KIND, _there(now, call).name)
    return {}


def _there(now: Transaction, call: Call) -> Record:
    record = now.get(KIND, f"billingAccounts/{call['account']}/budgets/{call['budget']}")
    if record is None:
        raise ApiError(404, "Requested entity was not found.")
    return record


def _shown(body: Json) -> Json:
    filters = {"creditTypesTreatment": "INCLUDE_ALL_CREDITS", "calendarPeriod": "MONTH"}
    if "customPeriod" in (body.get("budgetFilter") or {}):
        del filters["calendarPeriod"]
    etag = hashlib.sha256(str(sorted(body.items(), key=lambda item: item[0])).encode()).hexdigest()[:16]
    return {**body, "budgetFilter": {**filters, **(body.get("budgetFilter") or {})}, "etag": etag}


_B = "v1/billingAccounts/{account}/budgets"
_ID = "billingbudgets.billingAccounts.budgets."
API = Api(
    name="billingbudgets",
    routes=(*standard(_B, "budget", _ID, create=create, list=listed, get=get, patch=patch, delete=delete),),
)
