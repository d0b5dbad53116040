"""The command ``slipway``. Its commands, and the files that have them, are in :mod:`slipway.cli.groups`."""

from slipway.cli.groups import Grouped
from slipway.cli.options import group

app = group(
    name="slipway",
    cls=Grouped,
    help="Take the small Python apps of app_src/ live, and down again. Start with: slipway up --stack sandbox",
)


@app.callback()
def slipway() -> None:
    """Take the small Python apps of app_src/ live, and down again. Start with: slipway up --stack sandbox"""
