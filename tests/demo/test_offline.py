"""A machine that has lost its network: what an earlier `up` has fetched is enough."""

import os
import shlex
import shutil
import sys
from pathlib import Path

import pytest

from tests.demo.clones import Clone

pytestmark = [pytest.mark.slow, pytest.mark.services]
ABLE = os.geteuid() == 0 and shutil.which("unshare") and shutil.which("ip")


@pytest.mark.skipif(not ABLE, reason="only root can take a command's network away, with unshare and ip")
def test_an_up_without_a_network_takes_what_is_there(tmp_path: Path):
    """In a network namespace with nothing but loopback: an edit is packed, deployed and answers."""
    clone = Clone(tmp_path / "clone", "embedded")
    clone.keep_only("hello-flask")
    clone.verb("up")
    assert "nothing is left" in clone.verb("destroy")
    clone.edit("app_src/hello_flask/flask_app.py", "from Flask!", "from nowhere!")
    slipway = f"{shlex.quote(sys.executable)} -m slipway"
    steps = f"ip link set lo up && {slipway} up --engine embedded; {slipway} destroy --engine embedded"
    output = clone.execute(["unshare", "--net", "sh", "-c", steps])
    assert "200  Hello from nowhere!" in output
    assert "nothing is left" in output
