"""What the methods of all APIs share: the store, the clock, and where the rest of the sandbox answers."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from slipway.sandbox.google import errors
from slipway.sandbox.google.errors import ApiError
from slipway.sandbox.stores.google import Project, Store, Transaction, store_path

DELAY = "SLIPWAY_SANDBOX_API_DELAY"
"""The variable that says for how many seconds a newly enabled API still refuses; in Google Cloud it is minutes."""


SECONDS = 300.0
"""That an object may take to come."""


@dataclass(frozen=True, kw_only=True)
class Cloud:
    """Google Cloud as the sandbox has it."""

    state_folder: Path
    api_delay: float = 0.0
    variables: Callable[[], Mapping[str, str]] = field(default=dict, compare=False)
    """By which the rest of the sandbox is found: Cloud Storage, the apps' front, the Docker daemon, the registry."""
    now: Callable[[], float] = field(default=time.time, compare=False)

    @property
    def docker(self) -> str:
        """The Docker daemon that Cloud Run's revisions run on; "" where this machine has none."""
        return self.variables().get("SLIPWAY_DOCKER", "")

    def download(self, bucket: str, name: str) -> bytes | None:
        """An object of Cloud Storage; None where it is not there."""
        import httpx  # 100 ms, of calls that read an object alone

        variables = self.variables()
        response = httpx.get(
            f"{variables['STORAGE_EMULATOR_HOST']}/storage/v1/b/{quote(bucket, safe='')}/o/{quote(name, safe='')}",
            params={"alt": "media"},
            headers={"Authorization": f"Bearer {variables.get('GOOGLE_OAUTH_ACCESS_TOKEN', 'none')}"},
            timeout=SECONDS,
            trust_env=False,
        )
        if response.status_code == 404:
            return None
        if not response.is_success:
            raise ApiError(503, f"Cloud Storage answered {response.status_code}: {response.text}")
        return response.content

    @cached_property
    def store(self) -> Store:
        """The control plane."""
        store = Store(store_path(self.state_folder))
        store.stay_open()
        return store


def active(now: Transaction, project: str) -> Project:
    """A project by id or number, which must be there."""
    existing = now.project_by_number(project) if project.isdigit() else now.project(project)
    if existing is None or not existing.active:
        raise errors.not_yours(project)
    return existing


def usable(cloud: Cloud, now: Transaction, project: str, api: str) -> Project:
    """The project, which must be there with the API switched on, long enough ago."""
    existing = active(now, project)
    enabled = now.enabled(existing.id, api)
    if enabled is None or cloud.now() - enabled < cloud.api_delay:
        raise errors.disabled(api, existing.id, existing.number)
    return existing


def billed(project: Project) -> Project:
    """The project, which must be paid for."""
    if not project.billing:
        raise ApiError(
            403, "The billing account for the owning project is disabled in state absent", reason="accountDisabled"
        )
    return project


def stamp() -> str:
    """Now, as Google writes it."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
