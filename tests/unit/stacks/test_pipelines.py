"""When a pipeline's run is started, goes on, and is over: Dataflow's list of jobs decides, and what is remembered."""

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from slipway.catalog.dataflow_jobs import Job, State
from stacks.pipeline_runs import EndedRun, decide, in_progress, job_name
from stacks.previous_outputs import PipelineRuns, pipeline_runs

CASES = YAML(typ="safe").load(Path(__file__).parent / "cases/pipeline_runs.yaml")
TIME = "T"


def run_of(letter: str) -> str:
    """A digest of twelve characters; "" stays so."""
    return letter * 12


def job_of(name: str, state: str) -> Job:
    """A job of the pipeline ``count``: ``a-2`` is the second try of the run ``aaaaaaaaaaaa``."""
    run, _, number = name.partition("-")
    full = f"counting-{run_of('a')}" if name == "other" else job_name("count", run_of(run), int(number or 1))
    return Job(id="1", name=full, state=State.of(f"JOB_STATE_{state}"), created=TIME, ended=TIME)


def ended_of(plain: dict[str, tuple[str, int]]) -> dict[str, EndedRun]:
    """What a case says of the ended runs."""
    return {run_of(run): EndedRun(state=State.of(f"JOB_STATE_{state}"), tries=n) for run, (state, n) in plain.items()}


@pytest.mark.parametrize("case", CASES, ids=[case["moment"] for case in CASES])
def test_what_the_next_up_does(case):
    """At every moment of a run, whatever has happened there."""
    jobs = case["jobs"]
    decision = decide(
        "count",
        run_of(case["run"]),
        previous=run_of(case["previous"]),
        remembered=ended_of(case.get("remembered", {})),
        jobs=None if jobs is None else [job_of(*job) for job in jobs],
        tries=3,
    )
    assert f"{'declare' if decision.declared else 'leave'} {decision.number}" == case["does"]
    assert decision.ended == ended_of(case["ended"])
    assert bool(decision.warnings) == ("warns" in case)
    assert case.get("warns", "") in "\n".join(decision.warnings)
    assert bool(decision.error) == ("refuses" in case)
    assert case.get("refuses", "") in decision.error


def test_a_removed_pipelines_job_in_progress_is_named():
    """Batch under its run's name, streaming under the pipeline's own."""
    running = [job_of("a", "RUNNING"), Job(id="2", name="count", state=State.RUNNING, created=TIME)]
    assert [line.partition(" (")[0] for line in in_progress("count", run_of("a"), running)] == [
        f"count: the job count-{run_of('a')} is in progress",
        "count: the job count is in progress",
    ]
    assert in_progress("count", run_of("b"), [job_of("a", "RUNNING")]) == ()


def test_runs_are_remembered_from_the_outputs():
    """Only pipelines have any; outputs of an earlier release have no set of ended runs."""
    done = EndedRun(state=State.DONE, tries=2)
    outputs = {
        "count": {"run": run_of("a"), "project": "p", "region": "r", "runs": {run_of("a"): done.plain()}},
        "older": {"run": run_of("b"), "project": "p", "region": "r", "bucket": "b"},
        "site": {"platform": "App Engine"},
    }
    assert pipeline_runs(outputs) == {
        "count": PipelineRuns(run=run_of("a"), project="p", region="r", runs={run_of("a"): done}),
        "older": PipelineRuns(run=run_of("b"), project="p", region="r"),
    }


def test_the_states_are_those_of_dataflow():
    """Every state that its API documents; what ended without being done is told apart."""
    assert {state for state in State if state.over} == {
        State.DONE,
        State.DRAINED,
        State.UPDATED,
        State.FAILED,
        State.CANCELLED,
    }
    assert [state for state in State if state.failed] == [State.FAILED]
