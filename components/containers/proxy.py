"""The proxy in front of an app's containers: it owns the machine's port, so that containers come and go behind it.

    proxy (kept) <- routes in a volume <- switch (one run a route) <- containers that say they are well

The switch writes the new routes, waits until the proxy serves by them, and ends once the requests of the old routes are
on their way. Pulumi deletes what was replaced after everything else, so the old container ends last. Where the new one
is not well, there is no switch, and the old one goes on serving.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
import pulumi_docker as docker

from components.containers.lockdown import labelled, locked_down
from components.containers.published import published_port
from slipway.wire.own_pages import OWN_PAGES

PORT = 8080
"""Where the proxy listens, inside."""
APPLIED_PORT = 8081
"""Where it says by which routes it serves, inside; that port is not published."""
FOLDER = "/var/lib/haproxy"
"""The user's own folder in HAProxy's images, which a new volume takes its owner from."""
MEMORY = 96
"""MB: a master, and two workers while routes change."""
CPUS = 0.5
DRAIN_SECONDS = 1
"""How long the old container is left alone after the switch: kept connections move with their next request."""
APPLY_SECONDS = 20
"""How long the proxy may take until it serves by new routes."""
POLL = 0.02
"""Seconds between two looks, while a switch runs."""
TRIES = int(APPLY_SECONDS / (POLL + 0.005))
"""So many looks are that long: one takes some milliseconds itself."""
ASK_AGAIN = 25
"""After so many looks without an answer the proxy is asked again: it may have been started anew meanwhile."""

ASKED, DRAFT, ROUTES, ANSWER = "asked", "draft", "haproxy.cfg", "answer"
"""In the folder: a pipe of the digests that are asked for, the routes that are, those that were taken, the answer."""
RUN_SCRIPT = f"""
cd {FOLDER}
[ -p {ASKED} ] || mkfifo {ASKED}
exec 3<> {ASKED}
trap exit TERM INT
answer() {{
  echo "$1 $2" > {ANSWER}.new
  mv {ANSWER}.new {ANSWER}
}}
applied() {{ wget -q -O - http://127.0.0.1:{APPLIED_PORT}/ 2>/dev/null; }}
take() {{
  haproxy -c -f {DRAFT} && mv {DRAFT} {ROUTES} && return
  rm -f {DRAFT}
  answer "$1" 2
  return 1
}}
confirm() {{
  tries=0
  until [ "$(applied)" = "$1" ]; do
    tries=$((tries + 1))
    [ $tries -lt {TRIES} ] && [ ! -e {DRAFT} ] || return
    sleep {POLL}
  done
  answer "$1" 0
}}
until [ -s {ROUTES} ]; do
  read -r digest <&3
  [ ! -e {DRAFT} ] || take "$digest"
done
haproxy -W -db -f {ROUTES} & pid=$!
trap 'kill -USR1 $pid' TERM INT
{{
  until applied > /dev/null; do sleep {POLL}; done
  [ -z "$digest" ] || confirm "$digest"
  while read -r digest <&3; do
    [ ! -e {DRAFT} ] || {{ take "$digest" && kill -USR2 $pid; }} || continue
    confirm "$digest"
  done
}} &
while kill -0 $pid 2>/dev/null; do wait $pid; done
"""
"""Starts HAProxy and reloads it, without a gap, whenever a switch asks: new routes are checked by HAProxy first.

Nothing is looked for in between: a read of the pipe lasts until the next switch. HAProxy is not asked to reload before
it serves: the signal would end it.
"""
SWITCH_SCRIPT = f"""
cd {FOLDER}
[ -p {ASKED} ] || mkfifo {ASKED}
rm -f {ANSWER}
printf '%s' "$ROUTES" > {DRAFT}.new
mv {DRAFT}.new {DRAFT}
tries=0 digest=
until [ "$digest" = "$DIGEST" ]; do
  [ $((tries % {ASK_AGAIN})) != 0 ] || echo "$DIGEST" 1<> {ASKED}
  [ $tries -lt {TRIES} ] || exit 3
  tries=$((tries + 1))
  sleep {POLL}
  [ ! -e {ANSWER} ] || read -r digest status < {ANSWER}
done
[ "$status" = 0 ] || exit "$status"
sleep {DRAIN_SECONDS}
"""
"""Hands the routes to the proxy, and waits until they are served by.

Opened for both, the pipe takes a line though no proxy reads at the moment; a line that none has read is lost, and so
asked again.
"""
FAILURES = {
    2: "HAProxy refused the routes",
    3: f"the proxy did not serve by the new routes within {APPLY_SECONDS} s",
}
"""Exit status of the switch -> what it means."""


@dataclass(frozen=True, kw_only=True)
class ProxyArgs:
    """The machine's port, and the containers behind it."""

    image: str
    """HAProxy's, with a shell and wget: ``haproxy:3.0-alpine`` or the sandbox's own."""
    network: pulumi.Input[str]
    alias: str
    """What all containers of the app are called on the network."""
    app_port: int
    publish: int
    address: str
    live: pulumi.Input[str]
    """The name of the container that serves."""
    canary: pulumi.Input[str] | None = None
    """The name of the container that gets ``share`` percent of the requests."""
    share: int = 0
    own_pages_alone: bool = False
    """Whether requests of pages of foreign sites are refused, and those to names that are not this machine's own."""
    labels: Mapping[str, str] = field(default_factory=dict)


class Proxy(pulumi.ComponentResource):
    """A kept proxy, and the switch that tells it its routes."""

    serving: pulumi.Output[bool]
    """True once it serves by the routes."""
    port: pulumi.Output[int]
    """The machine's port that it has got."""

    def __init__(self, name: str, args: ProxyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:containers:Proxy", name, {}, opts)
        self._name, self._args = name, args
        volume = docker.Volume(f"{name}-routes", labels=labelled(args.labels), opts=pulumi.ResourceOptions(parent=self))
        proxy = self._proxy(volume)
        switch = self._switch(volume, proxy)
        self.serving = switch.exit_code.apply(_checked)
        self.port = published_port(name, proxy, args.publish)
        self.register_outputs({"serving": self.serving, "port": self.port})

    def _proxy(self, volume: docker.Volume) -> docker.Container:
        args = self._args
        return docker.Container(
            f"{self._name}-proxy",
            image=args.image,
            entrypoints=["/bin/sh", "-c"],
            command=[RUN_SCRIPT],
            ports=[{"internal": PORT, "external": args.publish, "ip": args.address, "protocol": "tcp"}],
            mounts=[{"type": "volume", "source": volume.name, "target": FOLDER}],
            networks_advanced=[{"name": args.network}],
            memory=MEMORY,
            memory_swap=MEMORY,
            cpus=f"{CPUS:g}",
            **locked_down(),
            labels=labelled({**args.labels, "slipway.proxy": args.alias}),
            # The machine's port can be taken once. Another image or port of the proxy is the one change with a gap.
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )

    def _switch(self, volume: docker.Volume, proxy: docker.Container) -> docker.Container:
        args = self._args
        routes = pulumi.Output.all(args.live, args.canary).apply(
            lambda names: routes_of(
                names[0],
                names[1],
                share=args.share,
                port=args.app_port,
                alias=args.alias,
                own_pages_alone=args.own_pages_alone,
            )
        )
        once = {**locked_down(), "restart": "no", "must_run": False}
        return docker.Container(
            f"{self._name}-switch",
            image=args.image,
            entrypoints=["/bin/sh", "-c"],
            command=[SWITCH_SCRIPT],
            envs=[
                pulumi.Output.concat("ROUTES=", routes),
                pulumi.Output.concat("DIGEST=", routes.apply(digest_of)),
                pulumi.Output.concat("PROXY=", proxy.name),
            ],
            mounts=[{"type": "volume", "source": volume.name, "target": FOLDER}],
            # It reaches the proxy through the volume: without a network a container starts in half the time.
            network_mode="none",
            memory=MEMORY,
            memory_swap=MEMORY,
            cpus=f"{CPUS:g}",
            **once,
            attach=True,
            labels=labelled({**args.labels, "slipway.switch": args.alias}),
            opts=pulumi.ResourceOptions(parent=self),
        )


def routes_of(
    live: str, canary: str | None, *, share: int, port: int, alias: str, own_pages_alone: bool = False
) -> str:
    """HAProxy's configuration: all requests to ``live``, but for ``share`` percent to ``canary``.

    https://docs.haproxy.org/2.6/configuration.html. A worker that was replaced keeps its connections until their next
    answer; should its container be gone by then, the app's alias leads to the one that serves.
    """
    backends = {"live": live, **({"canary": canary} if canary else {})}
    chosen = [f"    use_backend canary if {{ rand(100) lt {share} }}"] if canary else []
    head = GLOBAL.format(chosen="\n".join([*([OWN_PAGES] if own_pages_alone else []), *chosen]))
    served = "\n".join(
        BACKEND.format(backend=backend, container=container, port=port, alias=alias)
        for backend, container in backends.items()
    )
    text = f"{head}\n{served}"
    return text + APPLIED.format(port=APPLIED_PORT, digest=digest_of(text))


def digest_of(routes: str) -> str:
    """What the proxy answers on its inner port once it serves by the routes."""
    return hashlib.sha256(routes.split(APPLIED_HEAD)[0].encode()).hexdigest()[:16]


def _checked(status: int | None) -> bool:
    if status:
        raise pulumi.RunError(
            f"the switch ended with status {status}: {FAILURES.get(status, 'its log says why')}. The container before "
            "goes on serving"
        )
    return True


GLOBAL = """global
    nbthread 1
    maxconn 1000
    hard-stop-after 60s
defaults
    mode http
    timeout connect 2s
    timeout http-request 30s
    timeout http-keep-alive 75s
    timeout client 10m
    timeout server 10m
    timeout tunnel 1h
    option redispatch
    option idle-close-on-response
    option forwardfor
    retries 3
    retry-on conn-failure empty-response
    default-server init-addr libc,none resolvers docker resolve-prefer ipv4
resolvers docker
    nameserver docker 127.0.0.11:53
    timeout resolve 500ms
    timeout retry 500ms
    hold valid 1s
    hold nx 1s
    hold obsolete 1s
frontend app
    bind :8080
    http-request disable-l7-retry unless METH_GET
{chosen}
    default_backend live"""
BACKEND = """backend {backend}
    server {backend} {container}:{port}
    server other {alias}:{port} backup
"""
APPLIED_HEAD = "frontend applied\n"
APPLIED = (
    APPLIED_HEAD
    + """    bind :{port}
    http-request return status 200 content-type text/plain string {digest}
"""
)
