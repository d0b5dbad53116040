"""Where apps may go: one file a home, with the settings an app has there, and the one table of them."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from stacks.homes.app_engine import AppEngineApp, Scaling
from stacks.homes.aws_lambda import LambdaApp
from stacks.homes.base import AnyApp, Model
from stacks.homes.beanstalk import BeanstalkApp
from stacks.homes.cloud_run import CloudRunApp
from stacks.homes.container import ContainerApp
from stacks.homes.dataflow import DataflowApp
from stacks.homes.image import ImageApp
from stacks.homes.pythonanywhere import CommandSchedule, PythonAnywhereApp
from stacks.homes.schedules import EventSchedule, RequestSchedule

__all__ = [
    "HOMES",
    "AnyApp",
    "App",
    "AppEngineApp",
    "BeanstalkApp",
    "CloudRunApp",
    "ContainerApp",
    "DataflowApp",
    "ImageApp",
    "LambdaApp",
    "Model",
    "PythonAnywhereApp",
    "Scaling",
]

App = Annotated[
    AppEngineApp | BeanstalkApp | CloudRunApp | ContainerApp | DataflowApp | LambdaApp | PythonAnywhereApp,
    Field(discriminator="home"),
]
"""An app of any home, told apart by ``home``."""

HOMES: Mapping[str, Mapping[tuple[str, ...], type[Model]]] = {
    "app-engine": {(): AppEngineApp, ("scaling",): Scaling, ("schedules", "*"): RequestSchedule},
    "beanstalk": {(): BeanstalkApp},
    "cloud-run": {(): CloudRunApp, ("schedules", "*"): RequestSchedule},
    "container": {(): ContainerApp},
    "dataflow": {(): DataflowApp},
    "lambda": {(): LambdaApp, ("schedules", "*"): EventSchedule},
    "pythonanywhere": {(): PythonAnywhereApp, ("schedules", "*"): CommandSchedule},
}
"""Home -> its model, and the models of what is nested in it, by place."""
