"""Who may do what with a bucket: one role, one member, added to the bucket's policy and taken from it.

As the provider does it: the policy is read, changed and written with the etag that it was read with, and again where
another one was faster.
"""

import threading
from collections.abc import Callable
from typing import Any

from slipway.sandbox.gcp import grants, refusals
from slipway.sandbox.gcp.cloud import Google
from slipway.sandbox.gcp.storage_api import ask, place
from slipway.sandbox.handler import Calls, CloudError, Handler, Props

TRIES = 10
_ONE_AT_A_TIME = threading.Lock()
"""The provider too changes a policy in one call after the other; others' changes are what the tries are for."""
Bindings = list[dict[str, Any]]


def create(cloud: Google, new: Props) -> tuple[str, Props]:
    """Give a role on a bucket."""
    bucket = new["bucket"].removeprefix("b/")
    doing = f"Error applying IAM policy for storage bucket b/{bucket}"
    policy = _changed(cloud, bucket, doing, lambda bindings: _with(bindings, new))
    if policy is None:
        raise refusals.bucket_missing(doing)
    return f"b/{bucket}/{new['role']}/{new['member']}", {"etag": policy["etag"]}


def read(cloud: Google, id: str) -> Props | None:
    """Look by id: ``b/BUCKET/ROLE/MEMBER``; the role has a slash in it."""
    scope, role, member = grants.parts(id)
    bucket = scope.removeprefix("b/")
    policy = _policy(cloud, bucket, f"Error retrieving IAM policy for storage bucket {scope}")
    if policy is None:
        return None
    for binding in policy["bindings"]:
        if binding["role"] == role and member in binding["members"]:
            condition = {"condition": binding["condition"]} if binding.get("condition") else {}
            return {"bucket": bucket, "role": role, "member": member, "etag": policy["etag"], **condition}
    return None


def delete(cloud: Google, id: str, old: Props) -> None:
    """Take the role; a bucket that has gone took it along."""
    scope, role, member = grants.parts(id)
    doing = f"Error removing IAM policy for storage bucket {scope}"
    grant = {"role": role, "member": member, "condition": old.get("condition")}
    _changed(cloud, scope.removeprefix("b/"), doing, lambda bindings: _without(bindings, grant))


def _policy(cloud: Google, bucket: str, doing: str) -> Props | None:
    query = {"optionsRequestedPolicyVersion": "3"}
    return ask(cloud, "GET", f"{place(bucket)}/iam", query=query, doing=doing)


def _changed(cloud: Google, bucket: str, doing: str, change: Callable[[Bindings], Bindings]) -> Props | None:
    with _ONE_AT_A_TIME:
        for tried in range(TRIES):
            policy = _policy(cloud, bucket, doing)
            if policy is None:
                return None
            bindings = change(policy["bindings"])
            version = 3 if any(binding.get("condition") for binding in bindings) else policy["version"]
            body = {**policy, "version": version, "bindings": bindings}
            try:
                return ask(cloud, "PUT", f"{place(bucket)}/iam", body=body, doing=doing)
            except CloudError as refusal:
                if OUTRUN not in str(refusal) or tried == TRIES - 1:
                    raise
    return None


OUTRUN = "At least one of the pre-conditions you specified did not hold."


def _alike(binding: Props, grant: Props) -> bool:
    return binding["role"] == grant["role"] and (binding.get("condition") or {}) == (grant.get("condition") or {})


def _with(bindings: Bindings, new: Props) -> Bindings:
    condition = {"condition": new["condition"]} if new.get("condition") else {}
    return [*bindings, {"role": new["role"], "members": [new["member"]], **condition}]


def _without(bindings: Bindings, grant: Props) -> Bindings:
    others = (
        {**binding, "members": [one for one in binding["members"] if one != grant["member"]]}
        if _alike(binding, grant)
        else binding
        for binding in bindings
    )
    return [binding for binding in others if binding["members"]]


HANDLERS = {
    "gcp:storage/bucketIAMMember:BucketIAMMember": Handler(
        check=grants.check,
        calls=Calls(create=create, read=read, delete=delete),
        computed=frozenset({"etag"}),
    ),
}
