"""The APIs that are served: another is a module with its rows, and its name here."""

from collections.abc import Mapping

from slipway.sandbox.google import dataflow, projects
from slipway.sandbox.google.routing import Api

APIS: Mapping[str, Api] = {api.name: api for api in (dataflow.API, projects.API)}
"""By the first segment of an address."""
