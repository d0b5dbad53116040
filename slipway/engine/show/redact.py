"""Keeps secrets out of messages: whatever a program, a provider or an exception says goes through here."""

import base64
import json
import threading
import urllib.parse

SHORTEST = 6
"""A secret of fewer characters would blank out half of every message, and guards nothing."""


class Redactor:
    """Replaces every secret it has been told of by ``[secret]``, also where it is encoded."""

    def __init__(self) -> None:
        self._sources: dict[str, str] = {}
        """Each form that a secret may take -> the secret."""
        self._settings: set[str] = set()
        self._open: set[str] = set()
        self._guard = threading.Lock()

    def learn(self, text: str, *, setting: bool = False) -> None:
        """Remember a secret: a text, or JSON whose texts are secret. One that is a ``setting`` is never open."""
        try:
            value = json.loads(text)
        except ValueError:
            value = text
        whole = [] if isinstance(value, str) else [text]
        texts = {item for item in (*whole, *_texts(value)) if len(item) >= SHORTEST}
        with self._guard:
            for item in texts:
                self._sources |= dict.fromkeys(_forms(item), item)
            if setting:
                self._settings |= texts

    def reveal(self, value: object) -> None:
        """Remember texts that are no secrets, because the program or a plain setting says them openly.

        A map of labels that an SDK marks as secret as a whole would otherwise blank out the stack's own name.
        """
        texts = set(_texts(value))
        with self._guard:
            self._open |= texts

    def clean(self, message: str) -> str:
        """The message without what is secret."""
        with self._guard:
            hidden = [
                form
                for form, source in self._sources.items()
                if form in message and (source in self._settings or source not in self._open)
            ]
        for form in sorted(hidden, key=len, reverse=True):
            message = message.replace(form, "[secret]")
        return message

    def clean_settings(self, text: str) -> str:
        """The text without the settings that are sealed; a program may have let one out as an output."""
        with self._guard:
            hidden = [form for form, source in self._sources.items() if source in self._settings and form in text]
        for form in sorted(hidden, key=len, reverse=True):
            text = text.replace(form, "[secret]")
        return text


def _texts(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in _texts(item)]
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    if isinstance(value, int | float):
        return [json.dumps(value)]
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
