"""The local clouds as the command shows them: what runs, how to reach it, how to stop it."""

import glob
import shlex
from collections.abc import Sequence

from slipway.errors import UserError, nearest
from slipway.sandbox import composition
from slipway.sandbox.docker import daemon, surroundings
from slipway.sandbox.handler import CloudError
from slipway.sandbox.images import bases
from slipway.sandbox.images.debian import PackagesError
from slipway.sandbox.images.recipes import RECIPES
from slipway.sandbox.pythonanywhere.world import World, folder
from slipway.stack.backends import Backend
from slipway.stack.engines import Engine
from slipway.stack.project import Project
from slipway.verbs import other_programs, tables
from slipway.verbs.app_files import FILES
from slipway.verbs.tables import table_of


def stop() -> None:
    """End every local service of this checkout and say how many there were."""
    project = Project.find()
    ended = composition.stop(project.state_folder, _written_by_apps(project))
    print(f"stopped: {', '.join(ended)}" if ended else "nothing was running")


def _written_by_apps(project: Project) -> list[str]:
    """What the apps of all stacks have written themselves on PythonAnywhere, as patterns of its machine's paths."""
    try:
        states = Backend(project, Engine.embedded, True)
        resources = [one for stack in states.stacks() for one in states.resources(stack.name)]
    except UserError:
        return []  # a state that cannot be read keeps no one from stopping
    files = [one for one in resources if one.get("type") == FILES]
    inputs = [one.get("inputs") or {} for one in files]
    declared = [f"{one.get('directory')}/{path}" for one in inputs for path in one.get("data") or ()]
    uploaded = {
        f"{one.get('id')}/{path}"
        for one in files
        for properties in (one.get("inputs") or {}, one.get("outputs") or {})
        for path in {**(properties.get("manifest") or {}), **(properties.get("deployed") or {})}
    }
    world = folder(project.state_folder)
    things = World(world).held() if world.exists() else ()
    paths = [other_programs.written_path(f"{thing} on PythonAnywhere") for thing in things]
    return [*declared, *(glob.escape(path) for path in paths if path and path not in uploaded)]


def print_environment(plugin: str = "") -> None:
    """Start what is missing and print the shell's export lines for ``pulumi`` and the clouds' own clients.

    ``plugin`` is a package that an engine is to start the own plugin of. Raises :class:`UserError` for another one.
    """
    project = Project.find()
    composition.ensure(project.state_folder, project.root)
    try:
        variables = (
            composition.plugin_variables(project.state_folder, project.root, plugin)
            if plugin
            else composition.client_variables(project.state_folder, project.root)
        )
    except ValueError as error:
        raise UserError(f"--plugin: {error}") from error
    for name, value in sorted(variables.items()):
        print(f"export {name}={shlex.quote(value)}")


def show() -> int:
    """A row a service, and what the sandbox does less than the clouds; 1 where a service is down."""
    states = composition.states(Project.find().state_folder)
    rows = [
        (
            s.name,
            f"127.0.0.1:{s.port}" if s.port else "behind the gateway",
            str(s.pid),
            "answers" if s.healthy else "does not answer",
        )
        for s in states
    ]
    tables.show(table_of("Local services", ("service", "address", "process", "health"), rows))
    tables.show(table_of("Less than the cloud", ("", ""), composition.less_than_the_clouds()))
    return 0 if all(s.healthy for s in states) else 1


def base_images(which: Sequence[str]) -> int:
    """Make the base images that the daemon lacks and name them, one a line. Raises :class:`UserError`."""
    import time
    from contextlib import closing

    project = Project.find()
    for name in which:
        if name not in RECIPES:
            raise UserError(f"there is no base image {name!r}{nearest(name, RECIPES)}: there are {', '.join(RECIPES)}")
    try:
        with closing(daemon.connect(daemon.address())) as client:
            for name in which or RECIPES:
                began = time.monotonic()
                base = bases.have(client, name)
                surroundings.note(project.state_folder, name, base.reference)
                size = client.images.get(base.reference).attrs["Size"] / 1e6
                print(f"{base.reference}   {RECIPES[name].says}, {size:.0f} MB, {time.monotonic() - began:.1f} s")
    except (CloudError, PackagesError) as failed:
        raise UserError(str(failed)) from None
    return 0
