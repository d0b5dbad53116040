"""Print the addresses of apps: ``slipway open``."""

import sys
import webbrowser

from slipway.errors import UserError
from slipway.stack.engines import Engine
from slipway.verbs import tables
from slipway.verbs.deployments import all_deployments, find_deployment
from slipway.verbs.tables import table_of


def print_address(stack: str, name: str, engine: Engine = Engine.auto, *, browser: bool) -> int:
    """Print an app's address alone on a line; with ``browser``, on a terminal, open it there too."""
    deployment, _ = find_deployment(stack, name, engine)
    if not deployment.app.url:
        raise UserError(f"{name} runs on {deployment.app.platform} and has no address")
    print(deployment.app.url)
    if browser and sys.stdout.isatty():
        webbrowser.open(deployment.app.url)
    return 0


def print_addresses(stack: str, engine: Engine = Engine.auto) -> int:
    """Print the address of every app of a stack. Raises :class:`UserError`."""
    rows = [
        (deployment.app.name, deployment.app.url or "no address") for deployment, _ in all_deployments(stack, engine)
    ]
    tables.show(table_of(f"Addresses of {stack}", ("app", "address"), rows))
    return 0
