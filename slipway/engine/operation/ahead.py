"""Imports, while the key of the secrets is being derived, the cloud SDKs that the program used the last time.

They take longer to import than everything the engine does, and the key's quarter of a second is spent outside of
Python. Only packages called ``pulumi_…`` are touched: a module of the program's own may declare resources as it is
imported.
"""

import contextlib
import importlib
import keyword
import threading
from collections.abc import Mapping
from typing import Any


def import_sdks(checkpoint: Mapping[str, Any]) -> None:
    """Begin to import the modules behind the types of a checkpoint's resources, in the background."""
    types = {str(resource.get("type", "")) for resource in checkpoint.get("resources") or ()}
    modules = sorted(filter(None, map(_module, types)))
    if modules:
        threading.Thread(target=_import, args=(modules,), daemon=True).start()


def _module(type_: str) -> str:
    """``aws:lambda/function:Function`` is in ``pulumi_aws.lambda_``; "" for what no SDK has."""
    package, _, rest = type_.partition(":")
    if package == "pulumi" or not package.isidentifier() or "$" in type_:
        return ""
    name = rest.partition(":")[0].partition("/")[0].lower()
    if name in ("", "index"):
        return f"pulumi_{package}"
    return f"pulumi_{package}.{name}{'_' if keyword.iskeyword(name) else ''}"


def _import(modules: list[str]) -> None:
    for module in modules:
        # What is wrong with a module is reported when the program imports it.
        with contextlib.suppress(Exception):
            importlib.import_module(module)
