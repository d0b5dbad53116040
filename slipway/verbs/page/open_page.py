"""Open the sandbox's own page: ``slipway open sandbox``."""

import sys
import webbrowser

from slipway.errors import UserError
from slipway.sandbox import composition
from slipway.sandbox.composition.start import StartError, ensure_one_more
from slipway.sandbox.gateway.links import draw
from slipway.sandbox.services import registry
from slipway.stack.project import Project

NAME = "page"


def open_page(*, browser: bool) -> int:
    """Start the page where it does not run and print a link that opens it once. Raises :class:`UserError`.

    With ``browser``, on a terminal, the page is shown too; the link is pasted there, since the arguments of the
    browser's command would show it to every user of this machine.
    """
    project = Project.find()
    if not composition.find(project.state_folder):
        raise UserError("nothing runs on this machine: `slipway up` brings the sandbox up")
    try:
        composition.ensure(project.state_folder, project.root)
        ensure_one_more(project.state_folder, project.root, NAME, "slipway.verbs.page.server")
    except StartError as failed:
        raise UserError(str(failed)) from None
    address = f"http://127.0.0.1:{registry.load(project.state_folder)['gateway'].ports[NAME]}/"
    print(f"{address}#{draw(project.state_folder)}")
    if browser and sys.stdout.isatty():
        print("paste this line into the page that opens: it works once", file=sys.stderr)
        webbrowser.open(address)
    return 0
