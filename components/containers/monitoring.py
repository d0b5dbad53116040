"""Prometheus as a container: it asks the apps, keeps the answers within bounds, and raises alarms."""

import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp

import pulumi
import pulumi_docker as docker

from components.containers.container import LOOPBACK
from components.containers.lockdown import NOT_UPDATED, labelled, locked_down
from components.containers.published import published_port
from components.containers.rules import CONFIGURATION, Alertmanager, Target, Thresholds, digest_of, files

PORT = 9090
MOUNTED_AT, DATA = "/etc/prometheus", "/prometheus"
CPUS = 0.5
OWN_PAGES = r"http://(127\.0\.0\.1|localhost)(:[0-9]+)?"
"""Origins whose pages may read it: https://prometheus.io/docs/prometheus/latest/command-line/prometheus/."""
KEPT = 5
"""Configurations that stay on disk; a container that starts again mounts its own."""


@dataclass(frozen=True, kw_only=True)
class MonitoringArgs:
    """Whom to watch, and with what."""

    image: pulumi.Input[str]
    targets: Sequence[Target]
    networks: Sequence[pulumi.Input[str]]
    """Those of the apps: Prometheus is on each, so that no app is on another's."""
    folder: Path
    """Below it the configuration is written, by its digest. The daemon has to see this machine's disk."""
    thresholds: Thresholds = field(default_factory=Thresholds)
    publish: int = PORT
    """The machine's port, on loopback."""
    memory: int = 256
    """MB."""
    retention_days: int = 7
    retention_mb: int = 512
    """Both bound what is kept: whichever is reached first."""
    alertmanagers: Sequence[str] = ()
    """Addresses of those who are told of alerts, as ``http://alerts.example.com:9093``."""
    labels: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.targets:
            raise ValueError("targets must name an app to watch, got none")
        if self.retention_days < 1 or self.retention_mb < 1:
            raise ValueError(
                f"retention must be 1 day and 1 MB or more, got {self.retention_days} and {self.retention_mb}"
            )


class Monitoring(pulumi.ComponentResource):
    """A Prometheus that watches a stack's containers."""

    url: pulumi.Output[str]
    container_name: pulumi.Output[str]
    configuration: str
    """The digest of what it was told."""
    folder: Path
    """Where that lies, the dashboard beside it."""

    def __init__(self, name: str, args: MonitoringArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:containers:Monitoring", name, {}, opts)
        url = f"http://{LOOPBACK}:{args.publish}"
        alertmanagers = [Alertmanager.at(address) for address in args.alertmanagers]
        rendered = files(args.targets, args.thresholds, args.labels, alertmanagers, url)
        self.configuration = digest_of(rendered)
        self.folder = written(rendered, args.folder / self.configuration[:16])
        child = pulumi.ResourceOptions(parent=self)
        volume = docker.Volume(f"{name}-data", labels=labelled(args.labels), opts=child)
        container = docker.Container(
            name,
            image=args.image,
            command=[
                f"--config.file={MOUNTED_AT}/{CONFIGURATION}",
                f"--storage.tsdb.path={DATA}",
                f"--storage.tsdb.retention.time={args.retention_days}d",
                f"--storage.tsdb.retention.size={args.retention_mb}MB",
                f"--web.listen-address=:{PORT}",
                # Prometheus lets pages of every site read it, unless it is told which.
                f"--web.cors.origin={OWN_PAGES}",
            ],
            # The folder and not its files: a mounted file stays the old one when another takes its name.
            mounts=[
                {"type": "bind", "source": str(self.folder), "target": MOUNTED_AT, "read_only": True},
                {"type": "volume", "source": volume.name, "target": DATA},
            ],
            ports=[{"internal": PORT, "external": args.publish, "ip": LOOPBACK, "protocol": "tcp"}],
            networks_advanced=[{"name": network, "aliases": [name]} for network in args.networks],
            memory=args.memory,
            memory_swap=args.memory,
            cpus=f"{CPUS:g}",
            healthcheck={
                "tests": ["CMD", "wget", "-q", "-O", "/dev/null", f"http://127.0.0.1:{PORT}/-/healthy"],
                "interval": "2s",
                "timeout": "2s",
                "retries": 3,
                "start_period": "30s",
            },
            **locked_down(),
            wait=True,
            wait_timeout=60,
            labels=labelled(
                {**args.labels, "slipway.app": name, "slipway.configuration": self.configuration},
            ),
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True, replace_on_changes=NOT_UPDATED),
        )
        self.container_name = container.name
        port = published_port(name, container, args.publish)
        self.url = pulumi.Output.concat(container.id.apply(lambda _: "http://"), f"{LOOPBACK}:", port.apply(str))
        self.register_outputs({"url": self.url, "container_name": self.container_name})


def written(rendered: Mapping[str, str], folder: Path) -> Path:
    """``folder``, absolute, with the files in it; it appears in one step, and the oldest beside it go.

    Readable by all: Prometheus runs as the user `65534` in its container.
    """
    folder = folder.absolute()
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        # A draft of one's own: another run may be writing the same.
        draft = Path(mkdtemp(dir=folder.parent, prefix=".draft-"))
        for name, text in rendered.items():
            (draft / name).parent.mkdir(parents=True, exist_ok=True)
            (draft / name).write_text(text, encoding="utf-8")
            (draft / name).chmod(0o644)
        for path in (draft, *(path for path in draft.rglob("*") if path.is_dir())):
            path.chmod(0o755)
        with suppress(OSError):  # another run was faster: it wrote the same
            draft.rename(folder)
        shutil.rmtree(draft, ignore_errors=True)
        beside = sorted(folder.parent.iterdir(), key=lambda path: path.stat().st_mtime)
        for old in beside[:-KEPT]:
            shutil.rmtree(old, ignore_errors=True)
    return folder
