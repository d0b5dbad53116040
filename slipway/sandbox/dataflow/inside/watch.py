"""Beam's own runner, watched: how many elements each named transform has handed on, and how long it took."""

import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from apache_beam.metrics.monitoring_infos import extract_counter_value
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

from slipway.sandbox.dataflow.inside.options import TAKEN, refuse

ELEMENTS = "beam:metric:element_count:v1"
MILLISECONDS = "beam:metric:ptransform_execution_time:total_msecs:v1"

Counts = dict[tuple[str, str], int]
"""(metric, collection or transform) -> its value."""


class Progress:
    """What a pipeline has done so far, in the terms of its outermost transforms."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._outputs: dict[str, list[str]] = {}
        self._inputs: dict[str, list[str]] = {}
        self._done: dict[str, Counts] = defaultdict(lambda: defaultdict(int))
        self._stage, self._workers = "", ()

    def begin(self, pipeline: Any) -> None:  # noqa: ANN401 - Beam's protobuf messages
        """Another pipeline runs: the latest one is the one that is shown."""
        transforms = pipeline.components.transforms
        top = [transforms[id] for root in pipeline.root_transform_ids for id in transforms[root].subtransforms]
        with self._lock:
            self._outputs = {one.unique_name: list(one.outputs.values()) for one in top}
            self._inputs = {one.unique_name: list(one.inputs.values()) for one in top}
            self._done.clear()

    @contextmanager
    def running(self, stage: str, workers: Iterable[Any]) -> Iterator[None]:
        """A bundle of a stage runs on these workers: their counts are part of every look."""
        with self._lock:
            self._stage, self._workers = stage, tuple(workers)
        try:
            yield
        finally:
            with self._lock:
                self._workers = ()

    def add(self, stage: str, infos: Iterable[Any]) -> None:
        """A bundle is done: what it counted."""
        with self._lock:
            self._workers = ()
            for key, value in _counted(infos).items():
                self._done[stage][key] += value

    def look(self) -> list[dict[str, Any]]:
        """A row a transform, in the pipeline's order: name, elements in and out, seconds."""
        with self._lock:
            stages = {stage: dict(counts) for stage, counts in self._done.items()}
            for key, value in self._live().items():
                now = stages.setdefault(self._stage, {})
                now[key] = now.get(key, 0) + value
            outputs, inputs = dict(self._outputs), dict(self._inputs)
        # A collection between two stages is counted where it is made and where it is read.
        elements: dict[str, int] = defaultdict(int)
        seconds: dict[str, float] = defaultdict(float)
        for counts in stages.values():
            for (metric, of), value in counts.items():
                if metric == ELEMENTS:
                    elements[of] = max(elements[of], value)
                else:
                    seconds[next((name for name in outputs if f"{of}/".startswith(f"{name}/")), "")] += value / 1000
        return [
            {
                "name": name,
                "read": sum(elements[one] for one in inputs[name]),
                "written": sum(elements[one] for one in outputs[name]),
                "seconds": round(seconds[name], 3),
            }
            for name in outputs
        ]

    def _live(self) -> Counts:
        counts: Counts = defaultdict(int)
        for worker in self._workers:
            for _, processor in list(worker.bundle_processor_cache.active_bundle_processors.values()):
                for key, value in _counted(processor.monitoring_infos()).items():
                    counts[key] += value
        return counts


PROGRESS = Progress()
"""Of the pipeline that this process runs."""


class WatchedRunner(FnApiRunner):
    """The runner of this machine, in this process, with :data:`PROGRESS` told of every bundle."""

    def run_via_runner_api(self, pipeline_proto: Any, options: Any) -> Any:  # noqa: ANN401
        """Run the pipeline to its end, unless it was given an option that it does not have."""
        refuse(TAKEN.dropped())
        PROGRESS.begin(pipeline_proto)
        return super().run_via_runner_api(pipeline_proto, options)

    def _execute_bundle(self, runner_execution_context: Any, bundle_context_manager: Any, bundle_input: Any) -> Any:  # noqa: ANN401
        stage = bundle_context_manager.stage.name
        workers = [handler.worker for handler in bundle_context_manager.worker_handlers if hasattr(handler, "worker")]
        with PROGRESS.running(stage, workers):
            result = super()._execute_bundle(runner_execution_context, bundle_context_manager, bundle_input)
            PROGRESS.add(stage, result.process_bundle.monitoring_infos)
        return result


def _counted(infos: Iterable[Any]) -> Counts:
    counts: Counts = defaultdict(int)
    for info in infos:
        if info.urn == ELEMENTS and "PCOLLECTION" in info.labels and "PTRANSFORM" not in info.labels:
            counts[ELEMENTS, info.labels["PCOLLECTION"]] += extract_counter_value(info)
        elif info.urn == MILLISECONDS:
            counts[MILLISECONDS, info.labels["PTRANSFORM"]] += extract_counter_value(info)
    return counts
