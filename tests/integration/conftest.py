"""Programs on Pulumi's mocks, as in the unit tests; what is here may start processes, as the packer of an app does."""

from tests.unit.conftest import deploy

__all__ = ["deploy"]
