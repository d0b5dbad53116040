"""Distinct canaries, found nowhere but where a secret is asked for."""

import base64
import json
import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.faults import oracle
from tests.faults.bench import ROOT, Launcher, Running
from tests.faults.lab import Lab
from tests.faults.ledger import Ledger
from tests.faults.stack import PASSPHRASE, TOKEN, seal, settings

ENVIRONMENT = {
    "CANARY_ENVIRONMENT": "canary-environment-91d2",
    "CANARY_NESTED": 'canary-nested-3e77 "quoted" \\ \u2603\nline',
    "CANARY_URL": "canary-url-a0b4",
}
PIN = "canary-pin-77c0 with spaces"
MARKS = re.findall(r"canary-[a-z]+-[0-9a-f]{4}", " ".join([TOKEN, PIN, PASSPHRASE, *ENVIRONMENT.values()]))


def forms(mark: str) -> Iterator[tuple[str, bytes]]:
    """How a text may be hidden in another: clear, in hexadecimal, escaped, and in base64 at every offset."""
    raw = mark.encode()
    yield "clear", raw
    yield "hex", raw.hex().encode()
    yield "HEX", raw.hex().upper().encode()
    yield "escaped", "".join(f"\\u{byte:04x}" for byte in raw).encode()
    yield "escaped shortly", "".join(f"\\x{byte:02x}" for byte in raw).encode()
    yield "percent", "".join(f"%{byte:02X}" for byte in raw).encode()
    yield "reversed", raw[::-1]
    for offset in range(3):
        whole = base64.b64encode(b"\0" * offset + raw)
        middle = whole[4 if offset else 0 : -4]  # what does not depend on the neighbours
        yield f"base64 at {offset}", middle
        yield f"url-safe base64 at {offset}", middle.replace(b"+", b"-").replace(b"/", b"_")


def spilt(content: bytes, where: str) -> list[str]:
    return [f"{mark} {form} in {where}" for mark in MARKS for form, sought in forms(mark) if sought in content]


def spilt_in(lab: Lab) -> list[str]:
    """Every place in what the engine left and said where a canary can be read."""
    found: list[str] = []
    for path in lab.folder.rglob("*"):
        inside = path.relative_to(lab.folder)
        if path.is_file() and inside.parts[0] != "cloud":
            found += spilt(path.read_bytes(), str(inside)) + spilt(str(inside).encode(), "a file's name")
    return found


@pytest.fixture
def lab(launcher: Launcher, tmp_path: Path) -> Iterator[Lab]:
    """A stack with secrets of every kind."""
    made = Lab(launcher, tmp_path / "lab", adopts=True, program=ROOT / "tests/faults/canaries")
    step(made, "base")
    made.tell("stack", "init", "test")
    yield made
    made.close()


def step(lab: Lab, name: str) -> None:
    pin = f"  faults:pin:\n    secure: {seal(PIN)}\n"
    (lab.program / "Pulumi.test.yaml").write_text(settings(name) + pin)


def do(lab: Lab, command: str, *flags: str, status: int = 0, fault: str = "") -> Running:
    asked = () if command in ("preview", "stack", "config") else ("--yes", "--skip-preview")
    running = lab.start(command, *asked, *flags, env=ENVIRONMENT, fault=fault)
    assert running.wait() == status, running.said
    return running


def test_the_search_finds_what_is_there(lab: Lab):
    """Positive control: each form is found, and a person who asks for the secrets gets them."""
    for mark in MARKS:
        for form, sought in forms(mark):
            assert f"{mark} {form} in here" in spilt(b"before" + sought + b"after", "here")
            if form.startswith("base64"):
                assert spilt(base64.b64encode(b"x" * int(form[-1]) + mark.encode() + b"xyz"), "here")
    do(lab, "up")
    shown = do(lab, "stack", "output", "--show-secrets", "--json", "--stack", "test").said
    assert ENVIRONMENT["CANARY_URL"] in shown
    assert json.loads(shown)["mixed"]["nested"]["deep"][1]["er"] == ENVIRONMENT["CANARY_NESTED"]
    assert {found.split(" in ")[1].split(".")[-1] for found in spilt_in(lab)} == {"out"}


@pytest.mark.parametrize("spill", ["base", "print", "raise", "refuse"])
def test_nothing_is_spilt(spill: str, lab: Lab, ledger: Ledger):
    """Not by any command, in any file, whether the program prints, fails or is refused with a secret in the text."""
    step(lab, spill)
    failed = int(spill in ("raise", "refuse"))
    do(lab, "preview", status=int(spill == "raise"))
    do(lab, "preview", "--diff", status=int(spill == "raise"))
    do(lab, "preview", "--json", status=int(spill == "raise"))
    said = do(lab, "up", "--diff", status=failed).said
    assert (PIN.split()[0] not in said) and ("[secret]" in said)
    do(lab, "up", "--json", status=failed)
    do(lab, "refresh", "--diff")
    for words in (("stack",), ("stack", "output"), ("stack", "output", "--json"), ("stack", "export"), ("config",)):
        do(lab, words[0], *words[1:], *(() if words[0] == "config" else ("--stack", "test")))
    do(lab, "config", "--json")
    do(lab, "destroy", "--diff")
    assert spilt_in(lab) == []
    ledger.recovered("secrets searched for", spill, len(MARKS))


@pytest.mark.parametrize("fault", ["kill:answer-received:6", "kill:pending-written:2", "full:write:9+"])
def test_nothing_is_spilt_by_a_fault(fault: str, lab: Lab, ledger: Ledger):
    """Journal, lock, temporary files, pending operations and the emergency copy hold sealed texts only."""
    do(lab, "up", fault=fault, status=-signal.SIGKILL if fault.startswith("kill") else 1)
    assert spilt_in(lab) == []
    lab.tell("cancel", "--yes")
    assert spilt_in(lab) == []
    ledger.recovered("secrets searched for", fault.split(":")[0], len(MARKS))


def test_command_lines_hold_no_secret(lab: Lab, ledger: Ledger):
    """Nobody who lists processes reads one."""
    lab.conduct(delay=0.3)
    running = lab.start("up", "--yes", "--skip-preview", env=ENVIRONMENT)
    oracle.wait_for_change(lab)
    engine = psutil.Process(running.pid)
    processes = [engine, *engine.children(recursive=True)]
    lines = [" ".join(process.cmdline()).encode() for process in processes]
    assert running.wait() == 0, running.said
    assert [found for line in lines for found in spilt(line, "a command line")] == []
    ledger.recovered("secrets searched for", "command lines", len(MARKS))


@pytest.mark.parametrize("damage", [b'"resources":[', b'"provider":"urn'])
def test_refusals_hold_no_secret(damage: bytes, lab: Lab, lab_for: Callable[..., Lab]):
    """A message about a damaged state does not quote it."""
    do(lab, "up")
    content = lab.checkpoint.read_bytes()
    assert damage in content
    lab.checkpoint.write_bytes(content.replace(damage, damage[:-4], 1))
    do(lab, "up", status=1)
    assert spilt_in(lab) == []
