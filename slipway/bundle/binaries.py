"""Machine code: which machine a file runs on, and which Python an extension module is for, told by head and name."""

import re
import struct

_MACHINES = {62: "x86_64", 183: "arm64", 3: "i386", 40: "arm", 243: "riscv64", 21: "ppc64", 22: "s390x"}
"""ELF's ``e_machine`` -> Lambda's word for it (elf(5), <elf.h>)."""

_OTHERS = (
    (b"MZ", "Windows"),
    (b"\xcf\xfa\xed\xfe", "macOS"),
    (b"\xce\xfa\xed\xfe", "macOS"),
    (b"\xca\xfe\xba\xbe", "macOS"),
)
_FIRST = frozenset(magic[0] for magic, _ in _OTHERS)
_EXTENSION = re.compile(r"\.(?:cpython|pypy|graalpy)-?(\d+)[^.]*\.so$")
_FOREIGN_SUFFIX = {".pyd": "Windows", ".dll": "Windows", ".dylib": "macOS"}


def machine_of(head: bytes) -> str:
    """The machine that a file starting with ``head`` (64 bytes) is for; "" where it is no machine code."""
    if head.startswith(b"\x7fELF") and len(head) >= 20:
        (machine,) = struct.unpack_from("<H" if head[5] == 1 else ">H", head, 18)
        return _MACHINES.get(machine, f"ELF machine {machine}")
    if len(head) < 64 or head[0] not in _FIRST:
        return ""
    return next((machine for magic, machine in _OTHERS if head.startswith(magic)), "")


def unfit(path: str, machine: str, *, architecture: str, python: str) -> str:
    """Why the file cannot be loaded by this Python on this machine; "" where nothing speaks against it.

    Windows launchers (``.exe``), which some pure packages carry along, are no library and are let through.
    """
    name = path.rpartition("/")[2]
    ending = name[name.rfind(".") :]
    if foreign := _FOREIGN_SUFFIX.get(ending):
        return f"is for {foreign}"
    if ending == ".exe":
        return ""
    if machine and machine != architecture and (_is_library(name) or machine not in ("Windows", "macOS")):
        return f"is for {machine}"
    if ending == ".so" and (match := _EXTENSION.search(name)) and match[1] != python.replace(".", ""):
        return f"is for Python {match[1][0]}.{match[1][1:]}"
    return ""


def _is_library(name: str) -> bool:
    return name.endswith(".so") or ".so." in name
