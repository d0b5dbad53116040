"""The domain of an app, for the stack's outputs."""

from typing import TypedDict

import pulumi

from components.domains import Record
from slipway.wire.outputs import DomainOutput
from stacks.declared import resolved


class HasDomainOutput(TypedDict, total=False):
    """What is known of an app's domain; empty where it has none."""

    domain: DomainOutput


def domain_output(domain: str | None, records: pulumi.Output[list[Record]] | None) -> HasDomainOutput:
    """The domain and what leads it to the app."""
    if domain is None or records is None:
        return {}
    return {"domain": {"name": domain, "records": resolved(records)}}
