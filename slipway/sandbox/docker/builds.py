"""Builds an image: by the ``docker`` command where it can do BuildKit, else by the daemon's old builder.

BuildKit needs a session with the client that asks for the build, which the command has and the SDK has not. Debian's
command (20.10) has it inside; since 23 it is in the plugin ``buildx``, which a command may lack. BuildKit builds only
what changed, in parallel, and understands ``RUN --mount``; the old builder understands everything else.
"""

import base64
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from slipway.bundle.contexts import is_unpacked
from slipway.bundle.known_bases import KnownBase, System, known_base
from slipway.sandbox.docker import contexts, daemon, replaced_bases
from slipway.sandbox.docker.client import Docker, words
from slipway.sandbox.docker.older_syntax import in_older_words
from slipway.sandbox.handler import CloudError
from slipway.sandbox.images import in_place
from slipway.sandbox.images.debian import PackagesError
from slipway.wire import images as names

NODE = ".buildNodeID"
"""The file beside the command's configuration by which BuildKit knows who sends a context."""
INSIDE_BEFORE = 23
"""The first version of the command without a BuildKit of its own."""
SHOWN = 25
"""Lines of a failed build's output that the error has."""


class WithoutToolsError(CloudError):
    """A build failed on a base that lacks the compilers of the full image that it stands in for."""


@dataclass(frozen=True, kw_only=True)
class Build:
    """What is to be built. ``name`` is what the image is called."""

    name: str
    context: Path
    dockerfile: str = ""
    args: Mapping[str, str] = field(default_factory=dict)
    target: str = ""
    platform: str = ""
    network: str = ""
    hosts: tuple[str, ...] = ()
    cache_from: tuple[str, ...] = ()
    buildkit: bool = True
    replaced: tuple[str, ...] = ()
    """The bases that the Dockerfile names and that are not what it is built on."""
    full: bool = False
    """Whether a replaced base is a full image whose compilers and headers were left out."""
    tools: bool = False
    """Whether they are to be there."""


def build(docker: Docker, build_spec: Build) -> str:
    """Build the image; its id. Raises :class:`CloudError` with the end of the build's output."""
    command = capable() if build_spec.buildkit else None
    try:
        return _by_command(docker, command, build_spec) if command else _by_daemon(docker, build_spec)
    except WithoutToolsError:
        # Most apps need none of them, and they take a minute: only what fails without them gets them.
        return build(docker, replace(build_spec, tools=True))


@cache
def capable() -> str | None:
    """The first ``docker`` on the PATH that can do BuildKit; None where there is none."""
    for folder in os.get_exec_path():
        command = shutil.which("docker", path=folder)
        if command and _has_buildkit(command):
            return command
    return None


def _has_buildkit(command: str) -> bool:
    response = subprocess.run([command, "--version"], capture_output=True, text=True).stdout
    version = re.search(r"version (\d+)", response)
    if version and int(version[1]) < INSIDE_BEFORE:
        return True
    return subprocess.run([command, "buildx", "version"], capture_output=True).returncode == 0


def _by_command(docker: Docker, command: str, build_spec: Build) -> str:
    with tempfile.TemporaryDirectory() as work:
        id_file = Path(work) / "id"
        _log_in(docker, Path(work))
        (Path(work) / NODE).write_text(docker.mark, encoding="utf-8")
        options = ["--progress", "plain", "--iidfile", str(id_file), "--tag", build_spec.name]
        # Without a value the command takes it from its environment: no list of processes shows it.
        options += [f"--build-arg={key}" for key in sorted(build_spec.args)]
        for flag, value in (
            ("target", build_spec.target),
            ("platform", build_spec.platform),
            ("network", build_spec.network),
        ):
            options += [f"--{flag}", value] if value else []
        options += [f"--add-host={host}" for host in build_spec.hosts]
        options += [f"--cache-from={image}" for image in build_spec.cache_from]
        folder = build_spec.context.is_dir()
        build_spec = _with_bases(docker, build_spec, Path(work)) if folder else build_spec
        inside = build_spec.dockerfile in ("", str(build_spec.context / contexts.DOCKERFILE))
        context = _same_place(docker, build_spec) if folder and inside else build_spec.context
        options += ["--file", str(context / contexts.DOCKERFILE) if inside else build_spec.dockerfile] if folder else []
        with (Path(os.devnull) if folder else build_spec.context).open("rb") as standard_input:
            done = subprocess.run(
                [command, "--host", docker.where, "build", *options, str(context) if folder else "-"],
                stdin=standard_input,
                capture_output=True,
                text=True,
                errors="replace",
                env={**os.environ, **build_spec.args, "DOCKER_BUILDKIT": "1", "DOCKER_CONFIG": work},
            )
        if done.returncode:
            raise _failed(docker, build_spec, done.stderr)
        return id_file.read_text(encoding="utf-8").strip()


def _with_bases(docker: Docker, build_spec: Build, work: Path) -> Build:
    """The build by a copy of its Dockerfile where a Python base cannot be had, on the network of this machine."""
    path = Path(build_spec.dockerfile) if build_spec.dockerfile else build_spec.context / contexts.DOCKERFILE
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return build_spec  # the builder says it in its own words
    result = replaced_bases.replaced(
        text,
        build_spec.args,
        target=build_spec.target,
        available=lambda name: _available(docker, name),
        own=lambda base: _own_base(docker, base),
        tools=build_spec.tools,
    )
    written = in_older_words(result.text) if _is_older(docker) else result.text
    if written == text:
        return build_spec
    copy = work / "Dockerfile"
    copy.write_text(written, encoding="utf-8")
    network = build_spec.network or "host"
    return replace(build_spec, dockerfile=str(copy), network=network, replaced=result.bases, full=result.full)


def _available(docker: Docker, name: str) -> bool:
    """Whether the daemon has the image, or its registry says that it can be pulled."""
    from docker.errors import APIError

    if daemon.has_image(docker.where, name) or (docker.registry and name.startswith(f"{docker.registry}/")):
        return True
    try:
        docker.client.api.inspect_distribution(name)
    except APIError:
        return False
    return True


def _is_older(docker: Docker) -> bool:
    """Whether the daemon's own BuildKit knows no heredocs: a newer reader of Dockerfiles may be out of reach."""
    with words("asking for the daemon's version", docker.where):
        version = str(docker.client.version()["Version"])
    return int(version.partition(".")[0]) < INSIDE_BEFORE


def _own_base(docker: Docker, base: KnownBase) -> str:
    try:
        return in_place.standing_in(docker.client, base)
    except PackagesError as failed:
        raise CloudError(f"the base cannot be pulled, and the sandbox's own cannot be made: {failed}") from None


def _same_place(docker: Docker, build_spec: Build) -> Path:
    """Where the image's contexts are one after the other, if they are the bundle's: a link to the wanted one.

    BuildKit keeps the last context that came from a place, and is sent what differs in size or time: of others' folders
    those need not tell. Without a place every build sends everything, and leaves it with the daemon.
    """
    if not is_unpacked(build_spec.context):
        return build_spec.context
    place = place_of(docker, build_spec.name)
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_name(f"{place.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    draft.symlink_to(build_spec.context.absolute(), target_is_directory=True)
    draft.replace(place)
    return place


def place_of(docker: Docker, name: str) -> Path:
    """The link to the last context of an image, by the image's name; its tag does not count."""
    return docker.state_folder / "sandbox" / "docker" / "contexts" / names.parse(name).path.replace("/", "-")


def _log_in(docker: Docker, folder: Path) -> None:
    """The login of the sandbox's registry, for a base image from there; in a folder that only we can read."""
    login = docker.login(docker.registry)
    if login:
        word = base64.b64encode(f"{login['username']}:{login['password']}".encode()).decode()
        (folder / "config.json").write_text(json.dumps({"auths": {docker.registry: {"auth": word}}}), encoding="utf-8")


def _failed(docker: Docker, build_spec: Build, output: str) -> CloudError:
    doing = f"building {build_spec.name}"
    if not daemon.answers(docker.where):
        return daemon.NoDaemonError(docker.where, f"{doing}: it has ended, or was ended, meanwhile")
    lines = [line.rstrip() for line in output.splitlines() if line.strip() and not line.startswith("#1 ")]
    short = "\n".join(lines[-SHOWN:])
    if build_spec.replaced:
        doing += f" on {_in_place(build_spec.replaced)}"
    error = WithoutToolsError if build_spec.full else CloudError
    remedy = "; no image can be pulled here: name a base that this machine has" if _no_base(short) else ""
    if host := _unreached(output):
        remedy = f"; it fetches from {host}, which this machine does not reach"
    return error(f"{doing} failed{remedy}:\n{short}")


def _in_place(images: tuple[str, ...]) -> str:
    """What a build stands on in the place of the images that cannot be pulled here."""
    kinds: dict[str, list[str]] = {}
    for image in images:
        base = known_base(image)
        own = "uv by pip"
        if base is not None and not base.has_python:
            own = f"this machine's own Debian with Node.js {base.node}"
        elif base is not None and (base.system is not System.uv or "python" in image):
            own = f"this machine's own Debian with Python {in_place.python_in_place_of(base)}"
        kinds.setdefault(own, []).append(image)
    rows = [f"{own} in the place of {', '.join(names)}" for own, names in kinds.items()]
    return f"{' and '.join(rows)}, which cannot be pulled here,"


NOT_REACHED = re.compile(
    r"HTTPS?ConnectionPool\(host='([\w.-]+)'.*NewConnectionError|Could not resolve host: ([\w.-]+)"
    r"|unable to resolve host address .([\w.-]+)|Failed to connect to ([\w.-]+)|getaddrinfo \w+ ([\w.-]+)"
    r"|bad address '([\w.-]+)'|failed to lookup address .*?//([\w.-]+)"
)
"""How pip, curl, wget, git, npm and BusyBox say that they do not reach a host."""


def _unreached(output: str) -> str:
    """The host that a build fetches from and does not reach; "" where that is not why it failed."""
    match = NOT_REACHED.search(output)
    return next(filter(None, match.groups()), "") if match else ""


NO_BASE = ("failed to do request", "failed to resolve source metadata", "pull access denied", "failed to authorize")
"""How builders say that they could not have the image a build starts from."""


def _no_base(output: str) -> bool:
    return any(mark in output for mark in NO_BASE)


def _by_daemon(docker: Docker, build_spec: Build) -> str:
    from docker.utils.build import tar

    doing = f"building {build_spec.name}"
    with words(doing, docker.where), tempfile.TemporaryDirectory() as work:
        if build_spec.context.is_dir():
            build_spec = _with_bases(docker, build_spec, Path(work))
            declared = (
                Path(build_spec.dockerfile) if build_spec.dockerfile else build_spec.context / contexts.DOCKERFILE
            )
            inside = (contexts.DOCKERFILE + ".slipway", declared.read_text(encoding="utf-8"))
            context: Any = tar(build_spec.context, exclude=contexts.ignored(build_spec.context), dockerfile=inside)
            dockerfile = inside[0]
        else:
            context, dockerfile = (Path(work) / "context.tar"), contexts.DOCKERFILE
            shutil.copyfile(build_spec.context, context)
            context = context.open("rb")
        with context:
            lines: Iterator[dict[str, Any]] = docker.client.api.build(
                fileobj=context,
                custom_context=True,
                dockerfile=dockerfile,
                tag=build_spec.name,
                buildargs=dict(build_spec.args),
                target=build_spec.target or None,
                platform=build_spec.platform or None,
                network_mode=build_spec.network or None,
                extra_hosts=dict(host.split(":", 1) for host in build_spec.hosts) or None,
                cache_from=list(build_spec.cache_from) or None,
                rm=True,
                forcerm=True,
                decode=True,
            )
            output: list[str] = []
            for line in lines:
                output += [line["stream"].rstrip()] if line.get("stream", "").strip() else []
                if "error" in line:
                    raise _failed(docker, build_spec, "\n".join([*output, line["error"]]))
        return str(docker.client.images.get(build_spec.name).id)
