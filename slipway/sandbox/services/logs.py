"""The files that services write their output to."""

from pathlib import Path

from slipway.sandbox.services import registry


def of(home: Path, name: str) -> Path:
    """The file that a service writes its output to."""
    return registry.folder(home) / "logs" / f"{name}.log"


def tail(path: Path, lines: int = 15) -> str:
    """The last lines of a log, indented; a note where there are none."""
    text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    return "\n".join(f"    {line}" for line in text.splitlines()[-lines:]) or "    (its log is empty)"
