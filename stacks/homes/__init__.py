"""Where apps may go: one file a home, with the settings an app has there, and the one table of them."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from stacks.homes.app_engine import AppEngineApp, Scaling
from stacks.homes.aws_lambda import LambdaApp
from stacks.homes.base import AnyApp, Model

__all__ = ["HOMES", "AnyApp", "App", "AppEngineApp", "LambdaApp", "Model", "Scaling"]

App = Annotated[AppEngineApp | LambdaApp, Field(discriminator="home")]
"""An app of any home, told apart by ``home``."""

HOMES: Mapping[str, Mapping[tuple[str, ...], type[Model]]] = {
    "app-engine": {(): AppEngineApp, ("scaling",): Scaling},
    "lambda": {(): LambdaApp},
}
"""Home -> its model, and the models of what is nested in it, by place."""
