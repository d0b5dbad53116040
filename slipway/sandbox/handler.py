"""The provider protocol's handlers, under the name by which the sandbox's packages know them."""

from slipway.providers.protocol.handler import (
    Asset,
    Calls,
    CloudError,
    Creation,
    Handler,
    Package,
    Props,
    creation,
    nothing_wrong,
    program_folder,
    unchanged,
)

__all__ = [
    "Asset",
    "Calls",
    "CloudError",
    "Creation",
    "Handler",
    "Package",
    "Props",
    "creation",
    "nothing_wrong",
    "program_folder",
    "unchanged",
]
