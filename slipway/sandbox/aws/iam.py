"""IAM roles, their inline policies and the managed policies attached to them."""

import json
import re
from typing import Any

from slipway.sandbox.aws import policies, tags
from slipway.sandbox.aws.clients import Aws
from slipway.sandbox.aws.errors import refusals, unless_gone
from slipway.sandbox.handler import Calls, CloudError, Handler, Props

_NAME = re.compile(r"^[\w+=,.@-]+$", re.ASCII)


def check_role(new: Props) -> dict[str, str]:
    """What IAM refuses of a role: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html."""
    wrong = _check_name(new, "name", 64)
    trust = new.get("assumeRolePolicy")
    if trust is not None and (problem := policies.trust_problem(trust)):
        wrong["assumeRolePolicy"] = problem
    duration = new.get("maxSessionDuration")
    if duration is not None and not 3600 <= duration <= 43200:
        wrong["maxSessionDuration"] = (
            f"expected maxSessionDuration to be in the range (3600 - 43200), got {int(duration)}"
        )
    if len(new.get("description") or "") > 1000:
        wrong["description"] = "expected length of description to be in the range (0 - 1000)"
    for policy in new.get("inlinePolicies") or ():
        if "policy" in policy and (problem := policies.identity_problem(policy["policy"])):
            wrong["inlinePolicies"] = f"{policy.get('name')}: {problem}"
    return wrong


def role_defaults(new: Props) -> Props:
    """The provider's defaults of a role."""
    with_defaults = {"forceDetachPolicies": False, "maxSessionDuration": 3600, "path": "/", **new}
    return _normal(with_defaults, "assumeRolePolicy")


def policy_defaults(new: Props) -> Props:
    """The document as IAM will give it back."""
    return _normal(new, "policy")


def create_role(aws: Aws, new: Props) -> tuple[str, Props]:
    """Make the role with its inline and attached policies."""
    name, iam = new["name"], aws.client("iam")
    with refusals(f"creating IAM Role ({name})"):
        iam.create_role(
            RoleName=name,
            AssumeRolePolicyDocument=new["assumeRolePolicy"],
            Path=new.get("path") or "/",
            MaxSessionDuration=int(new.get("maxSessionDuration") or 3600),
            Tags=tags.listed(tags.outgoing(new)),
            **({"Description": new["description"]} if new.get("description") else {}),
            **({"PermissionsBoundary": new["permissionsBoundary"]} if new.get("permissionsBoundary") else {}),
        )
        _put_policies(aws, name, {}, new)
    return name, _known(read_role(aws, name), name)


def read_role(aws: Aws, id: str) -> Props | None:
    """The role as IAM has it."""
    iam = aws.client("iam")
    with refusals(f"reading IAM Role ({id})"):
        answer = unless_gone(iam.get_role, RoleName=id)
        if answer is None:
            return None
        role = answer["Role"]
        inline = [
            {"name": name, "policy": _text(iam.get_role_policy(RoleName=id, PolicyName=name)["PolicyDocument"])}
            for name in iam.list_role_policies(RoleName=id)["PolicyNames"]
        ]
        attached = iam.list_attached_role_policies(RoleName=id)["AttachedPolicies"]
        there = _role_tags(aws, id)
    return {
        "name": role["RoleName"],
        "path": role["Path"],
        "assumeRolePolicy": _text(role["AssumeRolePolicyDocument"]),
        "description": (role.get("Description") or "").strip(),
        "maxSessionDuration": role.get("MaxSessionDuration", 3600),
        "permissionsBoundary": (role.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn", ""),
        "inlinePolicies": sorted(inline, key=lambda policy: policy["name"]),
        "managedPolicyArns": sorted(policy["PolicyArn"] for policy in attached),
        "arn": role["Arn"],
        "uniqueId": role["RoleId"],
        "createDate": role["CreateDate"].isoformat(),
        **tags.incoming(there),
    }


def update_role(aws: Aws, id: str, old: Props, new: Props) -> Props:
    """Change the role in place."""
    iam = aws.client("iam")
    with refusals(f"updating IAM Role ({id})"):
        if not policies.same(old.get("assumeRolePolicy", ""), new["assumeRolePolicy"]):
            iam.update_assume_role_policy(RoleName=id, PolicyDocument=new["assumeRolePolicy"])
        iam.update_role(
            RoleName=id,
            Description=new.get("description") or " ",  # the emulator takes an empty one for none and keeps the old
            MaxSessionDuration=int(new.get("maxSessionDuration") or 3600),
        )
        if new.get("permissionsBoundary"):
            iam.put_role_permissions_boundary(RoleName=id, PermissionsBoundary=new["permissionsBoundary"])
        elif old.get("permissionsBoundary"):
            iam.delete_role_permissions_boundary(RoleName=id)
        _put_policies(aws, id, old, new)
        tags.replace(
            _role_tags(aws, id),
            new,
            put=lambda changed: iam.tag_role(RoleName=id, Tags=tags.listed(changed)),
            remove=lambda keys: iam.untag_role(RoleName=id, TagKeys=keys),
        )
    return _known(read_role(aws, id), id)


def delete_role(aws: Aws, id: str, old: Props) -> None:
    """Delete the role with the policies that are its own; IAM refuses while others are on it."""
    iam = aws.client("iam")
    with refusals(f"deleting IAM Role ({id})"):
        if unless_gone(iam.get_role, RoleName=id) is None:
            return
        attached = {p["PolicyArn"] for p in iam.list_attached_role_policies(RoleName=id)["AttachedPolicies"]}
        inline = set(iam.list_role_policies(RoleName=id)["PolicyNames"])
        if not old.get("forceDetachPolicies"):
            attached &= set(old.get("managedPolicyArns") or ())
            inline &= {policy["name"] for policy in old.get("inlinePolicies") or ()}
        for arn in attached:
            unless_gone(iam.detach_role_policy, RoleName=id, PolicyArn=arn)
        for name in inline:
            unless_gone(iam.delete_role_policy, RoleName=id, PolicyName=name)
        unless_gone(iam.delete_role, RoleName=id)


def check_policy(new: Props) -> dict[str, str]:
    """What IAM refuses of an inline policy."""
    wrong = _check_name(new, "name", 128)
    document = new.get("policy")
    if document is not None and (problem := policies.identity_problem(document)):
        wrong["policy"] = problem
    return wrong


def create_policy(aws: Aws, new: Props) -> tuple[str, Props]:
    """Put the policy on its role; one of the same name is replaced, as IAM does."""
    id = f"{new['role']}:{new['name']}"
    return id, update_policy(aws, id, {}, new)


def read_policy(aws: Aws, id: str) -> Props | None:
    """The inline policy as its role has it. ``id`` is ``role:name``."""
    role, _, name = id.partition(":")
    with refusals(f"reading IAM Role Policy ({id})"):
        there = unless_gone(aws.client("iam").get_role_policy, RoleName=role, PolicyName=name)
    return there and {"role": role, "name": name, "policy": _text(there["PolicyDocument"])}


def update_policy(aws: Aws, id: str, _old: Props, new: Props) -> Props:
    """Put the changed document."""
    with refusals(f"putting IAM Role ({new['role']}) Policy ({new['name']})"):
        aws.client("iam").put_role_policy(RoleName=new["role"], PolicyName=new["name"], PolicyDocument=new["policy"])
    return _known(read_policy(aws, id), id)


def delete_policy(aws: Aws, id: str, _old: Props) -> None:
    """Take the policy off its role."""
    role, _, name = id.partition(":")
    with refusals(f"deleting IAM Role Policy ({id})"):
        unless_gone(aws.client("iam").delete_role_policy, RoleName=role, PolicyName=name)


def create_attachment(aws: Aws, new: Props) -> tuple[str, Props]:
    """Attach a managed policy, which must exist."""
    role, arn, iam = new["role"], new["policyArn"], aws.client("iam")
    with refusals(f"attaching IAM Policy ({arn}) to IAM Role ({role})"):
        iam.get_policy(PolicyArn=arn)
        iam.attach_role_policy(RoleName=role, PolicyArn=arn)
    return f"{role}/{arn}", {"role": role, "policyArn": arn}


def read_attachment(aws: Aws, id: str) -> Props | None:
    """The attachment, if the role still has it. ``id`` is ``role/arn``."""
    role, _, arn = id.partition("/")
    with refusals(f"reading IAM Role Policy Attachment ({id})"):
        there = unless_gone(aws.client("iam").list_attached_role_policies, RoleName=role)
    attached = {policy["PolicyArn"] for policy in there["AttachedPolicies"]} if there else set()
    return {"role": role, "policyArn": arn} if arn in attached else None


def delete_attachment(aws: Aws, id: str, _old: Props) -> None:
    """Detach the policy."""
    role, _, arn = id.partition("/")
    with refusals(f"detaching IAM Policy ({arn}) from IAM Role ({role})"):
        unless_gone(aws.client("iam").detach_role_policy, RoleName=role, PolicyArn=arn)


def _check_name(new: Props, key: str, most: int) -> dict[str, str]:
    name = new.get(key)
    if name is None:
        return {}
    if not 1 <= len(name) <= most:
        return {key: f"expected length of {key} to be in the range (1 - {most}), got {name}"}
    if not _NAME.match(name):
        return {key: f"invalid value for {key} (must match [\\w+=,.@-]): {name}"}
    return {}


def _normal(new: Props, key: str) -> Props:
    return {**new, key: policies.normal(new[key])} if key in new else new


def _put_policies(aws: Aws, role: str, old: Props, new: Props) -> None:
    iam = aws.client("iam")
    inline = {policy["name"]: policy["policy"] for policy in new.get("inlinePolicies") or ()}
    for name, document in inline.items():
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=document)
    for policy in old.get("inlinePolicies") or ():
        if policy["name"] not in inline:
            unless_gone(iam.delete_role_policy, RoleName=role, PolicyName=policy["name"])
    for arn in new.get("managedPolicyArns") or ():
        iam.get_policy(PolicyArn=arn)
        iam.attach_role_policy(RoleName=role, PolicyArn=arn)
    for arn in set(old.get("managedPolicyArns") or ()) - set(new.get("managedPolicyArns") or ()):
        unless_gone(iam.detach_role_policy, RoleName=role, PolicyArn=arn)


def _role_tags(aws: Aws, name: str) -> dict[str, str]:
    answer = unless_gone(aws.client("iam").list_role_tags, RoleName=name)
    return tags.mapped(answer["Tags"]) if answer else {}


def _text(document: Any) -> str:  # noqa: ANN401 - boto3 gives policies parsed, where it could
    return document if isinstance(document, str) else json.dumps(document, separators=(",", ":"))


def _known(there: Props | None, id: str) -> Props:
    if there is None:
        raise CloudError(f"{id} was gone right after it was written", transient=True)
    return there


HANDLERS = {
    "aws:iam/role:Role": Handler(
        check=check_role,
        defaults=role_defaults,
        calls=Calls(create=create_role, read=read_role, update=update_role, delete=delete_role),
        auto_name="name",
        identify=lambda _aws, new: new["name"],
        settled=frozenset({"inlinePolicies", "managedPolicyArns"}),
        replace_on=frozenset({"name", "namePrefix", "path"}),
        computed=frozenset({"arn", "createDate", "tagsAll", "uniqueId"}),
        volatile=frozenset({"tagsAll"}),
    ),
    "aws:iam/rolePolicy:RolePolicy": Handler(
        check=check_policy,
        defaults=policy_defaults,
        calls=Calls(create=create_policy, read=read_policy, update=update_policy, delete=delete_policy),
        auto_name="name",
        identify=lambda _aws, new: f"{new['role']}:{new['name']}",
        overwrites=True,
        replace_on=frozenset({"name", "namePrefix", "role"}),
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": Handler(
        calls=Calls(create=create_attachment, read=read_attachment, delete=delete_attachment),
        identify=lambda _aws, new: f"{new['role']}/{new['policyArn']}",
        replace_on=frozenset({"role", "policyArn"}),
    ),
}
