"""Requests and answers as the gateway's parts hand them to each other."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

Headers = tuple[tuple[bytes, bytes], ...]
"""Names in lower case."""

HOP_BY_HOP = frozenset(
    {
        *(b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"proxy-connection"),
        *(b"te", b"trailer", b"upgrade", b"transfer-encoding"),
    }
)
"""Headers about one connection alone: https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1."""


@dataclass(frozen=True, kw_only=True)
class Head:
    """A request without its body."""

    method: str
    target: str
    """As it was sent; the guard has seen to it that it is in origin form: ``/path?query``."""
    headers: Headers = ()
    client: str = "127.0.0.1"

    def all(self, name: bytes) -> list[str]:
        """Every value of a header."""
        return [value.decode("latin-1") for key, value in self.headers if key == name]

    def value(self, name: bytes) -> str:
        """The first value of a header; "" without one."""
        return next(iter(self.all(name)), "")

    @property
    def path(self) -> str:
        """The target without its query, as it was sent."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """What follows the question mark, as it was sent."""
        return self.target.partition("?")[2]

    @property
    def host(self) -> str:
        """The name of the ``Host`` header, without its port, in lower case."""
        name, colon, port = self.value(b"host").rpartition(":")
        return (name if colon and port.isdigit() else self.value(b"host")).lower()


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A response; ``close`` ends the connection after it."""

    status: int
    headers: Headers = ()
    content: bytes | AsyncGenerator[bytes] = b""
    close: bool = False


class TooLargeError(Exception):
    """A body has more bytes than it may have."""


class Body(Protocol):
    """The body of a request, read once: whole or as it comes."""

    size: int | None
    """Bytes, as the head states them; None where it does not."""

    async def __call__(self, most: int) -> bytes:
        """All of it. Raises :class:`TooLargeError` for more bytes than ``most``."""
        ...

    def pieces(self, most: int) -> AsyncGenerator[bytes]:
        """The pieces as they come. Raises :class:`TooLargeError` where they are more than ``most`` bytes."""
        ...


@dataclass(frozen=True, kw_only=True)
class Stream:
    """A body that is sent on while it comes."""

    size: int | None
    pieces: AsyncGenerator[bytes]


BUFFERED = 64 << 10
"""Bytes of a body that are waited for before a server is asked, so that a slow client does not hold it."""


async def buffered(body: Body, most: int) -> bytes | Stream:
    """A body for :class:`~slipway.sandbox.http.upstream.Upstream`: whole where it is small, else as it comes.

    Raises :class:`TooLargeError`.
    """
    if body.size is not None and body.size <= BUFFERED:
        return await body(most)
    pieces, first, size = body.pieces(most), [], 0
    async for piece in pieces:
        first.append(piece)
        size += len(piece)
        if size > BUFFERED:
            break
    else:
        return b"".join(first)

    async def rest() -> AsyncGenerator[bytes]:
        yield b"".join(first)
        async for piece in pieces:
            yield piece

    return Stream(size=body.size, pieces=rest())


Site = Callable[[Head, Body], Awaitable[Answer]]
"""Answers the requests of one port, once the guard has let them in."""


def text(status: int, words: str, *, close: bool = False) -> Answer:
    """An answer for people."""
    return Answer(
        status=status,
        headers=((b"content-type", b"text/plain; charset=utf-8"),),
        content=f"{words}\n".encode(),
        close=close,
    )


def passed_on(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Headers without those of this connection, which are the known ones and what ``Connection`` names."""
    pairs = tuple((name.lower(), value) for name, value in headers)
    named = {word.strip().lower() for name, value in pairs if name == b"connection" for word in value.split(b",")}
    return tuple((name, value) for name, value in pairs if name not in HOP_BY_HOP and name not in named)
