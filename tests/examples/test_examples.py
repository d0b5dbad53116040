"""Programs of Pulumi's examples on a sandbox, as they stand: the whole table is played by ``tests.examples.play``."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.examples.page import examples
from tests.examples.play import play, prepare, sandbox

PROGRAMS = Path(__file__).parent / "programs"

pytestmark = [pytest.mark.services, pytest.mark.slow]


@pytest.fixture(scope="module")
def variables() -> Iterator[Mapping[str, str]]:
    """A sandbox's."""
    with sandbox() as variables:
        yield variables


@pytest.mark.parametrize("name", sorted(path.name for path in PROGRAMS.iterdir() if path.is_dir()))
def test_a_program_goes_up_stays_quiet_and_goes(name: str, variables: Mapping[str, str], tmp_path: Path):
    """An `up`, one that changes nothing, and a `destroy`; what is only recorded says so in the first one."""
    if name.startswith("gcp"):
        prepare(variables, tmp_path / "project")
    outcome = play(PROGRAMS, name, examples()[name], variables, tmp_path)
    assert outcome.failed == "", outcome.printed
    assert ("only recorded" in outcome.printed) is name.startswith("gcp")
