"""The local clouds as the command shows them: what runs, how to reach it, how to stop it."""

import shlex

from slipway.project import Project


def stop() -> None:
    """End every local service of this checkout and say how many there were."""
    from slipway.sandbox import services

    ended = services.stop(Project.find().home)
    print(f"stopped: {', '.join(ended)}" if ended else "nothing was running")


def print_environment() -> None:
    """Start what is missing and print the shell's export lines for a plain ``pulumi``."""
    from slipway.sandbox import services

    project = Project.find()
    services.ensure(project.home, project.root)
    for name, value in sorted(services.environment(project.home, project.root).items()):
        print(f"export {name}={shlex.quote(value)}")


def show() -> int:
    """A row a service, and what the sandbox does less than the clouds; 1 where a service is down."""
    from slipway import tables
    from slipway.sandbox import services
    from slipway.tables import table_of

    states = services.states(Project.find().home)
    rows = [(s.name, f"127.0.0.1:{s.port}", str(s.pid), "answers" if s.healthy else "does not answer") for s in states]
    tables.show(table_of("Local services", ("service", "address", "process", "health"), rows))
    tables.show(table_of("Less than the cloud", ("", ""), services.limits()))
    return 0 if all(s.healthy for s in states) else 1
