"""The command line beside Pulumi's: each of its commands and flags is served, or refused by name with what to do."""

import argparse
import json

import pytest

from slipway.engine.command import cli
from slipway.engine.command.refusals import listed, unknown_command, unknown_flag
from slipway.engine.errors import UsageError

ROWS = [(command, flag) for command, row in listed()["flags"].items() for flag in row["flags"]]


def served() -> dict[str, argparse.ArgumentParser]:
    """The parser of each command, by all of its names."""
    found: dict[str, argparse.ArgumentParser] = {}

    def collect(parser: argparse.ArgumentParser, name: str) -> None:
        found[name] = parser
        for action in parser._actions:
            if isinstance(action, argparse._SubParsersAction):
                for word, inner in action.choices.items():
                    collect(inner, f"{name} {word}".strip())

    collect(cli.parser(), "")
    return found


PARSERS = served()


@pytest.mark.parametrize(("command", "flag"), ROWS, ids=" --".join)
def test_every_flag_is_served_or_refused_by_name(command, flag):
    """A script for the Pulumi CLI either works here, or is told which of its flags does not, and what to do."""
    parser = PARSERS.get(command)
    if parser is None:
        assert "not served here: " in str(unknown_command(command.split()))
        return
    if f"--{flag}" in parser._option_string_actions:
        short = listed()["flags"][command]["flags"][flag]["short"]
        assert not short or f"-{short}" in parser._option_string_actions
        return
    assert f"the flag --{flag} is pulumi's and not served here: " in str(unknown_flag(f"--{flag}"))


@pytest.mark.parametrize("name", listed()["commands"])
def test_every_command_is_served_or_refused_by_name(name):
    """So is each of its commands."""
    assert name in PARSERS or "not served here: " in str(unknown_command([name]))


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["destroy", "--exclude-prot"], "unknown flag: --exclude-prot"),
        (["up", "--sho"], "unknown flag: --sho"),
        (["up", "--policy-pack", "x"], "the flag --policy-pack is pulumi's"),
        (["stack", "graph"], "the command `stack graph` is pulumi's"),
        (["nonsense"], 'unknown command "nonsense"'),
        (["up", "--yes=perhaps"], "true or false is allowed"),
        (["stack", "rename"], "required: name"),
    ],
)
def test_what_is_not_served_is_named(words, problem):
    """Nothing is abbreviated, and nothing is taken for something else."""
    with pytest.raises(UsageError, match=problem):
        cli.parsed(words)


def test_go_spellings_of_switches():
    """``--flag=true`` and ``--flag=false`` mean what they say."""
    assert cli.parsed(["up", "--yes=true"]).yes
    assert not cli.parsed(["up", "--yes=false"]).yes
    assert not cli.parsed(["import", "--protect=false", "t", "n", "i"]).protect


@pytest.mark.parametrize(
    ("words", "values"),
    [
        (
            ["config", "set", "k", "--plaintext", "--stack", "dev", "--", "-5"],
            {"key": "k", "value": "-5", "stack": "dev"},
        ),
        (["--cwd", "x", "stack", "rm", "one", "-y"], {"cwd": "x", "name": "one", "yes": True}),
        (["up", "--refresh", "-y", "-t", "urn", "-p", "3"], {"refresh": "true", "target": ["urn"], "parallel": 3}),
        (["stack", "select", "--create", "s1"], {"create": True, "name": "s1"}),
        (["config", "cp", "--dest", "second", "key"], {"dest": "second", "key": "key"}),
        (["config", "cp", "-d", "second"], {"dest": "second", "key": None}),
        (["update", "-p", "3", "-y"], {"parallel": 3, "yes": True}),
        (["cancel", "one", "-s", "two"], {"name": "one", "stack": "two"}),
        (["up", "--client=127.0.0.1:1"], {"client": "127.0.0.1:1"}),
    ],
)
def test_flags_and_words_stand_in_any_order(words, values):
    """As Go's parser takes them."""
    args = vars(cli.parsed(words))
    assert {key: args[key] for key in values} == values


def test_the_list_is_plain_data():
    """It is written sorted, so that a newer CLI's differs only where the CLI does."""
    path = cli.Path(cli.__file__).parent / "pulumi_flags.json"
    assert path.read_text() == json.dumps(json.loads(path.read_text()), indent=1, sort_keys=True) + "\n"
