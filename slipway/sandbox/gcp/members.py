"""One role, one member, of a policy that others change too: read, changed and written by Google's REST."""

from typing import Any

from slipway.providers.google.rest import RestError
from slipway.sandbox.gcp.cloud import Google
from slipway.sandbox.handler import Props

Binding = dict[str, Any]


def give(cloud: Google, api: str, path: str, new: Props, *, read: str = "POST") -> Props:
    """Give the role of a resource's inputs. Raises :class:`RestError`."""
    condition = new.get("condition") or {}

    def add(bindings: list[Binding]) -> None:
        binding = _binding(bindings, new["role"], condition)
        if binding is None:
            bindings.append(
                {"role": new["role"], "members": [new["member"]], **({"condition": condition} if condition else {})}
            )
        elif new["member"] not in binding["members"]:
            binding["members"] = [*binding["members"], new["member"]]

    return cloud.rest.change_policy(api, path, add, read=read)


def given(cloud: Google, api: str, path: str, role: str, member: str, *, read: str = "POST") -> Props | None:
    """The grant as the policy has it; None where it has none, or where nothing is there that has a policy."""
    try:
        policy = cloud.rest.policy(api, path, read=read)
    except RestError as error:
        if error.code in (403, 404):
            return None
        raise
    for binding in policy.get("bindings") or ():
        if binding["role"] == role and member in binding["members"]:
            condition = {"condition": binding["condition"]} if "condition" in binding else {}
            return {"role": role, "member": member, "etag": policy["etag"], **condition}
    return None


def take(cloud: Google, api: str, path: str, role: str, member: str, condition: Props, *, read: str = "POST") -> None:
    """Take it, where it is there. Raises :class:`RestError`."""
    if given(cloud, api, path, role, member, read=read) is None:
        return

    def remove(bindings: list[Binding]) -> None:
        binding = _binding(bindings, role, condition)
        if binding is not None:
            binding["members"] = [each for each in binding["members"] if each != member]

    cloud.rest.change_policy(api, path, remove, read=read)


def _binding(bindings: list[Binding], role: str, condition: Props) -> Binding | None:
    return next((one for one in bindings if one["role"] == role and (one.get("condition") or {}) == condition), None)
