"""The text of a file of an app: UTF-8, or UTF-16 where its first bytes say so."""

import codecs

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def text_of(content: bytes, errors: str = "strict") -> str:
    """The text. Raises :class:`UnicodeDecodeError`.

    PowerShell's ``pip freeze > requirements.txt`` writes UTF-16, and pip reads it by its byte order mark.
    """
    return content.decode("utf-16" if content.startswith(_UTF_16) else "utf-8-sig", errors)
