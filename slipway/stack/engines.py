"""Which engine runs the program: the ``pulumi`` command where there is one, else, in the sandbox alone, our own."""

import shutil
from enum import StrEnum

from slipway.errors import UserError

INSTALL = "https://www.pulumi.com/docs/iac/download-install/"


class Engine(StrEnum):
    """What ``--engine`` takes."""

    auto = "auto"
    embedded = "embedded"
    pulumi = "pulumi"


def choose(requested: Engine, *, sandbox: bool, stack: str) -> Engine:
    """The engine for a stack: never ``auto``.

    Real clouds always go through ``pulumi`` and its provider plugins. Raises :class:`UserError` where ``pulumi`` is
    needed and missing, or where the embedded engine is asked to touch a real cloud.
    """
    installed = shutil.which("pulumi") is not None
    if not sandbox and requested is Engine.embedded:
        raise UserError(
            f"the stack {stack!r} lives in a real cloud, which the embedded engine never touches: "
            "leave --engine out, or take --stack sandbox"
        )
    if requested is Engine.pulumi or not sandbox:
        if not installed:
            raise UserError(
                f"the stack {stack!r} needs the `pulumi` command, and there is none on the PATH: "
                f"install it ({INSTALL}), or try the program on this machine with `slipway up --stack sandbox`"
            )
        return Engine.pulumi
    if requested is Engine.auto:
        return Engine.pulumi if installed else Engine.embedded
    return requested
