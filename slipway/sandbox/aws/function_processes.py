"""The processes of functions: each is of the apps' user, held to what an execution environment on Lambda has.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html and
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: its files are read-only but for /tmp, which is
empty at first and ends with it; there is no /dev/shm; memory is the function's ``memorySize``.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from slipway.sandbox.running import app_user, memory
from slipway.sandbox.running.app_user import Limits

HIDDEN = (Path("/dev/shm"), Path("/var/tmp"))  # noqa: S108 - what Lambda does not have


class Processes:
    """``subprocess``, as the emulator uses it for functions."""

    def __init__(self, state_folder: Path) -> None:
        self._state_folder = state_folder
        memory.sweep()
        self._folders: dict[str, Path] = {}
        """By the name of its control group, the folder that the emulator removes with a process."""
        self._lock = threading.Lock()
        """For the folders: calls come in threads of their own."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever else is asked of the module
        return getattr(subprocess, name)

    def Popen(  # noqa: N802
        self,
        words: Sequence[str],
        *,
        cwd: str,
        env: Mapping[str, str],
        **options: Any,  # noqa: ANN401
    ) -> "subprocess.Popen[Any]":
        """Start a function, whose code is in ``cwd``."""
        folder = Path(cwd).parent
        pythons = [Path(sys.prefix), *app_user.own_prefixes(), *app_user.prefixes(Path(words[0]))]
        reads = [folder, *pythons, Path(os.environ["STATE_DIR"]) / "runtime"]
        if (user := app_user.user_here(self._state_folder)) is not None:
            os.chown(reads[-1], -1, user)
            reads[-1].chmod(0o750)
        app_user.lend(self._state_folder, folder)
        size = int(env.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE") or 0) << 20
        limits = Limits(read_only=True, temporary=folder / "tmp", hidden=HIDDEN, memory=size)
        before = app_user.words_before(
            self._state_folder, own=[], reads=reads, limits=limits, group=self._group(folder, size)
        )
        its_own = {name: value for name, value in env.items() if name != "TMPDIR"}  # the emulator's
        return subprocess.Popen([*before, *words], cwd=cwd, env=its_own, start_new_session=True, **options)

    def memory_used_up(self, function: str) -> bool:
        """Whether a process of a function was ended because it needed too much memory, since this was last asked."""
        ended = self._forget(
            lambda name, folder: _is_of(folder, function) and bool(memory.kills(self._state_folder, name))
        )
        return bool(ended)

    def _group(self, folder: Path, size: int) -> Path | None:
        self._forget(lambda _, other: not other.exists())
        name = f"function:{folder.name}"
        with self._lock:
            self._folders[name] = folder
        return memory.make(self._state_folder, name, size)

    def _forget(self, to_go: Callable[[str, Path], bool]) -> list[str]:
        """Remove the control groups for which this holds; their names."""
        with self._lock:
            names = [name for name, folder in self._folders.items() if to_go(name, folder)]
            for name in names:
                del self._folders[name]
        for name in names:  # outside of the lock: the kernel takes its time
            memory.remove(self._state_folder, name)
        return names


def _is_of(folder: Path, function: str) -> bool:
    """Whether a process's folder is one of this function's, by the name that the emulator gives it."""
    return folder.name.rpartition("-")[0] == f"ministack-lambda-{function}"
