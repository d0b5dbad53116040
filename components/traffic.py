"""Which version gets which share of the requests: said alike by the components of every cloud."""


def shares(newest: str, serve: str | None, canary: int | None) -> dict[str, int]:
    """Percent by version: all to the one that serves, less what the newest gets; the one that serves first."""
    if serve in (None, newest):
        return {newest: 100}
    return {serve: 100 - canary, newest: canary} if canary else {serve: 100}


def refused_canary(serve: str | None, canary: int | None) -> str:
    """Why such a share is none; "" where it is one."""
    if canary is None or (serve and 1 <= canary <= 99):
        return ""
    return f"canary must be 1 to 99 percent beside serve, got {canary} beside {serve!r}"
