"""When a service counts as hung while an engine acts."""

from slipway.sandbox.composition.watchdog import QUESTIONS, SILENT, STUCK, Watch
from slipway.sandbox.services.processes import Process


def watch() -> Watch:
    """Of a process that answered at the clock's zero, with a second of the processor spent."""
    return Watch(process=Process(1, 0.0), since=0.0, worked=1.0, idle_since=0.0)


def test_one_that_neither_answers_nor_works_hangs_soon() -> None:
    """A stopped process spends nothing."""
    watched = watch()
    verdicts = [watched.silent(second, 1.0) for second in (2.0, 4.0, 6.0, STUCK)]
    assert verdicts == [False, False, False, True]


def test_one_that_works_has_longer() -> None:
    """A busy machine leaves it a little of the processor, and that is enough, for a while."""
    watched = watch()
    seconds = range(2, int(SILENT) + 1, 2)
    verdicts = [watched.silent(float(second), 1.0 + second / 100) for second in seconds]
    assert verdicts == [False] * (len(seconds) - 1) + [True]


def test_a_command_that_was_stopped_itself_asks_anew() -> None:
    """After Ctrl-Z and `fg` the first unanswered question is not the last."""
    watched = watch()
    verdicts = [watched.silent(600.0 + number, 1.0) for number in range(QUESTIONS)]
    assert verdicts == [False] * (QUESTIONS - 1) + [True]
