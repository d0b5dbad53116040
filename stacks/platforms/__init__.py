"""Where apps may go: one file a platform, with the settings an app has there, and the one table of them."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from stacks.platforms.app_engine import AppEngineApp, Scaling
from stacks.platforms.aws_lambda import LambdaApp
from stacks.platforms.base import AnyApp
from stacks.platforms.beanstalk import BeanstalkApp
from stacks.platforms.cloud_run import CloudRunApp
from stacks.platforms.container import ContainerApp
from stacks.platforms.dataflow import DataflowApp
from stacks.platforms.events import Event
from stacks.platforms.grants import Grant
from stacks.platforms.image import ImageApp
from stacks.platforms.model import Model
from stacks.platforms.pythonanywhere import CommandSchedule, PythonAnywhereApp
from stacks.platforms.schedules import EventSchedule, RequestSchedule

__all__ = [
    "PLATFORMS",
    "AnyApp",
    "AppEngineApp",
    "AppSettings",
    "BeanstalkApp",
    "CloudRunApp",
    "ContainerApp",
    "DataflowApp",
    "Event",
    "Grant",
    "ImageApp",
    "LambdaApp",
    "Model",
    "PythonAnywhereApp",
    "Scaling",
]

AppSettings = Annotated[
    AppEngineApp | BeanstalkApp | CloudRunApp | ContainerApp | DataflowApp | LambdaApp | PythonAnywhereApp,
    Field(discriminator="platform"),
]
"""An app of any platform, told apart by ``platform``."""

PLATFORMS: Mapping[str, Mapping[tuple[str, ...], type[Model]]] = {
    "app-engine": {(): AppEngineApp, ("scaling",): Scaling, ("schedules", "*"): RequestSchedule},
    "beanstalk": {(): BeanstalkApp, ("grants", "*"): Grant},
    "cloud-run": {(): CloudRunApp, ("schedules", "*"): RequestSchedule, ("events", "*"): Event},
    "container": {(): ContainerApp},
    "dataflow": {(): DataflowApp},
    "lambda": {
        (): LambdaApp,
        ("schedules", "*"): EventSchedule,
        ("events", "*"): Event,
        ("grants", "*"): Grant,
    },
    "pythonanywhere": {(): PythonAnywhereApp, ("schedules", "*"): CommandSchedule},
}
"""Platform -> its model, and the models of what is nested in it, by place."""
