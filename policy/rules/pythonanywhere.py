"""PythonAnywhere: what its web apps answer to."""

from collections.abc import Iterator

from policy.model import Context, Resource, rule
from policy.values import fault


@rule(
    id="pythonanywhere-https",
    level="mandatory",
    title="Web apps answer by HTTPS alone",
    rationale="What is sent in plain HTTP, passwords and cookies too, is read and changed on its way.",
    source="PythonAnywhere help, ForcingHTTPS",
    remedy="Leave forceHttps as it is, or say true.",
    types=("pythonanywhere:index:Webapp",),
)
def https(resource: Resource, _context: Context) -> Iterator[str]:
    """A request in plain HTTP is sent on to HTTPS; left out, the provider forces it."""
    if resource.get("forceHttps") is False:
        yield fault("forceHttps", False, "true")


RULES = (https,)
