"""A function's name: the provider takes an ARN for the same."""

from slipway.sandbox.handler import Props


def by_name(new: Props) -> Props:
    """A function given by its ARN, by its name: the provider takes the two for the same."""
    return {**new, **{key: short(new[key]) for key in ("functionName", "function") if isinstance(new.get(key), str)}}


def short(function: str) -> str:
    """A function's name, given that or its ARN."""
    return function.split(":")[6] if function.startswith("arn:") else function
