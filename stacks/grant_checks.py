"""The grants of apps as far as the settings go: whether what they name is there, and which variables tell it."""

from stacks.checks import nearest
from stacks.model import Settings
from stacks.platforms import Grant, LambdaApp


def wrong_grant(settings: Settings) -> str:
    """The first grant that names what is not there, or closes a circle of calls, key first; "" if none does."""
    for name, app in settings.apps.items():
        names = {*app.env, *settings.secrets.get(name, {})}
        variables = {app.bucket_variable: f"bucket {name}/{app.bucket}"} if app.bucket else dict[str, str]()
        for title, grant in app.grants.items():
            key = f"apps.{name}.grants.{title}"
            if problem := _missing(settings, name, grant):
                return f"{key}.{problem}"
            variable, value = variable_of(settings, grant)
            if variable in names or variables.setdefault(variable, value) != value:
                return f"{key}: tells its name in {variable}, which is there already, got it twice: rename one of them"
    return _circle(settings)


def _missing(settings: Settings, name: str, grant: Grant) -> str:
    """What of a grant is not there, with the setting that names it."""
    kind = next((kind for kind in ("read", "write", "publish", "invoke") if getattr(grant, kind)), "")
    if not kind:
        return ""
    owner, thing = grant.target if kind != "invoke" else (grant.invoke or "", "")
    app = settings.apps.get(owner)
    if app is None:
        return f"{kind}: must name an app of this stack, got {owner!r}{nearest(owner, settings.apps)}"
    if kind == "invoke":
        called = isinstance(app, LambdaApp)
        return "" if called else f"invoke: must be an app on AWS Lambda, got {owner!r}, which is on {app.title}"
    if kind == "publish":
        queues = {source.queue for source in app.events.values() if source.queue}
        return (
            "" if thing in queues else f"publish: {owner!r} has no queue {thing!r}{_there(thing, queues) or OWN_QUEUE}"
        )
    buckets = {app.bucket} if app.bucket else set[str]()
    if thing not in buckets:
        return f"{kind}: {owner!r} has no bucket {thing!r}{_there(thing, buckets)}"
    if app.cloud != "aws":
        return f"{kind}: must be a bucket on AWS, got one of {owner!r}, which is on {app.title}"
    return f"{kind}: {name!r} may use its own bucket without a grant, got one: take it out" if owner == name else ""


OWN_QUEUE = ": give it one by an event of its own"


def _there(thing: str, names: set[str]) -> str:
    return nearest(thing, names) or (f": it has {', '.join(sorted(names))}" if names else "")


def _circle(settings: Settings) -> str:
    """The first circle of functions that may call each other: one call would go round without an end."""
    calls = {name: [one.invoke for one in app.grants.values() if one.invoke] for name, app in settings.apps.items()}

    def back(name: str, path: tuple[str, ...]) -> tuple[str, ...]:
        for called in calls.get(name, ()):
            if called == path[0]:
                return (*path, called)
            if called not in path and (circle := back(called, (*path, called))):
                return circle
        return ()

    for name in calls:
        if circle := back(name, (name,)):
            words = " → ".join(circle)
            return f"apps.{name}.grants: functions must not call each other in a circle, got {words}: take one out"
    return ""


def variable_of(settings: Settings, grant: Grant) -> tuple[str, str]:
    """The variable that tells an app what was granted, and what it stands for; ("", "") for a raw statement."""
    owner, thing = grant.target
    if grant.read or grant.write:
        return settings.apps[owner].bucket_variable, f"bucket {owner}/{thing}"
    if grant.publish:
        return f"{_upper(thing)}_QUEUE", f"queue {owner}/{thing}"
    return (f"{_upper(grant.invoke)}_FUNCTION", grant.invoke) if grant.invoke else ("", "")


def _upper(name: str) -> str:
    return name.upper().replace("-", "_")
