"""What streams runs on Prism, built by Go for the version of Beam that is locked."""

import json
import subprocess
from pathlib import Path

import pytest

from slipway.errors import UserError
from slipway.sandbox.dataflow import go_programs, prism
from tests.prism import ROOT, beam_python, by_itself, location

PROGRAMS = Path(__file__).parent / "prism"
STREAMED, WINDOWED = PROGRAMS / "streamed.py", PROGRAMS / "windowed.py"
EXPECTED = {
    "group 0 a [1, 2] ON_TIME",
    "group 0 a [3] LATE",
    "group 10 a [13] ON_TIME",
    "group 10 b [14] ON_TIME",
    "timer 0 a 2",
    "timer 10 a 1",
    "timer 10 b 1",
}


@pytest.mark.slow
def test_windows_late_elements_and_timers_run_on_prism(tmp_path: Path):
    """The clock is the stream's own: each group and timer comes when its window ends, and what is late comes later."""
    output = tmp_path / "lines"
    words = ["--runner=PrismRunner", f"--prism_location={location()}"]
    done = subprocess.run(
        by_itself(beam_python(), STREAMED, output, *words), capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    lines = output.read_text().splitlines()
    assert set(lines) >= EXPECTED, lines
    assert (
        lines.index("group 0 a [1, 2] ON_TIME")
        < lines.index("group 10 a [13] ON_TIME")
        < lines.index("group 0 a [3] LATE")
    )


@pytest.mark.slow
def test_beams_windowed_wordcount_counts_by_the_window_on_prism(tmp_path: Path):
    """Its steps as they are, between messages of a TestStream and a file: a word counts in its two minutes alone."""
    table = tmp_path / "rows"
    options = ["--input_topic=projects/p/topics/t", f"--output_table={table}", "--streaming"]
    words = [*options, "--runner=PrismRunner", f"--prism_location={location()}"]
    done = subprocess.run(
        by_itself(beam_python(), WINDOWED, *words), capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    rows = [json.loads(line) for line in table.read_text().splitlines()]
    counted = sorted((row["window_start"][11:16], row["word"], row["count"]) for row in rows)
    assert counted == [
        *(("00:00", word, number) for word, number in (("be", 2), ("not", 1), ("or", 1), ("to", 2))),
        *(("00:02", word, number) for word, number in (("see", 1), ("to", 1))),
    ]


def only_program(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> Path:
    """A program that is called prism, on the path of a machine without Go and with an empty cache."""
    program = folder / "bin/prism"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/bin")
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
    monkeypatch.setattr(go_programs, "USUAL", folder / "no-go")
    return program


def test_where_there_is_no_go_and_no_prism_the_message_names_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A program of another maker that is called prism is not taken for Beam's."""
    only_program(tmp_path, monkeypatch, "echo 'usage: prism mock|proxy'")
    with pytest.raises(UserError, match=r"there is no Go to build go/cmd/prism of Beam 2\.\d+\.\d+ with"):
        prism.make(ROOT)


def test_beams_own_prism_of_the_path_is_taken_where_there_is_no_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """It is known by an option that only Beam's has."""
    own = only_program(tmp_path, monkeypatch, "echo '  -idle_shutdown_timeout duration' >&2")
    assert prism.make(ROOT) == own
