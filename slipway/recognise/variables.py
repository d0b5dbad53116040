"""What value an environment variable of an app gets: by what its examples say, by its name, or none at all."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from slipway.bundle.locks import normal
from slipway.bundle.locks.wanted import names_of
from slipway.recognise.findings import Recognised

SECRET = re.compile(
    r"(^|_)(SECRET|PASSWORD|PASSWD|PWD|PASS|TOKEN|CREDENTIALS?|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY)(_|$)", re.IGNORECASE
)
"""Names of secrets."""
ABOUT_SECRET = re.compile(
    r"_(MINUTES|SECONDS|HOURS|DAYS|LIFETIME|EXPIRY|EXPIRES?|EXPIRATION|LENGTH|URL|URI|ALGORITHM|NAME|HEADER|TTL|AGE)$|"
    r"_EXPIRES?_",
    re.IGNORECASE,
)
"""Names of what is no secret, and says something about one."""
SIGNING = re.compile(
    r"(?:(?:APP|APPLICATION|ACCESS|ACCESS_TOKEN|REFRESH|REFRESH_TOKEN|RESET|VERIFICATION|AUTH|AUTHJWT|COOKIE|CSRF|DJANGO|FASTAPI|"
    r"FLASK|JWT|PROJECT|QUART|SANIC|SECURITY|SERVER|SESSION|SIGNING|TOKEN|USER|WTF|WTF_CSRF|WEB)_)*"
    r"(?:SECRET|SECRET_?KEY|SECRET_KEY_BASE|SIGNING_KEY|JWT_KEY|PASSWORD_SALT|SALT)",
    re.IGNORECASE,
)
"""Variables with a key that an app signs with, of which any value will do that stays the same."""
OF_OTHERS = re.compile(
    r"(?:^|_)(?:AUTH0|AWS|AZURE|BOT|CAPTCHA|CLIENT|CLOUDINARY|CONSUMER|DISCORD|FACEBOOK|FIREBASE|GITHUB|GITLAB|GOOGLE|"
    r"HCAPTCHA|LINE|CHANNEL|LINKEDIN|MAILGUN|MICROSOFT|MINIO|OKTA|OPENAI|PAYPAL|PAYSTACK|PLAID|RAZORPAY|RECAPTCHA|S3|SLACK|"
    r"SPOTIFY|STRIPE|TWILIO|TWITTER|WEBHOOK|ZOOM)_",
    re.IGNORECASE,
)
"""Words in the names of keys that another service gives."""
OWN_PASSWORD = re.compile(
    r"(?:\w+_)?(?:ADMIN|SUPERUSER|BASIC_AUTH|FIRST_USER|ROOT_USER)_(?:\w+_)?PASSWORD|ADMIN_PASS", re.IGNORECASE
)
"""Passwords that an app itself asks for, of which any will do."""
DATABASE = re.compile(
    r"(?:\w+_)?(?:DATABASE|DB|POSTGRES|POSTGRESQL|SQLALCHEMY(?:_DATABASE)?|PG)_?(?:URL|URI|DSN|CONNECTION_STRING)",
    re.IGNORECASE,
)
"""Variables with the address of an SQL database."""
DATABASE_PART = re.compile(
    r"(?:\w+_)?(?:AZURE_POSTGRESQL|DATABASE|DB|POSTGRES|POSTGRESQL|PG|RDS|SQL)_?"
    r"(?:(?P<user>USER(?:NAME)?|LOGIN)|(?P<password>PASS(?:WORD|WD)?|PWD)|(?P<host>HOST(?:NAME)?|SERVER)|(?P<port>PORT)|"
    r"(?P<name>NAME|DATABASE|DB|DBNAME))",
    re.IGNORECASE,
)
"""Variables with a part of the address of an SQL database, as ``DBUSER`` and ``POSTGRES_HOST``."""
PLACEHOLDER = re.compile(
    r"^$|^[<\[{(].*[>\]})]$|^\*+$|\byour|_your|your_|change.?(?:me|this|it)|x{3,}|\.{3}|placeholder|replace|"
    r"^(?:todo|none|null|value|string|secret|password|here)$|_here$|\$\{|\$\(",
    re.IGNORECASE,
)
"""Values of an example that stand for the reader's own."""
SAFE: Mapping[str, str] = {
    r"(?:\w+_)?DEBUG|(?:\w+_)?ENABLE_\w+|\w+_ENABLED": "false",
    r"(?:\w+_)?(?:ENV|ENVIRONMENT)|FLASK_ENV|NODE_ENV|APP_MODE": "production",
    r"(?:\w+_)?LOG_?LEVEL": "INFO",
    r"(?:\w+_)?ALLOWED_HOSTS": "*",
    r"(?:\w+_)?(?:ALLOWED_|CORS_)+ORIGINS?": "*",
    r"(?:\w+_)?ALGORITHM": "HS256",
    r"(?:\w+_)?(?:MINUTES|EXPIRE_MIN|EXPIRES?_IN)": "30",
    r"(?:\w+_)?(?:APP|PROJECT|SITE)_(?:NAME|TITLE)|TITLE": "app",
    r"(?:\w+_)?(?:APP_|API_)?VERSION": "1",
    r"(?:\w+_)?(?:ADMIN|SUPERUSER|BASIC_AUTH)_(?:USER|USERNAME|NAME|LOGIN)": "admin",
    r"(?:\w+_)?(?:ADMIN|SUPERUSER|SENDER|FROM|CONTACT)_?(?:E?MAIL)(?:_ADDRESS)?": "admin@example.com",
    r"(?:API|APP|SERVER|UVICORN|FLASK_RUN)_HOST|HOST": "127.0.0.1",
    r"(?:API|APP|SERVER|UVICORN|FLASK_RUN)_PORT": "8080",
    r"API_(?:V\d_)?(?:STR|PREFIX)": "/api",
}
"""Names -> a value that any app of this name's meaning starts with."""
_SAFE = {re.compile(pattern, re.IGNORECASE): value for pattern, value in SAFE.items()}


class Origin(StrEnum):
    """Where a variable's value comes from."""

    example = "of the app's own example"
    safe = "a usual one"
    drawn = "drawn, for this stack alone"
    asked_for = "asked for"


@dataclass(frozen=True, kw_only=True)
class Variable:
    """A variable and what becomes of it."""

    name: str
    origin: Origin
    value: str = ""
    """"" where it is drawn or asked for."""
    secret: bool = False
    file: str = ""
    """The file with the example."""


def is_secret(name: str) -> bool:
    """Whether a variable holds a secret, by its name."""
    return bool(SECRET.search(name)) and not ABOUT_SECRET.search(name)


def is_signing(name: str) -> bool:
    """Whether any value will do for a secret that stays the same: a key to sign with, the password of an own page."""
    own = SIGNING.fullmatch(name) or re.fullmatch(r"\w+_SECRET_KEY|\w+_SIGNING_KEY", name, re.IGNORECASE)
    return not OF_OTHERS.search(f"{name}_") and bool(own or OWN_PASSWORD.fullmatch(name))


def variable_of(app: Recognised, name: str) -> Variable:
    """What becomes of a variable that an app needs."""
    if is_signing(name):
        return Variable(name=name, origin=Origin.drawn, secret=True)
    value, file = next(((value, file) for one, value, file in app.examples if one == name), ("", ""))
    if is_secret(name):
        return Variable(name=name, origin=Origin.asked_for, secret=True)
    if not PLACEHOLDER.search(value):
        return Variable(name=name, origin=Origin.example, value=value, file=file)
    safe = next((value for pattern, value in _SAFE.items() if pattern.fullmatch(name)), None)
    if safe is not None:
        return Variable(name=name, origin=Origin.safe, value=safe)
    return Variable(name=name, origin=Origin.asked_for)


POSTGRES_DRIVERS = frozenset({"psycopg", "psycopg2", "psycopg2-binary", "asyncpg", "pg8000", "psycopg-binary"})
OWN_FILE = "app.sqlite3"
OWN_FOLDER = "data"


def database_variables(app: Recognised) -> tuple[str, ...]:
    """The variables that an app takes the address of its database from, and has no default of."""
    return tuple(name for name in (*app.variables, *app.secrets, *app.optional) if DATABASE.fullmatch(name))


def database_parts(app: Recognised) -> dict[str, str]:
    """Variable -> the part of its PostgreSQL database's address that the app takes from it; none where not enough are.

    Those with a default count too, which leads to a server on the developer's own machine.
    """
    names = (*app.variables, *app.secrets, *app.optional, *app.with_default, *(name for name, _ in app.env))
    matches = {name: match for name in names if (match := DATABASE_PART.fullmatch(name))}
    parts = {name: next(part for part, text in match.groupdict().items() if text) for name, match in matches.items()}
    enough = {"password", "name"} <= {*parts.values()} and bool({"user", "host"} & {*parts.values()})
    in_files = any(address.startswith("sqlite") for address in app.keeps)
    return parts if enough and takes_postgres(app) and not in_files and not database_variables(app) else {}


def takes_postgres(app: Recognised) -> bool:
    """Whether an app brings a driver of PostgreSQL's."""
    return bool(POSTGRES_DRIVERS & _packages(app))


def sqlite_address(app: Recognised) -> tuple[str, tuple[str, ...]] | None:
    """The address of an SQLite database in the app's folder, and the paths with it; None where the app takes none."""
    packages = _packages(app)
    scheme = "sqlite"
    if "aiosqlite" in packages:
        scheme = "sqlite+aiosqlite" if "sqlalchemy" in packages or "sqlmodel" in packages else "sqlite"
    elif "asyncpg" in packages or not packages & WITH_SQLITE:
        return None
    if "flask-sqlalchemy" in packages or "flask-migrate" in packages:
        # Beside the app's package or in its instance folder, by the version of Flask-SQLAlchemy.
        return f"{scheme}:///{OWN_FILE}", ("instance", OWN_FILE)
    return f"{scheme}:///{OWN_FOLDER}/{OWN_FILE}", (OWN_FOLDER,)


WITH_SQLITE = frozenset(
    {"sqlalchemy", "sqlmodel", "flask-sqlalchemy", "flask-migrate", "django", "dj-database-url", "django-environ",
     "databases", "tortoise-orm", "peewee", "pony", "piccolo", "quart-db", "wagtail"}
)  # fmt: skip
"""Packages that reach a database by an address, which may be SQLite's."""


def kept_paths(keeps: Collection[str]) -> tuple[str, ...]:
    """The files of SQLite databases in an app's folder, as ``db.sqlite3``, by the addresses that its code names."""
    paths = (address.partition(":///")[2].partition("?")[0] for address in keeps if ":///" in address)
    inside = (path.removeprefix("./") for path in paths if path and path[0] not in "/{%" and ".." not in path)
    return tuple(dict.fromkeys(path for path in inside if re.fullmatch(r"[\w./-]+", path)))


def _packages(app: Recognised) -> set[str]:
    try:
        return {normal(name) for name in (*names_of(app.wanted.lines, lambda _: True), *app.undeclared)}
    except ValueError:
        return set()
