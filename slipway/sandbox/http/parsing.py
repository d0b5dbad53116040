"""HTTP/1.1 as it is read: bytes in, events out. llhttp, by httptools, knows the protocol; what is stricter is here.

A parser is of one connection; requests that come one behind the other, before the first is answered, wait as events.
"""

from collections import deque
from dataclasses import dataclass, field

import httptools

from slipway.sandbox.http.messages import Headers


class ProtocolError(Exception):
    """What was sent is no HTTP that is taken here; ``status`` is for an answer."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class HeadEvent:
    """The head of a message has been read."""

    first: tuple[str, str]
    """Of a request, method and target; of a response, its status and nothing."""
    headers: Headers
    version: str
    keep_alive: bool


@dataclass(frozen=True)
class Data:
    """A piece of a body."""

    content: bytes


@dataclass(frozen=True)
class End:
    """The message is whole; ``keep_alive``: another may follow on the connection."""

    keep_alive: bool


Event = HeadEvent | Data | End


@dataclass
class _Collector:
    """The callbacks of httptools, put together to events."""

    most: int
    events: deque[Event] = field(default_factory=deque)
    upgraded: bool = False
    _target: bytearray = field(default_factory=bytearray)
    _headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    _in_head: bool = True
    _size: int = 0

    parser: "httptools.HttpRequestParser | httptools.HttpResponseParser | None" = None

    @property
    def in_head(self) -> bool:
        return self._in_head

    def fed(self, size: int) -> None:
        """Count what may be of a head. Raises :class:`ProtocolError` for one that is too long."""
        self._size += size
        if self._in_head and self._size > self.most:
            raise ProtocolError("the head of the message is too long", 431)

    def on_message_begin(self) -> None:
        self._target.clear()
        self._headers, self._in_head, self._size = [], True, 0

    def on_url(self, url: bytes) -> None:
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_head:  # after the body they are trailers, which nothing here is about
            self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        parser = self.parser
        assert parser is not None
        self._in_head, self._size = False, 0
        if isinstance(parser, httptools.HttpRequestParser):
            first = (parser.get_method().decode("ascii"), self._target.decode("latin-1"))
        else:
            first = (str(parser.get_status_code()), "")
        version = parser.get_http_version()
        self.events.append(HeadEvent(first, tuple(self._headers), version, parser.should_keep_alive()))

    def on_body(self, body: bytes) -> None:
        self.events.append(Data(body))

    def on_message_complete(self) -> None:
        assert self.parser is not None
        self.events.append(End(self.parser.should_keep_alive()))


class Requests:
    """The requests of one connection."""

    def __init__(self, most: int) -> None:
        """``most``: bytes of a head."""
        self._collector = _Collector(most)
        self._parser = httptools.HttpRequestParser(self._collector)
        self._collector.parser = self._parser
        self.begun = False
        """Whether anything of the next request has come."""

    def feed(self, data: bytes) -> None:
        """Take in bytes. Raises :class:`ProtocolError`."""
        self.begun = True
        self._collector.fed(len(data))
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # Nothing here speaks another protocol: the request is answered as it is, and nothing follows it.
            self._collector.events.append(End(keep_alive=False))
        except (httptools.HttpParserError, httptools.HttpParserCallbackError) as error:
            raise ProtocolError(str(error) or type(error).__name__) from error

    def next(self) -> Event | None:
        """The next event; None where more bytes are needed."""
        events = self._collector.events
        return events.popleft() if events else None


class Response:
    """One response, and what is sent before it with a status below 200, which is left out."""

    def __init__(self, most: int, *, to_head: bool) -> None:
        """``most``: bytes of a head; ``to_head``: it is to a HEAD, and has no body whatever its head says."""
        self._collector = _Collector(most)
        self._parser = httptools.HttpResponseParser(self._collector)
        self._collector.parser = self._parser
        self._to_head = to_head
        self._until_close = False
        self._provisional = False
        self.keep_alive = False

    def feed(self, data: bytes) -> None:
        """Take in bytes. Raises :class:`ProtocolError`."""
        self._collector.fed(len(data))
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            raise ProtocolError("it switches to another protocol") from None
        except (httptools.HttpParserError, httptools.HttpParserCallbackError) as error:
            raise ProtocolError(str(error) or type(error).__name__) from error

    def head(self) -> tuple[int, Headers] | None:
        """Status and headers; None where more bytes are needed."""
        events = self._collector.events
        while events:
            event = events.popleft()
            if not isinstance(event, HeadEvent):
                continue  # of a provisional response
            status = int(event.first[0])
            if status < 200:
                continue
            names = {name for name, _ in event.headers}
            without = self._to_head or status in (204, 304)
            self._until_close = not without and not names & {b"content-length", b"transfer-encoding"}
            self.keep_alive = event.keep_alive and not self._until_close
            if without:
                events.clear()
                events.append(End(event.keep_alive))
            return status, event.headers
        return None

    def next(self) -> Event | None:
        """A piece of the body, or its end; None where more bytes are needed."""
        events = self._collector.events
        return events.popleft() if events else None

    def closed(self) -> None:
        """The connection has ended. Raises :class:`ProtocolError` where the response has not."""
        if not self._until_close:
            raise ProtocolError("it closed the connection in the middle of an answer")
        self._collector.events.append(End(keep_alive=False))
