"""Turns a folder of ``app_src`` into what a target takes: byte-stable, cached by content. Knows nothing of Pulumi."""

from slipway.bundle.artifact import Artifact
from slipway.bundle.cache import Cache
from slipway.bundle.changes import Why, outputs_of, why, why_deployed
from slipway.bundle.errors import BundleError
from slipway.bundle.kinds import KINDS
from slipway.bundle.kinds.app_engine_zip import app_engine_zip
from slipway.bundle.kinds.beam_package import beam_package
from slipway.bundle.kinds.beanstalk_zip import beanstalk_zip
from slipway.bundle.kinds.container_context import container_context
from slipway.bundle.kinds.lambda_layer import lambda_layer
from slipway.bundle.kinds.lambda_zip import lambda_zip
from slipway.bundle.kinds.static_folder import static_folder
from slipway.bundle.locks import lock

__all__ = [
    "KINDS",
    "Artifact",
    "BundleError",
    "Cache",
    "Why",
    "app_engine_zip",
    "beam_package",
    "beanstalk_zip",
    "container_context",
    "lambda_layer",
    "lambda_zip",
    "lock",
    "outputs_of",
    "static_folder",
    "why",
    "why_deployed",
]
