"""Many calls in one request: https://cloud.google.com/storage/docs/batch."""

import re
from collections.abc import Callable, Mapping
from email.parser import BytesParser
from email.policy import HTTP

from slipway.sandbox.cloudstorage.errors import StorageError

MOST = 1000
LINE = re.compile(rb"([A-Z]+) (\S+) HTTP/1\.\d\r?\n")
Answered = tuple[int, Mapping[str, str], bytes]
Answer = Callable[[str, str, Mapping[str, str], bytes], Answered]
"""Given method, target, headers and body: status, headers and body."""


def answered(content_type: str, content: bytes, answer: Answer) -> tuple[str, bytes]:
    """The type and the body of the answer to a batch. Raises :class:`StorageError` for one that cannot be read."""
    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1", "replace")
    message = BytesParser(policy=HTTP).parsebytes(head + content)
    if not message.is_multipart():
        raise StorageError(400, "badRequest", "Failed to parse batch request: it is no multipart/mixed body.")
    parts = list(message.iter_parts())
    if len(parts) > MOST:
        raise StorageError(400, "badRequest", f"A batch holds at most {MOST} calls, this one has {len(parts)}.")
    boundary = "batch_slipway_sandbox"
    pieces: list[bytes] = []
    for part in parts:
        data = part.get_payload(decode=True)
        status, headers, body = _one(data if isinstance(data, bytes) else b"", answer)
        id = str(part.get("Content-ID", "")).strip("<>")
        lines = [
            f"--{boundary}",
            "Content-Type: application/http",
            f"Content-ID: <response-{id}>",
            "",
            f"HTTP/1.1 {status} {'OK' if status < 400 else 'Error'}",
            *(f"{name}: {value}" for name, value in headers.items()),
            f"Content-Length: {len(body)}",
            "",
            "",
        ]
        pieces += ["\r\n".join(lines).encode(), body, b"\r\n"]
    return f"multipart/mixed; boundary={boundary}", b"".join([*pieces, f"--{boundary}--\r\n".encode()])


def _one(data: bytes, answer: Answer) -> Answered:
    line = LINE.match(data.lstrip())
    if line is None:
        return 400, {}, b""
    rest = BytesParser(policy=HTTP).parsebytes(data.lstrip()[line.end() :])
    body = rest.get_payload(decode=True)
    headers = {name.lower(): str(value) for name, value in rest.items()}
    return answer(line[1].decode(), line[2].decode("latin-1"), headers, body if isinstance(body, bytes) else b"")
