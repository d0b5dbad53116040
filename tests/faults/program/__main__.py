"""Components with children, secrets, dependencies; ``faults:step`` says what is different from the step ``base``.

``update``: values change, one thing goes, one comes. ``replace``: ``root`` is replaced, what depends on it is replaced
or updated. ``replace-first``: the same, the old ones deleted first.
"""

from typing import Any

import pulumi
from things import Group, Thing

config = pulumi.Config()
step = config.require("step")
key = "2" if step.startswith("replace") else "1"
first_goes: dict[str, Any] = {"deleteFirst": True} if step == "replace-first" else {}

group = Group("group")
first = Thing(
    "first",
    pulumi.ResourceOptions(parent=group),
    value="b" if step == "update" else "a",
    secretValue=config.require_secret("token"),
)
inner = Group("inner", pulumi.ResourceOptions(parent=group))
child = Thing("child", pulumi.ResourceOptions(parent=inner), value=first.value)
root = Thing("root", replaceKey=key, **first_goes)
leaf = Thing("leaf", replaceKey=root.token, **first_goes)
twig = Thing("twig", pulumi.ResourceOptions(depends_on=[child]), value=root.token)
if step == "update":
    Thing("coming", value="new", secretValue=first.sealed)
else:
    Thing("going", value="old")
group.register_outputs({"child": child.token})
pulumi.export("sealed", first.sealed)
pulumi.export("leaf", leaf.token)
