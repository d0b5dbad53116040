"""What a person at a terminal sees: the engine's command on a pseudo-terminal, its output read as a terminal does."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.conformance.stage import Stage
from tests.faults.bench import Launcher

ENGINE = [sys.executable, "-m", "slipway", "engine"]
EXTRA = Path(__file__).parent / "extra/provider.py"
PROGRAM = (
    'long = "x" * 300\n'
    'a = Thing("a", value=f"v{STEP}")\n'
    'b = Thing("a-name-that-is-longer-than-the-terminal-is-wide-" + "n" * 60, value=long, slow=0.8)\n'
    'c = Thing("c", options(depends_on=[a]), value="z", **({"failUpdate": True} if STEP == 3 else {}))\n'
    'pulumi.export("serial", a.serial)'
)
CONTROL = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])")


@pytest.fixture
def stage(launcher: Launcher, tmp_path: Path) -> Iterator[Stage]:
    """A project whose provider can be slow."""
    made = Stage(launcher, tmp_path, EXTRA)
    yield made
    made.close()


def on_terminal(stage, *words: str, columns: int = 60, **env: str) -> tuple[int, str]:
    """Exit status of the engine's command on a terminal of ``columns`` by 24, and what it wrote there."""
    return command_on_terminal([*ENGINE, *words], stage.folder, stage.env, columns, **env)


def command_on_terminal(
    command: list[str], folder: Path, surroundings: Mapping[str, str], columns: int, **env: str
) -> tuple[int, str]:
    """Exit status of a command on a terminal of ``columns`` by 24, and what it wrote there."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    mine = {key: value for key, value in surroundings.items() if key not in ("NO_COLOR", "COLUMNS", "LINES")}
    mine |= {"TERM": "xterm-256color", **env}
    process = subprocess.Popen(command, cwd=folder, env=mine, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    heard = b""
    try:
        while chunk := os.read(ours, 65536):
            heard += chunk
    except OSError:  # the other side was closed
        pass
    finally:
        os.close(ours)
    return process.wait(60), heard.decode()


def screen(heard: str, columns: int) -> list[str]:
    """The lines that such a terminal shows in the end, with everything that scrolled away."""
    lines, row, column = [""], 0, 0
    place = 0
    while place < len(heard):
        if control := CONTROL.match(heard, place):
            number, letter = control.groups()
            if letter == "A":
                row = max(0, row - int(number or 1))
            elif letter == "K":
                lines[row] = "" if number == "2" else lines[row][:column]
            elif letter not in "mhl":
                raise AssertionError(f"a control sequence that nothing here understands: {control.group()!r}")
            place = control.end()
            continue
        letter = heard[place]
        place += 1
        if letter == "\r":
            column = 0
            continue
        if letter == "\n" or column == columns:
            row, column = row + 1, 0
            lines += [""] * (row + 1 - len(lines))
        if letter != "\n":
            lines[row] = lines[row][:column].ljust(column) + letter + lines[row][column + 1 :]
            column += 1
    return [line.rstrip() for line in lines]


def colours(heard: str) -> set[str]:
    return {number for number, letter in CONTROL.findall(heard) if letter == "m" and number not in ("", "0")}


@pytest.mark.parametrize("columns", [60, 200])
def test_an_up_on_a_terminal(stage, columns):
    """In the end a line for each resource with its state, the outputs and a summary; nothing of what moved is left."""
    stage.program(PROGRAM)
    status, heard = on_terminal(stage, "up", "--yes", "--skip-preview", columns=columns)
    assert status == 0, heard
    frames = [
        line
        for line in re.split(r"[\r\n]+|\x1b\[\d*[A-Za-z]", heard)
        if line.startswith(" +  conf:index:Thing  a-name")
    ]
    assert frames, "while it is made, it is shown"
    assert all(len(line) <= columns for line in frames), "what moves is cut to the terminal, so that it can be erased"
    assert {"32"} <= colours(heard), "what is created is green"
    shown = screen(heard, columns)
    text = "\n".join(shown)
    for name in ("a", "c"):
        assert len(re.findall(rf"^ \+  conf:index:Thing  {name}  created \(\d\.\ds\)$", text, re.M)) == 1, text
    assert "creating" not in text
    assert "…" not in text
    whole = text.replace("\n", "")
    assert whole.count("n" * 60 + "  created (") == 1
    assert "Outputs:" in shown
    assert shown[-3].startswith("Resources: + 4 created")
    assert shown[-2].startswith("Duration: ")
    assert shown[-1] == ""
    assert heard.count("\x1b[?25l") == heard.count("\x1b[?25h"), "the cursor comes back"


def test_a_failure_on_a_terminal(stage):
    """It is red, stands last, names the line of the program, and leaves the terminal as it was."""
    stage.program(PROGRAM)
    stage.up()
    stage.step(3)
    status, heard = on_terminal(stage, "up", "--yes", "--skip-preview", columns=100)
    assert status == 1
    assert "31" in colours(heard)
    shown = screen(heard, 100)
    at = shown.index("Diagnostics:")
    assert shown[at + 1] == "  conf:index:Thing (c), declared in __main__.py:6:"
    assert shown[at + 2] == "    error: update refused"
    assert any(line.endswith("c  failed") for line in shown[:at])
    assert "\x1b[?25h" in heard


@pytest.mark.parametrize(
    ("flags", "env"),
    [((), {"NO_COLOR": "1"}), (("--color", "never"), {}), (("--suppress-progress",), {"NO_COLOR": "1"})],
    ids=["NO_COLOR", "--color", "plain"],
)
def test_without_colour(stage, flags, env):
    """Nothing is coloured where that is not wanted, and everything else stays."""
    stage.program(PROGRAM)
    status, heard = on_terminal(stage, "preview", *flags, **env)
    assert status == 0
    assert colours(heard) == set()
    shown = screen(heard, 60)
    assert " +  conf:index:Thing  a  create" in shown
    assert "Resources: + 4 to create" in shown
    if "--suppress-progress" in flags:
        assert "\x1b" not in heard


def test_a_question_is_asked_and_taken(stage):
    """Without ``--yes`` a preview comes first, and only "yes" goes on; here nobody answers yes."""
    stage.program(PROGRAM)
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*ENGINE, "up"], cwd=stage.folder, env=stage.env | {"TERM": "xterm"}, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    heard = b""
    try:
        while chunk := os.read(ours, 65536):
            heard += chunk
            if b"Please answer yes or no:" in chunk:
                os.write(ours, b"no\n")
    except OSError:  # the other side was closed
        pass
    os.close(ours)
    assert process.wait(60) == 8
    assert b"confirmation declined" in heard
    assert stage.world == {}
