"""When a pipeline's run is started, goes on, is run again, or is over: decided from Dataflow's own list of jobs.

    what the last `up` remembered + the jobs that Dataflow lists -> knowledge -> decision

A run is told by its digest, a try of it by a number: ``NAME-RUN`` is the first job of a run, ``NAME-RUN-2`` the second.
Each try has its own name and its own output, so that no try fails because an earlier one has written something.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from slipway.catalog.dataflow_jobs import Job, State
from slipway.wire.outputs import EndedRunOutput

DONE = frozenset({State.DONE, State.DRAINED, State.UPDATED})
"""Ends after which a run is not started again."""

ENDING = frozenset({State.CANCELLING, State.DRAINING})
"""A job in such a state has been told to end; its name is taken until it has."""


@dataclass(frozen=True, kw_only=True)
class EndedRun:
    """A run that has come to an end, for now or for good."""

    state: State
    """Of its latest try."""
    tries: int = 1

    @classmethod
    def read(cls, plain: Mapping[str, Any]) -> Self:
        """From a stack's outputs."""
        return cls(state=State.of(plain["state"]), tries=plain["tries"])

    def plain(self) -> EndedRunOutput:
        """For a stack's outputs."""
        return {"state": self.state.api, "tries": self.tries}


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What an ``up`` does about a pipeline's run."""

    number: int
    """The number of the try that is declared, or was the last one."""
    declared: bool
    """Whether a job is declared: one that goes on, or one that starts."""
    ended: Mapping[str, EndedRun] = field(default_factory=dict)
    """What the outputs remember."""
    warnings: tuple[str, ...] = ()
    error: str = ""
    """Why a run that has not done its work is not started again; "" where there is no such run."""


def job_name(name: str, run: str, number: int) -> str:
    """What a try's job is called."""
    return f"{name}-{run}" if number == 1 else f"{name}-{run}-{number}"


def decide(
    name: str,
    run: str,
    *,
    previous: str,
    remembered: Mapping[str, EndedRun],
    jobs: Sequence[Job] | None,
    tries: int,
) -> Decision:
    """The decision about the run of today's code.

    ``previous`` is the run of the last deployment ("" before the first), ``remembered`` what it knew, ``jobs`` what
    Dataflow lists, None where the project is not there; ``tries`` is how often a run that fails is started in all.
    """
    if jobs is None:
        return Decision(number=1, declared=True)
    latest = _latest(name, jobs)
    ended = {**remembered, **{one: _ended(job, number) for one, (number, job) in latest.items() if job.state.over}}
    warnings = in_progress(name, previous, jobs) if run != previous else ()
    number, job = latest.get(run, (0, None))
    ending = job is not None and job.state in ENDING and run != previous
    if job is not None and ending:
        ended[run] = EndedRun(state=State.CANCELLED, tries=number)
    elif job is not None and not job.state.over:
        return Decision(number=number, declared=True, ended=_without(ended, run), warnings=warnings)
    known = ended.get(run)
    if known is None and run == previous:
        return Decision(number=1, declared=False, ended=ended, error=FORGOTTEN.format(name=name, run=run))
    if known is None:
        return Decision(number=1, declared=True, ended=ended, warnings=warnings)
    if known.state in DONE:
        return Decision(number=known.tries, declared=False, ended=ended, warnings=warnings)
    if known.state is State.CANCELLED and run == previous:
        error = CANCELLED.format(name=name, job=job_name(name, run, known.tries))
        return Decision(number=known.tries, declared=False, ended=ended, error=error)
    if known.state is State.FAILED and known.tries >= tries:
        error = EXHAUSTED.format(name=name, job=job_name(name, run, known.tries), tries=known.tries)
        return Decision(number=known.tries, declared=False, ended=ended, warnings=warnings, error=error)
    again = AGAIN.format(
        name=name, job=job_name(name, run, known.tries), state=known.state.api, number=known.tries + 1, tries=tries
    )
    return Decision(number=known.tries + 1, declared=True, ended=ended, warnings=(*warnings, again))


def in_progress(name: str, run: str, jobs: Iterable[Job]) -> tuple[str, ...]:
    """What is to be said where a run in progress is not declared any more; ``run`` is the one that was.

    A streaming job has the pipeline's own name.
    """
    jobs = list(jobs)
    _, batch = _latest(name, jobs).get(run, (0, None))
    return tuple(
        f"{name}: the job {job.name} is in progress ({job.state.api} since {job.ended or job.created}): this change "
        f"{'ends' if job.name == name else 'cancels'} it"
        for job in [*([batch] if batch else []), *(job for job in jobs if job.name == name)]
        if not job.state.over
    )


FORGOTTEN = (
    "{name}: Dataflow lists no job of the run {run} any more, and no `up` saw its end, so that it is not started "
    "again: look at its output, and raise the app's `attempt` to run it once more"
)
CANCELLED = "{name}: the job {job} was cancelled by hand, and is not started again: raise the app's `attempt`"
EXHAUSTED = (
    "{name}: the job {job} has failed, as often as it may ({tries}), and is not started again: mend the pipeline, or "
    "raise the app's `attempt` or its `tries`"
)
AGAIN = "{name}: the job {job} has ended as {state}: this `up` runs it again (try {number} of {tries})"


def _latest(name: str, jobs: Iterable[Job]) -> dict[str, tuple[int, Job]]:
    """By run, its latest try: the one that is active, else the one with the highest number that began last."""
    pattern = re.compile(rf"{re.escape(name)}-([0-9a-f]{{12}})(?:-(\d+))?")
    found: dict[str, tuple[int, Job]] = {}
    for job in jobs:
        if match := pattern.fullmatch(job.name):
            run, number = match[1], int(match[2] or 1)
            if run not in found or _rank(number, job) > _rank(*found[run]):
                found[run] = (number, job)
    return found


def _rank(number: int, job: Job) -> tuple[bool, bool, int, str]:
    return (not job.state.over, job.state in DONE, number, job.created)


def _ended(job: Job, number: int) -> EndedRun:
    return EndedRun(state=job.state, tries=number)


def _without(ended: Mapping[str, EndedRun], run: str) -> dict[str, EndedRun]:
    return {one: end for one, end in ended.items() if one != run}
