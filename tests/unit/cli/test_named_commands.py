"""Every command that a message, a help text or a page of the docs names exists and can be typed."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main
from typer.testing import CliRunner

from slipway.cli.groups import ENTRIES
from slipway.cli.main import app

ROOT = Path(__file__).parents[3]
TOP = typer.main.get_group(app)
CONTEXT = typer.Context(TOP)
COMMANDS = {name: TOP.get_command(CONTEXT, name) for name in ENTRIES}
IN_CODE = re.compile(r"`slipway ([^`\n]+)`")
IN_A_BLOCK = re.compile(r"^(?:\$ )?(?:\.venv/bin/)?slipway ([^\n#|&]+)", re.M)
BLOCK = re.compile(r"```(?:console|sh|bash|shell)\n(.*?)```", re.S)


def named() -> Iterator[tuple[str, str]]:
    """Where a command is named, and its words after `slipway`."""
    for folder in ("slipway", "stacks", "components", "policy", "docs"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix not in (".py", ".md"):
                continue
            text = path.read_text()
            blocks = "\n".join(BLOCK.findall(text)) if path.suffix == ".md" else ""
            for match in [*IN_CODE.findall(text), *IN_A_BLOCK.findall(blocks)]:
                yield str(path.relative_to(ROOT)), match
    for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"):
        text = (ROOT / name).read_text()
        for match in [*IN_CODE.findall(text), *IN_A_BLOCK.findall("\n".join(BLOCK.findall(text)))]:
            yield name, match


def wrong(words: str) -> str:
    """What of a command does not exist; "" where it can be typed."""
    command, path = TOP, ["slipway"]
    rest = words.split()
    while rest and hasattr(command, "commands") and not rest[0].startswith(("-", "{", "<", "[")):
        name = rest.pop(0).strip(",.;:)…")
        if name.isupper() or not name:
            return ""
        below = COMMANDS if command is TOP else command.commands
        if name not in below:
            return f"{' '.join(path)} has no command {name!r}"
        command, path = below[name], [*path, name]
    if command.context_settings.get("ignore_unknown_options"):
        return ""
    known = {option for parameter in command.params for option in parameter.opts} | {"--help", "-h"}
    options = [word.split("=")[0].strip(",.;:)]\"'") for word in rest if word.startswith("--")]
    return next((f"{' '.join(path)} has no option {option!r}" for option in options if option not in known), "")


def test_every_command_that_is_named_exists():
    """A reader copies it from there."""
    mistakes = {f"{place}: `slipway {words}`: {why}" for place, words in named() if (why := wrong(words))}
    assert mistakes == set()


@pytest.mark.parametrize(("words", "why"), [("upp", "no command"), ("logs web --tail 3", "no option"), ("up --x", "")])
def test_the_check_notices(words: str, why: str):
    """Of `up` the engine's own options are passed on."""
    assert why in wrong(words)


@pytest.mark.parametrize("name", ENTRIES)
def test_the_help_lists_a_command_by_its_own_first_sentence(name: str):
    """The list is written without the command being loaded, so it says the sentence a second time."""
    command = COMMANDS[name]
    assert command is not None
    assert (command.help or "").strip().splitlines()[0] == ENTRIES[name].help


def test_a_mistyped_command_is_guessed():
    """And the list of all is named."""
    done = CliRunner().invoke(app, ["statsu"])
    assert done.exit_code == 2
    assert "there is no command 'statsu' (did you mean 'status'?): `slipway --help` lists them" in done.output
