"""The process that evaluates revisions leaves none behind, however it ends."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
HANGS = """
import os, time
pipe = open({pipe!r}, "w")
pipe.write(f"{{os.getpid()}}\\n")
pipe.flush()
time.sleep(3600)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system does not end a process with its parent")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_program_ends_with_the_review(how: signal.Signals, tmp_path: Path):
    """Killed or asked to end, the evaluation takes the program along: its end of the pipe is closed."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks/Pulumi.dev.yaml").write_text("config: {}\n")
    (tmp_path / "Pulumi.yaml").write_text("name: small\nruntime: python\nstackConfigDir: stacks\n")
    (tmp_path / "__main__.py").write_text(HANGS.format(pipe=str(pipe)))
    job = {"pairs": [{"stack": "dev", "base": None, "head": str(tmp_path)}], "parallel": 1, "seconds": 600}
    environment = {**os.environ, "SLIPWAY_HOME": str(tmp_path / "home")}
    command = [sys.executable, "-m", "slipway.review.evaluator"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, env=environment, cwd=ROOT) as process:
        assert process.stdin
        process.stdin.write(json.dumps(job).encode())
        process.stdin.close()
        with pipe.open() as held:
            assert int(held.readline()) != process.pid
            process.send_signal(how)
            assert held.read() == ""
