"""What an app says that it depends on, where nothing has locked it yet; read from its files, nothing is run."""

import ast
import configparser
import hashlib
import json
import posixpath
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from slipway.bundle.errors import BundleError
from slipway.bundle.locks.requirements import Line, lines_of, locked
from slipway.bundle.locks.sam import TEMPLATES, lists_of

Read = Callable[[str], str | None]
"""A file of the app as text, by its path; None where the app has no such file."""

BELOW = ("app", "src", "backend", "api", "server")
"""Folders that an app's project may lie in, where the folder above says nothing."""
CHECKERS = frozenset({"black", "coverage", "flake8", "isort", "mypy", "pylint", "pytest", "pytest-cov", "ruff", "tox"})
"""Packages that check an app: a list with nothing else is not what the app runs with."""
PUBLIC = re.compile(r"https://((pypi|files)\.(org|pythonhosted\.org)|download\.pytorch\.org|pypi\.nvidia\.com)(/|$)")
"""Indexes that everybody may read, and whose packages have the names that they have in Python's own."""
LISTS = (
    "requirements.in",
    "requirements.txt",
    "requirements/production.txt",
    "requirements/prod.txt",
    "requirements/base.txt",
    "requirements/common.txt",
    "requirements/default.txt",
    "requirements/main.txt",
    "requirements/requirements.txt",
    "src/requirements.txt",
    "app/requirements.txt",
)
"""Lists of requirements by what projects call them; the first that is there counts."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Dependencies as an app declares them."""

    origin: str
    """The file that declares them."""
    lines: tuple[str, ...] = ()
    """Requirements (PEP 508)."""
    constraints: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    """Packages in folders of this machine, relative to the app."""
    python: str = ""
    """The Pythons that it is for, as ``>=3.11``; "" where it does not say."""
    hashed: bool = False
    """Whether ``origin`` is a lock already."""
    elsewhere: tuple[str, ...] = ()
    """What is to come from a place that only the app's file names, as ``six from the index 'corp' (https://…)``."""

    @property
    def digest(self) -> str:
        """What changes when anything that is asked for does."""
        facts = [sorted(self.lines), sorted(self.constraints), sorted(self.folders)]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()

    def __bool__(self) -> bool:
        return bool(self.lines or self.folders)


def wanted_of(read: Read, *, where: str) -> Wanted:
    """What an app depends on; an empty one, with no origin, where no file says anything.

    ``where`` names the app in messages. Raises :class:`BundleError` for a file that cannot be read, with its line.
    """
    if (text := read("Pipfile")) is not None and read("Pipfile.lock") is not None and read(LISTS[0]) is None:
        # A list beside Pipenv's own files was exported once, often with what only checks the app: the lock counts.
        return _of_pipfile(_toml(text, f"{where}/Pipfile"), read, where)
    lists = [name for name in LISTS if read(name) is not None]
    for name in lists:
        dependencies = _of_list(read(name) or "", name, read, where)
        if name == lists[-1] or not _only_checks(dependencies):
            return dependencies
    for name, reader in (("pyproject.toml", _of_pyproject), ("Pipfile", _of_pipfile)):
        text = read(name)
        if text is not None and (dependencies := reader(_toml(text, f"{where}/{name}"), read, where)) is not None:
            return dependencies
    for name, reader in (("setup.cfg", _of_setup_cfg), ("setup.py", _of_setup_py)):
        text = read(name)
        if text is not None and (dependencies := reader(text, read, where)) is not None:
            return dependencies
    return next(_below(read, where), None) or _of_functions(read, where)


def _below(read: Read, where: str) -> Iterator[Wanted]:
    """What the projects in usual folders below ask for."""
    for folder in BELOW:
        text = read(f"{folder}/pyproject.toml")
        if text is not None:

            def inside(name: str, folder: str = folder) -> str | None:
                return read(f"{folder}/{name}")

            dependencies = _of_pyproject(_toml(text, f"{where}/{folder}/pyproject.toml"), inside, where)
            if dependencies is not None and not dependencies.folders:
                yield replace(dependencies, origin=f"{folder}/{dependencies.origin}")


def _of_functions(read: Read, where: str) -> Wanted:
    """What the functions and layers of a SAM template ask for, each in its own folder, together."""
    template = next((text for name in TEMPLATES if (text := read(name)) is not None), "")
    lists = [
        _of_list(text, name, read, where)
        for name in lists_of(template)
        if name not in LISTS and (text := read(name)) is not None
    ]
    if not lists:
        return Wanted(origin="")
    lines = tuple(dict.fromkeys(line for one in lists for line in one.lines))
    constraints = tuple(dict.fromkeys(line for one in lists for line in one.constraints))
    folders = tuple(dict.fromkeys(folder for one in lists for folder in one.folders))
    return replace(lists[0], lines=lines, constraints=constraints, folders=folders)


def _only_checks(dependencies: Wanted) -> bool:
    names = {re.split(r"[^A-Za-z0-9._-]", line.strip(), maxsplit=1)[0].lower() for line in dependencies.lines}
    return bool(names) and names <= CHECKERS


def _of_list(text: str, name: str, read: Read, where: str) -> Wanted:
    lines = list(lines_of(text, _including(read, name, where), file=f"{where}/{name}"))
    requirements = [line for line in lines if not line.folder and not line.constraint]
    own = any(_is_self(line.folder) for line in lines)
    folders = tuple(line.folder for line in lines if line.folder and not _is_self(line.folder))
    itself = _project(read, where) if own else None
    return Wanted(
        origin=name,
        lines=(*(line.text for line in requirements), *(itself.lines if itself else ())),
        constraints=tuple(line.text for line in lines if line.constraint),
        folders=folders,
        python=_python(read, where),
        hashed=locked(lines),
    )


def listed(text: str, read: Read, *, name: str, where: str) -> list[Line]:
    """The requirements of a file of the app, line by line. Raises :class:`BundleError`."""
    return list(lines_of(text, _including(read, name, where), file=f"{where}/{name}"))


def _including(read: Read, name: str, where: str) -> Callable[[str], str]:
    def include(below: str) -> str:
        path = posixpath.normpath(posixpath.join(posixpath.dirname(name), below))
        text = None if path.startswith(("../", "/")) else read(path)
        if text is None:
            raise BundleError(f"{where}/{name} includes {below}, which the app does not have")
        return text

    return include


def wanted_of_package(read: Read, *, where: str) -> Wanted:
    """What a package in a folder asks for itself: what its project says, else its list. Raises :class:`BundleError`."""
    return _project(read, where) or wanted_of(read, where=where)


def _is_self(folder: str) -> bool:
    return bool(folder) and posixpath.normpath(folder) == "."


def _project(read: Read, where: str) -> Wanted | None:
    """What the folder asks for as a package of its own."""
    if (text := read("pyproject.toml")) is not None:
        return _of_pyproject(_toml(text, f"{where}/pyproject.toml"), read, where)
    for name, reader in (("setup.cfg", _of_setup_cfg), ("setup.py", _of_setup_py)):
        if (text := read(name)) is not None and (dependencies := reader(text, read, where)) is not None:
            return dependencies
    return None


def _python(read: Read, where: str) -> str:
    text = read("pyproject.toml")
    return str(_toml(text, f"{where}/pyproject.toml").get("project", {}).get("requires-python", "")) if text else ""


def _toml(text: str, path_shown: str) -> Mapping[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        raise BundleError(f"{path_shown} is not TOML: {wrong}") from None


def _of_pyproject(document: Mapping[str, Any], read: Read, where: str) -> Wanted | None:
    project, tool = document.get("project", {}), document.get("tool", {})
    uv = tool.get("uv", {})
    if "dependencies" in project:
        return _with_sources(
            list(project["dependencies"]),
            uv.get("sources", {}),
            str(project.get("requires-python", "")),
            where,
            _addresses(uv.get("index", ())),
        )
    if "dependencies" in project.get("dynamic", ()):
        files = tool.get("setuptools", {}).get("dynamic", {}).get("dependencies", {}).get("file", ())
        for name in [files] if isinstance(files, str) else files:
            if (text := read(name)) is not None:
                return _of_list(text, name, read, where)
    if poetry := tool.get("poetry", {}).get("dependencies"):
        return of_poetry(poetry, _addresses(tool["poetry"].get("source", ())))
    if flit := tool.get("flit", {}).get("metadata", {}).get("requires"):
        return Wanted(origin="pyproject.toml", lines=tuple(flit))
    return Wanted(origin="pyproject.toml") if "name" in project and "dynamic" not in project else None


def _addresses(listed: Any) -> dict[str, str]:  # noqa: ANN401 - as TOML has it
    """The indexes of a file: name -> address."""
    tables = [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []
    return {str(one.get("name", "")): str(one.get("url", "")) for one in tables}


def _from_elsewhere(name: str, source: Mapping[str, Any], indexes: Mapping[str, str]) -> list[str]:
    """The place that a package is to come from, where it is none of those that everybody has.

    The machine's index would be asked in its place, and may have a package of the same name from another author.
    """
    if address := next((str(source[key]) for key in ("url", "file") if key in source), ""):
        return [f"{name} from {address}"]
    if str(source.get("git", "")).startswith(("http:", "git:")):
        return [f"{name} from {source['git']}, which others may change on its way,"]
    index = str(source.get("index") or source.get("source") or "")
    address = indexes.get(index, "")
    public = PUBLIC.match(address) or index.lower() == "pypi"
    return [f"{name} from the index {index!r}" + (f" ({address})" if address else "")] if index and not public else []


def _with_sources(
    lines: list[str], sources: Mapping[str, Any], python: str, where: str, indexes: Mapping[str, str]
) -> Wanted:
    """Requirements of a project, with those that uv's settings say come from elsewhere."""
    from packaging.requirements import InvalidRequirement, Requirement

    remaining, folders, elsewhere = list[str](), list[str](), list[str]()
    for line in lines:
        try:
            name = Requirement(line).name
        except InvalidRequirement as wrong:
            raise BundleError(f"{where}/pyproject.toml depends on {line!r}: {str(wrong).splitlines()[0]}") from None
        source = sources.get(name, {})
        if isinstance(source, list):
            source = source[0] if source else {}
        elsewhere += _from_elsewhere(name, source, indexes)
        if "git" in source:
            # Without a commit, what the lock says counts.
            reference = next((source[key] for key in ("rev", "tag", "branch") if key in source), "HEAD")
            remaining.append(f"{name} @ git+{source['git']}@{reference}")
        elif "path" in source:
            folders.append(source["path"])
        elif source.get("workspace"):
            folders.append(f"workspace:{name}")
        else:
            remaining.append(line)
    return Wanted(
        origin="pyproject.toml",
        lines=tuple(remaining),
        folders=tuple(folders),
        python=python,
        elsewhere=tuple(elsewhere),
    )


def of_poetry(listed: Mapping[str, Any], indexes: Mapping[str, str]) -> Wanted:
    """What a table of Poetry's dependencies asks for."""
    lines, folders, elsewhere = list[str](), list[str](), list[str]()
    python = ""
    for name, value in listed.items():
        for one in value if isinstance(value, list) else [value]:
            table = one if isinstance(one, Mapping) else {"version": one}
            elsewhere += _from_elsewhere(name, table, indexes)
            if name == "python":
                python = caret(str(table["version"]))
            elif "path" in table:
                folders.append(table["path"])
            elif "git" in table:
                lines.append(f"{name} @ git+{table['git']}@{table.get('rev', '')}")
            elif not table.get("optional"):
                extras = f"[{','.join(table['extras'])}]" if table.get("extras") else ""
                marker = f"; {table['markers']}" if table.get("markers") else ""
                lines.append(f"{name}{extras}{caret(str(table.get('version', '*')))}{marker}")
    return Wanted(
        origin="pyproject.toml",
        lines=tuple(lines),
        folders=tuple(folders),
        python=python,
        elsewhere=tuple(elsewhere),
    )


def caret(version: str) -> str:
    """A version as Poetry writes it (``^1.2``, ``~1.2``, ``1.*``, ``*``), as PEP 440 does."""
    return ",".join(filter(None, (_caret(part.strip()) for part in version.split(",")))) if version != "*" else ""


def _caret(version: str) -> str:
    if version in ("*", ""):
        return ""
    if version[0] not in "^~" or version.startswith("~="):
        return version if version[0] in "<>=!~" else f"=={version}"
    parts = [int(part) for part in re.findall(r"\d+", version.partition("-")[0])]
    if version[0] == "~":
        upper = [*parts[: max(1, min(2, len(parts)) - 1)], parts[1] + 1] if len(parts) > 1 else [parts[0] + 1]
    else:
        first = next((index for index, part in enumerate(parts) if part), len(parts) - 1)
        upper = [*parts[:first], parts[first] + 1]
    return f">={version[1:]},<{'.'.join(map(str, upper))}"


def _of_pipfile(document: Mapping[str, Any], read: Read, where: str) -> Wanted:
    lines, folders, elsewhere = list[str](), list[str](), list[str]()
    indexes = _addresses(document.get("source", ()))
    for name, value in document.get("packages", {}).items():
        table = value if isinstance(value, Mapping) else {"version": value}
        elsewhere += _from_elsewhere(name, table, indexes)
        if "path" in table:
            folders.append(table["path"])
        elif "git" in table:
            lines.append(f"{name} @ git+{table['git']}@{table.get('ref', '')}")
        else:
            version = "" if table.get("version", "*") == "*" else table["version"]
            extras = f"[{','.join(table['extras'])}]" if table.get("extras") else ""
            marker = f"; {table['markers']}" if table.get("markers") else ""
            lines.append(f"{name}{extras}{version}{marker}")
    return Wanted(origin="Pipfile", lines=tuple(lines), folders=tuple(folders), elsewhere=tuple(elsewhere))


def _of_setup_cfg(text: str, _read: Read, where: str) -> Wanted | None:
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(text)
    except configparser.Error as wrong:
        raise BundleError(f"{where}/setup.cfg cannot be read: {' '.join(str(wrong).split())}") from None
    if not parser.has_option("options", "install_requires"):
        return None
    lines = [line.strip() for line in parser["options"]["install_requires"].splitlines()]
    python = parser["options"].get("python_requires", "")
    return Wanted(origin="setup.cfg", lines=tuple(line for line in lines if line and line[0] != "#"), python=python)


def _of_setup_py(text: str, read: Read, where: str) -> Wanted | None:
    try:
        tree = ast.parse(text)
    except SyntaxError as wrong:
        raise BundleError(f"{where}/setup.py is not Python: {wrong.msg} (line {wrong.lineno})") from None
    constants = {
        target.id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "install_requires":
            value = constants.get(node.value.id, node.value) if isinstance(node.value, ast.Name) else node.value
            match value:
                case ast.Call(args=[ast.Constant(value=str(name))]):
                    # A helper of the project's own that reads a list.
                    for place in (name, f"requirements/{name}"):
                        if (listed_there := read(place)) is not None:
                            return _of_list(listed_there, place, read, where)
                case _:
                    pass
            try:
                return Wanted(origin="setup.py", lines=tuple(ast.literal_eval(value)))
            except (ValueError, TypeError):
                raise BundleError(
                    f"{where}/setup.py computes install_requires, and nothing of an app is run to read it: list the "
                    "packages in a requirements.in"
                ) from None
    return None


def names_of(lines: tuple[str, ...], fits: Callable[[str], bool]) -> Iterator[str]:
    """The packages of some requirements whose marker ``fits``, as they are written."""
    from packaging.requirements import Requirement

    for line in lines:
        requirement = Requirement(line)
        if fits(str(requirement.marker or "")):
            yield requirement.name
