"""A Dockerfile in the words of builders from before 2023, which know no heredoc, ``--link`` or ``--start-interval``.

Newer builders fetch the reader of the syntax that a Dockerfile names, where a registry can be reached; each of these
has an older way to say the same (https://docs.docker.com/reference/dockerfile/).
"""

import json
import posixpath
import re
import shlex
from collections.abc import Iterator

HEREDOC = re.compile(r"<<(-?)([\"']?)([A-Za-z_]\w*)\2")
FLAG = re.compile(r"--[\w-]+(?:=\S+)?\s+")
WITHOUT = {"COPY": re.compile(r"\s--link(?:=\S+)?(?=\s)"), "ADD": re.compile(r"\s--link(?:=\S+)?(?=\s)"),
           "HEALTHCHECK": re.compile(r"\s--start-interval=\S+")}  # fmt: skip
"""Flags that change how fast something goes and not what it makes."""
SHELL = "/bin/sh"


def in_older_words(dockerfile: str) -> str:
    """The same Dockerfile without what those builders do not know; unchanged where it has none of that."""
    lines = iter(dockerfile.splitlines(keepends=True))
    return "".join(_rewritten(lines))


def _rewritten(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        keyword, _, rest = line.strip().partition(" ")
        keyword = keyword.upper()
        heredoc = HEREDOC.search(rest)
        if keyword in WITHOUT:
            line = WITHOUT[keyword].sub("", line)
        if keyword not in ("RUN", "COPY", "ADD") or heredoc is None or rest.endswith("\\"):
            yield line
            continue
        body = list[str]()
        for inside in lines:
            if inside.strip() == heredoc[3]:
                break
            body.append(inside.lstrip("\t") if heredoc[1] else inside)
        text = "".join(body)
        yield _run(rest, heredoc, text) if keyword == "RUN" else _written(rest, heredoc, text)


def _run(rest: str, heredoc: re.Match[str], body: str) -> str:
    """A command that reads the text, or the text as the command."""
    flags = "".join(match[0] for match in _flags(rest))
    command = rest[len(flags) :]
    if command.strip() != heredoc[0]:
        return f"RUN {flags}{_words(SHELL, f'{command}{chr(10)}{body}{heredoc[3]}{chr(10)}')}\n"
    first, _, others = body.partition("\n")
    if not first.startswith("#!"):
        return f"RUN {flags}{_words(SHELL, body)}\n"
    interpreter = shlex.split(first[2:])
    interpreter = interpreter[1:] if interpreter[0].endswith("/env") else interpreter
    return f"RUN {flags}{_words(*interpreter, others)}\n"


def _written(rest: str, heredoc: re.Match[str], body: str) -> str:
    """A file with the text, which the shell writes as the builder would."""
    flags = {match[0].strip().partition("=")[0]: match[0].strip().partition("=")[2] for match in _flags(rest)}
    target = rest.split()[-1]
    path = posixpath.join(target, heredoc[3]) if target.endswith("/") else target
    quoted = f"'{heredoc[3]}'" if heredoc[2] else heredoc[3]
    commands = [f'mkdir -p "$(dirname {path})"', f"cat > {path} <<{quoted}\n{body}{heredoc[3]}"]
    commands += [f"chmod {flags['--chmod']} {path}"] if flags.get("--chmod") else []
    commands += [f"chown {flags['--chown']} {path}"] if flags.get("--chown") else []
    return f"RUN {_words(SHELL, '-e', chr(10).join(commands))}\n"


def _flags(rest: str) -> Iterator[re.Match[str]]:
    position = 0
    while match := FLAG.match(rest, position):
        yield match
        position = match.end()


def _words(*words: str) -> str:
    *interpreter, text = words
    return json.dumps([*interpreter, "-c", text])
