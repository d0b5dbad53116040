"""Keeps secrets out of messages: whatever a program, a provider or an exception says goes through here."""

import base64
import json
import threading
import urllib.parse

SHORTEST = 3
"""A secret of fewer characters would blank out half of every message."""


class Redactor:
    """Replaces every secret it has been told of by ``[secret]``, also where it is encoded."""

    def __init__(self) -> None:
        self._forms: set[str] = set()
        self._guard = threading.Lock()

    def learn(self, text: str) -> None:
        """Remember a secret: a text, or JSON whose texts are secret."""
        try:
            value = json.loads(text)
        except ValueError:
            value = text
        whole = [text] if isinstance(value, dict | list) else []
        found = {item for item in (*whole, *_texts(value)) if len(item) >= SHORTEST}
        with self._guard:
            for item in found:
                self._forms |= _forms(item)

    def clean(self, message: str) -> str:
        """The message without what is secret."""
        with self._guard:
            forms = sorted((form for form in self._forms if form in message), key=len, reverse=True)
        for form in forms:
            message = message.replace(form, "[secret]")
        return message


def _texts(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in _texts(item)]
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    return [value] if isinstance(value, str) else []


def _forms(text: str) -> set[str]:
    raw = text.encode()
    return {
        text,
        json.dumps(text)[1:-1],
        repr(text)[1:-1],
        urllib.parse.quote(text, safe=""),
        base64.b64encode(raw).decode(),
        base64.b64encode(raw).decode().rstrip("="),
        raw.hex(),
    }
