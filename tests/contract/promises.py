"""What the time service promises wherever it is: a row of the parity table each, and how it is seen."""

import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx

from tests.contract.adapters.sitecustomize import AT
from tests.contract.limits import AT_ONCE, LEAST_AT_ONCE, THROTTLED
from tests.contract.live import Live

SAMPLES = 50
"""Requests that a latency is told of."""
TOLERANCE = timedelta(seconds=2)
"""Between a platform's clock and this one's."""


@dataclass(frozen=True)
class Promise:
    """One behaviour: what is seen of it has to be ``expected``."""

    says: str
    expected: str
    seen: Callable[[Live], str]


def welcome(live: Live) -> str:
    """The welcome names the other two paths."""
    answer = live.ask("/")
    named = all(path in answer.text for path in ("/date", "/time"))
    return f"{_head(answer)}, {'names /date and /time' if named else repr(answer.text)}"


def date(live: Live) -> str:
    """The date in the agreed form, and the right one."""
    return _moment(live, "/date", "{date:%B %d, %Y}")


def clock(live: Live) -> str:
    """The time in the agreed form, and the right one."""
    return _moment(live, "/time", "{time:%H:%M:%S}")


def head(live: Live) -> str:
    """HEAD has the headers of GET and no body."""
    answer = live.ask("/date", "HEAD")
    length = answer.headers.get("content-length", "no length")
    got = live.ask("/date").headers.get("content-length", "no length")
    return f"{_head(answer)}, {'length of GET' if length == got else length}, {len(answer.content)} bytes"


def unknown(live: Live) -> str:
    """What is not there is said not to be."""
    return str(live.ask("/zone").status_code)


def method(live: Live) -> str:
    """A method that is not served is refused, with those that are."""
    answer = live.ask("/date", "POST")
    allowed = ", ".join(sorted(part.strip() for part in answer.headers.get("allow", "nothing").split(",")))
    return f"{answer.status_code}, Allow: {allowed}"


def query(live: Live) -> str:
    """A query changes nothing."""
    return _head(live.ask("/date?zone=UTC&at=%2Fnow"))


def at_once(live: Live) -> str:
    """Many requests at the same time are all answered, or, over a platform's limit, refused as its cloud does."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda _: live.ask("/time"), range(AT_ONCE)))
    good = sum(answer.status_code == 200 and answer.text.startswith("{time:") for answer in answers)
    throttled = sum(answer.status_code == 429 for answer in answers)
    if throttled and good >= LEAST_AT_ONCE and good + throttled == AT_ONCE:
        return THROTTLED
    return f"{good} of {AT_ONCE}"


PROMISES = (
    Promise("`GET /`", "200, text/plain; charset=utf-8, no-store, names /date and /time", welcome),
    Promise("`GET /date`", "200, text/plain; charset=utf-8, no-store, `{date:November 21, 2026}`", date),
    Promise("`GET /time`", "200, text/plain; charset=utf-8, no-store, `{time:14:03:59}`", clock),
    Promise("`HEAD /date`", "200, text/plain; charset=utf-8, no-store, length of GET, 0 bytes", head),
    Promise("`GET /date` with a query", "200, text/plain; charset=utf-8, no-store", query),
    Promise("`GET /zone`", "404", unknown),
    Promise("`POST /date`", "405, Allow: GET, HEAD, OPTIONS", method),
    Promise(f"{AT_ONCE} requests at once", f"{AT_ONCE} of {AT_ONCE}", at_once),
)


@dataclass(frozen=True)
class Latency:
    """How long answers take, one after the other on one connection (milliseconds)."""

    median: float
    slowest_of_twenty: float
    """The 95th percentile."""


def latency(live: Live) -> Latency:
    """Of :data:`SAMPLES` requests for the time, after one that does not count."""
    took = []
    with live.client() as client:
        client.get("/time")
        for _ in range(SAMPLES):
            began = time.perf_counter()
            client.get("/time").raise_for_status()
            took.append((time.perf_counter() - began) * 1000)
    return Latency(statistics.median(took), statistics.quantiles(took, n=20)[-1])


def _head(answer: httpx.Response) -> str:
    told = [answer.headers.get(name, f"no {name}") for name in ("content-type", "cache-control")]
    return ", ".join([str(answer.status_code), *told])


def _moment(live: Live, path: str, form: str) -> str:
    """What a path says of the moment: as of the frozen clock, whether frozen or running here."""
    frozen, before = datetime(*AT, tzinfo=UTC), datetime.now(UTC)
    answer = live.ask(path)
    right = _said(answer.text, form, frozen if live.platform.freezes else before)
    return f"{_head(answer)}, `{frozen.strftime(form) if right else answer.text}`"


def _said(text: str, form: str, moment: datetime) -> bool:
    """Whether a text is what ``form`` says of a moment, or of one a little later."""
    seconds = range(int(TOLERANCE.total_seconds()) + 1)
    return text in {(moment + timedelta(seconds=second)).strftime(form) for second in seconds}
