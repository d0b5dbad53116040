"""What our stacks may be: rules over plain data, one function each, listed in `policy.table`.

The way of a resource: a front end (the pack of `policy.pack` for the Pulumi CLI, or the embedded engine) hands over
its inputs → `policy.values` makes plain data of them, with what is unknown or secret marked → `policy.evaluate` asks
each rule that speaks of its type → findings, less those that an exception of the stack's file excuses.
"""

from policy.evaluation import evaluate
from policy.exceptions import PolicyException
from policy.model import Context, Finding, Resource

__all__ = ["Context", "Finding", "PolicyException", "Resource", "evaluate"]
