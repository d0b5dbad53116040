"""PythonAnywhere: what its web apps answer to."""

from collections.abc import Iterator

from policy.model import Context, Resource, rule
from policy.values import fault


@rule(
    "pythonanywhere-https",
    source="PythonAnywhere help, ForcingHTTPS",
    remedy="Leave forceHttps as it is, or say true.",
    types=("pythonanywhere:index:Webapp",),
)
def https(resource: Resource, _context: Context) -> Iterator[str]:
    """Web apps answer by HTTPS alone.

    Others can read and change plain HTTP on its way, passwords and cookies too.

    A request in plain HTTP is sent on to HTTPS; left out, the provider forces it.
    """
    if resource.get("forceHttps") is False:
        yield fault("forceHttps", False, "true")


RULES = (https,)
