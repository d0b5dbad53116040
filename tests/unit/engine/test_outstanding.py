"""The set of outputs that the SDK waits for."""

import asyncio

import pytest

from slipway.engine.operation.outstanding import WINDOW, Outstanding


async def _wait(outputs):
    """What the SDK does with the set (pulumi.runtime.stack.wait_for_rpcs)."""
    while len(outputs):
        pending = list(outputs)
        outputs.clear()
        done, rest = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            await task
        for task in rest:
            outputs.add(task)


def test_every_output_is_waited_for():
    """Many more than are shown at once, done in any order, others added meanwhile."""
    finished = []

    async def run():
        outputs = Outstanding()

        async def one(number):
            await asyncio.sleep(0.001 * (number % 7))
            if number < 50:
                outputs.add(asyncio.ensure_future(one(number + 1000)))
            finished.append(number)

        for number in range(5 * WINDOW):
            outputs.add(asyncio.ensure_future(one(number)))
        await _wait(outputs)

    asyncio.run(run())
    assert len(finished) == 5 * WINDOW + 50


def test_a_failure_out_of_sight_is_noticed_at_once():
    """The last of many fails while the first ones never end."""

    async def run():
        outputs = Outstanding()
        never = [asyncio.ensure_future(asyncio.sleep(60)) for _ in range(2 * WINDOW)]

        async def fail():
            await asyncio.sleep(0.01)
            raise ValueError("noticed")

        for task in (*never, asyncio.ensure_future(fail())):
            outputs.add(task)
        try:
            await asyncio.wait_for(_wait(outputs), 5)
        finally:
            for task in never:
                task.cancel()

    with pytest.raises(ValueError, match="noticed"):
        asyncio.run(run())
