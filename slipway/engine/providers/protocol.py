"""What is asked of a provider and what it answers: the words that planner, executor and providers share."""

from dataclasses import dataclass, field
from typing import Protocol

from slipway.wire.values import Props


class ProviderError(Exception):
    """What a provider answered instead of a result.

    ``partial`` is set where the resource exists all the same but is not well: it is kept in the state with its error.
    ``outcome_unknown`` says that the call may have had its effect: the connection broke, or the time was over, or the
    answer names no id. Its pending operation stays in the state then.
    """

    def __init__(
        self,
        message: str,
        *,
        partial: "Partial | None" = None,
        unavailable_diff: bool = False,
        outcome_unknown: bool = False,
    ) -> None:
        super().__init__(message)
        self.partial, self.unavailable_diff, self.outcome_unknown = partial, unavailable_diff, outcome_unknown


class UnservedError(ProviderError):
    """No provider here serves the type of a resource, or its whole package."""


@dataclass(frozen=True)
class Partial:
    """What exists after a partial failure."""

    id: str
    outputs: Props | None
    inputs: Props | None
    reasons: list[str]


@dataclass(frozen=True)
class Checked:
    """The inputs with the provider's defaults, or what is wrong with them: (property, reason)."""

    inputs: Props
    failures: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Diff:
    """What a provider says of a change. ``some`` is None where it cannot tell."""

    some: bool | None
    replace: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    detailed: dict[str, tuple[str, bool]] | None = None
    """Property path -> (kind, whether it is about inputs); kinds are ``add``, ``update-replace`` and so on."""
    delete_first: bool = False
    triggered: bool = False
    """Whether the program's ``replacement_trigger`` changed."""

    def replaces(self) -> bool:
        """Whether the resource must be replaced."""
        return (
            self.triggered
            or bool(self.replace)
            or any(kind.endswith("-replace") for kind, _ in (self.detailed or {}).values())
        )


@dataclass(frozen=True)
class Read:
    """What a provider found; ``outputs`` is None where the resource is gone."""

    id: str
    inputs: Props | None
    outputs: Props | None


@dataclass(frozen=True)
class Subject:
    """The resource that a call is about, and the sides of the change."""

    urn: str
    id: str = ""
    old_inputs: Props = field(default_factory=dict)
    old_outputs: Props = field(default_factory=dict)
    inputs: Props = field(default_factory=dict)
    timeout: float = 0
    preview: bool = False
    ignore: tuple[str, ...] = ()
    seed: bytes = b""
    """For a check: what a name is drawn from, 32 bytes; empty for any."""
    resumes: bool = False
    """Whether an earlier creation of it was cut off, which may have had its effect."""


class Serves(Protocol):
    """What the engine asks of a provider; :class:`Provider` does it over gRPC, the built-in one in this process."""

    def check(self, subject: Subject, *, keep_old: bool) -> Checked: ...  # noqa: D102
    def diff(self, subject: Subject) -> Diff: ...  # noqa: D102
    def create(self, subject: Subject) -> tuple[str, Props]: ...  # noqa: D102
    def read(self, subject: Subject) -> Read: ...  # noqa: D102
    def update(self, subject: Subject) -> Props: ...  # noqa: D102
    def delete(self, subject: Subject) -> None: ...  # noqa: D102
    def invoke(self, token: str, args: Props, *, preview: bool) -> tuple[Props, tuple[tuple[str, str], ...]]: ...  # noqa: D102
    def cancel(self) -> None: ...  # noqa: D102
