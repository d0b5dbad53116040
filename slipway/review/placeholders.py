"""Placeholders for what only the cloud can say: ``<<arn of Role hello-function>>``.

Where a preview would have an unknown, a text that is named after its source is put. So what a program writes around an
identifier (a policy document, an address) can still be compared and judged, and a reader sees what will stand there.
"""

import json
import re
from typing import Any

from slipway.catalog.regions import DEFAULT
from slipway.engine.values import urn as urns
from slipway.wire.signatures import UNKNOWN
from slipway.wire.values import rewrite

TEXTS = frozenset(
    {
        *("arn", "qualifiedArn", "invokeArn", "uniqueId", "name", "selfLink", "email", "member", "number"),
        *("projectId", "url", "functionUrl", "urlId", "version", "defaultHostname", "gcrDomain", "hostedZoneId"),
        *("repositoryUrl", "registryId", "registryUri", "bucketDomainName", "bucketRegionalDomainName"),
        *("hex", "dec", "b64Std", "b64Url", "etag", "fingerprint", "dnsName", "hostname", "domainName"),
    }
)
"""Computed outputs that are texts in every type that has them; any other stays unknown."""

ALWAYS = frozenset({"arn", "selfLink", "email", "uniqueId"})
"""Those of a type that nothing is known about."""

_TOKEN = re.compile(r"<<([^<>]*)>>|\\u003c\\u003c(.*?)\\u003e\\u003e")
_ODD = re.compile(r"[^\w .:/@-]")


def placeholder(output: str, urn: str, *, renewed: bool = False, partition: str = DEFAULT) -> str:
    """The text in place of a resource's ``output``; ``renewed`` where a change of the resource changes it.

    ``partition`` is AWS's, which an ARN names.
    """
    kind = urns.type_of(urn).rsplit(":", 1)[-1]
    name = _ODD.sub("_", urns.name_of(urn))[:60]
    text = f"<<{'new ' if renewed else ''}{output} of {kind} {name}>>"
    return _arn(partition, urns.type_of(urn), text) if output.lower().endswith("arn") else text


def contains(value: Any) -> bool:  # noqa: ANN401 - any JSON
    """Whether a placeholder is the value or somewhere in it."""
    return _TOKEN.search(json.dumps(value, ensure_ascii=False)) is not None


def hidden(value: Any) -> Any:  # noqa: ANN401
    """The value with an unknown for each text that has a placeholder in it: as a preview would have it."""
    return rewrite(value, lambda part: UNKNOWN if isinstance(part, str) and _TOKEN.search(part) else part)


def readable(text: str) -> str:
    """A text for a person: ``⟨arn of Role hello-function⟩``."""
    return _TOKEN.sub(lambda match: f"⟨{match[1] or match[2]}⟩", text)


def _arn(partition: str, type_: str, text: str) -> str:
    """The parts that every ARN has: programs take the account out of one."""
    service = type_.split(":")[1].split("/")[0] if type_.count(":") > 1 else "unknown"
    return f"arn:{partition}:{service}:<<region>>:<<account>>:{text}"
