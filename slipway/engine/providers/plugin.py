"""Provider plugins: programs that Pulumi installed, or the Python SDK's own for dynamic providers, started when needed.

A plugin prints the port that it serves on as its first line, and ends with the operation that started it.
"""

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from slipway.engine.errors import EngineError

DYNAMIC = "pulumi-python"
"""The package of dynamic providers: their code is in the program's own resources."""
SECONDS = 60.0
"""How long a plugin may take to say its port."""


class Plugins:
    """The plugins of one operation. ``folder`` is the program's; ``environment`` is added to this process's own."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder, self._environment = folder, environment
        self._running: dict[tuple[str, str], tuple[subprocess.Popen[bytes], int]] = {}
        self._guard = threading.Lock()

    def port(self, package: str, version: str) -> int | None:
        """The port of a package's plugin, which is started; None where none is installed.

        Raises :class:`EngineError` where it is there and does not start.
        """
        with self._guard:
            if (package, version) not in self._running:
                command = find(package, version)
                if command is None:
                    return None
                self._running[package, version] = self._start(package, command)
            return self._running[package, version][1]

    def close(self) -> None:
        """End every plugin."""
        with self._guard:
            for process, _ in self._running.values():
                process.terminate()
            for process, _ in self._running.values():
                try:
                    process.wait(5)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
            self._running.clear()

    def _start(self, package: str, command: list[str]) -> tuple["subprocess.Popen[bytes]", int]:
        process = subprocess.Popen(
            [*command, "127.0.0.1:0"],
            cwd=self._folder,
            env={**os.environ, **self._environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is the engine's to pass on
        )
        alarm = threading.Timer(SECONDS, process.kill)
        alarm.start()
        line = process.stdout.readline() if process.stdout else b""
        alarm.cancel()
        if not line.strip().isdigit():
            process.kill()
            process.wait()
            raise EngineError(
                f"the plugin of {package} ({command[0]}) did not start: it said {line[:200]!r}, not its port"
            )
        threading.Thread(target=_drain, args=(process,), daemon=True).start()
        return process, int(line)


def find(package: str, version: str) -> list[str] | None:
    """The command of a package's plugin: in PULUMI_HOME, of the wanted version or the newest; or on the PATH."""
    if package == DYNAMIC:
        return [sys.executable, "-u", "-m", "pulumi.dynamic"]
    home = Path(os.environ.get("PULUMI_HOME") or "~/.pulumi").expanduser() / "plugins"
    name = f"pulumi-resource-{package}"
    installed = {
        path.parent.name.rpartition("-v")[2]: path
        for path in home.glob(f"resource-{package}-v*/{name}")
        if os.access(path, os.X_OK)
    }
    if version and version.removeprefix("v") in installed:
        return [str(installed[version.removeprefix("v")])]
    if installed and not version:
        newest = max(installed, key=lambda text: [int(part) for part in re.findall(r"\d+", text)])
        return [str(installed[newest])]
    on_path = shutil.which(name)
    return [on_path] if on_path else None


def _drain(process: "subprocess.Popen[bytes]") -> None:
    """Read what a plugin prints after its port, so that it never waits for a reader."""
    for _ in process.stdout or ():
        pass
