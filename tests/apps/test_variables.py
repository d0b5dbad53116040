"""What becomes of the variables that an app needs: a value of its examples, a usual one, a drawn one, or a question."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from slipway.bundle.locks.wanted import Wanted
from slipway.errors import UserError
from slipway.recognise import Recognised
from slipway.recognise.variables import Origin, database_parts, is_signing, sqlite_address, variable_of
from slipway.recognise.variables import kept_paths as kept
from slipway.verbs.app_state import Database, plans
from slipway.verbs.app_variables import Variables, named_in, values_of, with_unset


def app(*packages: str, root: Path = Path("/shop"), **more: object) -> Recognised:
    """An app that asks for some packages."""
    return Recognised(root=root, wanted=Wanted(origin="requirements.txt", lines=packages), **more)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("name", "origin", "value"),
    [
        ("SECRET_KEY", Origin.drawn, ""),
        ("JWT_SECRET_KEY", Origin.drawn, ""),
        ("SHOP_SECRET_KEY", Origin.drawn, ""),
        ("ADMIN_PASSWORD", Origin.drawn, ""),
        ("STRIPE_SECRET_KEY", Origin.asked_for, ""),
        ("GOOGLE_CLIENT_SECRET", Origin.asked_for, ""),
        ("SLACK_BOT_TOKEN", Origin.asked_for, ""),
        ("ACCESS_TOKEN_EXPIRE_MINUTES", Origin.safe, "30"),
        ("JWT_ALGORITHM", Origin.safe, "HS256"),
        ("SHOP_TITLE", Origin.example, "A shop"),
        ("SHOP_OWNER", Origin.asked_for, ""),
        ("SHOP_CURRENCY", Origin.asked_for, ""),
    ],
)
def test_a_variable_gets_its_value_by_its_example_or_its_name(name: str, origin: Origin, value: str):
    """What another service gives is asked for; an example that stands for the reader's own value is none."""
    examples = (("SHOP_TITLE", "A shop", ".env.example"), ("SHOP_OWNER", "<your name>", ".env.example"))
    variable = variable_of(app(examples=examples), name)
    assert (variable.origin, variable.value) == (origin, value)


@pytest.mark.parametrize(
    "name", ["LINE_CHANNEL_SECRET", "AUTH0_CLIENT_SECRET", "TWILIO_AUTH_TOKEN", "AWS_SECRET_ACCESS_KEY"]
)
def test_a_key_of_another_service_is_never_drawn(name: str):
    """The app would start, and fail at its first use of the service."""
    assert not is_signing(name)


def test_all_variables_without_a_value_are_in_one_sentence(tmp_path: Path):
    """And where to write them; those that have a value are not."""
    shop = app(root=tmp_path / "shop", variables=("SHOP_REGION", "DEBUG"), secrets=("STRIPE_KEY_SECRET", "BOT_TOKEN"))
    with pytest.raises(UserError, match=r"shop needs BOT_TOKEN, STRIPE_KEY_SECRET, SHOP_REGION, and nothing .*\.env,"):
        values_of(shop, ["BOT_TOKEN", "DEBUG"])


def test_the_owners_own_file_has_the_values(tmp_path: Path):
    """Secrets of it are sealed, others stand in the settings; it is never packed."""
    own = (("BOT_TOKEN", "abc", ".env"), ("SHOP_REGION", "north", ".env"))
    variables = values_of(app(root=tmp_path, examples=own), ["BOT_TOKEN", "SHOP_REGION"])
    assert (variables.sealed, variables.plain) == ({"BOT_TOKEN": "abc"}, {"SHOP_REGION": "north"})


@pytest.mark.parametrize(
    ("error", "names"),
    [
        ("shop: KeyError: 'SHOP_KEY' (an environment variable?", ("SHOP_KEY",)),
        ("shop: ImproperlyConfigured: Set the SHOP_URL environment variable", ("SHOP_URL",)),
        ("shop: decouple.UndefinedValueError: SHOP_MAIL not found. Declare it as envvar", ("SHOP_MAIL",)),
        ("shop: ValidationError: 2 validation errors\nregion\n  Field required [type=missing]", ("SHOP_REGION",)),
        ("shop: RuntimeError: BOT_NAME must be set", ("BOT_NAME",)),
        ("shop: TypeError: expected str, got None for SHOP_MAIL", ("SHOP_MAIL",)),
        ("shop: ValueError: the TABLE is empty", ()),
    ],
)
def test_an_error_names_the_variable_that_is_missing(error: str, names: tuple[str, ...]):
    """In the words of Python, django-environ, decouple and pydantic; else by a name that the code asks for."""
    assert named_in(error, app(variables=("SHOP_REGION",), optional=("SHOP_MAIL",))) == names


def test_an_error_that_names_no_variable_is_shown_with_those_that_are_not_set(tmp_path: Path):
    """In its first line, before the trace; a variable that has a value is none of them."""
    shop = app(root=tmp_path / "shop", variables=("SHOP_REGION", "SHOP_PRICE"), optional=("SHOP_MAIL",))
    mistake = with_unset(UserError("shop: no price\ntrace"), shop, Variables(plain={"SHOP_REGION": "north"}))
    first, _, rest = str(mistake).partition("\n")
    assert first.startswith("shop: no price; it asks for SHOP_PRICE, SHOP_MAIL, which nothing here gives a value of")
    assert rest == "trace"


@pytest.mark.parametrize(
    ("packages", "address"),
    [
        (("flask-sqlalchemy",), "sqlite:///app.sqlite3"),
        (("sqlalchemy", "aiosqlite"), "sqlite+aiosqlite:///data/app.sqlite3"),
        (("dj-database-url", "psycopg2"), "sqlite:///data/app.sqlite3"),
        (("sqlalchemy", "asyncpg"), None),
        (("psycopg2",), None),
    ],
)
def test_a_database_by_an_address_may_be_sqlites(packages: tuple[str, ...], address: str | None):
    """Where the app's packages reach one by its address; a driver of PostgreSQL's alone does not."""
    chosen = sqlite_address(app(*packages))
    assert (chosen[0] if chosen else None) == address


def test_an_app_with_rows_goes_where_they_stay():
    """SQLite on a platform with a disk, then PostgreSQL where the app takes one, then the rest."""
    shop = app("sqlalchemy", "psycopg2", variables=("DATABASE_URL",), release="python -m alembic upgrade head")
    first, second, *_ = plans(shop, ["app-engine", "lambda", "pythonanywhere"], has_docker=False)
    assert (first.platform, first.database, first.env) == (
        "pythonanywhere", Database.sqlite, {"DATABASE_URL": "sqlite:///data/app.sqlite3"},
    )  # fmt: skip
    assert (first.data, first.release) == (("data",), "python -m alembic upgrade head")
    assert (second.platform, second.database) == ("app-engine", Database.postgres)


@pytest.mark.parametrize(
    ("packages", "names", "parts"),
    [
        (
            ("psycopg2-binary",),
            ("DBUSER", "DBPASS", "DBHOST", "DBNAME"),
            {"DBUSER": "user", "DBPASS": "password", "DBHOST": "host", "DBNAME": "name"},
        ),
        (
            ("asyncpg",),
            ("POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_HOST", "POSTGRES_PORT", "POSTGRES_DB", "REDIS_HOST"),
            {
                "POSTGRES_USER": "user",
                "POSTGRES_PASSWORD": "password",
                "POSTGRES_HOST": "host",
                "POSTGRES_PORT": "port",
                "POSTGRES_DB": "name",
            },
        ),
        (("flask",), ("DBUSER", "DBPASS", "DBHOST", "DBNAME"), {}),
        (("psycopg2",), ("DB_PASSWORD",), {}),
        (("psycopg2",), ("DATABASE_URL", "DB_USER", "DB_PASSWORD", "DB_NAME"), {}),
    ],
)
def test_an_address_in_parts_is_known_by_the_names(
    packages: tuple[str, ...], names: tuple[str, ...], parts: Mapping[str, str]
):
    """Of an app with a driver of PostgreSQL's, where they are enough to reach a database, and no whole address is."""
    assert database_parts(app(*packages, variables=names)) == parts


def test_an_app_with_an_address_in_parts_gets_a_database():
    """Each of its variables gets its part, whatever value the folder's own files have for it."""
    shop = app("psycopg2", with_default=("DB_HOST",), variables=("DB_USER", "DB_NAME"), secrets=("DB_PASSWORD",))
    first, *_ = plans(shop, ["app-engine", "lambda"], has_docker=False)
    assert (first.platform, first.database) == ("app-engine", Database.postgres)
    assert first.parts == {"DB_USER": "user", "DB_NAME": "name", "DB_PASSWORD": "password", "DB_HOST": "host"}


def test_an_app_without_rows_goes_to_the_first_platform():
    """Nothing is kept, nothing is released."""
    assert [plan.platform for plan in plans(app("flask"), ["app-engine", "pythonanywhere"], has_docker=True)] == [
        "app-engine",
        "pythonanywhere",
    ]


def test_files_of_databases_are_named_by_their_addresses():
    """Those in the app's folder; one elsewhere is none of its data."""
    assert kept(["sqlite:///./shop.db", "sqlite:////var/x.db", "UPLOAD_FOLDER", "sqlite:///db.sqlite3"]) == (
        "shop.db",
        "db.sqlite3",
    )
