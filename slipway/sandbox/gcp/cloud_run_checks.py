"""What Cloud Run refuses of a service before anything is made.

https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services, https://cloud.google.com/run/quotas
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from slipway.sandbox.cloudrun.sizes import memory, processors
from slipway.sandbox.handler import Props

NAME = re.compile(r"[a-z]([a-z0-9-]{0,47}[a-z0-9])?")
REVISION = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
BY_REVISION = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION"
LATEST = "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST"
LEAST_MEMORY, MOST_MEMORY = 128 << 20, 32 << 30
MOST_CPUS = {1: 4 << 30, 2: 8 << 30, 4: 16 << 30, 6: 24 << 30, 8: 32 << 30}
"""Processors -> the most memory they may have."""
LEAST_FOR = {4: 2 << 30, 6: 4 << 30, 8: 4 << 30}
"""Processors -> the least memory they need."""
RESERVED = frozenset({"PORT", "K_SERVICE", "K_REVISION", "K_CONFIGURATION"})


def check(new: Props) -> dict[str, str]:
    """Property -> what is wrong with it."""
    wrong: dict[str, str] = {}
    name = new.get("name")
    if isinstance(name, str) and not NAME.fullmatch(name):
        wrong["name"] = (
            f"Service name must use only lowercase alphanumeric characters and dashes, cannot begin or end with a "
            f"dash, and cannot be longer than 49 characters; got {name!r}"
        )
    template = new.get("template")
    if isinstance(template, Mapping):
        wrong |= _template(template, name if isinstance(name, str) else "")
    if isinstance(new.get("traffics"), Sequence):
        wrong |= _traffic(new["traffics"])
    return wrong


def _template(template: Mapping[str, Any], service: str) -> dict[str, str]:
    wrong: dict[str, str] = {}
    revision = template.get("revision")
    named = isinstance(revision, str) and revision.startswith(f"{service}-") and REVISION.fullmatch(revision)
    if service and isinstance(revision, str) and not named:
        wrong["template.revision"] = (
            f"metadata.name: must be the service's name, a dash and a suffix of lower-case letters, digits and "
            f"dashes, 63 characters in all; got {revision!r}"
        )
    containers = template.get("containers")
    if isinstance(containers, Sequence) and len(containers) != 1:
        wrong["template.containers"] = f"the sandbox runs one container a revision, got {len(containers)}"
    elif isinstance(containers, Sequence) and isinstance(containers[0], Mapping):
        wrong |= _container(containers[0])
    timeout = str(template.get("timeout", "300s"))
    if not re.fullmatch(r"\d+s", timeout) or not 1 <= int(timeout[:-1]) <= 3600:
        wrong["template.timeout"] = f"must be 1s to 3600s, got {timeout!r}"
    concurrency = template.get("maxInstanceRequestConcurrency", 80)
    if isinstance(concurrency, int | float) and not 1 <= concurrency <= 1000:
        wrong["template.maxInstanceRequestConcurrency"] = f"must be 1 to 1000, got {concurrency:g}"
    scaling = template.get("scaling") or {}
    least, most = scaling.get("minInstanceCount") or 0, scaling.get("maxInstanceCount") or 100
    if not 0 <= least <= most <= 1000:
        wrong["template.scaling"] = (
            f"minInstanceCount must not be over maxInstanceCount, which is 1000 at most; got {least:g} and {most:g}"
        )
    return wrong


def _container(container: Mapping[str, Any]) -> dict[str, str]:
    wrong: dict[str, str] = {}
    place = "template.containers[0]"
    port = (container.get("ports") or {}).get("containerPort", 8080)
    if isinstance(port, int | float) and not 1 <= port <= 65535:
        wrong[f"{place}.ports.containerPort"] = f"should be a valid port number (1 to 65535), got {port:g}"
    limits = (container.get("resources") or {}).get("limits") or {}
    try:
        wrong |= _limits(f"{place}.resources.limits", processors(limits.get("cpu", "1")), limits.get("memory", "512Mi"))
    except (ValueError, TypeError):
        wrong[f"{place}.resources.limits"] = f"must be quantities as cpu 1 and memory 512Mi, got {dict(limits)!r}"
    for env in container.get("envs") or ():
        if isinstance(env, Mapping) and env.get("name") in RESERVED:
            wrong[f"{place}.envs"] = (
                f"The following reserved env names were provided: {env['name']}. These values are automatically set "
                "by the system."
            )
    return wrong


def _limits(place: str, cpus: float, text: str) -> dict[str, str]:
    size = memory(text)
    if cpus not in MOST_CPUS and not 0.08 <= cpus < 1:
        return {f"{place}.cpu": f"must be one of 1, 2, 4, 6, 8, or less than 1 and 0.08 or more; got {cpus:g}"}
    most = MOST_CPUS.get(int(cpus), 512 << 20) if cpus >= 1 else 512 << 20
    least = LEAST_FOR.get(int(cpus), LEAST_MEMORY)
    if not least <= size <= most:
        return {
            f"{place}.memory": f"must be {least >> 20}Mi to {most >> 20}Mi with {cpus:g} processors, got {text}: "
            "Invalid value specified for container memory"
        }
    return {}


def _traffic(traffic: Sequence[Any]) -> dict[str, str]:
    targets = [target for target in traffic if isinstance(target, Mapping)]
    for target in targets:
        if target.get("type", LATEST) not in (BY_REVISION, LATEST):
            return {"traffics": f"type must be {BY_REVISION} or {LATEST}, got {target.get('type')!r}"}
        if target.get("type") == BY_REVISION and not target.get("revision"):
            return {"traffics": "revision must be said where the type is by revision"}
    total = sum(target.get("percent") or 0 for target in targets if isinstance(target.get("percent"), int | float))
    existing = all(isinstance(target.get("percent", 0), int | float) for target in targets)
    if targets and existing and total != 100:
        return {"traffics": f"Traffic targets must sum to 100 percent, got {total:g}"}
    return {}
