"""A domain of one's own for an app: which names it may be, on which platforms."""

import re
from collections.abc import Mapping

LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
LONGEST = 253
"""Characters of a name: https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4."""
OF_PLATFORMS: Mapping[str, str] = {
    "appspot.com": "App Engine",
    "run.app": "Cloud Run",
    "on.aws": "AWS Lambda",
    "amazonaws.com": "AWS",
    "elasticbeanstalk.com": "Elastic Beanstalk",
    "pythonanywhere.com": "PythonAnywhere",
}
"""Domains below which a platform gives the names itself."""
UNREACHED = frozenset({"localhost", "local", "internal", "test", "invalid", "onion"})
"""Last labels that no public name server answers for, and no certificate is given for:
https://www.iana.org/assignments/special-use-domain-names."""


def own_domain(value: str) -> str:
    """A name of one's own that can be had in the public DNS. Raises :class:`ValueError` for another."""
    labels = value.split(".")
    if value != value.lower():
        raise ValueError(f"a domain is written in lower case, got {value!r}: write {value.lower()!r}")
    if len(value) > LONGEST or len(labels) < 2 or not all(LABEL.fullmatch(label) for label in labels):
        raise ValueError(
            f"must be a domain as shop.example.com, labels of a-z, 0-9 and '-' with dots between them, got {value!r}"
        )
    if labels[-1].isdigit() or labels[-1] in UNREACHED:
        raise ValueError(f"must be a domain that a public name server knows, as shop.example.com, got {value!r}")
    if owner := next((title for end, title in OF_PLATFORMS.items() if value == end or value.endswith(f".{end}")), ""):
        raise ValueError(f"must be a domain of your own, got {value!r}, which is {owner}'s: take domain out")
    return value


def at_top(domain: str) -> bool:
    """Whether a domain has nothing before it, as ``example.com``: no CNAME record may stand there.

    https://www.rfc-editor.org/rfc/rfc1034#section-3.6.2
    """
    return domain.count(".") == 1
