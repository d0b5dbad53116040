"""Turns a folder of ``app_src`` into what a target takes: byte-stable, cached by content. Knows nothing of Pulumi."""

from slipway.bundle.artifact import Artifact
from slipway.bundle.cache import Cache
from slipway.bundle.errors import BundleError
from slipway.bundle.kinds import KINDS
from slipway.bundle.kinds.app_engine_zip import app_engine_zip
from slipway.bundle.kinds.lambda_zip import lambda_zip
from slipway.bundle.locks import lock

__all__ = ["KINDS", "Artifact", "BundleError", "Cache", "app_engine_zip", "lambda_zip", "lock"]
