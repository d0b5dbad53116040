"""Bodies of two parts, an object's metadata and its bytes, read as they come.

https://www.rfc-editor.org/rfc/rfc2387, and with bare line feeds, as gcloud's own client writes them.
"""

import re

from slipway.sandbox.cloudstorage.calls import parsed
from slipway.sandbox.cloudstorage.errors import StorageError

BOUNDARY = re.compile(r"""boundary=(?:"([^"]+)"|'([^']+)'|([^;\s"']+))""", re.IGNORECASE)
"""In single quotes, too, as gcloud's own client writes it."""
LARGEST_METADATA = 1 << 20
HEADERS_END = re.compile(rb"\r?\n\r?\n")


class Related:
    """A ``multipart/related`` body: :attr:`metadata` is there before the first bytes of the object are."""

    def __init__(self, content_type: str) -> None:
        """Raises :class:`StorageError` for a type without a boundary."""
        match = BOUNDARY.search(content_type)
        if match is None or not content_type.lower().startswith("multipart/"):
            raise StorageError(
                400,
                "badContent",
                f"A multipart upload needs Content-Type multipart/related; boundary=…, got {content_type!r}",
            )
        self._boundary = b"--" + next(filter(None, match.groups())).encode("latin-1")
        self._newline = b""
        self._buffer = b""
        self._step = self._preamble
        self.metadata: dict[str, object] = {}
        self.content_type = ""
        """Of the second part."""
        self.whole = False
        """Whether its end was there."""

    def feed(self, data: bytes) -> bytes:
        """The bytes of the object that are certain after these. Raises :class:`StorageError`."""
        self._buffer += data
        out: list[bytes] = []
        while (piece := self._step()) is not None:
            out.append(piece)
        if self._step not in (self._media, self._end) and len(self._buffer) > LARGEST_METADATA:
            raise _bad("its metadata is too long")
        return b"".join(out)

    def _preamble(self) -> bytes | None:
        at = self._buffer.find(self._boundary)
        end = self._buffer.find(b"\n", at)
        if at < 0 or end < 0:
            return None
        self._newline = b"\r\n" if self._buffer[end - 1 : end] == b"\r" else b"\n"
        self._buffer = self._buffer[end + 1 :]
        self._step = self._document
        return b""

    def _document(self) -> bytes | None:
        """The first part, up to the next boundary."""
        mark = self._newline + self._boundary
        at = self._buffer.find(mark)
        end = self._buffer.find(b"\n", at + len(mark))
        if at < 0 or end < 0:
            return None
        part = self._newline + self._buffer[:at]
        _, content = _split(part)
        self.metadata = parsed(content)
        self._buffer = self._newline + self._buffer[end + 1 :]
        self._step = self._headers
        return b""

    def _headers(self) -> bytes | None:
        """The headers of the second part; there may be none."""
        match = HEADERS_END.search(self._buffer)
        if match is None:
            return None
        headers, self._buffer = _split(self._buffer)
        self.content_type = headers.get("content-type", "")
        self._step = self._media
        return b""

    def _media(self) -> bytes | None:
        mark = self._newline + self._boundary
        at = self._buffer.find(mark)
        if at >= 0:
            piece, self._buffer = self._buffer[:at], b""
            self._step, self.whole = self._end, True
            return piece
        certain = max(0, len(self._buffer) - len(mark) + 1)
        piece, self._buffer = self._buffer[:certain], self._buffer[certain:]
        return piece or None

    def _end(self) -> bytes | None:
        self._buffer = b""
        return None


def _split(part: bytes) -> tuple[dict[str, str], bytes]:
    """The headers of a part and its content."""
    match = HEADERS_END.search(part)
    if match is None:
        raise _bad("a part has no end of its headers")
    lines = part[: match.start()].decode("latin-1").splitlines()
    pairs = (line.partition(":") for line in lines if line)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}, part[match.end() :]


def _bad(why: str) -> StorageError:
    return StorageError(400, "badContent", f"Malformed multipart body: {why}.")
