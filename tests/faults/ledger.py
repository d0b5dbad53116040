"""Counts what a campaign did, for the table in docs/engine-faults.md. One file a worker, added up in the end."""

import json
from collections import Counter
from pathlib import Path


class Ledger:
    """Faults by kind that were recovered from; kept in ``path`` at every moment, or nowhere."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._counts: Counter[str] = Counter()

    def recovered(self, kind: str, where: str = "", times: int = 1) -> None:
        """A fault of this kind, after which everything held."""
        self._counts[f"{kind}|{where}"] += times
        if self._path:
            self._path.write_text(json.dumps(self._counts))


def table(paths: list[Path]) -> str:
    """All ledgers together, as lines ``kind  where  number``."""
    total: Counter[str] = Counter()
    for path in paths:
        total.update(json.loads(path.read_text()))
    rows = [(*key.split("|"), str(count)) for key, count in sorted(total.items())]
    rows.append(("all", "", str(sum(total.values()))))
    return "\n".join(f"{kind:28}{where:28}{count:>6}" for kind, where, count in rows)
