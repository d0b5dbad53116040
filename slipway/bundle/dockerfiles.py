"""Which files of its context a Dockerfile reads, told from the Dockerfile alone."""

import json
import posixpath
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

_HEREDOC = re.compile(r"<<-?[\"']?([A-Za-z_]\w*)[\"']?")
_VARIABLE = re.compile(r"\$(?:\{(\w+)(?::-([^}]*))?\}|(\w+))")


@dataclass(frozen=True)
class Read:
    """One source of a COPY or ADD, or of a bind mount: a path or a pattern, relative to the context."""

    pattern: str
    instruction: str
    built: bool = True
    """Whether the last stage needs it: a stage that only tests may copy what an artifact lacks."""


def reads_of(dockerfile: str) -> list[Read]:
    """Every path or pattern the Dockerfile takes from its context, in order; "" and "." stand for all of it.

    Variables are replaced by what ARG and ENV give them; a pattern with one that only the build knows becomes ".".
    Sources in another stage or image (``--from``), URLs and heredocs are not of the context.
    """
    variables: dict[str, str] = {}
    reads: list[Read] = []
    needed = _needed_stages(dockerfile)
    stage = -1
    for keyword, rest in _instructions(dockerfile):
        stage += keyword == "FROM"
        if keyword in ("ARG", "ENV"):
            variables |= _assigned(rest, variables)
        elif keyword in ("COPY", "ADD"):
            sources, instruction = _copied(rest), f"{keyword} {rest}"
            reads += [Read(_expanded(source, variables), instruction, stage in needed) for source in sources]
        elif keyword == "RUN":
            sources, instruction = _mounted(rest), f"RUN {rest}"[:80]
            reads += [Read(_expanded(source, variables), instruction, stage in needed) for source in sources]
    return reads


def _needed_stages(dockerfile: str) -> set[int]:
    """The numbers of the stages (from 0) that the last one is built from."""
    names: dict[str, int] = {}
    uses: list[set[int]] = []
    for keyword, rest in _instructions(dockerfile):
        words = [word for word in rest.split() if not word.startswith("--")]
        if keyword == "FROM" and words:
            uses.append({names[words[0].lower()]} if words[0].lower() in names else set())
            names |= dict.fromkeys([str(len(uses) - 1), *(word.lower() for word in words[2:3])], len(uses) - 1)
        elif keyword in ("COPY", "RUN") and uses:
            sources = re.findall(r"--(?:from|mount)=(?:\S*\bfrom=)?([^\s,]+)", rest)
            uses[-1] |= {names[source.lower()] for source in sources if source.lower() in names}
    needed, added = set[int](), {len(uses) - 1}
    while added:
        needed |= added
        added = {one for number in added if number >= 0 for one in uses[number]} - needed
    return needed


@dataclass(frozen=True)
class Base:
    """A FROM: the number of its line (from 0), the image it names, and what its stage is called, if anything."""

    line: int
    image: str
    stage: str


def bases_of(dockerfile: str, args: Mapping[str, str]) -> list[Base]:
    """The images that stages start from, with ``args`` and the defaults of ARG; other stages and scratch are none."""
    variables: dict[str, str] = {}
    stages = {"scratch"}
    bases: list[Base] = []
    for number, line in enumerate(dockerfile.splitlines()):
        keyword, _, rest = line.strip().partition(" ")
        if keyword.upper() == "ARG" and not bases:
            variables |= {
                **_assigned(rest, variables),
                **{name: args[name] for name in _declared(rest) if name in args},
            }
        elif keyword.upper() == "FROM":
            words = [word for word in rest.split() if not word.startswith("--")]
            image = _filled(words[0], variables) if words else ""
            stage = words[2] if len(words) > 2 and words[1].upper() == "AS" else ""
            if image.lower() not in stages:
                bases.append(Base(number, image, stage))
            stages.add(stage.lower() or image.lower())
    return bases


@dataclass(frozen=True, kw_only=True)
class Stage:
    """How a stage is run, with what it inherits of the stage or the image that it starts from."""

    image: str = ""
    """The image that it or its first stage starts from."""
    env: Mapping[str, str] = field(default_factory=dict)
    entrypoint: str = ""
    cmd: str = ""
    line: int = 0
    """Where the command stands, from 1."""
    port: int = 0
    """The first port that it exposes."""
    port_line: int = 0
    exposes: bool = False
    """Whether it says that something listens, on whatever port."""
    user: str = ""
    user_line: int = 0
    health: str = ""
    """The path that its health check asks for."""

    @property
    def command(self) -> str:
        """What is started, as a shell's line."""
        return f"{self.entrypoint} {self.cmd}".strip()


def last_stage(dockerfile: str, target: str = "") -> Stage:
    """The stage that is built: ``target``, or the last where none is named."""
    stages: dict[str, Stage] = {}
    stage, name, variables = Stage(), "", dict[str, str]()
    for number, keyword, rest in _numbered(dockerfile):
        match keyword:
            case "FROM":
                words = [word for word in rest.split() if not word.startswith("--")]
                image = _filled(words[0], variables) if words else ""
                name = words[2].lower() if len(words) > 2 else ""
                stage = stages.get(image.lower(), Stage(image=image))
            case "ARG" | "ENV":
                pairs = _assigned(rest, {**variables, **stage.env})
                if keyword == "ENV" and "=" not in rest.split(maxsplit=1)[0]:
                    key, _, value = rest.partition(" ")
                    pairs = {key: value.strip().strip("\"'")}
                variables |= pairs if keyword == "ARG" else {}
                stage = replace(stage, env={**stage.env, **pairs}) if keyword == "ENV" else stage
            case "EXPOSE":
                first = _filled(rest, {**variables, **stage.env}).split()[:1]
                port = first[0].partition("/")[0].partition("-")[0] if first else ""
                stage = replace(stage, exposes=True)
                if port.isdecimal() and not (stage.port and stage.port_line):
                    stage = replace(stage, port=int(port), port_line=number)
            case "ENTRYPOINT":
                stage = replace(stage, entrypoint=_started(rest), cmd="", line=number)
            case "CMD":
                # A shell's entrypoint takes no more words (https://docs.docker.com/reference/dockerfile/#entrypoint).
                stage = replace(stage, cmd=_started(rest), line=stage.line if stage.entrypoint else number)
            case "USER":
                stage = replace(stage, user=rest, user_line=number)
            case "HEALTHCHECK":
                match = re.search(r"https?://[^/\s\"']+(/[^\s\"'|]*)", rest)
                stage = replace(stage, health=match[1] if match else "")
            case _:
                pass
        if name:
            stages[name] = stage
    return stages.get(target.lower(), stage)


def _started(rest: str) -> str:
    """The words of CMD or ENTRYPOINT as a shell's line, without the shell that only starts it."""
    if not rest.startswith("["):
        return rest
    words = [str(word) for word in json.loads(rest)]
    if words[:2] in (["sh", "-c"], ["/bin/sh", "-c"], ["bash", "-c"], ["/bin/bash", "-c"]):
        return " ".join(words[2:])
    return " ".join(map(shlex.quote, words))


def with_labels(dockerfile: str, labels: Mapping[str, str], target: str | None) -> str:
    """The Dockerfile with labels at the end of the stage ``target``; None: of the last one, which is built then."""
    lines = dockerfile.splitlines()
    stages = [number for number, line in enumerate(lines) if line.strip().upper().startswith("FROM ")]
    names = [lines[number].split()[-1].lower() for number in stages]
    end = len(lines)
    if target and target.lower() in names:
        end = next(iter(stages[names.index(target.lower()) + 1 :]), end)
    written = [f"LABEL {name}={json.dumps(value).replace('$', chr(92) + '$')}" for name, value in labels.items()]
    return "\n".join([*lines[:end], *written, *lines[end:], ""])


def says_health(dockerfile: str) -> bool:
    """Whether the Dockerfile has a health check, or says that there is to be none."""
    return any(keyword == "HEALTHCHECK" for keyword, _ in _instructions(dockerfile))


def last_user(dockerfile: str) -> str:
    """Who the last stage runs as; "" where it does not say, which is what its base says and usually root."""
    user = ""
    for keyword, rest in _instructions(dockerfile):
        user = "" if keyword == "FROM" else rest if keyword == "USER" else user
    return user


@dataclass(kw_only=True)
class _Place:
    """Where an instruction stands."""

    base: str = ""
    """What its stage starts from, in small letters."""
    name: str = ""
    """Its stage's, in small letters; "" where that has none."""
    folder: str = "/"
    """The folder that it works in."""
    variables: dict[str, str] = field(default_factory=dict)
    """Those that are set before it."""


def _placed(dockerfile: str) -> Iterator[tuple[str, str, _Place]]:
    """Each instruction with its place, which is the same object each time and goes on with the file."""
    place = _Place()
    folders: dict[str, str] = {}
    for keyword, rest in _instructions(dockerfile):
        if keyword in ("ARG", "ENV"):
            place.variables |= _assigned(rest, place.variables)
        elif keyword == "FROM":
            words = [word for word in rest.split() if not word.startswith("--")]
            place.base = words[0].lower() if words else ""
            place.name = words[2].lower() if len(words) > 2 else ""
            place.folder = folders.get(place.base, "/")
        elif keyword == "WORKDIR":
            folder = _filled(rest.strip("\"'"), place.variables)
            place.folder = posixpath.normpath(posixpath.join(place.folder, folder))
        if place.name:
            folders[place.name] = place.folder
        yield keyword, rest, place


def last_workdir(dockerfile: str) -> str:
    """The folder that the last stage works in; "/" where it does not say."""
    folder = "/"
    for _, _, place in _placed(dockerfile):
        folder = place.folder
    return folder


def copies_of(dockerfile: str, target: str = "") -> list[tuple[list[str], str]]:
    """What the stage that is built takes from its context: the sources of each COPY and ADD, and where they go.

    A stage that starts from another one has what that one took.
    """
    stages: dict[str, list[tuple[list[str], str]]] = {}
    copies: list[tuple[list[str], str]] = []
    for keyword, rest, place in _placed(dockerfile):
        if keyword == "FROM":
            copies = list(stages.get(place.base, []))
        elif keyword in ("COPY", "ADD") and (sources := _copied(rest)):
            words = _flags(rest)[1]
            last = str(json.loads(words)[-1]) if words.startswith("[") else words.split()[-1]
            last = _filled(last, place.variables)
            # "." is a folder, as what ends with a slash.
            whole = posixpath.join(place.folder, f"{last}/" if posixpath.basename(last) == "." else last)
            copies.append(([_filled(source, place.variables) for source in sources], whole))
        if place.name:
            stages[place.name] = copies
    return stages.get(target.lower(), copies)


def mentions(dockerfile: str, path: str) -> bool:
    """Whether an instruction but COPY names a path, as ``RUN mkdir uploads`` does."""
    words = re.compile(rf"(?<![\w.-]){re.escape(path)}(?![\w.-])")
    return any(words.search(rest) for keyword, rest in _instructions(dockerfile) if keyword in ("RUN", "VOLUME"))


def words_of(dockerfile: str) -> frozenset[str]:
    """The words of what is run: in RUN, CMD, ENTRYPOINT and HEALTHCHECK."""
    run = ("RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK")
    return frozenset(
        word for keyword, rest in _instructions(dockerfile) if keyword in run for word in re.split(r"[^\w.-]+", rest)
    )


def _declared(rest: str) -> list[str]:
    return [word.partition("=")[0] for word in rest.split()]


def _filled(text: str, variables: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda match: variables.get(match[1] or match[3], match[2] or ""), text)


def _instructions(text: str) -> Iterator[tuple[str, str]]:
    return ((keyword, rest) for _, keyword, rest in _numbered(text))


def _numbered(text: str) -> Iterator[tuple[int, str, str]]:
    """Each instruction: the number of its first line (from 1), its keyword, and the rest on one line."""
    lines = iter(enumerate(text.replace("\r\n", "\n").splitlines(), 1))
    for number, first in lines:
        line = first.strip()
        if not line or line.startswith("#"):
            continue
        while line.endswith("\\"):
            following = next(lines, None)
            line = line.removesuffix("\\").rstrip()
            if following is None:
                break
            if following[1].lstrip().startswith("#") or not following[1].strip():
                line += " \\"
            else:
                line += f" {following[1].strip()}"
        keyword, _, rest = line.partition(" ")
        if keyword.upper() in ("RUN", "COPY", "ADD"):
            for end in _HEREDOC.findall(rest):
                while (inside := next(lines, None)) is not None and inside[1].strip() != end:
                    pass
        yield number, keyword.upper(), rest.strip()


def _copied(rest: str) -> list[str]:
    flags, words = _flags(rest)
    if any(flag.startswith("--from=") for flag in flags):
        return []
    if words.startswith("["):
        try:
            listed = [str(word) for word in json.loads(words)]
        except ValueError:
            listed = words.split()
    else:
        listed = words.split()
    return [word for word in listed[:-1] if "://" not in word and not word.startswith(("<<", "git@"))]


def _mounted(rest: str) -> list[str]:
    flags, _ = _flags(rest)
    result: list[str] = []
    for flag in flags:
        parts = (part.partition("=") for part in flag.removeprefix("--mount=").split(","))
        options = {name: value for name, _, value in parts}
        if flag.startswith("--mount=") and options.get("type", "bind") == "bind" and "from" not in options:
            result.append(options.get("source") or options.get("src") or ".")
    return result


def _flags(rest: str) -> tuple[list[str], str]:
    flags: list[str] = []
    while rest.startswith("--"):
        flag, _, rest = rest.partition(" ")
        flags.append(flag)
        rest = rest.lstrip()
    return flags, rest


def _assigned(rest: str, variables: dict[str, str]) -> dict[str, str]:
    pairs = (word.partition("=") for word in rest.split())
    return {name: _expanded(value.strip("\"'"), variables) for name, equals, value in pairs if equals}


def _expanded(text: str, variables: dict[str, str]) -> str:
    unknown = False

    def value(match: re.Match[str]) -> str:
        nonlocal unknown
        name, default = match[1] or match[3], match[2]
        unknown = unknown or (name not in variables and default is None)
        return variables.get(name, default or "")

    text = _VARIABLE.sub(value, text)
    return "." if unknown else text
