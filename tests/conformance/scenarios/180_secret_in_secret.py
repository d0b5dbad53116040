"""A property whose parts are secret becomes secret as a whole: the parts keep their marks in it, in the state too.

run: up 1; preview 1; preview 2; up 2; refresh; up 2; destroy
"""
from typing import Any

from conf import STEP, Thing, options, pulumi

Thing.__annotations__ = {"value": pulumi.Output[Any]}
parts = [pulumi.Output.secret(None), "plain", {"k": pulumi.Output.secret(f"s3cr3t-canary-{STEP}")}]
first = Thing("first", options(additional_secret_outputs=["value"]), value=parts, other={"a": pulumi.Output.secret([1])})
Thing("second", value=first.value)
pulumi.export("value", first.value)
