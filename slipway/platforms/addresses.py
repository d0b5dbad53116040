"""Addresses of apps: where the machine that asks has to connect to."""

from urllib.parse import urlsplit, urlunsplit


def reachable(url: str) -> tuple[str, dict[str, str]]:
    """The address to connect to and the headers to send.

    Names under ``localhost`` are this machine (RFC 6761), but not every resolver knows: they go to 127.0.0.1 with
    the name in the ``Host`` header, which is what the emulators route by.
    """
    parts = urlsplit(url)
    if not (parts.hostname or "").endswith(".localhost"):
        return url, {}
    return urlunsplit(parts._replace(netloc=f"127.0.0.1:{parts.port or 80}")), {"Host": parts.netloc}
