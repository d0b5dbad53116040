"""IAM policies of anything that has one: https://cloud.google.com/iam/docs/reference/rest/v1/Policy.

The store keeps grants, one role to one member; a policy is those of a scope, put together. Its etag is of its content:
who writes a policy that another has changed meanwhile is refused, and reads it again.
"""

import base64
import hashlib
import json
import re
from collections.abc import Callable

from slipway.sandbox.google.errors import ApiError, Json
from slipway.sandbox.google.routing import Call, Route
from slipway.sandbox.stores.google import Transaction

Scope = Callable[[Transaction, Call], str]
"""What grants on the resource of a request are given on. Raises :class:`ApiError` where there is no such resource."""

MEMBER = re.compile(
    r"allUsers|allAuthenticatedUsers|(user|serviceAccount|group|domain|principal|principalSet|deleted):.+"
)
ROLE = re.compile(r"(roles|projects/[^/]+/roles|organizations/[^/]+/roles)/[A-Za-z0-9_.]+")
DOMAIN = ".iam.gserviceaccount.com"


def read(now: Transaction, scope: str) -> Json:
    """The policy of a scope."""
    bindings = _bindings(now, scope)
    conditional = any("condition" in binding for binding in bindings)
    policy: Json = {"version": 3 if conditional else 1, "etag": _etag(bindings)}
    return {**policy, "bindings": bindings} if bindings else policy


def write(now: Transaction, scope: str, body: Json, *, missing: str = "Service account {} does not exist.") -> Json:
    """Have a scope the policy of a request, whole. ``missing`` words the refusal of an account that is not there."""
    policy = body.get("policy")
    if not isinstance(policy, dict):
        raise ApiError(400, "Invalid value at 'policy': a policy is required")
    before = read(now, scope)
    if policy.get("etag") and policy["etag"] != before["etag"]:
        raise ApiError(
            409,
            "There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff.",
            status="ABORTED",
            reason="aborted",
        )
    existing = {(role, member) for role, member, _ in now.grants(scope)}
    now.revoke_scope(scope)
    for binding in policy.get("bindings") or ():
        role, condition = binding.get("role", ""), binding.get("condition") or {}
        if not ROLE.fullmatch(role):
            raise ApiError(400, f"Role {role} is not supported for this resource.")
        for member in binding.get("members") or ():
            if not MEMBER.fullmatch(member):
                raise ApiError(400, f"Invalid argument: the member {member!r} has no known kind")
            if (role, member) not in existing and (gone := account_missing(now, member)):
                raise ApiError(400, missing.format(gone))
            now.grant(scope, role, member, condition)
    return read(now, scope)


def account_missing(now: Transaction, member: str) -> str:
    """The email of a service account that a grant names and that is not there; "" where nothing is wrong.

    Google's own agents (``…@appspot.gserviceaccount.com`` and the like) come with their services.
    """
    kind, _, email = member.partition(":")
    if kind != "serviceAccount" or not email.endswith(DOMAIN) or email.startswith("service-"):
        return ""
    return "" if now.get("account", email) else email


def permissions(body: Json) -> Json:
    """What ``testIamPermissions`` answers: the sandbox's owner may do everything that is asked for."""
    asked = body.get("permissions") or []
    return {"permissions": list(asked)} if asked else {}


def routes(template: str, scope: Scope, id: str, *, get: str = "GET") -> tuple[Route, Route, Route]:
    """The three methods of a resource that has a policy; ``get`` is the verb by which the API reads it.

    As Google documents of ``testIamPermissions``, a resource that does not exist gives no permission and no error.
    """

    def get_policy(call: Call) -> Json:
        with call.cloud.store.transaction() as now:
            return read(now, scope(now, call))

    def set_policy(call: Call) -> Json:
        with call.cloud.store.transaction() as now:
            return write(now, scope(now, call), call.body)

    def test_permissions(call: Call) -> Json:
        with call.cloud.store.transaction() as now:
            try:
                scope(now, call)
            except ApiError as error:
                if error.code == 404:
                    return {}
                raise
        return permissions(call.body)

    return (
        Route(get, f"{template}:getIamPolicy", get_policy, f"{id}getIamPolicy"),
        Route("POST", f"{template}:setIamPolicy", set_policy, f"{id}setIamPolicy"),
        Route("POST", f"{template}:testIamPermissions", test_permissions, f"{id}testIamPermissions"),
    )


def _bindings(now: Transaction, scope: str) -> list[Json]:
    by_role: dict[tuple[str, str], list[str]] = {}
    for role, member, condition in now.grants(scope):
        by_role.setdefault((role, json.dumps(condition, sort_keys=True)), []).append(member)
    return [
        {"role": role, "members": sorted(members), **({"condition": json.loads(text)} if text != "{}" else {})}
        for (role, text), members in sorted(by_role.items())
    ]


def _etag(bindings: list[Json]) -> str:
    digest = hashlib.sha256(json.dumps(bindings, sort_keys=True).encode()).digest()[:9]
    return base64.b64encode(b"\x07\x06" + digest[:7]).decode()
