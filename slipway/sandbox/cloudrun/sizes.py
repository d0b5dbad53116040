"""Memory and processors as Cloud Run's limits write them: https://cloud.google.com/run/docs/configuring/services/cpu."""

MEMORY = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "k": 10**3, "M": 10**6, "G": 10**9}
"""Unit -> bytes."""


def memory(text: str) -> int:
    """Bytes of ``512Mi``, ``1Gi`` and the like. Raises :class:`ValueError`."""
    unit = next((unit for unit in MEMORY if text.endswith(unit)), "")
    return int(float(text.removesuffix(unit)) * MEMORY.get(unit, 1))


def processors(text: str) -> float:
    """Processors of ``1``, ``0.5`` and ``1000m``. Raises :class:`ValueError`."""
    return float(text[:-1]) / 1000 if text.endswith("m") else float(text)
