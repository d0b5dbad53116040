"""Google's own Python clients do their work on the sandbox over REST: a script a case below ``python``.

They are made of the APIs' protocol buffers, and in an environment of their own, which `make clients` sets up.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from slipway.sandbox.google.enums import FIELDS
from tests.contract.google_cloud import documents
from tests.google_service import Served

FOLDER = Path(__file__).parent / "python"
SCRIPTS = sorted(path for path in FOLDER.glob("*.py") if path.stem != "common")
PYTHON = Path(sys.prefix) / "clients" / "bin" / "python"


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_script(script: Path, google: Served) -> None:
    """It ends with status 0: each step was answered as the script says, and nothing is missing in the sandbox."""
    if not PYTHON.exists():
        pytest.skip("there is no environment with Google's clients: `make clients` makes it")
    words = [str(PYTHON), str(script), google.address, json.dumps(FIELDS)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert google.unserved == []
    assert documents.not_listed("Python clients", google.calls) == []
