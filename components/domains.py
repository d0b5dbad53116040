"""What leads a domain to an app: the records that its owner sets at the domain's name server."""

from typing import TypedDict


class Record(TypedDict):
    """A record of the DNS."""

    name: str
    """In full, as ``shop.example.com``."""
    type: str
    """``A``, ``AAAA`` or ``CNAME``."""
    value: str
