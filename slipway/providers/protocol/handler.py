"""What a family of resources is to a provider: five functions and a few facts about its properties.

Handlers see plain Python values. Diff, preview, unknowns, secrets and protobuf are the servicer's, once; a handler
is called with inputs that passed ``check``, are fully known, and have their secrets opened.
"""

import hashlib
import io
import zipfile
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from slipway.providers.protocol.facts import Facts
from slipway.wire import assets

Content = TypeVar("Content")
_TARS = (".tar", ".tgz", ".tar.gz")

Props = dict[str, Any]
"""A resource's properties by their Pulumi names (camelCase), nested as JSON, with :class:`Asset` for files."""


@dataclass(frozen=True, kw_only=True)
class Creation:
    """The creation that a handler is asked for."""

    urn: str = ""
    """The resource's URN, which names its stack and project: the owner of what is created."""
    resumes: bool = False
    """Whether the engine was cut off in the middle of this creation before: it may have had its effect."""


NO_CREATION = Creation()
creation: ContextVar[Creation] = ContextVar("creation", default=NO_CREATION)
"""Set while a handler creates; few handlers need it, since the servicer decides what a creation takes over."""


class CloudError(Exception):
    """The cloud's refusal, in the cloud's words.

    ``id`` and ``properties`` are set where the resource exists all the same (a partial failure: the engine keeps it
    in the state with the error). ``transient`` marks what the cloud itself asks callers to try again (a new role that
    cannot be assumed yet, an API enabled a moment ago); the servicer retries those, bounded.
    """

    def __init__(self, message: str, *, id: str = "", properties: Props | None = None, transient: bool = False) -> None:
        super().__init__(message)
        self.id, self.properties, self.transient = id, properties, transient


program_folder: ContextVar[Callable[[], Path]] = ContextVar("program_folder", default=Path.cwd)
"""Says what relative paths of the program are relative to; set for each call."""


@dataclass(frozen=True)
class Asset:
    """A file or an archive among the inputs, as the engine sent it: its sha256 (hex) and where its content is."""

    sha256: str
    path: Path | None = None
    text: str | None = None
    is_archive: bool = False
    uri: str = ""
    parts: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """The assets and archives of an archive that is made of them, by name, as the wire has them."""

    def read(self) -> bytes:
        """The bytes: of an archive that is a folder or made of parts, those of a zip.

        Raises :class:`CloudError` where the engine sent a hash alone (as for one from a checkpoint), where the content
        cannot be read, and where it has another hash than the engine says: another program's file, or a changed one.
        """
        if not self.is_archive:
            return self._checked(lambda root: _hashed(assets.asset_bytes(self._value, root)))
        raw = self._checked(self._archive)
        return zipped(self.members()) if raw is None else raw

    def zip(self) -> bytes:
        """An archive's bytes as a zip, whatever it was given as; a zip is taken as it is."""
        name = str(self.path or self.uri)
        return self.read() if not name.endswith(_TARS) else zipped(self.members())

    def members(self) -> dict[str, bytes]:
        """An archive's files, by slash path."""
        return self._checked(lambda root: (assets.members(self._value, root), assets.archive_hash(self._value, root)))

    def _archive(self, root: Path) -> tuple[bytes | None, str]:
        raw = assets.archive_bytes(self._value, root)
        return (None, assets.archive_hash(self._value, root)) if raw is None else _hashed(raw)

    @property
    def _value(self) -> Props:
        fields = {"path": str(self.path) if self.path else "", "uri": self.uri, "assets": dict(self.parts)}
        return {**fields, **({"text": self.text} if self.text is not None else {})}

    def _checked(self, read: Callable[[Path], tuple[Content, str]]) -> Content:
        # Of an empty text the wire has the hash alone too.
        empty = not self.is_archive and self.sha256 == _EMPTY
        if not empty and self.path is None and self.text is None and not self.uri and not self.parts:
            raise CloudError(f"the content of the asset {self.sha256[:12]} is not known here: run `up` with its source")
        what = str(self.path or self.uri or "the archive")
        try:
            content, sha256 = read(program_folder.get()())
        except OSError as error:
            raise CloudError(f"cannot read the asset {error.filename}: {error.strerror}") from error
        except assets.AssetError as error:
            raise CloudError(str(error)) from error
        if self.sha256 and sha256 != self.sha256:
            raise CloudError(
                f"{what} has the hash {sha256[:12]}… where it is read, the engine says {self.sha256[:12]}…: it has "
                "changed since, or the path is relative to another folder. Run the command again, or give the path "
                "from the root (os.path.abspath)"
            )
        return content


_EMPTY = hashlib.sha256(b"").hexdigest()


def _hashed(content: bytes) -> tuple[bytes, str]:
    return content, hashlib.sha256(content).hexdigest()


def zipped(members: Mapping[str, bytes]) -> bytes:
    """A zip of these files: the same bytes for the same files."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(members.items()):
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def nothing_wrong(_new: Props) -> dict[str, str]:
    """The check of a resource whose every input is accepted."""
    return {}


def nothing_more(_state: Props) -> frozenset[str]:
    """Of a resource whose replacing inputs do not depend on its state."""
    return frozenset()


def nothing_refused(_cloud: Any, _old: Props, _new: Props, _state: Props) -> str:  # noqa: ANN401
    """Of a resource that takes every change."""
    return ""


def nothing_derived(_cloud: Any, _new: Props) -> Props:  # noqa: ANN401
    """Of a resource whose outputs the cloud alone knows."""
    return {}


def nothing_merged(_cloud: Any, _handler: "Handler", new: Props) -> Props:  # noqa: ANN401
    """Of a package whose provider adds nothing to the inputs."""
    return new


def nothing_in_common(_cloud: Any, _handler: "Handler", _new: Props) -> Props:  # noqa: ANN401
    """Of a package whose types have no outputs in common."""
    return {}


def unchanged(new: Props) -> Props:
    """The defaults of a resource that has none."""
    return new


def same_id(_cloud: Any, address: str) -> str:  # noqa: ANN401
    """Of a type whose things are found by their ids."""
    return address


@dataclass(frozen=True, kw_only=True)
class Calls:
    """The four calls of a resource. ``cloud`` is whatever the package's handlers share (clients, the store).

    - ``create(cloud, new) -> (id, properties)`` adopts nothing: what is there already is refused in the cloud's words.
    - ``read(cloud, id) -> properties | None``; None: it is gone. Properties hold the inputs and the outputs.
    - ``update(cloud, id, old, new) -> properties``; a type without one is replaced on every change.
    - ``delete(cloud, id, old)``: already gone counts as deleted.

    What ``create`` and ``update`` return is laid over the inputs, so they need only name what differs or is computed.
    All raise :class:`CloudError` for what the cloud refuses.
    """

    create: Callable[[Any, Props], tuple[str, Props]]
    read: Callable[[Any, str], Props | None]
    delete: Callable[[Any, str, Props], None]
    update: Callable[[Any, str, Props, Props], Props] | None = None


@dataclass(frozen=True, kw_only=True)
class Handler:
    """One resource type: its calls, and what an engine has to know of it before any of them."""

    calls: Calls
    check: Callable[[Props], dict[str, str]] = nothing_wrong
    """Property -> what is wrong with it. Gets known values only; unknown properties are left out."""
    defaults: Callable[[Props], Props] = unchanged
    """The inputs with the provider's own defaults filled in (an automatic name is filled by the servicer)."""
    auto_name: str = ""
    """The input that gets ``<resource name>-<7 hex>`` where the program gave none; "" where it must be given.

    A later check keeps the name that the resource has."""
    note: str = ""
    """What the user should know of each resource of the type; told at its creation."""
    named_alike: bool = False
    """Whether the automatic name is the resource's own, without the random end."""
    replace_on: frozenset[str] = frozenset()
    """Inputs, and paths in them, whose change replaces; for a type of the package's facts those say it."""
    replaces_more: Callable[[Props], frozenset[str]] = nothing_more
    """``replaces_more(state)``: more inputs whose change replaces, by what the resource is."""
    refuse_change: Callable[[Any, Props, Props, Props], str] = nothing_refused
    """``refuse_change(cloud, old, new, state)``: why the inputs cannot become these while the resource lives, so that
    the preview says it; "" where they can."""
    delete_before_replace: bool = False
    """Whether the old one goes first although the program has not given its name."""
    settled: frozenset[str] = frozenset()
    """Inputs that the cloud fills in where the program leaves them out: leaving them out changes nothing."""
    links: frozenset[str] = frozenset()
    """Inputs that name another resource by its name or by a path to it: ``orders`` and ``projects/p/topics/orders``."""
    derive: Callable[[Any, Props], Props] = nothing_derived
    """``derive(cloud, new)``: outputs that follow from the inputs, and so are known in a preview."""
    computed: frozenset[str] = frozenset()
    """Outputs that are not inputs: unknown in the preview of a create."""
    computed_within: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Input -> keys in it that the cloud alone fills in: a refresh leaves them out of the inputs."""
    volatile: frozenset[str] = frozenset()
    """Outputs that an update may change: unknown in the preview of an update. The other outputs are stable."""
    secret: frozenset[str] = frozenset()
    """Properties that are always secret."""
    identify: Callable[[Any, Props], str] | None = None
    """``identify(cloud, new)``: by which ``read`` finds what a creation from these inputs makes, its id in most types.
    None where the cloud draws it.

    With it the servicer takes over what an interrupted creation of the same URN has made, and nothing else."""
    id_at: Callable[[Any, str], str] = same_id
    """``id_at(cloud, address)``: the id of what is there, where ``identify`` says by what else it is found."""
    overwrites: bool = False
    """Whether the cloud's call writes over what is there instead of refusing it. What another resource has made is then
    refused by the servicer."""
    echoes: Mapping[str, str] = field(default_factory=dict)
    """Output -> the input that it repeats: it is secret where that is."""
    carried: frozenset[str] = frozenset()
    """Inputs that only carry what others identify (a zip beside its manifest): a change of theirs alone is none."""
    refresh: Callable[[Any, str, Props], Props | None] | None = None
    """``refresh(cloud, id, old)``: ``read`` for a resource whose state is known, where that says what to look at."""


@dataclass(frozen=True)
class Package:
    """A provider package: its handlers by type token, its invokes by function token."""

    name: str
    version: str
    handlers: Mapping[str, Handler]
    connect: Callable[..., Any]
    """``connect(config, environment=…)`` makes what the handlers get as ``cloud``.

    ``config`` is the provider's (``region``, ``project``), ``environment`` the host's variables (in the sandbox
    ``AWS_ENDPOINT_URL``, ``STORAGE_EMULATOR_HOST``, ``SLIPWAY_HOME``), which are in ``os.environ`` too. Called at the
    first ``Configure``, and again where either has changed since.
    """
    invokes: Mapping[str, Callable[[Any, Props], Props]] = field(default_factory=dict)
    check_config: Callable[[Props], dict[str, str]] = nothing_wrong
    """Setting -> what is wrong with it. Gets unknowns as they are; by default any configuration is taken."""
    facts: Mapping[str, Facts] = field(default_factory=dict)
    """What the real plugin says of its types, by token."""
    settled: frozenset[str] = frozenset()
    """:attr:`Handler.settled` of every type."""
    merge: Callable[[Any, Handler, Props], Props] = nothing_merged
    """``merge(cloud, handler, new)``: the inputs with what the provider's own configuration adds, as default tags."""
    derive: Callable[[Any, Handler, Props], Props] = nothing_in_common
    """``derive(cloud, handler, new)``: :attr:`Handler.derive` of every type, as labels with the provider's own."""
    served_by: str = "the sandbox"
    """Who speaks in the messages about what is not served, or broke."""
    log: str = "the log of the provider host (sandbox/logs/host.log)"
    """Where more is to be read about what broke."""
