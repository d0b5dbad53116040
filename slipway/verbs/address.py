"""Print the address of an app: ``slipway open``."""

import sys
import webbrowser

from slipway.errors import UserError
from slipway.stack.engines import Engine
from slipway.verbs.deployments import find_deployment


def print_address(stack: str, name: str, engine: Engine = Engine.auto, *, browser: bool) -> int:
    """Print an app's address alone on a line; with ``browser``, on a terminal, open it there too."""
    deployment, _ = find_deployment(stack, name, engine)
    if not deployment.app.url:
        raise UserError(f"{name} runs on {deployment.app.platform} and has no address")
    print(deployment.app.url)
    if browser and sys.stdout.isatty():
        webbrowser.open(deployment.app.url)
    return 0
