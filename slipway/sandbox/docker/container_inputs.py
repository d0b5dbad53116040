"""A container's inputs in the engine's own words (``POST /containers/create`` of Docker's Engine API, version 1.41).

One table says which input goes where; what is in no table is refused by name, so that nothing is dropped silently.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from slipway.sandbox.docker.client import labels_of
from slipway.sandbox.docker.container_limits import PROCESSES
from slipway.sandbox.handler import CloudError, Props

MB = 1024 * 1024
UNITS = {"ns": 1, "us": 1_000, "ms": 1_000_000, "s": 1_000_000_000, "m": 60_000_000_000, "h": 3_600_000_000_000}
DURATION = re.compile(r"(\d+(?:\.\d+)?)(ns|us|ms|s|m|h)")
PLAIN = {
    "command": "Cmd",
    "entrypoints": "Entrypoint",
    "envs": "Env",
    "hostname": "Hostname",
    "domainname": "Domainname",
    "stdinOpen": "OpenStdin",
    "stopSignal": "StopSignal",
    "stopTimeout": "StopTimeout",
    "tty": "Tty",
    "user": "User",
    "workingDir": "WorkingDir",
}
"""Input -> the same in the container's configuration."""
ON_HOST = {
    "cpuPeriod": "CpuPeriod",
    "cpuQuota": "CpuQuota",
    "cpuSet": "CpusetCpus",
    "cpuShares": "CpuShares",
    "cgroupParent": "CgroupParent",
    "cgroupnsMode": "CgroupnsMode",
    "dns": "Dns",
    "dnsOpts": "DnsOptions",
    "dnsSearches": "DnsSearch",
    "groupAdds": "GroupAdd",
    "init": "Init",
    "ipcMode": "IpcMode",
    "networkMode": "NetworkMode",
    "pidMode": "PidMode",
    "privileged": "Privileged",
    "publishAllPorts": "PublishAllPorts",
    "readOnly": "ReadonlyRootfs",
    "rm": "AutoRemove",
    "runtime": "Runtime",
    "securityOpts": "SecurityOpt",
    "storageOpts": "StorageOpt",
    "sysctls": "Sysctls",
    "tmpfs": "Tmpfs",
    "usernsMode": "UsernsMode",
}
"""Input -> the same in the host's part of it."""
IN_MB = {"memory": "Memory", "memoryReservation": "MemoryReservation", "memorySwap": "MemorySwap", "shmSize": "ShmSize"}
"""Inputs in MB -> the host's part in bytes; -1 stays -1."""
MADE = frozenset(
    {
        "capabilities",
        "cpus",
        "healthcheck",
        "hosts",
        "image",
        "labels",
        "logDriver",
        "logOpts",
        "maxRetryCount",
        "mounts",
        "name",
        "networksAdvanced",
        "platform",
        "ports",
        "restart",
        "ulimits",
        "volumes",
    }
)
"""Inputs that need more than another name."""
OF_THE_HANDLER = frozenset(
    {
        "attach",
        "destroyGraceSeconds",
        "logs",
        "mustRun",
        "removeVolumes",
        "start",
        "wait",
        "waitTimeout",
    }
)
"""Inputs that say what to do with it, not what it is."""
SERVED = frozenset({*PLAIN, *ON_HOST, *IN_MB, *MADE, *OF_THE_HANDLER})


def configuration(new: Props, labels: Mapping[str, str]) -> Props:
    """The body of the daemon's request for a container. Raises :class:`CloudError` for a duration that is none."""
    body: Props = {PLAIN[key]: value for key, value in new.items() if key in PLAIN}
    host: Props = {ON_HOST[key]: value for key, value in new.items() if key in ON_HOST}
    host |= {IN_MB[key]: value * MB if value > 0 else value for key, value in new.items() if key in IN_MB}
    if "networkMode" not in new and new.get("networksAdvanced"):
        host["NetworkMode"] = new["networksAdvanced"][0]["name"]
    if new.get("cpus"):
        host["NanoCpus"] = int(float(new["cpus"]) * 1e9)
    capabilities = new.get("capabilities") or {}
    host |= {"CapAdd": capabilities.get("adds"), "CapDrop": capabilities.get("drops")}
    host["ExtraHosts"] = [f"{entry['host']}:{entry['ip']}" for entry in new.get("hosts") or ()]
    host["Binds"] = [_bind(volume) for volume in new.get("volumes") or () if volume.get("containerPath")]
    host["Mounts"] = [_mount(mount) for mount in new.get("mounts") or ()]
    host["PortBindings"] = _ports(new, bound=True)
    host["RestartPolicy"] = {"Name": new.get("restart", "no"), "MaximumRetryCount": new.get("maxRetryCount", 0)}
    if "logDriver" in new or "logOpts" in new:
        host["LogConfig"] = {"Type": new.get("logDriver", "json-file"), "Config": new.get("logOpts") or {}}
    host["Ulimits"] = [{"Name": u["name"], "Soft": u["soft"], "Hard": u["hard"]} for u in new.get("ulimits") or ()]
    if new.get("healthcheck"):
        body["Healthcheck"] = _health(new["healthcheck"])
    # The provider has no input for it, and a daemon's default is none.
    host["PidsLimit"] = PROCESSES
    body |= {
        "Image": new["image"],
        "Labels": {**labels_of(new), **labels},
        "ExposedPorts": _ports(new, bound=False),
        "HostConfig": host,
    }
    networks = new.get("networksAdvanced") or ()
    if networks:
        # The daemon takes one network at the start; the others are joined before it runs.
        body["NetworkingConfig"] = {"EndpointsConfig": {networks[0]["name"]: endpoint(networks[0])}}
    return body


def endpoint(network: Props) -> Props:
    """How a container is on a network."""
    body: Props = {"Aliases": network.get("aliases")}
    if network.get("ipv4Address"):
        body["IPAMConfig"] = {"IPv4Address": network["ipv4Address"]}
    return body


def nanoseconds(text: str) -> int:
    """``1m30s`` in nanoseconds. Raises :class:`CloudError` in Go's words."""
    if text in ("", "0", "0s"):
        return 0
    parts = DURATION.findall(text)
    if "".join(number + unit for number, unit in parts) != text:
        raise CloudError(f'time: invalid duration "{text}"')
    return int(sum(float(number) * UNITS[unit] for number, unit in parts))


def check(new: Props) -> dict[str, str]:
    """What is wrong with the inputs: what the sandbox does not serve, and what Docker refuses before it acts."""
    wrong = {
        key: f"the sandbox's containers have no {key!r}: leave it out"
        for key, value in new.items()
        if key not in SERVED and value not in (None, False, [], {}, "", 0)
    }
    looks: tuple[Callable[[Props], dict[str, str]], ...] = (_check_ports, _check_memory, _check_words)
    for look in looks:
        wrong |= look(new)
    return wrong


def _check_ports(new: Props) -> dict[str, str]:
    for port in new.get("ports") or ():
        for which in ("internal", "external"):
            number = port.get(which)
            if isinstance(number, int) and not 1 <= number <= 65535:
                return {"ports": f"{which} must be a port from 1 to 65535, got {number}"}
        if port.get("protocol", "tcp") not in ("tcp", "udp", "sctp"):
            return {"ports": f"protocol must be tcp, udp or sctp, got {port['protocol']!r}"}
    return {}


def _check_memory(new: Props) -> dict[str, str]:
    memory, swap = new.get("memory"), new.get("memorySwap")
    if isinstance(memory, int) and 0 < memory < 6:
        return {"memory": "Minimum memory limit allowed is 6MB"}
    if isinstance(memory, int) and isinstance(swap, int) and 0 < swap < memory:
        return {"memorySwap": "Minimum memoryswap limit should be larger than memory limit, see usage"}
    if isinstance(swap, int) and swap > 0 and not memory:
        return {"memorySwap": "You should always set the Memory limit when using Memoryswap limit, see usage"}
    return {}


def _check_words(new: Props) -> dict[str, str]:
    restart = new.get("restart", "no")
    if restart not in ("no", "on-failure", "always", "unless-stopped"):
        return {"restart": f"invalid restart policy {restart!r}: no, on-failure, always, unless-stopped"}
    try:
        if float(new.get("cpus") or 0) < 0:
            return {"cpus": f"must be 0 or more, got {new['cpus']}"}
        _health(new.get("healthcheck") or {})
    except (ValueError, CloudError) as error:
        return {"cpus" if isinstance(error, ValueError) else "healthcheck": str(error)}
    return {}


def _health(declared: Props) -> Props:
    body: Props = {"Test": declared.get("tests") or [], "Retries": declared.get("retries", 0)}
    for key, name in (("interval", "Interval"), ("timeout", "Timeout"), ("startPeriod", "StartPeriod")):
        body[name] = nanoseconds(declared.get(key) or "0s")
    return body


def _ports(new: Props, *, bound: bool) -> Props:
    body: Props = {}
    for port in new.get("ports") or ():
        key = f"{port['internal']}/{port.get('protocol', 'tcp')}"
        # No address is every address, as Docker has it: the policy asks stacks to name one.
        where = {"HostIp": port.get("ip") or "", "HostPort": str(port.get("external") or "")}
        body[key] = [*body.get(key, ()), where] if bound else {}
    return body


def _bind(volume: Props) -> str:
    source = volume.get("hostPath") or volume.get("volumeName") or ""
    mode = ":ro" if volume.get("readOnly") else ""
    return f"{source}:{volume['containerPath']}{mode}" if source else str(volume["containerPath"])


def _mount(mount: Props) -> Props:
    kind = mount["type"]
    body: Props = {"Type": kind, "Target": mount["target"], "ReadOnly": bool(mount.get("readOnly"))}
    if mount.get("source"):
        body["Source"] = mount["source"]
    options: Any = mount.get("tmpfsOptions") if kind == "tmpfs" else None
    if options:
        body["TmpfsOptions"] = {"SizeBytes": options.get("sizeBytes", 0), "Mode": options.get("mode", 0o1777)}
    if kind == "bind" and (mount.get("bindOptions") or {}).get("propagation"):
        body["BindOptions"] = {"Propagation": mount["bindOptions"]["propagation"]}
    return body
