"""Secrets in settings, environment, nested JSON and a URL; ``faults:step`` says how they might be spilt.

``print``: the program prints and logs one. ``raise``: it fails with one in the text. ``refuse``: the provider does.
"""

import os

import pulumi
from things import Group, Thing

config = pulumi.Config()
step = config.require("step")
token = config.require_secret("token")
pin = config.require("pin")
environment = pulumi.Output.secret(os.environ["CANARY_ENVIRONMENT"])
nested = pulumi.Output.secret({"deep": [1, {"er": os.environ["CANARY_NESTED"]}]})
url = token.apply(lambda text: f"https://user:{text}@db.example/{os.environ['CANARY_URL']}?q=1")

group = Group("group")
first = Thing("first", pulumi.ResourceOptions(parent=group), value=environment, secretValue=token)
second = Thing("second", value=pulumi.Output.json_dumps(nested), more={"list": [nested, "plain"]})
third = Thing("third", value=url, other=pulumi.Output.concat("sealed ", first.sealed))
pulumi.export("url", third.value)
pulumi.export("mixed", {"nested": nested, "plain": "plain-sight"})
if step == "print":
    print("the pin is", pin)
    pulumi.log.warn(f"the pin is {pin}")
    pulumi.log.info(f"about {pin}", second)
if step == "raise":
    raise ValueError(f"the pin {pin} was not accepted")
if step == "refuse":
    Thing("fourth", value=environment, spill=True)
