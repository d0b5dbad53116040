"""uv without a network: what it has in its cache is enough."""

import sys
from pathlib import Path

import pytest
import uv

from slipway.bundle.uv import UvError, run_uv

UV = """#!{python} -IS
import sys
from pathlib import Path
calls = Path({calls!r})
calls.open("a").write(" ".join(sys.argv[1:]) + "\\n")
if "--offline" in sys.argv and {cached}:
    print("from the cache")
else:
    sys.exit("error: Failed to fetch: `https://index.example/simple/flask/`: error sending request")
"""


@pytest.mark.parametrize("cached", [True, False])
def test_what_is_in_the_cache_is_taken_where_no_index_can_be_reached(
    cached: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    """However old it is, and that is told; without it the refusal is of the index that cannot be reached."""
    program, calls = tmp_path / "uv", tmp_path / "calls"
    program.write_text(UV.format(python=sys.executable, calls=str(calls), cached=cached))
    program.chmod(0o755)
    monkeypatch.setattr(uv, "find_uv_bin", lambda: str(program))
    if cached:
        assert run_uv(["pip", "compile"], folder=tmp_path, doing="it does not lock") == "from the cache\n"
        assert "no index of packages can be reached" in caplog.text
    else:
        with pytest.raises(UvError, match=r"it does not lock: .*get online"):
            run_uv(["pip", "compile"], folder=tmp_path, doing="it does not lock")
    first, second = calls.read_text().splitlines()
    assert second == f"{first} --offline"
