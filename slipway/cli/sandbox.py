"""The commands on the local clouds themselves."""

from typing import Annotated

import typer

from slipway.cli.options import group, guarded
from slipway.verbs import sandbox as local_clouds

app = group(help="Show, reach and stop the local clouds themselves.")


@app.command("base-image")
@guarded
def base_image(
    which: Annotated[list[str] | None, typer.Argument(metavar="[python|prometheus]", help="Default: both.")] = None,
) -> int:
    """Make the images that containers start from, of Debian's packages as apt knows them now: no hub is needed.

    `slipway up` makes them where they are missing; this takes newer packages after `apt-get update`.
    """
    return local_clouds.base_images(which or ())


@app.command("stop")
@guarded
def stop() -> None:
    """End every local service of this checkout. The stack's state stays; the next `up` brings everything back."""
    local_clouds.stop()


@app.command("env")
@guarded
def env(
    plugin: Annotated[
        str, typer.Option(metavar="PACKAGE", help="Let Pulumi's own plugin of this package act on the sandbox: gcp.")
    ] = "",
) -> None:
    """Print the variables with which a plain `pulumi up --stack sandbox` does the same.

    Use it as: eval "$(slipway sandbox env)"
    """
    local_clouds.print_environment(plugin)


@app.command("status")
@guarded
def status() -> int:
    """Show the local services, their health, and where they do less than the cloud does."""
    return local_clouds.show()
