"""The kinds of step: what each does, what it needs, and what it is called while it runs and afterwards."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, kw_only=True)
class Traits:
    """What is true of every step of one kind."""

    needs_old: bool = False
    """Whether there must be an old resource."""
    needs_new: bool = False
    """Whether there must be a new resource."""
    is_logical: bool = True
    """Whether a person counts the step; the others are parts of a replacement."""
    pending: str = ""
    """The type of its pending operation; empty for a step that asks no provider to change or to look."""
    hook: str = ""
    """Which of the program's hooks surround it: ``create``, ``update`` or ``delete``."""
    is_harmless: bool = False
    """Whether it changes nothing that exists (pulumi's ``engine.HasChanges``)."""
    shown_as: str = ""
    """The kind whose sign, colour and place in the summary it has; empty for its own."""
    sign: str = ""
    colour: int = 0
    """The foreground colour on a terminal (ANSI SGR)."""
    planned: str = ""
    """What a preview's summary says of it."""
    doing: str = ""
    done: str = ""


def _change(verb: str, sign: str, colour: int, *, needs_old: bool = False, needs_new: bool = False) -> Traits:
    """A step that a provider is asked to make, and that a person counts under its own name."""
    stem = verb.removesuffix("e")
    return Traits(
        needs_old=needs_old,
        needs_new=needs_new,
        pending=f"{stem}ing",
        hook=verb,
        sign=sign,
        colour=colour,
        planned=f"to {verb}",
        doing=f"{stem}ing",
        done=f"{stem}ed",
    )


class StepOp(StrEnum):
    """A kind of step; as a text it is Pulumi's name of the kind, which `preview --json` prints."""

    traits: Traits

    def __new__(cls, code: str, traits: Traits) -> "StepOp":
        """A member whose text is ``code``."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.traits = traits
        return member

    SAME = ("same", Traits(needs_new=True, is_harmless=True))
    CREATE = ("create", _change("create", "+", 32, needs_new=True))
    UPDATE = ("update", _change("update", "~", 33, needs_old=True, needs_new=True))
    DELETE = ("delete", _change("delete", "-", 31, needs_old=True))
    REPLACE = (
        "replace",
        Traits(needs_old=True, needs_new=True, sign="+-", colour=35, planned="to replace", done="replaced"),
    )
    CREATE_REPLACEMENT = (
        "create-replacement",
        Traits(
            needs_old=True,
            needs_new=True,
            is_logical=False,
            pending="creating",
            hook="create",
            shown_as="replace",
            doing="creating replacement",
            done="created replacement",
        ),
    )
    DELETE_REPLACED = (
        "delete-replaced",
        Traits(
            needs_old=True,
            is_logical=False,
            pending="deleting",
            hook="delete",
            shown_as="replace",
            doing="deleting original",
            done="deleted original",
        ),
    )
    READ = (
        "read",
        Traits(
            needs_new=True,
            pending="reading",
            is_harmless=True,
            sign=">",
            colour=36,
            planned="to read",
            doing="reading",
            done="read",
        ),
    )
    READ_REPLACEMENT = (
        "read-replacement",
        Traits(
            needs_old=True,
            needs_new=True,
            is_logical=False,
            pending="reading",
            is_harmless=True,
            shown_as="read",
            doing="reading replacement",
            done="read replacement",
        ),
    )
    REFRESH = (
        "refresh",
        Traits(needs_old=True, is_harmless=True, shown_as="update", doing="refreshing", done="refreshed"),
    )
    DISCARD = (
        "discard",
        Traits(
            needs_old=True,
            is_harmless=True,
            sign="<",
            colour=31,
            planned="to discard",
            doing="discarding",
            done="discarded",
        ),
    )
    DISCARD_REPLACED = (
        "discard-replaced",
        Traits(
            needs_old=True,
            is_logical=False,
            shown_as="discard",
            doing="discarding original",
            done="discarded original",
        ),
    )
    REMOVE_PENDING_REPLACE = ("remove-pending-replace", Traits(needs_old=True, is_logical=False))
    IMPORT = (
        "import",
        Traits(
            needs_new=True,
            pending="importing",
            sign="=",
            colour=32,
            planned="to import",
            doing="importing",
            done="imported",
        ),
    )
    IMPORT_REPLACEMENT = (
        "import-replacement",
        Traits(
            needs_old=True,
            needs_new=True,
            is_logical=False,
            pending="importing",
            shown_as="import",
            doing="importing replacement",
            done="imported replacement",
        ),
    )

    @property
    def kind(self) -> "StepOp":
        """The kind that it is shown and counted as."""
        return StepOp(self.traits.shown_as or self.value)
