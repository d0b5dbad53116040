"""What somebody changed by hand is seen by a refresh, and put right by the next update."""

from typing import Any

import pytest

from slipway.providers.protocol import wire
from slipway.sandbox.aws.package import PACKAGE
from tests.sandbox.aws.materials import HERE, load, zipped

pytestmark = pytest.mark.services
FUNCTION = "aws:lambda/function:Function"


def test_code_that_was_uploaded_by_hand_is_replaced_by_the_programs(
    serving: Any, aws: Any, kind: Any, name: str, tmp_path: Any
) -> None:
    """A refresh finds another code_sha256, the plan an update, and after that the program's code runs again."""
    case = load(HERE / "round_trips" / "function.json", name, tmp_path)
    for need in case["needs"]:
        kind(need["type"]).create(need["inputs"])
    variables = {"AWS_ENDPOINT_URL": aws.endpoint.url, "SLIPWAY_HOME": str(aws.state_folder)}
    keys = {"AWS_ACCESS_KEY_ID": aws.endpoint.access_key, "AWS_SECRET_ACCESS_KEY": aws.endpoint.secret_key}
    call = serving(PACKAGE, {**variables, **keys})
    call.configure()
    inputs = call.check(FUNCTION, case["inputs"]).inputs
    id, made = call.create(FUNCTION, inputs)
    assert not call.diff(FUNCTION, call.read(FUNCTION, id, inputs, made).inputs, inputs).diffs
    aws.client("lambda").update_function_code(FunctionName=id, ZipFile=zipped({"index.py": "strange = 1"}))
    seen = call.read(FUNCTION, id, inputs, made)
    assert "code" in call.diff(FUNCTION, seen.inputs, inputs).diffs
    mended = wire.plain_props(call.update(FUNCTION, id, seen.properties, inputs))
    assert mended["codeSha256"] == wire.plain_props(made)["codeSha256"]
    call.delete(FUNCTION, id, mended)
