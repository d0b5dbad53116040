"""Requests to a service by an account that signs in: Cloud Scheduler's, and Pub/Sub's."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from slipway.sandbox.cloudrun import routes
from slipway.sandbox.running.entrance import Line, Way


@dataclass(frozen=True)
class Response:
    """A service's answer, or that of Cloud Run in its place."""

    status: int
    text: str


def ask(
    state_folder: Path,
    url: str,
    account: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str],
    body: bytes = b"",
    seconds: float,
) -> Response:
    """Ask the service at ``url`` as the account with this address; its grants are looked at.

    Raises OSError and http.client.HTTPException where its container does not answer.
    """
    status, way = routes.backend(state_folder, urlsplit(url).netloc, f"serviceAccount:{account}")
    if isinstance(way, str):
        return Response(status, way)
    return send(way, url, method=method, headers=headers, body=body, seconds=seconds)


def send(way: Way, url: str, *, method: str, headers: Mapping[str, str], body: bytes = b"", seconds: float) -> Response:
    """Ask a revision by the way to it. Raises OSError and http.client.HTTPException."""
    parts, connection = urlsplit(url), Line(way, seconds)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request(method, target, body or None, {**headers, "Host": parts.netloc})
        answer = connection.getresponse()
        return Response(answer.status, answer.read().decode(errors="replace"))
    finally:
        connection.close()
