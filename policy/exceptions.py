"""Exceptions: what a stack's file excuses, why, and until when. Past its day an exception excuses nothing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase

from policy.model import Finding
from policy.values import Value

KEYS = ("rule", "resource", "reason", "until")
STACK = "stack"
"""The `resource` of a finding that is about the stack itself."""


class BadException(ValueError):
    """An entry of `policy:exceptions` that does not say what it must."""


@dataclass(frozen=True, kw_only=True)
class PolicyException:
    """`rule` is not held against `resource` until the end of the day `until`."""

    rule: str
    resource: str
    """A resource's name or URN, `*` in it stands for anything; `stack` for the stack itself."""
    reason: str
    until: date

    @classmethod
    def parse(cls, entry: Value, rule_ids: Iterable[str]) -> "PolicyException":
        """One entry of the stack's file.

        Raises:
            BadException: a key is missing or unknown, a reason is empty, a date is none, or there is no such rule.
        """
        if not isinstance(entry, Mapping) or sorted(entry) != sorted(KEYS):
            value = ", ".join(map(str, entry)) if isinstance(entry, Mapping) else repr(entry)
            raise BadException(f"an exception has the keys {', '.join(KEYS)}, and no others; given: {value}")
        if entry["rule"] not in set(rule_ids):
            raise BadException(f"there is no rule '{entry['rule']}'; `docs/guide/policy.md` lists them")
        for key in ("resource", "reason"):
            if not str(entry[key] or "").strip():
                raise BadException(f"the exception to {entry['rule']} has an empty {key}: say it")
        try:
            until = date.fromisoformat(str(entry["until"]))
        except ValueError:
            raise BadException(
                f"the exception to {entry['rule']} ends on a day written YYYY-MM-DD, given: {entry['until']!r}"
            ) from None
        return cls(rule=entry["rule"], resource=str(entry["resource"]), reason=str(entry["reason"]), until=until)

    def covers(self, finding: Finding, today: date) -> bool:
        """Whether it excuses `finding` today."""
        return today <= self.until and self.concerns(finding)

    def concerns(self, finding: Finding) -> bool:
        """Whether it is about `finding`, expired or not."""
        if finding.rule != self.rule:
            return False
        names = (finding.urn, finding.urn.rsplit("::", 1)[-1]) if finding.urn else (STACK,)
        return any(fnmatchcase(name, self.resource) for name in names)


def parse(entries: Value, rule_ids: Iterable[str]) -> list[PolicyException]:
    """All entries of `policy:exceptions`.

    Raises:
        BadException: the first entry that does not say what it must.
    """
    if not isinstance(entries or [], list):
        raise BadException(f"policy:exceptions is a list of exceptions, given: {entries!r}")
    rules = tuple(rule_ids)
    return [PolicyException.parse(entry, rules) for entry in entries or []]


def excuse(findings: Sequence[Finding], exceptions: Sequence[PolicyException], today: date) -> Iterator[Finding]:
    """The findings that no exception covers, then what is wrong with the exceptions themselves."""
    for finding in findings:
        if not any(exception.covers(finding, today) for exception in exceptions):
            yield finding
    yield from about(findings, exceptions, today)


def about(findings: Sequence[Finding], exceptions: Sequence[PolicyException], today: date) -> Iterator[Finding]:
    """A finding for each exception that has expired, and for each that excuses nothing any more."""
    for exception in exceptions:
        concerned = next((finding for finding in findings if exception.concerns(finding)), None)
        if concerned is None:
            yield Finding(
                rule="exception-unused",
                level="advisory",
                urn="",
                message=f"the exception to {exception.rule} for '{exception.resource}' excuses nothing. Remove it.",
            )
        elif today > exception.until:
            yield Finding(
                rule="exception-expired",
                level="mandatory",
                urn=concerned.urn,
                message=f"the exception to {exception.rule} for '{exception.resource}' ended on {exception.until} "
                f"(its reason: {exception.reason}). Mend what it excused, or have it agreed anew.",
            )
