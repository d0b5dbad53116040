"""What a person reads below Pulumi's own line where it could not begin."""

import pytest

from slipway.errors import UserError
from slipway.stack.remedies import remedy


@pytest.mark.parametrize(
    ("failing", "command"), [("whoami", "`pulumi login"), ("export", "`pulumi stack init dev`"), ("nothing", None)]
)
def test_the_first_thing_that_is_missing_is_named_with_its_command(failing: str, command: str | None):
    """Not signed in comes before a stack that is not there; after any other failure nothing is added."""

    def ask(*words: str) -> str:
        if failing in words:
            raise UserError("pulumi failed")
        return ""

    sentence = remedy(ask, "dev")
    assert sentence is None if command is None else sentence is not None and command in sentence
