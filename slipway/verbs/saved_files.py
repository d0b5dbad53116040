"""Says which files were saved: ``python -m slipway.verbs.saved_files ROOT FOLDER…`` prints a JSON list of paths a line.

The first list is empty: from then on nothing is missed. A process of its own, because the library that watches has
threads, and the process that waits for its lines forks. It ends when its standard input is closed.
"""

import json
import os
import sys
import threading
from collections.abc import Sequence

from watchfiles import Change, DefaultFilter, watch

AT_ONCE = 1000
"""Milliseconds in which files that are saved one after the other are one change at most: a checkout of a branch."""
STEP = 20
"""Milliseconds without another saved file after which a change is told."""
LOOK = 100
"""Milliseconds until the library says that it watches; it goes on saying so."""


def tell(folders: Sequence[str], ready: threading.Barrier, telling: threading.Lock, *, recursive: bool) -> None:
    """Print what is saved in some folders, forever; caches, bytecode and editors' own files left out."""
    waiting = True
    try:
        for change in watch(
            *folders,
            watch_filter=DefaultFilter(),
            debounce=AT_ONCE,
            step=STEP,
            rust_timeout=LOOK,
            yield_on_timeout=True,
            recursive=recursive,
        ):
            if waiting:
                ready.wait()
                waiting = False
            # What was made and removed again in between is no change: editors and `sed -i` write beside the file.
            removed = {path for kind, path in change if kind is Change.added and not os.path.lexists(path)}
            if paths := {path for _, path in change} - removed:
                with telling:
                    _print(sorted(paths))
    except OSError as wrong:  # as where the system's limit of watched folders is reached
        print(f"{', '.join(folders)} cannot be watched: {wrong}", file=sys.stderr, flush=True)
        os._exit(1)


def main(root: str, *folders: str) -> None:
    """Watch the files of ``root`` itself, and all that is below each of the folders."""
    ready, telling = threading.Barrier(2, action=lambda: _print([])), threading.Lock()
    for watched, recursive in (([root], False), (folders, True)):
        threading.Thread(
            target=tell, args=(watched, ready, telling), kwargs={"recursive": recursive}, daemon=True
        ).start()
    sys.stdin.read()


def _print(paths: list[str]) -> None:
    print(json.dumps(paths), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
