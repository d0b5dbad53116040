"""Where a command listens: the port that it names, else the one that its server takes by itself."""

import re
from collections.abc import Mapping

NAMED = (
    re.compile(r"(?:^|\s)(?:-b|--bind|--listen|--http|--http-socket|--host|-l)[= ]+\S*?:(\d{2,5})(?=[\s\"',;&|]|$)"),
    re.compile(r"(?:^|\s)--(?:port|server\.port|server-port|Port|NotebookApp\.port|listen-port)[= ]+(\d{2,5})(?=\s|$)"),
    re.compile(r"\brunserver(?:_plus)?\s+(?:-\S+\s+)*(?:[\w.\[\]:]*:)?(\d{2,5})(?=\s|$)"),
    re.compile(r"(?:^|\s)-p[= ]+(\d{2,5})(?=\s|$)"),
    re.compile(r"(?:^|[\s,])(?:0\.0\.0\.0|127\.0\.0\.1|\[::\]|localhost):(\d{2,5})(?=[\s,\"']|$)"),
)
"""How servers are told their port; the first that a command has counts."""

BY_ITSELF = (
    (re.compile(r"\b(?:uvicorn|gunicorn|hypercorn|daphne|granian)\b"), 8000),
    (re.compile(r"\bfastapi\s+(?:run|dev)\b"), 8000),
    (re.compile(r"\brunserver\b"), 8000),
    (re.compile(r"\bflask\b.*\brun\b"), 5000),
    (re.compile(r"\bstreamlit\s+run\b"), 8501),
    (re.compile(r"\bwaitress-serve\b"), 8080),
    (re.compile(r"\bpython3?\s+-m\s+http\.server\b"), 8000),
)
"""Servers -> the port that they take where nothing names one, as their documentation has it."""
VARIABLE = re.compile(r"\$(?:\{(\w+)(?::-([^}]*))?\}|(\w+))")
OF_SERVERS = {"GUNICORN_CMD_ARGS": "gunicorn", "UVICORN_PORT": "uvicorn", "FLASK_RUN_PORT": "flask"}
"""A variable that a server reads itself -> the server."""


def port_of(command: str, env: Mapping[str, str]) -> int:
    """The port on which a command listens; 0 where nothing shows it. Variables are filled in from ``env``."""
    filled = VARIABLE.sub(lambda match: env.get(match[1] or match[3], match[2] or ""), command)
    for name in NAMED:
        if match := name.search(filled):
            return int(match[1])
    for variable, server in OF_SERVERS.items():
        value = env.get(variable, "")
        if server in filled and (match := re.search(r"(?:^|:)(\d{2,5})(?=\s|$)", value)):
            return int(match[1])
    return 0


def port_by_itself(command: str) -> int:
    """The port that a command's server takes where nothing names one; 0 for another command."""
    return next((port for server, port in BY_ITSELF if server.search(command)), 0)


def config_of(command: str) -> str:
    """The file that gunicorn is told to read; "" where it is told none."""
    match = re.search(r"\bgunicorn\b.*?(?:\s-c|\s--config)[= ]+(?:file:)?([^\s\"']+\.py)", command)
    return match[1] if match else ""


def port_in_config(text: str) -> int:
    """The port of ``bind`` in gunicorn's configuration (https://docs.gunicorn.org/en/stable/settings.html#bind)."""
    match = re.search(r"^\s*bind\s*=\s*\[?\s*f?[\"'][^\"'\n]*:(\d{2,5})[\"']", text, re.MULTILINE)
    return int(match[1]) if match else 0
