"""A request to a revision begins as its entrance waits for it."""

import socket
import threading

from slipway.sandbox.cloudrun import signed_in
from slipway.sandbox.cloudrun.entrances import greeting
from slipway.sandbox.running.entrance import Way


def test_the_entrances_greeting_comes_first() -> None:
    """Then the request, to the service by its name; the account's grants were looked at before."""
    received: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                while b"hello" not in b"".join(received):
                    received.append(connection.recv(4096))
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

        thread = threading.Thread(target=answer)
        thread.start()
        way = Way(port=server.getsockname()[1], greeting=greeting("secret"))
        response = signed_in.send(
            way, "http://notes.run.localhost:1/in?a=1", method="POST", headers={}, body=b"hello", seconds=5
        )
        thread.join(5)
    content = b"".join(received)
    assert content.startswith(greeting("secret").encode() + b"POST /in?a=1 HTTP/1.1\r\n")
    assert b"\r\nHost: notes.run.localhost:1\r\n" in content
    assert (response.status, response.text) == (200, "ok")
