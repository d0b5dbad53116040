"""What an app imports, of its own and of others, and what of it a list of packages or a lock has."""

import posixpath
import sys
from collections.abc import Iterator

from slipway.bundle.entries import Interface
from slipway.bundle.locks import LOCK, LOCKS, normal
from slipway.bundle.locks.wanted import LISTS, Wanted, names_of
from slipway.bundle.locks.workspace import workspace_of
from slipway.recognise.entries import PASSED_OVER, Candidate, Code
from slipway.recognise.findings import Finding, Sure
from slipway.recognise.folder import Folder
from slipway.recognise.module import HTTP_FUNCTION, Module
from slipway.recognise.notes import Notes
from slipway.recognise.packages import PACKAGES


def top_names(module: Module) -> set[str]:
    """The packages that a module imports, by their first names."""
    return {name.partition(".")[0] for name in module.absolute}


def _closure(code: Code, module: Module) -> list[Module]:
    """A module, and those of the folder that it imports, one by the other."""
    reached = [module]
    for each in reached:
        root = code.root_of(each.path)
        for name in (*each.absolute, *each.imports.values()):
            # `from counting import count` is counting.count: the module may be the whole of it, or what stands before.
            other = code.find(name, root) or code.find(name.rpartition(".")[0] or name, root)
            if other is not None and other not in reached:
                reached.append(other)
    return reached


def _own_names(code: Code) -> set[str]:
    """What the app's own modules and packages are imported as."""
    modules = {posixpath.basename(path).removesuffix(".py") for path in code.modules}
    return modules | {part for path in code.modules for part in path.split("/")[:-1]}


def imported(code: Code, best: Candidate) -> tuple[str, ...]:
    """What a file that serves by itself imports, and what that imports of the folder; Streamlit's pages too."""
    folder = posixpath.dirname(best.code)
    pages = f"{folder}/pages/".removeprefix("/")
    started = [code.modules[best.code]] if best.code in code.modules else []
    started += [module for path, module in code.modules.items() if path.startswith(pages)]
    reached = [other for module in started for other in _closure(code, module)]
    own = _own_names(code)
    tops = {top for module in reached for top in top_names(module) - module.guarded}
    return tuple(sorted(tops - own - sys.stdlib_module_names - {""}))


def arguments_of(code: Code) -> dict[str, dict[str, bool]]:
    """By each file that is run: the options of its parser, and of what it imports of the folder."""
    return {
        path: {name: needed for one in _closure(code, module) for name, needed in one.arguments.items()}
        for path, module in code.modules.items()
        if module.runs and not PASSED_OVER.search(path)
    }


def starter(code: Code, module: Module, paths: list[str]) -> str:
    """The file that is run to start a module: one that imports it, else its own."""
    for path in paths:
        other = code.modules[path]
        names = (*other.absolute, *other.imports.values())
        if other.runs and any(code.find(name, code.root_of(path)) is module for name in names):
            return path
    return module.path


def lock_of_folder(folder: Folder, dependencies: Wanted) -> str:
    """The lock that counts, by its path; "" where there is none."""
    if dependencies.hashed and dependencies.origin == LOCK:
        return LOCK
    if dependencies.origin == "requirements.in" and "--hash" in (folder.read(LOCK) or ""):
        return LOCK
    if own := next((name for name in LOCKS if name in folder.tree.files), ""):
        return own
    workspace = workspace_of(folder.tree.root) if dependencies.origin == "pyproject.toml" else None
    return workspace.shown if workspace is not None and workspace.lock.is_file() else ""


def dependencies_finding(dependencies: Wanted, lock: str, undeclared: tuple[str, ...]) -> Finding:
    """What the app depends on, how much of it, and what locks it."""
    if undeclared and not dependencies.origin:
        return Finding(subject="dependencies", value=f"not declared: {', '.join(undeclared)}", sure=Sure.guessed)
    count = len(dependencies.lines) + len(dependencies.folders)
    summary = f"{count} in {dependencies.origin}" if dependencies.origin else "none"
    pinned = f", locked by {lock}" if lock else ", no lock" if dependencies else ""
    return Finding(subject="dependencies", value=summary + pinned, file=lock or dependencies.origin)


def undeclared_of(code: Code, dependencies: Wanted, lock: str, best: Candidate | None) -> tuple[str, ...]:
    """Packages that are imported, are none of Python's or the app's own, and are declared nowhere.

    Where some are declared, what else is imported may come with those: only what calls a function of Google's is then
    missed, which Google adds itself.
    """
    if lock and not dependencies.origin:
        return ()
    google = (
        {PACKAGES["functions_framework"]}
        if best is not None and best.framework.name == HTTP_FUNCTION.name
        else set[str]()
    )
    own = _own_names(code)
    declared = {normal(name) for name in names_of(dependencies.lines, lambda _: True)}
    missing = set(google)
    for path, module in code.modules.items():
        if PASSED_OVER.search(path):
            continue
        tops = top_names(module) - module.guarded - sys.stdlib_module_names - own
        missing.update(PACKAGES[top] for top in tops if top in PACKAGES)
    # What starts an app with a server of its own is not tried before it goes anywhere: it is listed at once.
    server = best.framework.package or best.framework.name if best and best.interface is Interface.command else ""
    chosen = google | ({server} & missing) if declared else missing
    return (
        tuple(sorted(name for name in chosen if normal(name) not in declared)) if _can_be_listed(dependencies) else ()
    )


def _can_be_listed(dependencies: Wanted) -> bool:
    """Whether a package can be added to what declares them: a list of requirements, or none yet."""
    return not dependencies.hashed and dependencies.origin in ("", *LISTS)


def python_findings(notes: Notes, dependencies: Wanted) -> Iterator[Finding]:
    """The Pythons that the app is for, each by the file that says so."""
    for version, file, line in notes.python[:2]:
        yield Finding(subject="python", value=version, file=file, line=line)
    if dependencies.python:
        yield Finding(subject="python", value=dependencies.python, file=dependencies.origin)
