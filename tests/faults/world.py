"""The folder of a provider: what exists, what was asked, and what is to go wrong (see ``provider.py``)."""

import json
from pathlib import Path
from typing import Any


class World:
    """See the module."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._calls = (folder / "calls.jsonl").open("a", buffering=1)
        self._serial, self._seen = None, 0

    def load(self) -> dict[str, Any]:
        return _read(self.folder / "world.json") or {"made": {}, "things": {}}

    def save(self, data: dict[str, Any]) -> None:
        _write(self.folder / "world.json", data)

    def conduct(self) -> dict[str, Any]:
        return {"adopts": True, "delay": 0.0} | (_read(self.folder / "conduct.json") or {})

    def record(self, method: str, request: Any) -> str:
        """Write the call down; the kind of fault that it is to meet, or ""."""
        fault = _read(self.folder / "fault.json") or {}
        if fault.get("serial") != self._serial:
            self._serial, self._seen = fault.get("serial"), 0
        meant = fault.get("call") == method
        self._seen += meant
        met = meant and fault["n"] <= self._seen < fault["n"] + fault.get("times", 1)
        entry = {
            "call": method,
            "urn": getattr(request, "urn", ""),
            "id": getattr(request, "id", ""),
            "preview": getattr(request, "preview", False),
            "fault": fault["kind"] if met else "",
        }
        self._calls.write(json.dumps(entry) + "\n")
        return entry["fault"]


def _read(path: Path) -> dict[str, Any] | None:
    try:
        return json.loads(path.read_text())
    except FileNotFoundError:
        return None


def _write(path: Path, data: dict[str, Any]) -> None:
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(data, sort_keys=True))
    temporary.replace(path)
