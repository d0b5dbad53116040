"""The stage on which the engine's own scenarios are played."""

import importlib.util
import sys
from pathlib import Path

import pytest

_spec = importlib.util.spec_from_file_location("conformance_stage", Path(__file__).parent / "stage.py")
_module = importlib.util.module_from_spec(_spec)
sys.modules["conformance_stage"] = _module
_spec.loader.exec_module(_module)


@pytest.fixture
def stage(tmp_path):
    """A fresh project with its provider."""
    made = _module.Stage(tmp_path)
    yield made
    made.close()
