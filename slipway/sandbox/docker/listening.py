"""Where a container's processes listen, by the kernel's table of its network, and what that says of its port.

The table is ``/proc/PID/net/tcp``: https://docs.kernel.org/networking/proc_net_tcp.html.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from docker.models.containers import Container

LISTENS = "0A"
"""How the kernel writes that a socket listens."""
DOCKERS_OWN = "0B00007F"
"""127.0.0.11, where Docker answers for names inside of a container."""
LOOPBACK = frozenset({"0100007F", "00000000000000000000000001000000"})


def is_shown(container: "Container") -> bool:
    """Whether this machine shows where the container listens: it runs, and not on another machine."""
    return Path(f"/proc/{container.attrs['State'].get('Pid') or 0}/net/tcp").exists()


def sockets_of(container: "Container") -> list[tuple[int, bool]]:
    """(port, whether on 127.0.0.1 alone) of what listens; none where this machine does not show it."""
    pid = container.attrs["State"].get("Pid") or 0
    rows: list[tuple[int, bool]] = []
    for name in ("tcp", "tcp6"):
        try:
            rows += _listening(Path(f"/proc/{pid}/net/{name}").read_text(encoding="ascii"))
        except OSError:  # it has ended, or runs on another machine
            continue
    return sorted(set(rows))


def _listening(table: str) -> Iterator[tuple[int, bool]]:
    for line in table.splitlines()[1:]:
        fields = line.split()
        address, _, port = fields[1].partition(":")
        if fields[3] == LISTENS and address != DOCKERS_OWN:
            yield int(port, 16), address in LOOPBACK


def sentence(sockets: Sequence[tuple[int, bool]], env: Mapping[str, str]) -> str:
    """Why nothing answers on the port that an app has by its settings; "" where it listens there, or nowhere yet."""
    declared = env.get("PORT", "")
    if not sockets or not declared.isdecimal() or (int(declared), False) in sockets:
        return ""
    if (int(declared), True) in sockets:
        return (
            f"it listens on 127.0.0.1:{declared} alone, which nothing outside of its container reaches: have its "
            "server listen on every address"
        )
    ports = [port for port, _ in sockets]
    others = ", ".join(map(str, ports))
    return f"it listens on {others} and not on {declared}: say `port: {ports[0]}` in the stack's file"
