"""IAM instance profiles: the role that a machine has."""

import re

from slipway.sandbox.aws import tags
from slipway.sandbox.aws.clients import Aws
from slipway.sandbox.aws.errors import refusals, unless_gone
from slipway.sandbox.handler import Calls, Handler, Props

_NAME = re.compile(r"^[\w+=,.@-]{1,128}$", re.ASCII)


def check(new: Props) -> dict[str, str]:
    """What IAM refuses: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateInstanceProfile.html."""
    name = new.get("name")
    if name is not None and not _NAME.match(name):
        return {"name": f"invalid value for name (1 to 128 of [\\w+=,.@-]): {name}"}
    return {}


def create(aws: Aws, new: Props) -> tuple[str, Props]:
    """Make the profile and put its role into it."""
    name, iam = new["name"], aws.client("iam")
    conflict = f"Instance Profile {name} already exists."
    with refusals(f"creating IAM Instance Profile ({name})", conflict=conflict):
        iam.create_instance_profile(
            InstanceProfileName=name,
            Path=new.get("path") or "/",
            Tags=tags.listed(tags.outgoing(new)),
        )
        _put_role(aws, name, new.get("role"))
    return name, read(aws, name) or {}


def read(aws: Aws, id: str) -> Props | None:
    """The profile as IAM has it."""
    with refusals(f"reading IAM Instance Profile ({id})"):
        answer = unless_gone(aws.client("iam").get_instance_profile, InstanceProfileName=id)
        if answer is None:
            return None
        there, carried = answer["InstanceProfile"], _tags(aws, id)
    return {
        "name": there["InstanceProfileName"],
        "path": there["Path"],
        "role": next((role["RoleName"] for role in there["Roles"]), None),
        "arn": there["Arn"],
        "uniqueId": there["InstanceProfileId"],
        "createDate": there["CreateDate"].isoformat(),
        **tags.incoming(carried),
    }


def update(aws: Aws, id: str, _old: Props, new: Props) -> Props:
    """Change its role and its tags."""
    iam = aws.client("iam")
    with refusals(f"updating IAM Instance Profile ({id})"):
        _put_role(aws, id, new.get("role"))
        tags.replace(
            _tags(aws, id),
            new,
            put=lambda changed: iam.tag_instance_profile(InstanceProfileName=id, Tags=tags.listed(changed)),
            remove=lambda keys: iam.untag_instance_profile(InstanceProfileName=id, TagKeys=keys),
        )
    return read(aws, id) or {}


def delete(aws: Aws, id: str, _old: Props) -> None:
    """Take the role out, then delete it."""
    with refusals(f"deleting IAM Instance Profile ({id})"):
        if unless_gone(aws.client("iam").get_instance_profile, InstanceProfileName=id) is None:
            return
        _put_role(aws, id, None)
        unless_gone(aws.client("iam").delete_instance_profile, InstanceProfileName=id)


def _put_role(aws: Aws, name: str, desired: str | None) -> None:
    iam = aws.client("iam")
    has = [role["RoleName"] for role in iam.get_instance_profile(InstanceProfileName=name)["InstanceProfile"]["Roles"]]
    for role in has:
        if role != desired:
            iam.remove_role_from_instance_profile(InstanceProfileName=name, RoleName=role)
    if desired and desired not in has:
        iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=desired)


def _tags(aws: Aws, name: str) -> dict[str, str]:
    answer = unless_gone(aws.client("iam").list_instance_profile_tags, InstanceProfileName=name)
    return tags.mapped(answer["Tags"]) if answer else {}


HANDLERS = {
    "aws:iam/instanceProfile:InstanceProfile": Handler(
        check=check,
        defaults=lambda new: {"path": "/", **new},
        calls=Calls(create=create, read=read, update=update, delete=delete),
        auto_name="name",
        identify=lambda _aws, new: new["name"],
        replace_on=frozenset({"name", "namePrefix", "path"}),
        computed=frozenset({"arn", "createDate", "tagsAll", "uniqueId"}),
        volatile=frozenset({"tagsAll"}),
    )
}
