"""The page's process: ``python -m slipway.verbs.page.server STATE_FOLDER``, in the project's root.

It listens on a socket file that the gateway alone is led to, and answers nothing but the document without a session's
token: the gateway sees to that (:mod:`slipway.sandbox.gateway.page`). What changes something, or takes as long as an
app, is a `slipway` command of its own, so that the page cannot do what its owner could not type.
"""

import asyncio
import json
import logging
import os
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypercorn.asyncio import serve
from hypercorn.config import Config
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from slipway.errors import UserError
from slipway.sandbox.services import sockets
from slipway.stack.project import Project
from slipway.verbs.page.document import content_policy, document
from slipway.verbs.page.report import log_command, report, stamp, trigger_command

NAME = "page"
"""Of the process and its socket, among the services of a sandbox."""
LOOK_SECONDS = 1.0
"""Between two looks at whether a stack's state has changed."""
BEAT_SECONDS = 10.0
"""After which a stream says that it is alive: a client that has gone is noticed by that."""
STREAM = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
TRIGGER_SECONDS = 120.0
"""That a triggered schedule may take before the page says that it goes on by itself."""


@dataclass
class Page:
    """The document, and what it asks for."""

    project: Project
    _state: str = ""
    _stamp: object = None
    _asked: asyncio.Event = field(default_factory=asyncio.Event)
    _gathering: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def app(self) -> Starlette:
        """What is served."""
        return Starlette(
            routes=[
                Route("/", self.document),
                Route("/_slipway/health", _healthy),
                Route("/state", self.state),
                Route("/log", self.log),
                Route("/ask", self.ask, methods=["POST"]),
                Route("/trigger", self.trigger, methods=["POST"]),
            ],
            exception_handlers={UserError: _refused},
        )

    async def document(self, _request: Request) -> Response:
        """The page itself, which holds no fact of this sandbox."""
        headers = {
            "Content-Security-Policy": content_policy(),
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        }
        return HTMLResponse(document(), headers=headers)

    async def state(self, _request: Request) -> Response:
        """All that is live, now and whenever it has changed: an event ``state`` each time."""
        return StreamingResponse(self._states(), media_type="text/event-stream", headers=STREAM)

    async def ask(self, _request: Request) -> Response:
        """Ask every address and platform again; those that watch get what came back."""
        self._stamp = None
        return JSONResponse({})

    async def log(self, request: Request) -> Response:
        """An app's log: an event ``line`` each, the last ones first, then those that are written while one looks on."""
        names = request.query_params
        words = await asyncio.to_thread(log_command, self.project, names.get("stack", ""), names.get("app", ""))
        return StreamingResponse(self._lines(words), media_type="text/event-stream", headers=STREAM)

    async def trigger(self, request: Request) -> Response:
        """Do at once what a schedule does when it is due; what the command printed, and its exit status."""
        names = await request.json()
        words = await asyncio.to_thread(
            trigger_command, self.project, *(str(names.get(name, "")) for name in ("stack", "app", "schedule"))
        )
        process = await self._command(words, error=asyncio.subprocess.STDOUT)
        try:
            printed, _ = await asyncio.wait_for(process.communicate(), TRIGGER_SECONDS)
        except TimeoutError:
            return JSONResponse({"status": None, "printed": f"it has not ended after {TRIGGER_SECONDS:.0f} s"})
        return JSONResponse({"status": process.returncode, "printed": printed.decode(errors="replace")[-4000:]})

    async def _states(self) -> AsyncGenerator[bytes]:
        sent, waited = "", 0.0
        while True:
            state = await self._current()
            if state != sent:
                yield event("state", state)
                sent, waited = state, 0.0
            elif waited >= BEAT_SECONDS:
                yield b": here\n\n"
                waited = 0.0
            await asyncio.sleep(LOOK_SECONDS)
            waited += LOOK_SECONDS

    async def _current(self) -> str:
        """The report, gathered anew by one of those who watch where a state has changed since the last one."""
        async with self._gathering:
            now = await asyncio.to_thread(stamp, self.project)
            if now != self._stamp:
                self._state = json.dumps(await asyncio.to_thread(report, self.project))
                self._stamp = now
            return self._state

    async def _lines(self, words: Sequence[str]) -> AsyncGenerator[bytes]:
        process = await self._command(words, error=asyncio.subprocess.STDOUT)
        assert process.stdout is not None
        reading: asyncio.Task[bytes] | None = None
        try:
            while True:
                reading = reading or asyncio.ensure_future(process.stdout.readline())
                if not (await asyncio.wait([reading], timeout=BEAT_SECONDS))[0]:
                    yield b": here\n\n"
                    continue
                line, reading = reading.result(), None
                if not line:
                    break
                yield event("line", json.dumps(line.decode(errors="replace").rstrip("\n")))
            yield event("end", json.dumps(await process.wait()))
        finally:
            if reading:
                reading.cancel()
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _command(self, words: Sequence[str], *, error: int) -> "asyncio.subprocess.Process":
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "slipway", *words),
            cwd=self.project.root,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=error,
            limit=1 << 20,
            env={**os.environ, "NO_COLOR": "1"},
        )


def event(kind: str, data: str) -> bytes:
    """One server-sent event; ``data`` is JSON, so it has no line ends.

    https://html.spec.whatwg.org/multipage/server-sent-events.html
    """
    return f"event: {kind}\ndata: {data}\n\n".encode()


async def _healthy(_request: Request) -> Response:
    return PlainTextResponse("ok")


async def _refused(_request: Request, refused: Exception) -> Response:
    return JSONResponse({"error": str(refused)}, status_code=404)


def configuration(state_folder: Path) -> Config:
    """How it listens."""
    config = Config()
    config.bind = [f"fd://{sockets.listen(sockets.path(state_folder, NAME)).detach()}"]
    config.graceful_timeout = 0.5
    config.keep_alive_timeout = 60.0
    config.include_server_header = False
    config.loglevel = "WARNING"
    return config


def main(state_folder: Path) -> None:
    """Serve until SIGTERM."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    os.environ["SLIPWAY_HOME"] = str(state_folder)
    app: Any = Page(Project.find()).app
    asyncio.run(serve(app, configuration(state_folder)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
