"""The API's answers, in the forms that Django REST framework gives them."""

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Answer:
    """A response: what is no bytes is told as JSON; None has no body."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def content(self) -> bytes:
        """The body as it is sent."""
        if self.body is None:
            return b""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()

    @property
    def kind(self) -> str:
        """The body's media type."""
        return "application/octet-stream" if isinstance(self.body, bytes) else "application/json"


class Refusal(Exception):
    """A request is refused, with this answer."""

    def __init__(self, status: int, body: Any, **headers: str) -> None:  # noqa: ANN401 - any JSON
        super().__init__(str(body))
        self.answer = Answer(status, body, headers)


def not_found() -> Refusal:
    """Nothing is there."""
    return Refusal(404, {"detail": "Not found."})


def wrong(**fields: str) -> Refusal:
    """Fields of the body that cannot be."""
    return Refusal(400, {name: [text] for name, text in fields.items()})


def required(body: dict[str, Any], *names: str) -> None:
    """Raises the :class:`Refusal` for those that are not in the body."""
    missing = {name: "This field is required." for name in names if body.get(name) in (None, "")}
    if missing:
        raise wrong(**missing)


def choice(name: str, value: object, allowed: tuple[str, ...]) -> None:
    """Raises the :class:`Refusal` for a value that is none of those allowed."""
    if value not in allowed:
        raise wrong(**{name: f'"{value}" is not a valid choice.'})


def between(name: str, value: object, most: int) -> int:
    """A whole number from 0 to ``most``; raises the :class:`Refusal` for anything else."""
    try:
        number = int(str(value))
    except ValueError:
        raise wrong(**{name: "A valid integer is required."}) from None
    if number < 0:
        raise wrong(**{name: "Ensure this value is greater than or equal to 0."})
    if number > most:
        raise wrong(**{name: f"Ensure this value is less than or equal to {most}."})
    return number
