"""The checklist of a message about a mistake: it names what, where and what to do, and a command in it can be typed."""

import re

from tests.unit.cli.test_named_commands import wrong

WHERE = re.compile(
    r"[\w./-]+\.(?:yaml|yml|py|txt|toml|json|in|lock)\b"  # a file
    r"|(?:^|[\s`])/[\w./-]+|\w+/\w+"  # a path
    r"|\b(?:slipway|aws|gcp|pythonanywhere):[\w.]+"  # a setting
    r"|--[a-z]|'[^']+'|\b[A-Z_]{6,}\b"  # an option, what was given, a variable of the environment
    r"|[a-z]+-[a-z]+"  # an app
)
WHAT_TO_DO = re.compile(
    r"`[^`]+`|did you mean|\bmust\b|\bneeds?\b|\bmay\b|\bhas \d|\bone of\b|\bit has\b|\bgreater than\b|\bless than\b"
    r"|\btakes\b|\bvalid\b|\bthere are\b|\bPossible options\b|\bof the form\b"
    r"|[:;,.] (?:or )?(?:add|ask|bring|build|call|change|choose|free|give|have|keep|leave|let|make|mend)\b"
    r"|[:;,.] (?:or )?(?:move|name|put|quote|raise|rename|run|say|seal|set|take|use|write)\b",
    re.I,
)
RIDDLE = re.compile(r"Traceback|Errno|has no attribute|NoneType|<class|object at 0x|KeyError|TypeError", re.I)
COMMAND = re.compile(r"`slipway ([^`\n]+)`")


def lacks(message: str) -> list[str]:
    """What a message has not of what it must have; nothing where it is whole."""
    absent = []
    if not WHERE.search(message):
        absent.append("where: a file, a setting, an option or what was given")
    if not WHAT_TO_DO.search(message):
        absent.append("what to do: what is allowed, or a command")
    if riddle := RIDDLE.search(message):
        absent.append(f"plain words: it says {riddle[0]!r}")
    return absent + [why for words in COMMAND.findall(message) if (why := wrong(words))]
