"""Cloud Logging's query language: a filter's text becomes a test of an entry.

text -> tokens -> terms, where NOT binds closest, then OR, then AND -> one function
https://cloud.google.com/logging/docs/view/logging-query-language
"""

import json
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from slipway.sandbox.google.errors import ApiError, Json

Test = Callable[[Json], bool]
SEVERITIES = ("DEFAULT", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL", "ALERT", "EMERGENCY")
"""From the least: https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry#LogSeverity."""
TIMES = ("timestamp", "receiveTimestamp")
QUOTED = r'"(?:\\.|[^"\\])*"' + r"|'(?:\\.|[^'\\])*'"
FIELD = re.compile(rf"(?:{QUOTED}|[\w@/$*%\\-]+)(?:\.(?:{QUOTED}|[\w@/$*%\\-]+))*")
OPERATOR = re.compile(r"\s*(!=|>=|<=|=~|!~|=|>|<|:)\s*")
VALUE = re.compile(rf"{QUOTED}|[^\s()\"',]+")
SKIPPED = re.compile(r"(?:\s|--[^\n]*)+")
WORD = re.compile(r"(AND|OR|NOT)(?=[\s(]|$)")
ORDERED: Mapping[str, Callable[[Any, Any], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}


def parsed(text: str) -> Test:
    """The test that a filter is. Raises :class:`ApiError` where it is none."""
    reader = _Reader(text)
    if reader.at_end():
        return lambda _entry: True
    test = reader.conjunction(reader.term)
    if not reader.at_end():
        raise reader.refusal("the end or an operator")
    return test


class _Reader:
    """A place in a filter's text."""

    def __init__(self, text: str) -> None:
        self.text, self.place = text, 0
        self._skip()

    def at_end(self) -> bool:
        return self.place >= len(self.text)

    def refusal(self, expected: str) -> ApiError:
        rest = self.text[self.place :]
        return ApiError(
            400,
            f"Unparseable filter: syntax error at line 1, column {self.place + 1}, token {rest[:20]!r}; {expected} is "
            "expected",
        )

    def conjunction(self, term: Callable[[], Test]) -> Test:
        """Terms that AND joins, or that follow each other."""
        tests = [self._alternatives(term)]
        while not self.at_end() and self.text[self.place] != ")":
            self._word("AND")
            tests.append(self._alternatives(term))
        return tests[0] if len(tests) == 1 else lambda entry: all(test(entry) for test in tests)

    def term(self) -> Test:
        """A comparison, a group, or a text that may stand anywhere."""
        if (match := re.compile(r'log_id\(\s*"([^"]*)"\s*\)').match(self.text, self.place)) is not None:
            self._advance(match.end())
            return lambda entry: entry.get("logName", "").rpartition("/logs/")[2].replace("%2F", "/") == match[1]
        match = FIELD.match(self.text, self.place)
        compared = match and OPERATOR.match(self.text, match.end())
        if match and compared:
            path = [_plain(part) for part in re.findall(rf"{QUOTED}|[^.]+", match[0])]
            self._advance(compared.end())
            return self._comparison(path, compared[1])
        value = self._value()
        return lambda entry: any(value.lower() in text.lower() for text in _texts(entry))

    def _alternatives(self, term: Callable[[], Test]) -> Test:
        tests = [self._negated(term)]
        while self._word("OR"):
            tests.append(self._negated(term))
        return tests[0] if len(tests) == 1 else lambda entry: any(test(entry) for test in tests)

    def _negated(self, term: Callable[[], Test]) -> Test:
        if self._word("NOT") or self._sign("-"):
            test = self._negated(term)
            return lambda entry: not test(entry)
        if not self._sign("("):
            return term()
        test = self.conjunction(term)
        if not self._sign(")"):
            raise self.refusal("')'")
        return test

    def _comparison(self, path: list[str], sign: str) -> Test:
        def one() -> Test:
            return _compared(path, sign, self._value())

        if not self._sign("("):
            return one()
        test = self.conjunction(one)
        if not self._sign(")"):
            raise self.refusal("')'")
        return test

    def _value(self) -> str:
        match = VALUE.match(self.text, self.place)
        if match is None or WORD.match(self.text, self.place):
            raise self.refusal("a value")
        self._advance(match.end())
        return _plain(match[0])

    def _word(self, word: str) -> bool:
        match = WORD.match(self.text, self.place)
        if match is None or match[1] != word:
            return False
        self._advance(match.end())
        return True

    def _sign(self, sign: str) -> bool:
        if not self.text.startswith(sign, self.place):
            return False
        self._advance(self.place + len(sign))
        return True

    def _advance(self, place: int) -> None:
        self.place = place
        self._skip()

    def _skip(self) -> None:
        if match := SKIPPED.match(self.text, self.place):
            self.place = match.end()


def moment(text: str) -> datetime:
    """The moment that a time of the API is. Raises :class:`ApiError`."""
    try:
        # Google writes up to nine digits of a second; more than six are more than Python has.
        time = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text))
    except ValueError:
        raise ApiError(400, f"Unparseable filter: timestamps must be in RFC 3339 format, got {text!r}") from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _compared(path: list[str], sign: str, value: str) -> Test:
    """The test of a field; one that an entry lacks differs from every value, and else compares to none."""
    matches = _matching(path, sign, value)
    if sign in ("!=", "!~"):
        return lambda entry: not any(matches(item) for item in _at(entry, path))
    return lambda entry: any(matches(item) for item in _at(entry, path))


def _matching(path: list[str], sign: str, value: str) -> Callable[[Any], bool]:
    if sign in ("=~", "!~"):
        try:
            pattern = re.compile(value)
        except re.error as error:
            raise ApiError(400, f"Unparseable filter: invalid regular expression {value!r}: {error}") from None
        return lambda item: pattern.search(_text(item)) is not None
    if sign == ":":
        if value == "*":
            return lambda _item: True
        return lambda item: value.lower() in (" ".join(item) if isinstance(item, dict) else _text(item)).lower()
    compare = ORDERED.get(sign, operator.eq)
    if path == ["severity"]:
        if value.upper() not in SEVERITIES:
            raise ApiError(400, f"Unparseable filter: severity must be one of {', '.join(SEVERITIES)}, got {value!r}")
        bound = SEVERITIES.index(value.upper())
        return lambda item: compare(SEVERITIES.index(item), bound)
    if path[0] in TIMES:
        when = moment(value)
        return lambda item: compare(moment(item), when)
    return lambda item: _by_value(compare, item, value)


def _by_value(compare: Callable[[Any, Any], bool], item: object, value: str) -> bool:
    """Numbers as numbers, all else as text without regard of case."""
    if not isinstance(item, bool):
        try:
            return compare(float(str(item)), float(value))
        except ValueError:
            pass
    return compare(_text(item).lower(), value.lower())


def _at(entry: object, path: list[str]) -> Iterator[Any]:
    """What is at a path; of a list, each item's."""
    if isinstance(entry, list):
        for item in entry:
            yield from _at(item, path)
    elif not path:
        yield entry
    elif isinstance(entry, dict):
        head = next((key for key in entry if key.lower() == path[0].lower()), None)
        if head is not None:
            yield from _at(entry[head], path[1:])
        elif path == ["severity"]:
            yield SEVERITIES[0]


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    else:
        yield _text(value)


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _plain(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if text[:1] in ('"', "'") else text
