"""The processes that wait for a function's calls: each starts and ends alone.

The emulator ends all of a version's processes where one does not start, those too that answer a call; and it ends a
process in the middle of its call where its version is deleted or its code changes. Lambda's execution environments do
not know of each other, and an update lets calls in flight finish:
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html.
"""

import threading
import time
from collections.abc import Callable
from typing import Any

STARTS = 2
"""How often a process is started for a call. Where its init fails, Lambda tries it again at the first call:
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib."""
FORGOTTEN = 600.0
"""Seconds without a call after which a version's last process ends too: one of every version would stay."""
INIT_FAILED = "Worker init failed: "
"""Stands before the reason that a worker gives itself."""
ENDED = "Worker process exited immediately"
DIED = "Worker process died"
"""How the emulator calls the end of a process in the middle of a call, and at its start (``ENDED``)."""


def install(lambda_runtime: Any, lambda_svc: Any) -> None:  # noqa: ANN401 - the emulator's modules
    """Let the emulator start and end its workers so."""
    pools, lock, kill = lambda_runtime._workers, lambda_runtime._lock, lambda_runtime.kill_workers
    lambda_runtime.Worker = worker_class(lambda_runtime.Worker, pools, lock, kill)
    for module in (lambda_runtime, lambda_svc):
        module.invalidate_worker = invalidation(pools, lock, kill)
        module.release_worker = release(pools, lock, kill)
        module.reap_idle_workers = reaping(module.reap_idle_workers, pools, lock, kill)


def worker_class(base: Any, pools: dict[str, list[Any]], lock: threading.Lock, kill: Callable[..., None]) -> Any:  # noqa: ANN401
    """The emulator's worker, which takes no other with it where it does not start."""

    class OwnWorker(base):
        def _spawn(self) -> None:
            for starts in range(1, STARTS + 1):
                try:
                    super()._spawn()
                except Exception:
                    if starts == STARTS:
                        raise
                    kill([self])
                else:
                    return

        def invoke(self, *args: Any, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401 - passed through
            try:
                return super().invoke(*args, **kwargs)
            except Exception as error:
                log = self._drain_stderr_bounded()
                kill([self])
                with lock:
                    _drop(pools, self)
                return {"status": "error", "error": _reason(error), "trace": "", "log": log}

    return OwnWorker


def invalidation(pools: dict[str, list[Any]], lock: threading.Lock, kill: Callable[..., None]) -> Callable[..., None]:
    """Take a function's workers, or those of a version, out of use: a call that is with one of them is finished."""

    def invalidate(
        function: str, qualifier: str | None = None, account: str | None = None, region: str | None = None
    ) -> None:
        sought = (account, region, function, qualifier)
        with lock:
            keys = [
                key
                for key in pools
                if all(part in (None, has) for part, has in zip(sought, key.split(":"), strict=True))
            ]
            idle = [worker for key in keys for worker in pools.pop(key) if not worker.in_use]
        kill(idle)

    return invalidate


def release(pools: dict[str, list[Any]], lock: threading.Lock, kill: Callable[..., None]) -> Callable[[Any], None]:
    """Give a worker back after its call, or end it where its version is out of use by now."""

    def release_worker(worker: Any) -> None:  # noqa: ANN401 - the emulator's
        if worker is None:
            return
        with lock:
            worker.in_use = False
            in_use = any(worker is one for workers in pools.values() for one in workers)
        if not in_use:
            kill([worker])

    return release_worker


def reaping(
    reap: Callable[..., int], pools: dict[str, list[Any]], lock: threading.Lock, kill: Callable[..., None]
) -> Callable[..., int]:
    """End the workers that no call comes to, the emulator's way (``reap``), and of a version that is not called all."""

    def reap_idle_workers(ttl: float | None = None) -> int:
        count = reap(ttl)
        with lock:
            long_ago = time.time() - FORGOTTEN
            workers = [one for pool in pools.values() for one in pool if not one.in_use and one.last_used < long_ago]
            for worker in workers:
                _drop(pools, worker)
        kill(workers)
        return count + len(workers)

    return reap_idle_workers


def _drop(pools: dict[str, list[Any]], worker: Any) -> None:  # noqa: ANN401
    for key, workers in list(pools.items()):
        pools[key] = [one for one in workers if one is not worker]
        if not pools[key]:
            del pools[key]


def _reason(error: Exception) -> str:
    """Why no process answers, as the emulator gives the reasons of calls that fail."""
    text = str(error)
    return DIED if text.startswith(ENDED) else text.removeprefix(INIT_FAILED)
