"""What `pulumi` runs: the provider on a port of its own, which it prints."""

from slipway.providers.protocol.plugin import run
from slipway.providers.pythonanywhere.package import PACKAGE

if __name__ == "__main__":
    run(PACKAGE)
