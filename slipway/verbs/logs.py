"""Print what an app has logged: ``slipway logs``."""

from slipway.stack.engines import Engine
from slipway.verbs.deployments import find_deployment, require


def logs(stack: str, name: str, engine: Engine = Engine.auto, *, follow: bool, lines: int) -> int:
    """Print the last ``lines`` lines; with ``follow`` also new ones, until Ctrl-C. Raises :class:`UserError`."""
    deployment, platform = find_deployment(stack, name, engine)
    read = require(deployment, platform.logs)
    try:
        for line in read(deployment, follow, lines):
            print(line, flush=True)
    except KeyboardInterrupt:
        print()
    return 0
