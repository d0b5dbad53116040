"""uv's refusals in one sentence: which package, why, and how to go on.

uv explains how it came to its answer, in several sentences with a drawing or a build's whole log. A row of the table
knows one kind of refusal by its words; the first that fits is taken, and a refusal of no known kind stays uv's own.
"""

import re
from collections.abc import Callable

_DRAWN = re.compile(r"^[\s\u00d7\u00b7\u2500-\u25ff]*(?:error:\s*)?")
_PROGRESS = ("Using ", "Resolved ", "Prepared ", "Downloading ", "hint: Build failures")
LONGEST = 500
"""Letters of a refusal of no known kind that are shown."""


def sentence(output: str) -> str:
    """Why uv refused."""
    text = _plain(output)
    for pattern, words in _REFUSALS:
        if match := pattern.search(text):
            return words(match)
    return f"{text[:LONGEST]} …" if len(text) > LONGEST else text or "uv gave no reason"


def _plain(output: str) -> str:
    """The output on one line, without uv's drawing and progress."""
    lines = [_DRAWN.sub("", line).strip() for line in output.splitlines()]
    return " ".join(line for line in lines if line and not line.startswith(_PROGRESS))


def _name(requirement: str) -> str:
    return re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0]


def _older_python(match: re.Match[str]) -> str:
    available, needed, requirement = match.groups()
    if needed.startswith(">=") and "," not in needed:
        needed = f"{needed[2:]} or later"
    return (
        f"{requirement} needs Python {needed}, and this is for Python {available.removeprefix('>=')}: ask for an older "
        f"{_name(requirement)}, or take a platform and a machine with that Python"
    )


def _does_not_build(match: re.Match[str]) -> str:
    requirement, log = match[1], match[2]
    # A build's log ends with its error, before what uv adds.
    errors = re.findall(r"\b(?:\w+Error|fatal error|error): ?[^:]+?(?= hint:| Traceback|$)", log)
    if not errors and (cause := re.search(r"cause: (.*)", log)):
        errors = [cause[1]]
    why = f" ({errors[-1].strip()[:160]})" if errors else ""
    name, _, place = requirement.partition(" @ file://")
    if place:
        return f"the package {name} in {place} does not build on this machine{why}"
    return (
        f"{requirement} exists as source only and does not build on this machine{why}: ask for a version of "
        f"{_name(requirement)} that has a wheel, or deploy the app as a container whose Dockerfile "
        "installs what it needs"
    )


def _disagree(match: re.Match[str]) -> str:
    package, needed, given = match.groups()
    return f"{package} needs {needed}, and the app asks for {given}: change one of the two"


def _without_wheel(match: re.Match[str]) -> str:
    name = _name(match[1])
    return (
        f"{match[1]} exists as source only and does not build on this machine in useful time: ask for a version of "
        f"{name} that has a wheel, or deploy the app as a container whose Dockerfile installs what it needs"
    )


_REFUSALS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"Failed to build `([^`]+)`(.*)"), _does_not_build),
    (re.compile(r"Because (\S+==\S+) has no usable wheels and .*building from source is disabled for"), _without_wheel),
    (
        re.compile(r"Python version \(([^)]*)\) does not satisfy Python(\S+) and (\S+) depends on"),
        _older_python,
    ),
    (
        re.compile(r"(\S+) was not found in the (?:package registry|provided package locations)"),
        lambda match: (
            f"there is no package {match[1]} in the package index: is its name right, or is it one of your own?"
        ),
    ),
    (
        re.compile(r"there (?:is|are) no versions? of (\S+?)[, ]"),
        lambda match: f"there is no {match[1]} in the package index: ask for a version that was published",
    ),
    (
        re.compile(r"only (\S+) (?:is|are) available and (?:(\S+) depends on|(you) require) (\S+?),"),
        lambda match: (
            f"{'the app' if match[3] else match[2]} needs {match[4]}, and the package index has {match[1]} alone: "
            f"ask for {'an older ' + _name(match[4]) if match[3] else 'another version of ' + _name(match[2])}"
        ),
    ),
    (
        re.compile(r"you require ([A-Za-z0-9._-]+)(\S+) and \1(\S+?), we can conclude"),
        lambda match: f"the app asks for {match[1]}{match[2]} and for {match[1]}{match[3]}, which no version is",
    ),
    (
        re.compile(r"Because (\S+) depends on (([A-Za-z0-9._-]+)[<>=!~]\S*).*you require (\3[<>=!~]=?[^\s,]*)"),
        lambda match: (
            f"{match[1]} needs {match[2]}, and the app asks for {match[4].rstrip('.')}: change one of the two"
        ),
    ),
    (re.compile(r"Because (\S+) depends on (\S+).* you require (\S+?), we can conclude that your requ"), _disagree),
    (
        re.compile(r"Hash mismatch for `([^`]+)`"),
        lambda match: (
            f"the package index has another file of {match[1]} than the lock's hash says: find out why before you "
            "lock again"
        ),
    ),
    (
        re.compile(r"Git operation failed.*(?:fatal: |ERROR: )(.*)"),
        lambda match: (
            f"its repository cannot be read ({match[1][:160].strip()}): publish it, or take a released version"
        ),
    ),
)
"""How uv words a refusal -> the sentence."""
