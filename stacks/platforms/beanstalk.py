"""An app on AWS Elastic Beanstalk."""

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, model_validator

from stacks import checks
from stacks.platforms.base import KeepsVersions
from stacks.setting_metadata import number


class BeanstalkApp(KeepsVersions):
    """An app on Elastic Beanstalk."""

    cloud: ClassVar = "aws"
    title: ClassVar = "Elastic Beanstalk"
    delivers_sealed: ClassVar = "references to secrets of Secrets Manager, which the app's role alone may read"
    lacks: ClassVar = {
        "database": (
            "Slipway makes no database on Elastic Beanstalk yet: make one (RDS) and seal its address "
            "with `slipway secret set APP DATABASE_URL`, and take database out"
        ),
        "events": (
            "Elastic Beanstalk's web servers answer requests and take no messages: take "
            "events out, or make it a function on Lambda"
        ),
        "data": (
            "Elastic Beanstalk keeps no files: each version starts on new instances with new disks: keep "
            "files in a bucket and rows in a database, and take data out"
        ),
    }

    platform: Literal["beanstalk"] = Field(description="Where the app goes.")
    command: str | None = Field(
        default=None, description="What serves on $PORT. Default: gunicorn, with the app's entry; a Procfile's."
    )
    instance_type: str = Field(
        default="t3.micro", pattern=r"^[a-z][a-z0-9-]*\.[a-z0-9]+$", description="The machines' type."
    )
    load_balanced: bool = Field(
        default=False, description="Behind a load balancer, with several instances; otherwise one with an address."
    )
    min_instances: int = number("instances", "Instances that always run.", default=1, least=1)
    max_instances: int = number("instances", "Ceiling on instances, and so on the bill.", default=1, least=1)
    health_path: str = Field(
        default="/", pattern=r"^/\S*$", description="The path that the load balancer requests to check an instance."
    )
    keep_versions: int | None = number(
        "versions",
        "Versions kept, the one that serves among them. Default: by kind of stack.",
        default=None,
        least=1,
        most=100,
    )
    solution_stack: Annotated[str, AfterValidator(checks.solution_stack)] | None = Field(
        default=None,
        description="The platform's version a new environment begins with. Default: the newest that AWS has of its "
        "Python.",
    )

    @model_validator(mode="after")
    def has_a_certificate(self) -> "BeanstalkApp":
        """AWS renews a certificate on a load balancer, and has none for a machine alone.

        https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/configuring-https.html
        """
        if self.domain and not self.load_balanced:
            raise ValueError(
                "domain needs load_balanced: true, where AWS keeps a certificate: a machine alone has none: set it, or "
                "take domain out"
            )
        return self

    @model_validator(mode="after")
    def in_order(self) -> "BeanstalkApp":
        """No more at least than at most, and one alone without a load balancer."""
        if self.min_instances > self.max_instances:
            raise ValueError(
                f"min_instances must not be over max_instances, got {self.min_instances} and {self.max_instances}"
            )
        if not self.load_balanced and self.max_instances > 1:
            raise ValueError(
                f"max_instances must be 1 without a load balancer, got {self.max_instances}: set load_balanced: true"
            )
        return self
