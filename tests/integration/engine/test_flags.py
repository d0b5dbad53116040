"""The command line beside Pulumi's: each of its commands and flags is served, or refused by name with what to do."""

import shutil
import subprocess

import pytest

from slipway.engine.command.refusals import listed


@pytest.mark.skipif(shutil.which("pulumi") is None, reason="the `pulumi` command is not on this machine's PATH")
@pytest.mark.parametrize("command", ["up", "destroy", "import", "stack output"])
def test_the_list_is_that_of_the_command(command, tmp_path):
    """The file beside the parser is what the installed CLI's help says, where it is of the same version."""
    version = subprocess.run(["pulumi", "version"], capture_output=True, text=True).stdout.strip().removeprefix("v")
    if version != listed()["version"]:
        pytest.skip(f"the list is of {listed()['version']}, the command is {version}")
    done = subprocess.run(["pulumi", *command.split(), "--help"], capture_output=True, text=True)
    flags = {word for line in done.stdout.splitlines() for word in line.split()[:2] if word.startswith("--")}
    ours = {f"--{flag}" for flag in (*listed()["flags"][command]["flags"], *listed()["global"])}
    assert flags - {"--help", "--version"} == ours - {"--version"}
