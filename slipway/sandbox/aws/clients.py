"""The clients the handlers share: made once a process, lazily, safe to use from several threads.

Making a boto3 client costs tens of milliseconds and is not safe in two threads at once; using one is.
"""

import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any

from slipway.sandbox.handler import CloudError, Props

DEFAULT_REGION = "us-east-1"
CLIENTS = 64
"""Clients of the emulator that a process keeps: each server of its own makes an account for every request."""
_making = threading.Lock()


@dataclass(frozen=True)
class Endpoint:
    """Where the sandbox's AWS answers, and the keys that it takes; the caller's own keys are never sent to it."""

    url: str
    access_key: str
    secret_key: str

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "Endpoint":
        """As the sandbox's variables have it. Raises :class:`CloudError` where they have none."""
        try:
            names = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
            return cls(*(environment[name] for name in names))
        except KeyError as missing:
            raise CloudError(f"{missing.args[0]} is not set: the sandbox's AWS emulator is not running") from None


class Aws:
    """An account in a region. ``endpoint`` None is AWS itself, with credentials found the way boto3 finds them."""

    def __init__(
        self,
        endpoint: Endpoint | None,
        region: str,
        default_tags: Mapping[str, str] | None = None,
        *,
        state_folder: Path | None = None,
        front: str = "",
    ) -> None:
        self.endpoint, self.region = endpoint, region
        self.state_folder, self.front = state_folder, front
        self.default_tags = dict(default_tags or {})
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:  # noqa: ANN401 - boto3's clients have no static types
        """The client of one service ("iam", "logs"), the same one at each call."""
        if service not in self._clients:
            with _making:
                if service not in self._clients:
                    self._clients[service] = (
                        _session().client(service, region_name=self.region)
                        if self.endpoint is None
                        else _emulated(service, self.endpoint, self.region)
                    )
        return self._clients[service]

    @property
    def folder(self) -> Path:
        """The sandbox's folder, for what the emulator does not have. Raises :class:`CloudError` without one."""
        if self.state_folder is None:
            raise CloudError("SLIPWAY_HOME is not set: this is no sandbox's provider")
        return self.state_folder

    @cached_property
    def account(self) -> str:
        """The account's twelve digits."""
        return self.client("sts").get_caller_identity()["Account"]

    def in_region(self, new: Props) -> None:
        """Refuse a resource that asks for another region: its id alone could not be found again."""
        region = new.get("region")
        if region not in (None, self.region):
            raise CloudError(
                f"region {region!r}: the sandbox serves one region a provider, here {self.region}; "
                f"leave `region` out or set aws:region to {region}"
            )


def connect(config: Mapping[str, Any] | None = None, *, environment: Mapping[str, str] | None = None) -> Aws:
    """The sandbox's account in the configured region, where the environment (the process's own by default) has it.

    Raises :class:`CloudError` without an AWS_ENDPOINT_URL, so that nothing ever reaches a real account from here.
    """
    config, environment = config or {}, os.environ if environment is None else environment
    endpoint = Endpoint.of(environment)
    region = config.get("region") or environment.get("AWS_REGION") or DEFAULT_REGION
    options = config.get("defaultTags") or {}
    state_folder = environment.get("SLIPWAY_HOME")
    return Aws(
        endpoint,
        region,
        options.get("tags") if isinstance(options, Mapping) else None,
        state_folder=Path(state_folder) if state_folder else None,
        front=environment.get("SLIPWAY_FRONT", ""),
    )


def service_model(service: str) -> Any:  # noqa: ANN401
    """What botocore knows of a service's API: read once, and the same that its clients go by."""
    with _making:
        return _botocore().get_service_model(service)


@lru_cache(CLIENTS)
def _emulated(service: str, endpoint: Endpoint, region: str) -> Any:  # noqa: ANN401
    from botocore.config import Config

    config = Config(
        connect_timeout=3,
        read_timeout=120,  # an invocation may take a while; all else answers in milliseconds
        retries={"total_max_attempts": 2, "mode": "standard"},
        proxies={},  # it is on this machine, whatever proxy the user goes through elsewhere
        max_pool_connections=32,
        s3={"addressing_style": "path"},
    )
    return _session().client(
        service,
        region_name=region,
        endpoint_url=endpoint.url,
        aws_access_key_id=endpoint.access_key,
        aws_secret_access_key=endpoint.secret_key,
        config=config,
    )


@cache
def _session() -> Any:  # noqa: ANN401
    from boto3.session import Session

    return Session(botocore_session=_botocore())


@cache
def _botocore() -> Any:  # noqa: ANN401
    from botocore.session import get_session

    return get_session()
