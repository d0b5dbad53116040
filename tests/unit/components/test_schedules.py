"""When schedules are due: one way to say it, each cloud's words for it, and what no cloud takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.schedules import DAYS, EVERY, FIELDS, Timing, refused, refused_cron


@pytest.mark.parametrize(
    ("cron", "eventbridge"),
    [
        ("0 3 * * *", "cron(0 3 * * ? *)"),
        ("*/15 8-18 * * 1-5", "cron(*/15 8-18 ? * MON,TUE,WED,THU,FRI *)"),
        ("0 0 1 jan,Jul *", "cron(0 0 1 JAN,JUL ? *)"),
        ("5 4 * * sun", "cron(5 4 ? * SUN *)"),
        ("0 0 * * 5-7", "cron(0 0 ? * SUN,FRI,SAT *)"),
        ("0 0 * * */2", "cron(0 0 ? * SUN,TUE,THU,SAT *)"),
    ],
)
def test_a_crontabs_expression_becomes_eventbridges(cron: str, eventbridge: str):
    """Six fields instead of five, a week that begins with 1, and `?` for the day that does not count."""
    timing = Timing(cron=cron)
    assert timing.eventbridge == eventbridge
    assert timing.unix_cron == cron


@pytest.mark.parametrize(
    ("every", "cron", "rate"),
    [
        ("1m", "* * * * *", "rate(1 minute)"),
        ("15m", "*/15 * * * *", "rate(15 minutes)"),
        ("1h", "0 * * * *", "rate(1 hour)"),
        ("6h", "0 */6 * * *", "rate(6 hours)"),
        ("1d", "0 0 * * *", "rate(1 day)"),
    ],
)
def test_an_interval_is_a_rate_on_aws_and_a_cron_on_google(every: str, cron: str, rate: str):
    """Intervals that divide an hour or a day mean the same by both."""
    timing = Timing(every=every)
    assert (timing.unix_cron, timing.eventbridge) == (cron, rate)
    assert not refused_cron(cron)


@pytest.mark.parametrize(
    ("cron", "says"),
    [
        ("* * * *", "five fields"),
        ("@daily", "five fields"),
        ("60 * * * *", "the minute must be 0 to 59"),
        ("* 24 * * *", "the hour must be 0 to 23"),
        ("* * 0 * *", "the day of the month must be 1 to 31"),
        ("* * * 13 *", "the month must be 1 to 12"),
        ("* * * * 8", "the day of the week must be 0 to 7"),
        ("* * * foo *", "the month must be 1 to 12"),
        ("mon * * * *", "the minute must be 0 to 59"),
        ("5-1 * * * *", "the minute"),
        ("*/0 * * * *", "the minute"),
        ("1,,2 * * * *", "the minute"),
        ("0 0 L * *", "the day of the month"),
        ("0 0 1 * 1", "a day of the month or of the week"),
    ],
)
def test_what_is_no_cron_expression_is_told_which_field(cron: str, says: str):
    """Each names the field, what it may be, and what was given."""
    wrong = refused_cron(cron)
    assert says in wrong
    assert repr(cron) in wrong
    with pytest.raises(ValueError, match="cron"):
        Timing(cron=cron)


def test_it_is_said_in_one_of_two_ways():
    """Neither, both, or an interval that does not divide an hour."""
    assert refused(None, None) == "needs either cron or every, got neither"
    assert refused("0 3 * * *", "1h") == "needs either cron or every, got both"
    assert "got '7m': for another time say cron" in refused(None, "7m")
    assert "got 'hourly'" in refused(None, "hourly")


FIELD = [
    st.one_of(
        st.just("*"),
        st.integers(least, most).map(str),
        st.tuples(st.integers(least, most), st.integers(least, most)).map(lambda pair: "{}-{}".format(*sorted(pair))),
        st.integers(1, 9).map(lambda step: f"*/{step}"),
    )
    for least, most in FIELDS.values()
]


@given(st.tuples(*FIELD))
def test_whatever_is_taken_can_be_said_to_both_clouds(fields: tuple[str, ...]):
    """No expression that passes the check fails in the translation; the week's days are names."""
    cron = " ".join(fields)
    if refused_cron(cron):
        assert fields[2] != "*" and fields[4] != "*"
        return
    said = Timing(cron=cron).eventbridge.removeprefix("cron(").removesuffix(")").split()
    assert len(said) == 6
    assert (said[2] == "?") != (said[4] == "?")
    assert said[4] == "?" or set(said[4].split(",")) <= set(DAYS)


def test_every_interval_can_be_said():
    """The table of intervals has none that fails."""
    for unit, numbers in EVERY.items():
        for number in numbers:
            assert Timing(every=f"{number}{unit}").unix_cron
