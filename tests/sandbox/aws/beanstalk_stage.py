"""An account with what an environment stands on: a bucket, roles, a profile; and bundles to put there."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from slipway.providers.protocol.owners import Owners
from slipway.sandbox.aws import beanstalk_instances as instances
from slipway.sandbox.aws.clients import Aws
from slipway.sandbox.handler import Props
from slipway.sandbox.running.entrance import Line
from tests.sandbox.aws.materials import archive, zipped

APPLICATION = "aws:elasticbeanstalk/application:Application"
VERSION = "aws:elasticbeanstalk/applicationVersion:ApplicationVersion"
ENVIRONMENT = "aws:elasticbeanstalk/environment:Environment"
STACK = "64bit Amazon Linux 2023 v4.13.1 running Python 3.13"
UPDATES = "arn:aws:iam::aws:policy/AWSElasticBeanstalkManagedUpdatesCustomerRolePolicy"
WEB = "web: python -m http.server $PORT --bind 127.0.0.1\n"


def files(says: str, procfile: str = WEB) -> bytes:
    """A bundle that serves one page, with nothing to install."""
    return zipped({"Procfile": procfile, "index.html": says, "requirements.txt": ""})


def trust(service: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@dataclass
class Stage:
    """What a test makes, and takes away again."""

    kind: Callable[[str], Any]
    aws: Aws
    name: str
    tmp: Path
    made: list[tuple[Any, str, Props]] = field(default_factory=list)

    def make(self, token: str, inputs: Props, record: Owners | None = None) -> tuple[str, Props]:
        of_kind = self.kind(token)
        id, there = of_kind.create(inputs, record)
        self.made.append((of_kind, id, inputs))
        return id, there

    def ground(self, *, may_read: bool = True) -> None:
        """A bucket, the roles of the instances and of the service, and the application."""
        name = self.name
        self.make("aws:s3/bucket:Bucket", {"bucket": name, "forceDestroy": True})
        self.make("aws:iam/role:Role", {"name": name, "assumeRolePolicy": trust("ec2.amazonaws.com")})
        self.make(
            "aws:iam/role:Role", {"name": f"{name}-s", "assumeRolePolicy": trust("elasticbeanstalk.amazonaws.com")}
        )
        self.make("aws:iam/rolePolicyAttachment:RolePolicyAttachment", {"role": f"{name}-s", "policyArn": UPDATES})
        self.make("aws:iam/instanceProfile:InstanceProfile", {"name": name, "role": name})
        if may_read:
            self.may_read()
        self.make(APPLICATION, {"name": name})

    def may_read(self) -> None:
        """Let the instances read the bundles."""
        allowed = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{self.name}/*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
        self.make("aws:iam/rolePolicy:RolePolicy", {"name": "reads", "role": self.name, "policy": document})

    def version(self, label: str, bundle: bytes) -> Props:
        """A version with its bundle; its inputs."""
        source = {"bucket": self.name, "key": f"{label}.zip", "source": archive(bundle, self.tmp)}
        self.make("aws:s3/bucketObjectv2:BucketObjectv2", source)
        inputs = {"name": label, "application": self.name, "bucket": self.name, "key": f"{label}.zip"}
        self.make(VERSION, inputs)
        return inputs

    def environment(self, label: str, **changes: Any) -> Props:
        """The inputs of an environment that runs a version."""
        settings = [
            {"namespace": "aws:autoscaling:launchconfiguration", "name": "IamInstanceProfile", "value": self.name},
            {"namespace": "aws:elasticbeanstalk:environment", "name": "EnvironmentType", "value": "SingleInstance"},
        ]
        return {
            "name": self.name,
            "application": self.name,
            "version": label,
            "solutionStackName": STACK,
            "settings": settings,
            **changes,
        }

    def body(self, id: str) -> Props:
        """What the store has of an environment."""
        from slipway.sandbox.stores.beanstalk import Store

        things = Store(self.aws.folder).all("environment")
        return next(thing.body for thing in things if thing.body["id"] == id)

    def answer(self, id: str) -> str:
        """What the environment's address answers."""
        status, way = instances.backend(self.aws.folder, instances.address(self.body(id)))
        assert status == 200, way
        line = Line(way, 10.0)
        line.request("GET", "/")
        return line.getresponse().read().decode()


@contextmanager
def staged(kind: Callable[[str], Any], aws: Aws, name: str, tmp: Path) -> Iterator[Stage]:
    """A stage of its own; all that was made on it is taken away, the newest first."""
    stage = Stage(kind, aws, name, tmp)
    try:
        yield stage
    finally:
        for of_kind, id, inputs in reversed(stage.made):
            of_kind.delete(id, inputs)
