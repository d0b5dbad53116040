"""When a pipeline's run is started, and when it is over; the previous outputs and what lies in the bucket decide."""

import pytest

from slipway.sandbox.gcp.refusals import bucket_missing
from stacks import pipelines
from stacks.previous_outputs import PreviousOutputs, Run, pipeline_runs


class Listing:
    """What `get_bucket_objects` answers; an error where it cannot."""

    def __init__(self, names=(), error=None):
        self.bucket_objects, self.error, self.asked = list(names), error, []

    def __call__(self, **asked):
        self.asked.append(asked)
        if self.error:
            raise self.error
        return self


@pytest.fixture
def finished(monkeypatch):
    """Which runs of ``wordcount`` count as over, given what its bucket answers."""
    from pulumi_gcp import storage

    def ask(listing, previous):
        monkeypatch.setattr(storage, "get_bucket_objects", listing)
        return pipelines._finished(previous, "wordcount")

    return ask


REMEMBERED = PreviousOutputs(runs={"wordcount": Run("0123456789ab", "demo-wordcount")})


def test_before_the_first_run_nobody_asks_the_bucket(finished):
    """It may not be there yet."""
    listing = Listing()
    assert finished(listing, PreviousOutputs()) == frozenset()
    assert listing.asked == []


def test_a_run_that_has_written_is_over(finished):
    """What a batch job writes is there all at once, at its end."""
    listing = Listing(["output/0123456789ab/wordcount-00000-of-00001"])
    assert finished(listing, REMEMBERED) == {"0123456789ab"}
    assert listing.asked == [{"bucket": "demo-wordcount", "prefix": "output/0123456789ab/"}]


def test_a_run_that_has_written_nothing_goes_on_or_has_failed(finished):
    """It stays declared, so that one which failed runs again once it has left the state."""
    assert finished(Listing(), REMEMBERED) == frozenset()


def test_a_bucket_that_is_gone_holds_no_output(finished):
    """As after a world that was lost: what was in it has to be made again."""
    assert finished(Listing(error=Exception(str(bucket_missing("Error")))), REMEMBERED) == frozenset()


def test_not_being_allowed_to_look_is_no_answer(finished):
    """A run that is over would be started once more, and paid for."""
    with pytest.raises(PermissionError):
        finished(Listing(error=PermissionError("403: storage.objects.list denied")), REMEMBERED)


def test_runs_are_remembered_from_the_outputs():
    """Only pipelines have one."""
    said = {
        "wordcount": {"run": "0123456789ab", "bucket": "b", "platform": "Dataflow"},
        "site": {"platform": "App Engine"},
    }
    assert pipeline_runs(said) == {"wordcount": Run("0123456789ab", "b")}
