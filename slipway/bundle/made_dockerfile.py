"""The Dockerfile of an app that has none: slim, pinned by its base, non-root, dependencies in a layer of their own."""

import shlex
from collections.abc import Sequence
from pathlib import PurePosixPath

from slipway.bundle.entries import Interface, served
from slipway.bundle.errors import BundleError

PORT = 8080
"""Where it listens unless ``$PORT`` says otherwise, which Cloud Run does."""

TEMPLATE = """\
# Made by Slipway. A stack may name another base: production its digest, the sandbox one that no hub is needed for.
ARG BASE=python:{python}-slim

# Dependencies: a stage and a layer of their own, so that an edited line of the app installs nothing. Slipway's context
# brings them in packages/, resolved and verified; a plain `docker build .` has no such folder, and pip fetches them.
FROM ${{BASE}} AS packages
WORKDIR /image/packages
COPY requirements.txt package[s] ./
RUN {{ [ "$(ls -A | wc -l)" -gt 1 ] || [ ! -s requirements.txt ] || python3 -m pip install --no-cache-dir \\
        --disable-pip-version-check --root-user-action=ignore --require-hashes --target . -r requirements.txt; }} \\
    && python3 -m compileall -q --invalidation-mode unchecked-hash . \\
    && python3 -c "import os; [os.utime(os.path.join(folder, name), (0, 0), follow_symlinks=False) for folder, \
folders, files in os.walk('.', topdown=False) for name in (*folders, *files, '.')]"
{data}
# Folders below the one that is copied keep their times: the same files are the same layer on every machine.
FROM ${{BASE}}
ENV PORT={port} PYTHONPATH=/packages PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
COPY --from=packages /image /
COPY {files} /
WORKDIR /app
# It owns no file here and has no home.
USER 10001:10001
EXPOSE {port}
HEALTHCHECK --interval=2s --timeout=5s --start-period=30s --retries=5 \\
    CMD ["python3", "-ISc", "import os, socket; socket.create_connection(('127.0.0.1', int(os.environ['PORT'])), 4)"]
CMD {command}
"""


def made_dockerfile(
    entry: str, interface: str, command: str = "", *, python: str, files: str = ".", data: Sequence[str] = ()
) -> str:
    """The Dockerfile that serves an entry, or runs a command.

    The app's own files are below ``app/`` in ``files``, a folder of the context. The folders of ``data`` are the app's
    to write to, which a volume takes over.

    Raises :class:`BundleError` for what cannot be served.
    """
    names = " ".join(map(shlex.quote, data))
    above = {str(parent) for path in data for parent in PurePosixPath(path).parents} - {"."}
    changed = " ".join(map(shlex.quote, sorted({*data, *above})))
    folders = (
        "\n# The app's own data: a volume takes the folders with their owner.\n"
        f"FROM ${{BASE}} AS data\nCOPY {files} /image\nWORKDIR /image/app\n"
        f"RUN mkdir -p {names} && chown 10001:10001 {names} && touch -d @0 . {changed}\n"
    )
    return TEMPLATE.format(
        python=python,
        port=PORT,
        files="--from=data /image" if data else files,
        data=folders if data else "",
        command=_command(entry, interface, command),
    )


def _command(entry: str, interface: str, command: str) -> str:
    if interface == Interface.command:
        if not command:
            raise BundleError("an app that brings its own server needs the command that starts it")
        return f"exec {command}"
    if not entry:
        raise BundleError("no app was found in it that a container could serve: write a Dockerfile")
    how = served("container", entry, interface)
    worker = f'"-k", "{how.worker}", ' if how.worker else ""
    return (
        '["python3", "-m", "gunicorn", "--worker-tmp-dir", "/dev/shm", "--access-logfile", "-", '
        f'{worker}"--graceful-timeout", "8", "--threads", "4", "{how.entry.module}:{how.entry.name}"]'
    )
