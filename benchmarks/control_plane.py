"""What a call of the local Google Cloud takes, and an idle sandbox's memory: ``python benchmarks/control_plane.py``.

Each call is asked of the server by its socket file and by the gateway's port, on kept connections. Printed are medians,
and what the two processes spend of the processor on a call, which other load on the machine lengthens little; then the
memory of each process of a sandbox that has nothing up in it: resident, and without what it shares with others.
"""

import json
import statistics
import sys
import tempfile
import time
from http.client import HTTPConnection
from pathlib import Path

import psutil
from gateway import BySocket

from slipway.sandbox import composition
from slipway.sandbox.services import keys, registry, sockets

ROOT = Path(__file__).parents[1]
PROJECT = "bench-project"
READY = (
    ("POST", "/cloudresourcemanager/v1/projects", {"projectId": PROJECT}),
    ("POST", f"/serviceusage/v1/projects/{PROJECT}/services/iam.googleapis.com:enable", None),
    ("POST", f"/serviceusage/v1/projects/{PROJECT}/services/cloudresourcemanager.googleapis.com:enable", None),
)
CALLS = (
    ("a project, read", "GET", f"/cloudresourcemanager/v1/projects/{PROJECT}", None),
    ("its services, listed", "GET", f"/serviceusage/v1/projects/{PROJECT}/services?filter=state:ENABLED", None),
    ("a service account, made", "POST", f"/iam/v1/projects/{PROJECT}/serviceAccounts", {"accountId": "runner-NUMBER"}),
    ("its policy, written", "POST", f"/cloudresourcemanager/v1/projects/{PROJECT}:setIamPolicy", {"policy": {}}),
)


def seconds(line: HTTPConnection, method: str, path: str, body: object, token: str) -> float:
    """How long one call takes. Raises RuntimeError for one that is refused."""
    content = json.dumps(body).encode() if body is not None else None
    began = time.perf_counter()
    line.request(method, path, content, {"Authorization": f"Bearer {token}"})
    answer = line.getresponse()
    text = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{method} {path} answers {answer.status}: {text[:200]!r}")
    return time.perf_counter() - began


def processor(pids: list[int]) -> float:
    """Seconds of the processor that processes have used."""
    return sum(sum(psutil.Process(pid).cpu_times()[:2]) for pid in pids)


def main(calls: int) -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        state_folder = Path(folder) / ".slipway"
        composition.ensure(state_folder, ROOT)
        try:
            services, drawn = registry.load(state_folder), keys.load(state_folder)
            assert drawn is not None
            print("| process of the idle sandbox | resident | its own |\n| --- | ---: | ---: |")
            own = 0
            for name, service in services.items():
                memory = psutil.Process(service.process.pid).memory_full_info()
                own += memory.uss
                print(f"| {name} | {memory.rss >> 20} MB | {memory.uss >> 20} MB |")
            print(f"| all | | {own >> 20} MB |\n")
            pids = [services[name].process.pid for name in ("google", "gateway")]
            direct = BySocket(sockets.path(state_folder, "google"))
            by_gateway = HTTPConnection("127.0.0.1", services["gateway"].ports["google"], timeout=30)
            for method, path, body in READY:
                seconds(direct, method, path, body, drawn.token)
            print("| call | by the socket | by the gateway | processor a call |\n| --- | ---: | ---: | ---: |")
            for number, (name, method, path, body) in enumerate(CALLS):
                taken: dict[HTTPConnection, list[float]] = {direct: [], by_gateway: []}
                before = processor(pids)
                for index in range(calls):
                    for way, line in enumerate(taken):
                        words = json.dumps(body).replace("NUMBER", f"{number}-{way}-{index}")
                        taken[line].append(seconds(line, method, path, json.loads(words), drawn.token))
                spent = (processor(pids) - before) / (2 * calls) * 1000
                first, second = (statistics.median(one) * 1000 for one in taken.values())
                print(f"| {name} | {first:.1f} ms | {second:.1f} ms | {spent:.1f} ms |")
        finally:
            composition.stop(state_folder)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 300)
