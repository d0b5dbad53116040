"""The command ``slipway``. Its commands, and the files that have them, are in :mod:`slipway.cli.groups`."""

from slipway.cli.groups import Grouped
from slipway.cli.options import group

app = group(
    name="slipway",
    cls=Grouped,
    help="Take Python apps live, and down again: `slipway add FOLDER` for your own, `slipway up` for a whole stack.",
)


@app.callback()
def slipway() -> None:
    """Take Python apps live, and down again: `slipway add FOLDER` for your own, `slipway up` for a whole stack."""
