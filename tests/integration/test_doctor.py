"""`slipway doctor`: what is there, what lacks, and whether that is a reason to stop."""

import json
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from slipway.bundle.bill import bill_of, write_bill
from slipway.stack.project import Project
from slipway.verbs import doctor
from slipway.verbs.new_project import pin


@pytest.fixture
def no_daemon(monkeypatch: pytest.MonkeyPatch) -> None:
    """No Docker daemon answers."""
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")


def test_an_old_python_is_a_reason_to_stop():
    """It is required: the rest of the table is of no use without."""
    old = doctor.python((3, 10, 4))
    assert (old.version, old.well) == ("3.10.4", False)
    assert "3.11 or later" in old.remedy
    assert doctor.python((3, 12, 0)).well


def test_no_docker_is_no_reason_to_stop(no_daemon: None):
    """Everything but the containers works; the row says what to do for them."""
    found = doctor.docker()
    assert found.well is None
    assert found.version == "none at unix:///nowhere/docker.sock"
    assert "make docker" in found.remedy


def test_without_a_docker_command_builds_use_the_old_builder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """And one that is too new to have BuildKit inside, and lacks the plugin, counts as none."""
    from slipway.sandbox.docker import builds

    command = tmp_path / "docker"
    command.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Docker version 28.2.2, build x" || exit 1\n')
    command.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    builds.capable.cache_clear()
    try:
        assert doctor.buildkit().well is None
        command.write_text("#!/bin/sh\necho Docker version 20.10.24+dfsg1, build x\n")
        builds.capable.cache_clear()
        assert doctor.buildkit().version == str(command)
    finally:
        builds.capable.cache_clear()


def test_what_is_missing_is_found_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A machine with nothing on its PATH, which is no Debian either."""
    monkeypatch.setenv("PATH", str(tmp_path))
    for look in (doctor.pulumi, doctor.registry, doctor.bases, doctor.prometheus):
        finding = look()
        assert finding.well is None, finding
        assert finding.remedy


def test_little_room_is_told(tmp_path: Path):
    """The disk that runs write to, also before its folder is there."""
    finding = doctor.disk(tmp_path / "not/yet", least=1 << 30)
    assert finding.well is None
    assert f"free some of {tmp_path}" in finding.remedy


def test_an_address_with_a_password_is_not_shown(monkeypatch: pytest.MonkeyPatch):
    """The index's host alone; nobody needs the rest in a table that is pasted into an issue."""
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://somebody:secret@127.0.0.1:1/simple/")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    finding = doctor.index()
    assert finding.version == "127.0.0.1 unreachable"
    assert finding.well is None
    assert "secret" not in str(finding)


def test_the_table_ends_with_what_is_required(no_daemon: None, capsys: pytest.CaptureFixture[str]):
    """Exit status 0 here: this very test runs on a machine that has all of it."""
    assert doctor.doctor() == 0
    said = capsys.readouterr().out
    assert "everything that is required is there" in said
    assert all(word in said for word in ("Python", "uv", "Docker daemon", "BuildKit", "image registry"))


def test_packages_older_than_the_list_are_told(tmp_path: Path):
    """After a pull that changed what is pinned."""
    (tmp_path / "requirements.txt").write_text("a\n")
    assert doctor.packages(Project(tmp_path, tmp_path), tmp_path / ".venv").well is None
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv/.runtime").touch()
    assert doctor.packages(Project(tmp_path, tmp_path), tmp_path / ".venv").well


def test_a_project_around_an_installed_slipway_is_told_of_its_pin(tmp_path: Path):
    """It has no Makefile: its list pins the Slipway that runs, or another one, which one command installs."""
    (tmp_path / "requirements.txt").write_text(f"{pin()}\n")
    assert doctor.packages(Project(tmp_path, tmp_path)).well
    (tmp_path / "requirements.txt").write_text("slipway==99.0\n")
    other = doctor.packages(Project(tmp_path, tmp_path))
    assert other.well is None
    assert "slipway==99.0" in other.version
    assert other.remedy == "`pip install -r requirements.txt`"


@pytest.mark.skipif(not shutil.which("dpkg-deb"), reason="base images are made of Debian's packages")
@pytest.mark.parametrize(("days", "well"), [(5, True), (31, None)])
def test_old_lists_of_packages_are_told(tmp_path: Path, days: int, well: bool | None):
    """What is mended meanwhile is not in a base that is made of them: by their own date, whatever was fetched when."""
    (tmp_path / "a_InRelease").write_text("Origin: Debian\nDate: Sat, 05 Sep 2026 10:00:00 UTC\n")
    (tmp_path / "b_InRelease").write_text("Date: Fri, 04 Sep 2026 10:00:00 UTC\n")
    finding = doctor.bases(datetime(2026, 9, 5, 12, tzinfo=UTC) + timedelta(days=days), tmp_path)
    assert finding.well is well
    assert finding.version.endswith(f"of 2026-09-05, {days} days old")


def test_a_scanner_is_asked_about_every_image_and_base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The newest bill of each app, each base once with its age, and what mends what is known."""
    answer = {
        "Metadata": {"ImageConfig": {"created": "2026-10-01T00:00:00Z"}},
        "Results": [
            {
                "Vulnerabilities": [
                    {
                        "PkgName": "flask",
                        "InstalledVersion": "3.0.0",
                        "VulnerabilityID": "CVE-1",
                        "FixedVersion": "3.1.0",
                    }
                ]
            }
        ],
    }
    program = tmp_path / "bin/trivy"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\necho '{json.dumps(answer)}'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    bill = bill_of({"flask": "3.0.0"}, {"title": "shop", "version": "1"}, ["python:3.13-slim"])
    for stack in ("dev", "prod"):
        write_bill(tmp_path / "sbom" / stack / "shop" / "1.0.0-a.cdx.json", bill)
    findings = doctor.images(Project(tmp_path, tmp_path), today=date(2026, 11, 27))
    assert [(one.what, one.version) for one in findings] == [
        ("shop (dev)", "57 days old, 1 known"),
        ("shop (prod)", "57 days old, 1 known"),
        ("python:3.13-slim", "57 days old, 1 known"),
    ]
    assert findings[0].remedy == "flask 3.0.0: CVE-1, mended in 3.1.0"


def test_without_a_scanner_no_image_has_a_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The row of the scanner says what lacks."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert doctor.images(Project(tmp_path, tmp_path)) == []
    assert "trivy" in doctor.scanner().remedy
