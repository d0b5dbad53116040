"""Known vulnerabilities of what a revision deploys: of each app's packages and bases, by this machine's scanner."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from slipway.bundle.bill import bill_of
from slipway.bundle.cache import Cache
from slipway.bundle.changes import described
from slipway.bundle.dockerfiles import bases_of
from slipway.bundle.errors import BundleError
from slipway.bundle.vulnerabilities import Scan, ScanError, Scanner, scan_image, scan_packages
from slipway.review.model import Scanned

IMAGE = "docker:index/image:Image"
LABELS = {"title": "app", "version": "0"}
"""What a bill has to say of its image; a scanner asks about the packages alone."""


class Scans:
    """The answers of a scanner, each asked for once in a review."""

    def __init__(self, scanner: Scanner, cache: Cache, root: Path, today: date) -> None:
        self._scanner, self._cache, self._root, self._today = scanner, cache, root, today
        self._results: dict[str, Scan | str] = {}

    def of(self, head: Mapping[str, Any], base: Mapping[str, Any] | None) -> tuple[Scanned, ...]:
        """What is known of the apps and bases of a stack; ``new`` is what the base revision does not have."""
        earlier = {(row.subject, row.text) for row in self._rows(base)} if base else set()
        return tuple(
            Scanned(subject=row.subject, text=row.text, new=base is not None and (row.subject, row.text) not in earlier)
            for row in self._rows(head)
        )

    def _rows(self, outcome: Mapping[str, Any]) -> list[Scanned]:
        result = [row for name, packages in self._packages(outcome) for row in self._of_packages(name, packages)]
        return result + [row for base in sorted(_bases(outcome, self._root)) for row in self._of_base(base)]

    def _packages(self, outcome: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, str]]]:
        """Each app's name, and its packages by version, as far as the store of artifacts has them."""
        apps = outcome.get("outputs", {}).get("apps")
        for name, app in sorted(apps.items()) if isinstance(apps, dict) else ():
            digest = app.get("digest") if isinstance(app, dict) else None
            try:
                record = described(digest, self._cache) if isinstance(digest, str) else None
            except BundleError:
                record = None
            if record and record.get("packages"):
                yield name, record["packages"]

    def _of_packages(self, name: str, packages: Mapping[str, str]) -> Iterator[Scanned]:
        bill = bill_of(packages, LABELS, [])
        result = self._once(bill, lambda: scan_packages(self._scanner, bill))
        if isinstance(result, str):
            yield Scanned(subject=name, text=result)
            return
        yield from (Scanned(subject=name, text=str(one)) for one in result.vulnerabilities)
        if result.unknown:
            text = f"{self._scanner.program} does not know {', '.join(result.unknown)}"
            yield Scanned(subject=name, text=text)

    def _of_base(self, image: str) -> Iterator[Scanned]:
        result = self._once(image, lambda: scan_image(self._scanner, image) or Scan(vulnerabilities=()))
        if isinstance(result, str):
            yield Scanned(subject=image, text=result)
            return
        if result.made:
            yield Scanned(subject=image, text=f"made {(self._today - result.made).days} days ago")
        yield from (Scanned(subject=image, text=str(one)) for one in result.vulnerabilities)

    def _once(self, key: str, ask: Callable[[], Scan]) -> Scan | str:
        """The answer, or why there is none."""
        if key not in self._results:
            try:
                self._results[key] = ask()
            except ScanError as failed:
                self._results[key] = str(failed)
        return self._results[key]


def _bases(outcome: Mapping[str, Any], root: Path) -> set[str]:
    """The bases of the images that a plan builds; its Dockerfiles lie below the project's folder."""
    builds = [
        step["new"]["inputs"].get("build") or {}
        for step in outcome.get("steps") or ()
        if step["new"] and step["new"]["type"] == IMAGE
    ]
    return {
        base.image
        for build in builds
        for base in bases_of(_text(root, build.get("dockerfile")), build.get("args") or {})
        if "$" not in base.image
    }


def _text(root: Path, dockerfile: Any) -> str:  # noqa: ANN401 - a program may say anything
    try:
        return (root / dockerfile).read_text(encoding="utf-8", errors="replace")
    except (OSError, TypeError, ValueError):
        return ""
