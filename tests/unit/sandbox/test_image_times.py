"""The configuration of an image with one time."""

import json

from slipway.sandbox.docker.image_times import configuration

DESCRIBED = {
    "Architecture": "amd64",
    "Os": "linux",
    "Config": {"User": "10001", "Hostname": "", "Env": ["A=1"], "Cmd": None, "Labels": {"k": "v"}},
    "RootFS": {"Layers": ["sha256:a", "sha256:b"]},
}
BASE = {"CreatedBy": "base", "Size": 5, "Created": 1}
HISTORY = [
    {"CreatedBy": "USER 10001", "Size": 0, "Comment": "buildkit.dockerfile.v0"},
    {"CreatedBy": "WORKDIR /app", "Size": 0},
    {"CreatedBy": '/bin/sh -c #(nop)  CMD ["x"]', "Size": 0},
    BASE,
]
MOMENT = "1970-01-01T00:00:00Z"


def test_an_images_configuration_has_one_time_everywhere():
    """In itself and in each step of its history, which keeps what was done."""
    document = json.loads(configuration(DESCRIBED, HISTORY, MOMENT))
    assert document["created"] == MOMENT
    assert document["config"] == {"User": "10001", "Env": ["A=1"], "Labels": {"k": "v"}}
    assert document["rootfs"] == {"type": "layers", "diff_ids": ["sha256:a", "sha256:b"]}
    assert {step["created"] for step in document["history"]} == {MOMENT}
    assert [step.get("empty_layer", False) for step in document["history"]] == [False, True, False, True]


def test_a_history_that_does_not_fit_the_layers_is_left_out():
    """A step of which nothing tells whether it made a layer: no history is better than a wrong one."""
    assert "history" not in json.loads(configuration(DESCRIBED, [BASE], MOMENT))
