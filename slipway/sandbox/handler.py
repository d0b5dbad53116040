"""The provider protocol's handlers, under the name by which the sandbox's packages know them."""

from slipway.providers.protocol.handler import (
    Asset,
    CloudError,
    Handler,
    Package,
    Props,
    nothing_wrong,
    resuming,
    unchanged,
)

__all__ = ["Asset", "CloudError", "Handler", "Package", "Props", "nothing_wrong", "resuming", "unchanged"]
