"""Packages that are published as source only: pure Python is built in isolation, compiled code is refused.

Many of earlier years compile a part that only makes them faster, and do without where there is no compiler: they are
built so, and run anywhere.
"""

import re
from collections.abc import Collection, Mapping
from pathlib import Path

from slipway.bundle.errors import BundleError
from slipway.bundle.locks.pins import normal
from slipway.bundle.platforms import Platform
from slipway.bundle.uv import run_uv

_WITHOUT_WHEEL = re.compile(r"Wheels are required for `([A-Za-z0-9._-]+)`|([A-Za-z0-9._-]+)==\S+ has no usable wheels")
_COMPILED = (".so", ".pyd", ".dylib")


WITHOUT_COMPILER: Mapping[str, str] = {
    "CC": "/bin/false",
    "CXX": "/bin/false",
    "AIOHTTP_NO_EXTENSIONS": "1",
    "BUILD_EXTENSION": "no",
    "DISABLE_SQLALCHEMY_CEXT": "1",
    "FALCON_DISABLE_CYTHON": "1",
    "FROZENLIST_NO_EXTENSIONS": "1",
    "MSGPACK_PUREPYTHON": "1",
    "MULTIDICT_NO_EXTENSIONS": "1",
    "SKIP_CYTHON": "1",
    "TORNADO_EXTENSION": "0",
    "WRAPT_INSTALL_EXTENSIONS": "false",
    "YARL_NO_EXTENSIONS": "1",
}
"""What a build sees that shall compile nothing: no compiler, and the switches of packages that have one of their own.
Source: the ``setup.py`` of aiohttp, websockets, SQLAlchemy, falcon, frozenlist, msgpack, multidict, pydantic, tornado,
wrapt and yarl."""


COMPILES = frozenset(
    {
        "argon2-cffi-bindings", "bcrypt", "cffi", "cryptography", "gevent", "greenlet", "grpcio", "h5py", "httptools",
        "lxml", "matplotlib", "mysqlclient", "numba", "numpy", "opencv-python", "opencv-python-headless", "orjson",
        "pandas", "pillow", "psycopg2", "psycopg2-binary", "pyarrow", "pycurl", "pydantic-core", "pyodbc", "pyzmq",
        "regex", "rpds-py", "safetensors", "scikit-learn", "scipy", "shapely", "statsmodels", "tiktoken", "tokenizers",
        "typed-ast", "ujson", "uvloop", "xgboost",
    }
)  # fmt: skip
"""Packages that cannot do without their compiled parts: to build one here takes minutes, and comes to nothing."""

SLOW = COMPILES - {
    "argon2-cffi-bindings", "bcrypt", "cffi", "greenlet", "httptools", "mysqlclient", "psycopg2", "psycopg2-binary",
    "pycurl", "pyodbc", "regex", "typed-ast", "ujson",
}  # fmt: skip
"""Those of them that take minutes to compile even where the platform compiles them itself."""


def needing_source(message: str, *, exclude: Collection[str]) -> str | None:
    """The package that uv has no fitting wheel of, by its message; None where that is not what is wrong."""
    match = _WITHOUT_WHEEL.search(message)
    name = normal(match[1] or match[2]) if match else None
    return None if name is None or name in exclude else name


def check_source_only(name: str, lock: bytes, platform: Platform, *, folder: Path, app: str) -> None:
    """Raise :class:`BundleError` for a package that has wheels, but none for the platform.

    The message names the version that has one.
    """
    pinned = re.search(rf"^{re.escape(name)}==(\S+)", lock.decode(), re.MULTILINE | re.IGNORECASE)
    version = pinned[1] if pinned else ""
    if not _resolves(f"{name}=={version}", ["--universal"], folder):
        return
    words = ["--python-version", platform.python, "--python-platform", platform.tag]
    fitting = _resolves(name, words, folder)
    advice = (
        f"{name} {fitting} has one: ask for {name}<={fitting}, or run `slipway lock {app} --upgrade`"
        if fitting
        else f"no version of {name} has one: deploy {app} as a container, whose image can compile it"
    )
    raise BundleError(f"{name} {version} of {app} has no wheel for {platform}; {advice}")


def compiling(name: str, what: str, platform: Platform, app: str) -> BundleError:
    """The refusal of a package whose compiled parts this machine would make."""
    return BundleError(
        f"{name}, of {app}, exists as source only and compiles {what}: what this machine compiles may "
        f"not run on {platform}. Deploy {app} as a container, to App Engine or to Beanstalk, which compile "
        "it themselves"
    )


def _resolves(requirement: str, words: list[str], folder: Path) -> str:
    """The version that a requirement resolves to with wheels alone; "" where it does not."""
    (folder / "one.in").write_text(f"{requirement}\n", encoding="utf-8")
    try:
        silent = ["--no-deps", "--no-header", "--no-annotate", "--quiet", "--no-emit-index-url"]
        text = run_uv(["pip", "compile", "one.in", "--only-binary", ":all:", *words, *silent], folder=folder, doing="")
    except BundleError:
        return ""
    match = re.search(r"==([^\s;]+)", text)
    return match[1] if match else ""


def compiled_parts(target: Path, names: Collection[str]) -> dict[str, str]:
    """Package -> a compiled file of it, of those of ``names`` that were built here and have one."""
    compiled: dict[str, str] = {}
    for record in sorted(target.glob("*.dist-info/RECORD")):
        name = normal(record.parent.name.partition("-")[0])
        paths = (line.partition(",")[0] for line in record.read_text(encoding="utf-8").splitlines())
        first = next((path for path in paths if path.endswith(_COMPILED)), "")
        if first and name in {normal(one) for one in names}:
            compiled[name] = first
    return compiled


def check_pure(target: Path, names: Collection[str], platform: Platform, *, app: str) -> None:
    """Raise :class:`BundleError` where a package that was built here has compiled parts, which are this machine's."""
    for name, path in compiled_parts(target, names).items():
        raise compiling(name, path, platform, app)
