"""The processes of a function's versions: who ends when, with workers that only note that they were ended."""

import threading
import time
from dataclasses import dataclass, field
from typing import Any

import pytest

from slipway.sandbox.aws.lambda_workers import FORGOTTEN, invalidation, reaping, release

KEY = "000000000000:us-east-1:shop:{}"


@dataclass(eq=False)
class Worker:
    in_use: bool = False
    last_used: float = field(default_factory=time.time)


@dataclass
class Pools:
    """As the emulator has them, and the workers that were ended."""

    pools: dict[str, list[Worker]]
    ended: list[Worker] = field(default_factory=list)

    def with_(self, make: Any, *before: Any) -> Any:
        return make(*before, self.pools, threading.Lock(), self.ended.extend)


def test_a_version_that_goes_leaves_a_call_in_flight_to_its_end():
    """Its idle process ends at once, the other one after its call; other versions have theirs on."""
    idle, busy, other = Worker(), Worker(in_use=True), Worker()
    world = Pools({KEY.format("1"): [idle, busy], KEY.format("2"): [other]})
    world.with_(invalidation)("shop", qualifier="1")
    assert world.ended == [idle]
    world.with_(release)(busy)
    assert world.ended == [idle, busy]
    world.with_(release)(other)
    assert world.ended == [idle, busy]


@pytest.mark.parametrize("scope", [{"account": "1"}, {"region": "eu-west-1"}, {"qualifier": "2"}])
def test_another_account_region_or_version_is_left_alone(scope: dict[str, str]):
    """A name is a function's in one account and region."""
    world = Pools({KEY.format("1"): [Worker()]})
    world.with_(invalidation)("shop", **scope)
    assert world.ended == []


def test_a_version_that_is_not_called_keeps_no_process():
    """The emulator would keep one of every version that ever was."""
    old, new = Worker(last_used=time.time() - FORGOTTEN - 1), Worker()
    busy = Worker(in_use=True, last_used=0)
    world = Pools({KEY.format("1"): [old], KEY.format("2"): [new, busy]})
    assert world.with_(reaping, lambda ttl: 0)() == 1
    assert world.ended == [old]
    assert list(world.pools) == [KEY.format("2")]
