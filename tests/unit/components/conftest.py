"""What most components stand on: a project with every API, an artifact."""

from pathlib import Path

import pytest

from components.gcp.project import GcpProject, GcpProjectArgs
from slipway.bundle import Artifact
from stacks.tables import REQUIRED_APIS


@pytest.fixture
def project():
    """Makes a project inside a program: a new one, or with ``id=…`` an adopted one."""

    def make(**how):
        how = how or {"prefix": "demo", "billing_account": "012345-6789AB-CDEF01"}
        return GcpProject(
            "project",
            GcpProjectArgs(
                apis=sorted(
                    {
                        *REQUIRED_APIS,
                        "cloudscheduler.googleapis.com",
                        "compute.googleapis.com",
                        "sqladmin.googleapis.com",
                    }
                ),
                ephemeral=True,
                **how,
            ),
        )

    return make


@pytest.fixture
def artifact(tmp_path: Path):
    """Makes an artifact whose digest is one character, repeated."""

    def make(character: str = "a", *, direct_upload: bool = True) -> Artifact:
        path = tmp_path / f"{character * 64}.zip"
        path.write_bytes(b"zip of " + character.encode())
        return Artifact(
            path=path, digest=character * 64, manifest={"main.py": character * 64}, direct_upload=direct_upload
        )

    return make
