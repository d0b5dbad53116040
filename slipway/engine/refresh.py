"""Refresh: look at every resource in its cloud, and put the state right."""
from slipway.engine.operation import Operation


def refresh(operation: Operation) -> None:
    raise NotImplementedError
