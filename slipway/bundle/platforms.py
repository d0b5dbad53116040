"""Which wheels a runtime can load: its Python, its machine, the age of its C library."""

import re
from dataclasses import dataclass

from slipway.bundle.errors import BundleError

LAMBDA = {"3.11": "2_17", "3.12": "2_28", "3.13": "2_28", "3.14": "2_28"}
"""Lambda's Pythons -> the newest manylinux tag their system takes.

3.11 runs on Amazon Linux 2 (glibc 2.26), the later ones on Amazon Linux 2023 (glibc 2.34). Source: "Lambda runtimes"
in the AWS Lambda Developer Guide.
"""

MACHINES = {"x86_64": "x86_64", "arm64": "aarch64"}
"""Lambda's word for an architecture -> the word of wheel tags."""

PYTHON = re.compile(r"3\.\d{1,2}")


@dataclass(frozen=True)
class Platform:
    """What wheels are chosen for."""

    python: str
    architecture: str
    manylinux: str
    patch: int = 99
    """The release of that Python, where a lock asks for one; by default none before it counts."""

    @property
    def tag(self) -> str:
        """uv's name for the platform."""
        return f"{MACHINES[self.architecture]}-manylinux_{self.manylinux}"

    def __str__(self) -> str:
        return f"Python {self.python} on {self.architecture} Linux (manylinux_{self.manylinux})"


def lambda_platform(python: str, architecture: str) -> Platform:
    """The platform of a Lambda runtime. Raises :class:`BundleError` for a Python or machine Lambda does not have.

    ``python`` is the version (``3.11``) or the runtime's identifier (``python3.11``).
    """
    version = python.removeprefix("python")
    if version not in LAMBDA:
        raise BundleError(
            f"Lambda has no Python {python!r} that is still maintained: choose one of {', '.join(LAMBDA)}"
        )
    if architecture not in MACHINES:
        raise BundleError(f"Lambda has no architecture {architecture!r}: choose one of {', '.join(MACHINES)}")
    return Platform(version, architecture, LAMBDA[version])


def debian_platform(python: str, architecture: str) -> Platform:
    """The platform of an image on Debian 12 or later (glibc 2.36). Raises :class:`BundleError`."""
    if not PYTHON.fullmatch(python):
        raise BundleError(f"{python!r} is no version of Python: write it as 3.11")
    if architecture not in MACHINES:
        raise BundleError(f"images have no architecture {architecture!r}: choose one of {', '.join(MACHINES)}")
    return Platform(python, architecture, "2_36")
