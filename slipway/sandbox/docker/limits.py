"""Where the sandbox's containers are less than a cloud's: shown by ``slipway sandbox status`` and in the guide."""

LIMITS: tuple[tuple[str, str], ...] = (
    ("Containers: daemon", "this machine's Docker daemon runs them; without one they are left out"),
    ("Containers: base", "Python 3.11 of this Debian, made here; production stacks name another base by its digest"),
    ("Containers: platform", "images are built for this machine's processor"),
    ("Registry", "images are not scanned, tags can be pushed again; an image's repository goes with the image"),
    ("Registry: login", "one user with a password for each start; a cloud's tokens end by themselves"),
)
"""(subject, what is less)."""
