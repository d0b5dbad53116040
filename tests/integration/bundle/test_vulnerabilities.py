"""Known vulnerabilities, as each scanner tells them."""

import json
import os
from datetime import date
from pathlib import Path

import pytest

from slipway.bundle.bill import bill_of
from slipway.bundle.vulnerabilities import (
    SCANNERS,
    ScanError,
    Scanner,
    Vulnerability,
    bases_in,
    listed,
    scan_image,
    scan_packages,
    scanner_here,
)

BILL = bill_of({"Flask": "3.0.0"}, {"title": "shop", "version": "1"}, ["python:3.13-slim"])
KNOWN = Vulnerability(package="flask", version="3.0.0", id="CVE-2025-1", severity="high", mended="3.0.1")
ANSWERS = {
    "trivy": {
        "Metadata": {"ImageConfig": {"created": "2026-11-01T10:00:00Z"}},
        "Results": [
            {"Target": "Debian"},
            {
                "Vulnerabilities": [
                    {
                        "PkgName": "flask",
                        "InstalledVersion": "3.0.0",
                        "VulnerabilityID": "CVE-2025-1",
                        "Severity": "HIGH",
                        "FixedVersion": "3.0.1",
                    }
                ]
            },
        ],
    },
    "grype": {
        "matches": [
            {
                "vulnerability": {"id": "CVE-2025-1", "severity": "High", "fix": {"versions": ["3.0.1"]}},
                "artifact": {"name": "flask", "version": "3.0.0"},
            }
        ]
    },
    "pip-audit": {
        "dependencies": [
            {"name": "flask", "version": "3.0.0", "vulns": [{"id": "CVE-2025-1", "fix_versions": ["3.0.1"]}]},
            {"name": "own", "skip_reason": "Dependency not found on PyPI"},
        ],
        "fixes": [],
    },
}
"""What each program prints, cut to what is read of it; pip-audit tells no severity."""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Put a program on the PATH, alone with the shell, that notes its words and its file, and prints a text."""

    def put(program: str, prints: str, status: int = 0) -> Path:
        folder = tmp_path / "bin"
        folder.mkdir()
        (folder / "answer").write_text(prints)
        path = folder / program
        path.write_text(
            f'#!/bin/sh\nPATH=/usr/bin:/bin\necho "$@" > {folder}/words\ncat {folder}/answer\nexit {status}\n'
        )
        path.chmod(0o755)
        monkeypatch.setenv("PATH", str(folder))
        return folder / "words"

    return put


@pytest.mark.parametrize("program", ANSWERS)
def test_each_scanner_tells_the_same(install, program: str):
    """The first that is there is asked about a bill, in the form that it reads; a status that says "found" is none."""
    words = install(program, json.dumps(ANSWERS[program]), status=1)
    scanner = scanner_here()
    assert scanner is not None
    (known,) = scan_packages(scanner, BILL).vulnerabilities
    assert (known.package, known.version, known.id, known.mended) == ("flask", "3.0.0", "CVE-2025-1", "3.0.1")
    assert known.severity == ("" if program == "pip-audit" else "high")
    assert words.read_text().strip().endswith(scanner.reads)


def test_a_package_that_is_not_looked_up_is_told(install):
    """None known of it is not the same as none."""
    install("pip-audit", json.dumps(ANSWERS["pip-audit"]))
    assert scan_packages(SCANNERS[-1], BILL).unknown == ("own",)


def test_a_base_is_asked_about_by_its_name(install):
    """With its age, where the program tells when it was made."""
    words = install("trivy", json.dumps(ANSWERS["trivy"]))
    scan = scan_image(SCANNERS[0], bases_in(BILL)[0])
    assert scan is not None
    assert scan.made == date(2026, 11, 1)
    assert words.read_text() == "image --quiet --format json python:3.13-slim\n"


@pytest.mark.parametrize("scanner", SCANNERS, ids=lambda scanner: scanner.program)
def test_a_scanner_without_an_answer_is_no_clean_bill(install, scanner: Scanner):
    """Its last line is the reason."""
    install(scanner.program, "FATAL: the list could not be fetched", status=1)
    with pytest.raises(ScanError, match=f"{scanner.program}: FATAL: the list could not be fetched"):
        scan_packages(scanner, BILL)


def test_a_machine_without_a_scanner_has_none(monkeypatch: pytest.MonkeyPatch):
    """Nothing is asked then."""
    monkeypatch.setenv("PATH", os.devnull)
    assert scanner_here() is None


def test_a_list_is_cut():
    """Three in words, and how many more."""
    many = [Vulnerability(package="flask", version="3", id=f"CVE-{number}") for number in range(5)]
    assert listed([KNOWN]) == "flask 3.0.0: CVE-2025-1 (high), mended in 3.0.1"
    assert listed(many).endswith("flask 3: CVE-2, not mended yet; 2 more")
