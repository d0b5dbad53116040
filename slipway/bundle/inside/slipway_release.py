"""Runs an app's release command in its function, where the deployment calls a new version before callers get it.

Goes into a function's artifact with its command and the app's handler filled in, so it needs Python 3.8 or later and
imports nothing of ours. All other calls go to the app's own handler. Source:
https://docs.aws.amazon.com/lambda/latest/dg/python-context.html.
"""

import importlib
import os
import shlex
import signal
import subprocess
import sys
import tempfile
from importlib import metadata

EVENT = {"slipway": "release"}
FOLDER = os.path.dirname(os.path.abspath(__file__))
SPARE = 1.5
"""Seconds of the function's own time that are left to say that the command took too long."""
SHOWN = 20
"""Lines of the command's output that the error repeats."""
ENTRY, ENTRY_ERROR = None, ImportError("the app's handler was not imported")


def handler(event, context):
    """The app's handler; of the deployment's event, the release command."""
    if event == EVENT:
        return released(context)
    if ENTRY is None:
        raise ENTRY_ERROR
    return ENTRY(event, context)


def released(context):
    """Run the command with the app's environment and packages. Raises RuntimeError where it fails or takes too long."""
    seconds = context.get_remaining_time_in_millis() / 1000 - SPARE
    with tempfile.TemporaryDirectory() as programs, tempfile.TemporaryFile(mode="w+", errors="replace") as output:
        process = subprocess.Popen(  # noqa: S602 - a command line is the setting
            COMMAND,
            shell=True,
            cwd=FOLDER,
            env=environment(programs),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            status = process.wait(timeout=max(seconds, 0.1))
            why = f"ended with status {status}" if status else ""
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            why = f"did not end within the function's timeout ({seconds + SPARE:.0f} seconds)"
        output.seek(0)
        lines = output.read().splitlines()
    print("\n".join(lines), flush=True)
    if why:
        raise RuntimeError("the release command `{}` {}: {}".format(COMMAND, why, "\n".join(lines[-SHOWN:])))
    return {"released": COMMAND}


def environment(programs):
    """The function's own, with a folder of the programs that the app's packages bring: a zip has none."""
    program(programs, "python", "")
    program(programs, "python3", "")
    for one in metadata.distributions(path=[FOLDER]):
        for entry in one.entry_points:
            if entry.group == "console_scripts":
                module, _, name = entry.value.partition(":")
                name = name.partition("[")[0].strip()
                line = "import sys; sys.argv[0] = {!r}; from {} import {} as main; sys.exit(main())".format(
                    entry.name, module.strip(), name.partition(".")[0]
                )
                program(programs, entry.name, "-c " + shlex.quote(line))
    paths = [FOLDER, *(place for place in sys.path if place)]
    return {
        **os.environ,
        "PATH": programs + os.pathsep + os.environ.get("PATH", "/usr/bin:/bin"),
        "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths)),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def program(folder, name, words):
    """A program of this name, which this Python runs."""
    path = os.path.join(folder, name)
    with open(path, "w") as file:
        file.write(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {words} "$@"\n')
    os.chmod(path, 0o755)  # noqa: S103 - a program


COMMAND = ""
HANDLER = ""

try:
    _module, _, _name = HANDLER.rpartition(".")
    ENTRY = getattr(importlib.import_module(_module.replace("/", ".")), _name)
except Exception as error:
    ENTRY_ERROR = error
