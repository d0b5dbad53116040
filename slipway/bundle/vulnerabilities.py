"""Known vulnerabilities of an app's packages and of its base image, asked of a scanner that this machine has.

a bill of materials, or the name of a base -> trivy, grype or pip-audit -> vulnerabilities, and how old the base is
"""

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from slipway.bundle.bill import SUFFIX

PATIENCE = 120.0
"""Seconds that a scanner may take, which may have to fetch its list first."""
REQUIREMENTS = "requirements.txt"


class ScanError(Exception):
    """A scanner gave no answer; the message has its last line."""


@dataclass(frozen=True, kw_only=True, order=True)
class Vulnerability:
    """One that is known of a version of a package."""

    package: str
    version: str
    id: str
    severity: str = ""
    """As the scanner calls it, in small letters; "" where it does not tell."""
    mended: str = ""
    """The version, or versions, without it; "" where there is none."""

    def __str__(self) -> str:
        """Such as ``flask 3.0.0: CVE-2025-1 (high), mended in 3.0.1``."""
        severity = f" ({self.severity})" if self.severity else ""
        mended = f", mended in {self.mended}" if self.mended else ", not mended yet"
        return f"{self.package} {self.version}: {self.id}{severity}{mended}"


@dataclass(frozen=True, kw_only=True)
class Scan:
    """What a scanner knows of a thing."""

    vulnerabilities: tuple[Vulnerability, ...]
    unknown: tuple[str, ...] = ()
    """Packages that the scanner could not look up."""
    made: date | None = None
    """When an image was made, where the scanner tells; None for a bill."""


@dataclass(frozen=True, kw_only=True)
class Scanner:
    """A program that knows vulnerabilities, and how it is asked."""

    program: str
    bill: tuple[str, ...]
    """The words that ask about a file; its path comes behind the last one."""
    image: tuple[str, ...] = ()
    """The words that ask about an image; none where it knows packages of Python alone."""
    reads: str = SUFFIX
    """The form of the file: a bill's, or a list of requirements."""
    found: Callable[[Mapping[str, Any]], Iterator[Vulnerability]]


def _of_trivy(document: Mapping[str, Any]) -> Iterator[Vulnerability]:
    """https://trivy.dev/latest/docs/configuration/reporting/#json."""
    for result in document.get("Results") or ():
        for one in result.get("Vulnerabilities") or ():
            yield Vulnerability(
                package=one["PkgName"],
                version=one["InstalledVersion"],
                id=one["VulnerabilityID"],
                severity=one.get("Severity", "").lower(),
                mended=one.get("FixedVersion", ""),
            )


def _of_grype(document: Mapping[str, Any]) -> Iterator[Vulnerability]:
    """https://github.com/anchore/grype#output-formats."""
    for match in document.get("matches") or ():
        entry, artifact = match["vulnerability"], match["artifact"]
        yield Vulnerability(
            package=artifact["name"],
            version=artifact["version"],
            id=entry["id"],
            severity=entry.get("severity", "").lower(),
            mended=", ".join((entry.get("fix") or {}).get("versions") or ()),
        )


def _of_pip_audit(document: Mapping[str, Any]) -> Iterator[Vulnerability]:
    """https://github.com/pypa/pip-audit#usage."""
    for package in document.get("dependencies") or ():
        for one in package.get("vulns") or ():
            yield Vulnerability(
                package=package["name"],
                version=package["version"],
                id=one["id"],
                mended=", ".join(one.get("fix_versions") or ()),
            )


_FIXED = ("--progress-spinner", "off", "--no-deps", "--disable-pip", "--format", "json", "--requirement", "")
SCANNERS = (
    Scanner(
        program="trivy",
        bill=("sbom", "--quiet", "--format", "json", ""),
        image=("image", "--quiet", "--format", "json", ""),
        found=_of_trivy,
    ),
    Scanner(
        program="grype",
        bill=("--quiet", "--output", "json", "sbom:"),
        image=("--quiet", "--output", "json", ""),
        found=_of_grype,
    ),
    Scanner(program="pip-audit", bill=_FIXED, reads=REQUIREMENTS, found=_of_pip_audit),
)
"""The first that is on the PATH is asked."""


def scanner_here() -> Scanner | None:
    """The scanner of this machine; None where it has none."""
    return next((one for one in SCANNERS if shutil.which(one.program)), None)


def scan_packages(scanner: Scanner, bill: str) -> Scan:
    """What is known of the packages in a bill of materials, which is given as its text. Raises :class:`ScanError`."""
    with tempfile.TemporaryDirectory(prefix="slipway-") as folder:
        path = Path(folder) / f"app{scanner.reads}"
        path.write_text(bill if scanner.reads == SUFFIX else requirements_in(bill), encoding="utf-8")
        return _asked(scanner, scanner.bill, str(path))


def scan_image(scanner: Scanner, image: str) -> Scan | None:
    """What is known of an image; None where the scanner knows none. Raises :class:`ScanError`."""
    return _asked(scanner, scanner.image, image) if scanner.image else None


def requirements_in(bill: str) -> str:
    """The packages of Python in a bill, a requirement a line."""
    components = json.loads(bill)["components"]
    return "".join(f"{one['name']}=={one['version']}\n" for one in components if one["type"] == "library")


def bases_in(bill: str) -> list[str]:
    """The base images that a bill names."""
    components = json.loads(bill)["components"]
    return [one["bom-ref"].removeprefix("base:") for one in components if one["bom-ref"].startswith("base:")]


def newest_bills(folder: Path) -> dict[tuple[str, str], Path]:
    """``(stack, app)`` -> its newest bill, below the folder that has them."""
    bills: dict[tuple[str, str], Path] = {}
    for path in sorted(folder.glob(f"*/*/*{SUFFIX}"), key=lambda path: path.stat().st_mtime):
        bills[path.parent.parent.name, path.parent.name] = path
    return dict(sorted(bills.items()))


def listed(vulnerabilities: Iterable[Vulnerability], most: int = 3) -> str:
    """The first of them in words, and how many more there are."""
    every = [str(one) for one in vulnerabilities]
    more = f"; {len(every) - most} more" if len(every) > most else ""
    return "; ".join(every[:most]) + more


def _asked(scanner: Scanner, words: tuple[str, ...], thing: str) -> Scan:
    command = [scanner.program, *words[:-1], words[-1] + thing]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        raise ScanError(f"{scanner.program} gave no answer within {PATIENCE:.0f} s") from None
    try:
        # Some leave with a status of their own where they find something: the answer counts.
        document = json.loads(done.stdout)
        vulnerabilities = tuple(sorted(set(scanner.found(document))))
    except (ValueError, KeyError, TypeError, AttributeError):
        last = (done.stderr.strip() or done.stdout.strip() or f"exit status {done.returncode}").splitlines()[-1]
        raise ScanError(f"{scanner.program}: {last[:200]}") from None
    unknown = [one["name"] for one in document.get("dependencies") or () if "skip_reason" in one]  # pip-audit's
    return Scan(vulnerabilities=vulnerabilities, unknown=tuple(unknown), made=_made(document))


def _made(document: Mapping[str, Any]) -> date | None:
    """When an image was made, as trivy tells; one whose times are fixed at 1970 does not tell its age."""
    text = ((document.get("Metadata") or {}).get("ImageConfig") or {}).get("created", "")
    day = re.match(r"\d{4}-\d{2}-\d{2}", text)
    created = date.fromisoformat(day[0]) if day else None
    return created if created and created.year > 1980 else None
