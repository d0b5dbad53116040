"""A state that was damaged is refused, with what to do about it, and not touched."""

import copy
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from slipway.engine.checkpoint.backend import Backend
from slipway.engine.errors import EngineError, StateError
from tests.faults.lab import Lab
from tests.faults.ledger import Ledger
from tests.faults.stack import secrets

Document = dict[str, Any]
Labs = Callable[..., Lab]
COMMANDS = ("preview", "up", "refresh", "destroy")
FLIPS = 400
"""Bits flipped, one at a time; ten times as many in the full campaign."""


def entry(document: Document, name: str) -> Document:
    return next(item for item in document["checkpoint"]["latest"]["resources"] if item["urn"].endswith(f"::{name}"))


def resources(document: Document) -> list[Document]:
    return document["checkpoint"]["latest"]["resources"]


def swap(document: Document) -> None:
    listed = resources(document)
    one, other = listed.index(entry(document, "root")), listed.index(entry(document, "leaf"))
    listed[one], listed[other] = listed[other], listed[one]


def provider_last(document: Document) -> None:
    listed = resources(document)
    listed.append(listed.pop(listed.index(entry(document, "default"))))


DAMAGES: dict[str, Callable[[Document], Any]] = {
    "version 2": lambda document: document.update(version=2),
    "version 9": lambda document: document.update(version=9),
    "version of text": lambda document: document.update(version="3"),
    "no version": lambda document: document.pop("version"),
    "unknown feature": lambda document: document.update(features=["teleport"]),
    "no checkpoint": lambda document: document.pop("checkpoint"),
    "checkpoint under another name": lambda document: document.update(chackpoint=document.pop("checkpoint")),
    "resources under another name": lambda document: document["checkpoint"]["latest"].update(
        resourcer=document["checkpoint"]["latest"].pop("resources")
    ),
    "resources not a list": lambda document: document["checkpoint"]["latest"].update(resources={"a": 1}),
    "a resource not an object": lambda document: document["checkpoint"]["latest"]["resources"].append("root"),
    "bad magic": lambda document: document["checkpoint"]["latest"]["manifest"].update(magic="00" * 32),
    "no magic": lambda document: document["checkpoint"]["latest"]["manifest"].pop("magic"),
    "order swapped": swap,
    "provider after its users": provider_last,
    "duplicate URN": lambda document: resources(document).append(copy.deepcopy(entry(document, "root"))),
    "missing parent": lambda document: resources(document).remove(entry(document, "inner")),
    "missing dependency": lambda document: resources(document).remove(entry(document, "root")),
    "no URN": lambda document: entry(document, "root").pop("urn"),
    "no type": lambda document: entry(document, "root").update(type=""),
    "component with an id": lambda document: entry(document, "group").update(id="x"),
    "provider without an id": lambda document: entry(document, "default").pop("id"),
    "dependencies not a list": lambda document: entry(document, "leaf").update(dependencies=5),
    "inputs not an object": lambda document: entry(document, "leaf").update(inputs="none"),
    "shared alias": lambda document: [entry(document, name).update(aliases=["urn:x"]) for name in ("root", "twig")],
    "pending operation without resource": lambda document: document["checkpoint"]["latest"].update(
        pending_operations=[{"type": "creating"}]
    ),
    "pending operation without type": lambda document: document["checkpoint"]["latest"].update(
        pending_operations=[{"resource": entry(document, "root")}]
    ),
    "broken seal": lambda document: entry(document, "first")["inputs"]["secretValue"].update(ciphertext="v1:AA==:AA=="),
}
"""What is done to a sound checkpoint."""


@pytest.fixture
def damaged(lab_for: Labs) -> Callable[[bytes], Lab]:
    """A lab whose checkpoint has the given content, with a sound ``.bak`` beside it."""
    lab = lab_for("update")

    def make(content: bytes) -> Lab:
        lab.checkpoint.write_bytes(content)
        return lab

    return make


def sound(lab: Lab) -> bytes:
    return lab.checkpoint.read_bytes()


def load(lab: Lab) -> None:
    Backend(lab.backend, "faults").load("test", secrets())


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below the folder, and its bytes."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    "damage", ["empty", "half", "version 9", "unknown feature", "order swapped", "missing parent", "bad magic"]
)
def test_every_command_refuses(damage: str, command: str, lab_for: Labs, ledger: Ledger):
    """Exit status 1, a message that names the backup, nothing written and nothing called."""
    lab = lab_for("update")
    content = sound(lab)
    if damage in ("empty", "half"):
        content = content[: len(content) // 2] if damage == "half" else b""
    else:
        document = json.loads(content)
        DAMAGES[damage](document)
        content = json.dumps(document).encode()
    lab.checkpoint.write_bytes(content)
    before = tree(lab.backend)
    flags = [] if command == "preview" else ["--yes", "--skip-preview"]
    running = lab.start(command, *flags, "--non-interactive")
    assert running.wait() == 1, running.said
    assert "test.json.bak" in running.said
    assert "Traceback" not in running.said
    assert tree(lab.backend) == before
    assert [call for call in lab.calls() if call["call"] in ("Create", "Update", "Delete")] == []
    ledger.recovered("state damaged", damage)


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_refused(damage: str, damaged: Callable[[bytes], Lab], lab_for: Labs, ledger: Ledger):
    """Whatever is wrong, it is a refusal that names the file and what to do, never an accident."""
    document = json.loads(sound(lab_for("update")))
    DAMAGES[damage](document)
    content = json.dumps(document).encode()
    lab = damaged(content)
    with pytest.raises(StateError, match=r"test\.json\.bak"):
        load(lab)
    assert lab.checkpoint.read_bytes() == content
    ledger.recovered("state damaged", damage)


def test_truncated_at_every_percent(damaged: Callable[[bytes], Lab], lab_for: Labs, ledger: Ledger):
    """No part of a checkpoint is taken for the whole."""
    content = sound(lab_for("update"))
    for percent in range(100):
        part = content[: len(content) * percent // 100]
        lab = damaged(part)
        with pytest.raises(StateError, match=r"test\.json\.bak"):
            load(lab)
        assert lab.checkpoint.read_bytes() == part
        ledger.recovered("state truncated", f"{percent // 10 * 10} to {percent // 10 * 10 + 9} %")


def test_flipped_bits(damaged: Callable[[bytes], Lab], lab_for: Labs, ledger: Ledger, request: pytest.FixtureRequest):
    """A flipped bit is refused or, inside a text, read as that other text; it is never an accident, and never empties.

    The format has no checksum: what is not seen is a change of a value that is as valid as the one before.
    """
    content = sound(lab_for("update"))
    count = len(json.loads(content)["checkpoint"]["latest"]["resources"])
    chance = random.Random(20240229)
    refused = 0
    flips = FLIPS * (10 if request.config.getoption("--full-campaign") else 1)
    for _ in range(flips):
        place, bit = chance.randrange(len(content)), chance.randrange(8)
        wrong = bytearray(content)
        wrong[place] ^= 1 << bit
        lab = damaged(bytes(wrong))
        try:
            latest = Backend(lab.backend, "faults").raw("test")
            assert len(latest.get("resources") or []) == count, f"bit {bit} of byte {place} emptied the state"
            load(lab)
        except EngineError as error:
            refused += 1
            assert "test.json" in str(error), f"bit {bit} of byte {place}: {error}"
        except Exception as error:
            raise AssertionError(f"bit {bit} of byte {place}: {error!r}") from error
        assert lab.checkpoint.read_bytes() == bytes(wrong)
    assert refused > flips / 4
    ledger.recovered("bits flipped", "refused", refused)
    ledger.recovered("bits flipped", "another valid value", flips - refused)


def test_wrong_passphrase(lab_for: Labs, ledger: Ledger):
    """Every command refuses, says which variable holds the passphrase, and touches nothing."""
    lab = lab_for("update")
    before = tree(lab.backend)
    for command in COMMANDS:
        flags = [] if command == "preview" else ["--yes", "--skip-preview"]
        running = lab.start(command, *flags, "--non-interactive", env={"PULUMI_CONFIG_PASSPHRASE": "not this"})
        assert running.wait() not in (0, None), running.said
        assert "PULUMI_CONFIG_PASSPHRASE" in running.said
        assert "Traceback" not in running.said
        assert tree(lab.backend) == before
        ledger.recovered("wrong passphrase", command)


def test_a_journal_with_a_damaged_middle_is_refused(lab_for: Labs, ledger: Ledger):
    """A last line that is not whole was never acted on; a damaged line before others hides what was."""
    lab = lab_for("up")
    running = lab.begin("up", fault="kill:end-written:4")
    running.wait()
    path = lab.checkpoint.with_suffix(".journal")
    lines = path.read_bytes().split(b"\n")
    assert len(lines) > 4
    path.write_bytes(b"\n".join(lines[:-1]) + b"\n" + lines[-2][:10])
    load(lab)
    path.write_bytes(b"\n".join([*lines[:2], lines[2][: len(lines[2]) // 2], *lines[3:]]))
    before = tree(lab.backend)
    with pytest.raises(StateError, match="journal"):
        load(lab)
    assert tree(lab.backend) == before
    ledger.recovered("state damaged", "journal")


def test_a_backup_is_sound(lab_for: Labs):
    """What the messages recommend works: the ``.bak`` put in place is the state before the last write."""
    lab = lab_for("update")
    backup = lab.checkpoint.with_name("test.json.bak")
    lab.checkpoint.write_bytes(b"")
    backup.replace(lab.checkpoint)
    lab.run("refresh")
    lab.run("up")
