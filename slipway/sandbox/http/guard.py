"""What no port of the sandbox takes, decided from the head of a request alone: pure, and before the body is read.

A page of a foreign site can have the browser send requests to this machine, and its name can be made to lead here
("DNS rebinding"). Browsers say so: by ``Origin``, by ``Sec-Fetch-Site`` and by the ``Host`` they believe to speak to.
"""

from collections.abc import Callable
from dataclasses import replace

from slipway.sandbox.http.messages import Answer, Head, text

FOREIGN_SITES = ("cross-site", "same-site")
"""https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header: not the page's own server, not typed by the user."""
LOOPBACK = ("127.0.0.1", "localhost")
SUFFIX = ".localhost"
"""Names below it are this machine's own: https://www.rfc-editor.org/rfc/rfc6761#section-6.3."""


Names = Callable[[str], bool]
"""Whether a site answers as a name beside this machine's own: a domain that an app declares."""


def of_this_machine(host: str) -> bool:
    """Whether a host's name, without a port, is this machine's own."""
    return host in LOOPBACK or host.endswith(SUFFIX)


def no_other(_host: str) -> bool:
    """Of a site that answers as this machine alone."""
    return False


def own_path(head: Head, port: int) -> Head:
    """A request in absolute form that means this very port, in origin form; any other request as it is.

    So comes a client that is told to take the port for its proxy, which is how `gcloud run` is led here: it asks
    ``REGION-HOST``, a name that a proxy alone understands. Nothing is passed on to another port by this.
    https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2
    """
    scheme, _, rest = head.target.partition("://")
    authority, slash, path = rest.partition("/")
    name, _, number = authority.partition(":")
    means_this_port = of_this_machine(name.lower()) and number == str(port) and authority == head.value(b"host")
    if scheme.lower() != "http" or not means_this_port:
        return head
    return replace(head, target=f"{slash or '/'}{path}")


def is_tunnel_to_itself(head: Head, port: int) -> bool:
    """Whether a request asks for a tunnel to this very port, through which requests come as without one.

    Parts of gcloud ask their proxy for one even where it leads to nothing but the proxy.
    """
    name, _, number = head.target.partition(":")
    leads_here = head.method == "CONNECT" and of_this_machine(name.lower()) and number == str(port)
    framed = head.value(b"content-length") or head.value(b"transfer-encoding")
    return leads_here and not framed and refusal(replace(head, target="/")) is None


def refusal(head: Head, answers_as: Names = no_other) -> Answer | None:
    """The answer to a request that is let in nowhere; None for one that a site may answer.

    ``answers_as`` is asked for a name that is not this machine's own.
    """
    return _target(head) or _framing(head) or _host(head, answers_as) or _origin(head) or _fetch(head)


def _target(head: Head) -> Answer | None:
    """Absolute, authority and asterisk form are for proxies; a proxy leads to ports that are not the sender's.

    :func:`own_path` is asked before, at a port that takes the absolute form of its own address.
    """
    if head.target.startswith("/"):
        return None
    return text(400, f"the request target must be a path, got {head.target[:100]!r}", close=True)


def _framing(head: Head) -> Answer | None:
    """Two lengths, of which two readers may each take another one."""
    if head.value(b"transfer-encoding") and head.value(b"content-length"):
        return text(400, "a request has Content-Length or Transfer-Encoding, this one has both", close=True)
    return None


def _host(head: Head, answers_as: Names) -> Answer | None:
    hosts = head.all(b"host")
    if len(hosts) == 1 and (of_this_machine(head.host) or answers_as(head.host)):
        return None
    return text(421, f"the sandbox answers as 127.0.0.1, localhost and names below it, got Host {hosts}", close=True)


def _origin(head: Head) -> Answer | None:
    origins = head.all(b"origin")
    if all(origin.lower() == f"http://{head.value(b'host').lower()}" for origin in origins):
        return None
    return text(403, "a page of another site may not use the sandbox (Origin)", close=True)


def _fetch(head: Head) -> Answer | None:
    if not any(site.strip().lower() in FOREIGN_SITES for site in head.all(b"sec-fetch-site")):
        return None
    return text(403, "a page of another site may not use the sandbox (Sec-Fetch-Site)", close=True)
