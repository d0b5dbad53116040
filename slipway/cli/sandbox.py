"""The commands on the local clouds themselves."""

from collections.abc import Callable
from typing import Annotated

import typer


def base_image(
    which: Annotated[list[str] | None, typer.Argument(metavar="[python|prometheus]", help="Default: both.")] = None,
) -> int:
    """Make the images that containers start from, of Debian's packages as apt knows them now: no hub is needed.

    `slipway up` makes them where they are missing; this takes newer packages after `apt-get update`.
    """
    from slipway.verbs.sandbox import base_images

    return base_images(which or ())


def stop() -> None:
    """End every local service of this checkout. The stack's state stays; the next `up` brings everything back."""
    from slipway.verbs.sandbox import stop

    stop()


def env() -> None:
    """Print the variables with which a plain `pulumi up --stack sandbox` does the same.

    Use it as: eval "$(slipway sandbox env)"
    """
    from slipway.verbs.sandbox import print_environment

    print_environment()


def status() -> int:
    """Show the local services, their health, and where they do less than the cloud does."""
    from slipway.verbs.sandbox import show

    return show()


COMMANDS: dict[str, Callable[..., int | None]] = {
    "base-image": base_image,
    "stop": stop,
    "env": env,
    "status": status,
}
"""By the word they are called by, after `slipway sandbox`."""
