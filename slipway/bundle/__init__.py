"""Turns a folder of ``app_src`` into what a target takes: byte-stable, cached by content. Knows nothing of Pulumi.

Each name is loaded when it is first asked for (PEP 562): the command answers for an unchanged app before any of them.
"""

TYPE_CHECKING = False  # as type checkers know it: importing `typing` takes longer than answering

if TYPE_CHECKING:
    from slipway.bundle.artifact import Artifact
    from slipway.bundle.cache import Cache
    from slipway.bundle.changes import Why, artifact_output, why, why_deployed
    from slipway.bundle.errors import BundleError
    from slipway.bundle.kinds import KINDS
    from slipway.bundle.kinds.app_engine_zip import app_engine_zip
    from slipway.bundle.kinds.beam_package import beam_package
    from slipway.bundle.kinds.beanstalk_zip import beanstalk_zip
    from slipway.bundle.kinds.container_context import container_context
    from slipway.bundle.kinds.lambda_layer import lambda_layer
    from slipway.bundle.kinds.lambda_zip import lambda_zip
    from slipway.bundle.kinds.pythonanywhere_zip import pythonanywhere_zip
    from slipway.bundle.kinds.static_folder import static_folder
    from slipway.bundle.locks import lock

_WHERE = {
    "Artifact": "artifact",
    "BundleError": "errors",
    "Cache": "cache",
    "KINDS": "kinds",
    "Why": "changes",
    "app_engine_zip": "kinds.app_engine_zip",
    "beam_package": "kinds.beam_package",
    "beanstalk_zip": "kinds.beanstalk_zip",
    "container_context": "kinds.container_context",
    "lambda_layer": "kinds.lambda_layer",
    "lambda_zip": "kinds.lambda_zip",
    "lock": "locks",
    "artifact_output": "changes",
    "pythonanywhere_zip": "kinds.pythonanywhere_zip",
    "static_folder": "kinds.static_folder",
    "why": "changes",
    "why_deployed": "changes",
}
"""Name -> the module of this package that has it."""


def __getattr__(name: str) -> object:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    result = globals()[name] = vars(import_module(f"{__name__}.{_WHERE[name]}"))[name]
    return result


__all__ = [
    "KINDS",
    "Artifact",
    "BundleError",
    "Cache",
    "Why",
    "app_engine_zip",
    "artifact_output",
    "beam_package",
    "beanstalk_zip",
    "container_context",
    "lambda_layer",
    "lambda_zip",
    "lock",
    "pythonanywhere_zip",
    "static_folder",
    "why",
    "why_deployed",
]
