"""Artifacts whose platform installs a ``requirements.txt``: the app's own lock, or one made of another form's."""

from collections.abc import Mapping

from slipway.bundle.locks import LOCK, LOCKS, Lock
from slipway.bundle.plan import App, Plan, Wheels
from slipway.bundle.platforms import Platform
from slipway.bundle.tree import LeftOut


def with_requirements(
    app: App,
    own: Mapping[str, str],
    left_out: tuple[LeftOut, ...],
    lock: Lock,
    platform: Platform,
    generated: Mapping[str, bytes],
) -> Plan:
    """The plan with the lock as ``requirements.txt``, and inside it what no index has."""
    as_it_is = app.read(LOCK) == lock.text if LOCK in own else not lock.text
    files, out = dict(own), list(left_out)
    replaced = [name for name in (*([] if as_it_is else [LOCK]), *LOCKS) if files.pop(name, None)]
    out += [LeftOut(name, "its packages are in the requirements.txt that is made") for name in replaced]
    more = {} if as_it_is else {LOCK: lock.text}
    built = Wheels(lock=b"", platform=platform, complete=True, built=lock.built, root=app.root) if lock.built else None
    return Plan(own=files, made={**generated, **more}, wheels=built, left_out=tuple(out))
