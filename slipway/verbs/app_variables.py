"""The environment variables that an app which is added needs: their values, or a refusal that names all of them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from secrets import token_urlsafe

from slipway.errors import UserError
from slipway.recognise import Recognised
from slipway.recognise.variables import PLACEHOLDER, Origin, Variable, is_secret, variable_of

OWN_FILE = ".env"
"""The file of an app's own variables, which is never packed."""
FIELD = re.compile(r"^(\w+)\n\s+(?:Field required|field required)", re.MULTILINE)
"""A field of pydantic's settings that has no value."""
NAMED = (
    re.compile(r"KeyError: '([A-Z][A-Z0-9_]*)'"),
    re.compile(r"Set the (\w+) environment variable"),
    re.compile(r"UndefinedValueError: (\w+) not found"),
    re.compile(r"[Ee]nvironment variable:? [\"'`]?([A-Z][A-Z0-9_]+)"),
    re.compile(
        r"\b([A-Z][A-Z0-9_]*_[A-Z0-9_]+)[\"'`]? "
        r"(?:environment variable|env var|(?:is|was|must be|not) (?:not )?(?:set|defined|provided|found))"
    ),
)
"""How an app's error names the variable that it lacks."""


class NoValueError(UserError):
    """An app needs variables that nothing gives a value of."""


@dataclass(frozen=True, kw_only=True)
class Variables:
    """What an app gets in its environment."""

    plain: Mapping[str, str] = field(default_factory=dict)
    sealed: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> set[str]:
        """All of them."""
        return {*self.plain, *self.sealed}

    def together(self, other: "Variables") -> "Variables":
        """Both; what ``other`` says counts."""
        return Variables(plain={**self.plain, **other.plain}, sealed={**self.sealed, **other.sealed})


def named_in(error: str, app: Recognised) -> tuple[str, ...]:
    """The variables that an app's error says are missing; none where it says nothing of variables."""
    variables = dict.fromkeys((*app.variables, *app.secrets, *app.optional))
    fields = [match[1].upper() for match in FIELD.finditer(error)]
    names = [next((name for name in variables if name.endswith(one)), one) for one in fields]
    first = error.partition("\n")[0]
    names += [match[1] for pattern in NAMED for match in pattern.finditer(first)]
    if not names:
        words = set(re.findall(r"\w+", first))
        names = [name for name in variables if name in words]
    return tuple(dict.fromkeys(names))


def values_of(app: Recognised, names: Iterable[str]) -> Variables:
    """The values of variables that an app needs. Raises :class:`NoValueError`, naming every one without."""
    chosen = {name: variable_of(app, name) for name in dict.fromkeys(names)}
    own = dict(_own(app))
    plain, sealed, missing = dict[str, str](), dict[str, str](), list[str]()
    for name, variable in chosen.items():
        if name in own:
            (sealed if is_secret(name) else plain)[name] = own[name]
        elif variable.origin is Origin.drawn:
            sealed[name] = token_urlsafe(40)
        elif variable.origin is Origin.asked_for:
            missing.append(name)
        else:
            plain[name] = variable.value
        if name not in missing:
            print(f"{name}: {_shown(variable, own)}")
    if missing:
        raise NoValueError(without_value(app, missing))
    return Variables(plain=plain, sealed=sealed)


def with_unset(mistake: UserError, app: Recognised, variables: Variables) -> UserError:
    """An app's own error, with the variables that it asks for and does not have: one of them may be the reason."""
    asked_for = dict.fromkeys((*app.secrets, *app.variables, *app.optional))
    names = [name for name in asked_for if name not in variables.names]
    if not names:
        return mistake
    first, newline, rest = str(mistake).partition("\n")
    return UserError(
        f"{first}; it asks for {', '.join(names)}, which nothing here gives a value of: if that is why, write "
        f"{names[0]}=… into {app.root / OWN_FILE}, which is never packed, and run `slipway add {app.root}` again"
        f"{newline}{rest}"
    )


def without_value(app: Recognised, names: Iterable[str]) -> str:
    """The sentence about variables that nothing gives a value of."""
    own = dict(_own(app))
    others = [
        name
        for name in (*app.secrets, *app.variables)
        if name not in names and variable_of(app, name).origin is Origin.asked_for and name not in own
    ]
    every = [*dict.fromkeys((*names, *others))]
    lines = " and ".join(f"{name}=…" for name in every[:2]) + (" and so on" if len(every) > 2 else "")
    return (
        f"{app.root.name} needs {', '.join(every)}, and nothing here gives {'them' if len(every) > 1 else 'it'} a "
        f"value: write {lines} into {app.root / OWN_FILE}, which is never packed, and run `slipway add {app.root}` "
        "again: secrets are sealed"
    )


def _own(app: Recognised) -> Iterator[tuple[str, str]]:
    """What the folder's own ``.env`` says, which its owner has written to run it."""
    for name, value, file in app.examples:
        if file == OWN_FILE and not PLACEHOLDER.search(value):
            yield name, value


def _shown(variable: Variable, own: Mapping[str, str]) -> str:
    if variable.name in own:
        return f"as in {OWN_FILE}{', sealed' if variable.secret else ''}"
    if variable.origin is Origin.drawn:
        return "a key of its own is drawn and sealed"
    if variable.origin is Origin.example:
        return f"{variable.value}, as in {variable.file}"
    return f"{variable.value}, a usual value: say another below env: if that does not suit"
