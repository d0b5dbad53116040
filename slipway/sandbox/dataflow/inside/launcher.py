"""Runs a packaged pipeline as it is: ``python -m slipway.sandbox.dataflow.inside.launcher JOB.json``.

    the package's pins are here -> the job's identity -> the package's own entry -> how it ended

The package is not changed: it is a folder on the path, and its options name a runner that is watched. What the job
does is written to the status file, whole, twice a second.
"""

import json
import os
import runpy
import sys
import threading
import time
import traceback
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

EVERY = 0.5
"""Seconds between two writings of the status."""
WATCH = "slipway.sandbox.dataflow.inside.watch"
RUNNER = f"{WATCH}.WatchedRunner"
RUNNING, DONE, FAILED = "JOB_STATE_RUNNING", "JOB_STATE_DONE", "JOB_STATE_FAILED"


class Status:
    """The file that tells how the job is; every reader sees the old one or the new one, whole."""

    def __init__(self, path: Path) -> None:
        self._path, self._lock, self._over = path, threading.Lock(), False
        self._began = time.time()

    def tell(self, state: str, error: str = "") -> None:
        """Write it; nothing more after an end was told."""
        watch = sys.modules.get(WATCH)  # not yet there where the package was refused before anything ran
        with self._lock:
            if self._over:
                return
            self._over = state != RUNNING
            now = time.time()
            status: dict[str, Any] = {"state": state, "error": error, "began": self._began, "seen": now}
            draft = self._path.with_suffix(".tmp")
            status["transforms"] = watch.PROGRESS.look() if watch else []
            draft.write_text(json.dumps(status), encoding="utf-8")
            draft.replace(self._path)

    def keep_telling(self) -> None:
        """Until the process ends."""
        while not self._over:
            self.tell(RUNNING)
            time.sleep(EVERY)


def missing(package: Path) -> list[str]:
    """What the package requires and this environment has not, or in another version."""
    from packaging.requirements import Requirement

    wrong = []
    for metadata in package.glob("*.dist-info/METADATA"):
        for line in metadata.read_text(encoding="utf-8").splitlines():
            if not line.startswith("Requires-Dist:"):
                continue
            requirement = Requirement(line.partition(":")[2].strip())
            if requirement.marker and not requirement.marker.evaluate():
                continue
            try:
                installed = version(requirement.name)
            except PackageNotFoundError:
                wrong.append(f"{requirement.name}{requirement.specifier} (it has none)")
                continue
            if not requirement.specifier.contains(installed, prereleases=True):
                wrong.append(f"{requirement.name}{requirement.specifier} (it has {installed})")
    return wrong


def main(job: dict[str, Any]) -> int:
    """Run it; 0 where it is done."""
    package, module = Path(job["package"]), job["module"]
    status = Status(Path(job["status"]))
    if wrong := missing(package):
        needs = f"{', '.join(wrong[:5])}{' …' if wrong[5:] else ''}"
        error = f"the package needs {needs}: `slipway up` makes an environment for it"
        status.tell(FAILED, error)
        print(f"error: {error}", flush=True)
        return 1
    try:
        import google.auth  # noqa: F401
    except ImportError:
        error = "reading gs:// needs apache-beam[gcp]: put it into requirements.in and lock the app again"
        status.tell(FAILED, error)
        print(f"error: {error}", flush=True)
        return 1
    from slipway.sandbox.dataflow.inside import identity, options, watch  # noqa: F401 - Beam finds the runner by its name

    identity.become(job["account"], job["project"], job["permissions"])
    # The project's root was needed for this module alone: a pipeline must not find what its workers will not have.
    root = str(Path(__file__).resolve().parents[4])
    sys.path[:] = [str(package), *(entry for entry in sys.path if entry and os.path.realpath(entry) != root)]
    sys.argv = [module, *job["words"], f"--runner={RUNNER}"]
    options.TAKEN.watch(sys.argv)
    threading.Thread(target=status.keep_telling, daemon=True).start()
    error = _run(module, Path(job["log"]))
    status.tell(FAILED if error else DONE, error)
    return 1 if error else 0


def _run(module: str, log: Path) -> str:
    """Why it failed; "" where it did not."""
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        if ended.code in (None, 0):
            return ""
        sys.stdout.flush()
        return ended.code if isinstance(ended.code, str) else _last_error(log, f"it ended with status {ended.code}")
    except BaseException as failed:
        traceback.print_exc()
        return f"{type(failed).__name__}: {_first_line(failed)}"
    return ""


def _first_line(failed: BaseException) -> str:
    """What happened, of a runner's error that may be a whole traceback."""
    lines = [line for line in str(failed).splitlines() if line.strip()]
    if lines and lines[0].startswith("Traceback"):
        return lines[-1]
    return lines[0] if lines else ""


def _last_error(log: Path, otherwise: str) -> str:
    """The last line in which the pipeline said what is wrong."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
    return next((line.removeprefix("error: ") for line in reversed(lines) if line.startswith("error: ")), otherwise)


if __name__ == "__main__":
    sys.exit(main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))
