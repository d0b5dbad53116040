"""BeanstalkApp, on Pulumi's mocks."""

import json

import pulumi
import pytest

from components.aws.beanstalk_app import BeanstalkApp, BeanstalkAppArgs, environment_name, label
from components.aws.beanstalk_settings import Machines, in_order
from components.aws.bucket import PrivateS3Bucket, PrivateS3BucketArgs

STACK = "64bit Amazon Linux 2023 v4.13.1 running Python 3.13"


@pytest.fixture
def app(artifact):
    """Makes the app inside a program."""

    def make(**changes):
        said = {
            "application_name": "slipway-dev-hello",
            "environment_name": "slipway-dev-hello-py313",
            "artifact": artifact(),
            "solution_stack": STACK,
            "bucket": PrivateS3Bucket("bundles", PrivateS3BucketArgs(bucket_name="bundles")),
        }
        return BeanstalkApp("hello", BeanstalkAppArgs(**{**said, **changes}))

    return make


def options(environment):
    return {(s["namespace"], s["name"]): s["value"] for s in environment.inputs["settings"]}


def test_a_version_is_named_by_its_content_and_so_is_its_bundle(deploy, app, artifact):
    """The same content is the same version; new content is another object, so old code cannot go on serving."""
    deployed = deploy(lambda: app().url)
    digest = artifact().digest
    assert deployed.one("BucketObjectv2").inputs["key"] == f"hello/{digest}.zip"
    version = deployed.one("ApplicationVersion").inputs
    assert (version["name"], version["key"]) == (label(digest), f"hello/{digest}.zip")
    assert deployed.one("Environment").inputs["version"] == label(digest)
    assert deployed.result == "http://slipway-dev-hello-py313.eba-1234abcd.r.elasticbeanstalk.com"


def test_settings_are_sorted_and_each_is_there_once(deploy, app):
    """Another order is a change to the engine, and a double one a configuration error to Beanstalk."""
    machines = Machines(env={"B": "2", "A": "1"})
    given = deploy(lambda: app(machines=machines).url).one("Environment").inputs["settings"]
    keys = [(setting["namespace"], setting["name"]) for setting in given]
    assert keys == sorted(set(keys))
    assert ("aws:elasticbeanstalk:application:environment", "A") in keys


def test_of_several_settings_of_a_name_the_last_counts():
    """Whatever the order of what a program adds."""
    said = in_order([("b", "x", "1"), ("a", "y", "2"), ("b", "x", "3")])
    assert said == [
        {"namespace": "a", "name": "y", "value": "2"},
        {"namespace": "b", "name": "x", "value": "3"},
    ]


def test_health_is_enhanced_updates_are_managed_and_a_failed_version_takes_nothing_down(deploy, app):
    """The safe settings are the only ones."""
    found = options(deploy(lambda: app().url).one("Environment"))
    assert found["aws:elasticbeanstalk:healthreporting:system", "SystemType"] == "enhanced"
    assert found["aws:elasticbeanstalk:managedactions", "ManagedActionsEnabled"] == "true"
    assert found["aws:elasticbeanstalk:managedactions:platformupdate", "UpdateLevel"] == "minor"
    assert found["aws:elasticbeanstalk:command", "DeploymentPolicy"] == "Immutable"
    assert found["aws:autoscaling:launchconfiguration", "DisableIMDSv1"] == "true"


def test_its_instances_read_their_own_bundles_and_nothing_else_of_the_bucket(deploy, app):
    """The managed policy covers Beanstalk's own bucket; ours is read below the app's name alone."""
    deployed = deploy(lambda: app().url)
    (statement,) = json.loads(deployed.one("RolePolicy").inputs["policy"])["Statement"]
    assert (statement["Action"], statement["Resource"]) == ("s3:GetObject", "arn:aws:s3:::bundles/hello/*")
    found = options(deployed.one("Environment"))
    assert found["aws:autoscaling:launchconfiguration", "IamInstanceProfile"] == "hello-instances"
    assert {"hello-may-read", "hello-WebTier"} <= deployed.one("Environment").depends_on


def test_the_service_role_has_just_what_health_and_updates_need(deploy, app):
    """And Beanstalk alone takes it on."""
    deployed = deploy(lambda: app().url)
    trust = json.loads(deployed.named("hello-service").inputs["assumeRolePolicy"])["Statement"][0]
    assert trust["Principal"] == {"Service": "elasticbeanstalk.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"sts:ExternalId": "elasticbeanstalk"}}
    attached = {a.inputs["policyArn"].rpartition("/")[2] for a in deployed.of("RolePolicyAttachment")}
    assert attached == {
        "AWSElasticBeanstalkWebTier",
        "AWSElasticBeanstalkEnhancedHealth",
        "AWSElasticBeanstalkManagedUpdatesCustomerRolePolicy",
    }


def test_beanstalk_removes_no_version_by_itself(deploy, app):
    """Its lifecycle would count failed deployments, and take versions away that are declared."""
    assert "appversionLifecycle" not in deploy(lambda: app().url).one("Application").inputs


def test_earlier_versions_stay_declared_for_a_way_back(deploy, app):
    """As many as are kept, newest first; the one that serves always."""
    previous = {label(c * 64): c * 64 for c in "bcd"}
    deployed = deploy(lambda: pulumi.Output.from_input(app(previous=previous, keep=2, serve=label("d" * 64)).kept))
    assert list(deployed.result) == [label("a" * 64), label("b" * 64), label("d" * 64)]
    assert deployed.one("Environment").inputs["version"] == label("d" * 64)
    former = deployed.one("BucketObjectv2", f"hello-{label('d' * 64)}")
    assert former.inputs["key"] == f"hello/{'d' * 64}.zip"
    assert former.ignore_changes == ["source"]


def test_the_platforms_patches_are_not_taken_back(deploy, app):
    """Managed updates change the solution stack; the name it began with stays in the settings."""
    environment = deploy(lambda: app().url).one("Environment")
    assert environment.inputs["solutionStackName"] == STACK
    assert environment.ignore_changes == ["solutionStackName"]


@pytest.mark.parametrize(
    ("machines", "kind", "sizes"),
    [
        (Machines(), "SingleInstance", ("1", "1")),
        (Machines(load_balanced=True, min_instances=2, max_instances=4), "LoadBalanced", ("2", "4")),
    ],
)
def test_one_machine_or_several_behind_a_load_balancer(deploy, app, machines, kind, sizes):
    """By setting, with a ceiling either way."""
    found = options(deploy(lambda: app(machines=machines).url).one("Environment"))
    assert found["aws:elasticbeanstalk:environment", "EnvironmentType"] == kind
    assert (found["aws:autoscaling:asg", "MinSize"], found["aws:autoscaling:asg", "MaxSize"]) == sizes
    assert (("aws:elasticbeanstalk:environment", "LoadBalancerType") in found) == machines.load_balanced


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"environment_name": "abc"}, "environment_name must be 4 to 40 letters, digits and hyphens"),
        ({"environment_name": "a" * 41}, "environment_name must be 4 to 40"),
        ({"keep": 0}, "keep must be 1 or more, got 0"),
        ({"serve": "v-gone"}, "serve must be a version that is kept"),
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_declared(deploy, app, wrong, says):
    """With what is allowed and what was given."""
    with pytest.raises(ValueError, match=says):
        deploy(lambda: app(**wrong).url)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"min_instances": 2}, "min_instances must be 1 to max_instances, got 2 and 1"),
        ({"min_instances": 0}, "min_instances must be 1 to max_instances, got 0 and 1"),
        ({"max_instances": 2}, "several instances need a load balancer: set load_balanced, got max_instances 2"),
    ],
)
def test_machines_are_counted_sensibly(wrong, says):
    """At least one, no more at least than at most, several only behind a load balancer."""
    with pytest.raises(ValueError, match=says):
        Machines(**wrong)


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("slipway-dev-hello", "slipway-dev-hello-py313"),
        ("slipway-sandbox-time-service-beanstalk", "slipway-sandbox-time-servic-795083-py313"),
    ],
)
def test_an_environments_name_fits_and_says_its_python(wanted, name):
    """Another Python is another environment; what is too long keeps a mark of the whole name."""
    assert environment_name(wanted, "3.13") == name
    assert len(name) <= 40


def test_sealed_variables_are_read_from_secrets_by_its_role_alone(deploy, app):
    """The environment has their ARNs, its role one right on them, and another value starts new instances."""

    def program():
        return app(sealed={"KEY": pulumi.Output.secret("hush")}, machines=Machines(fingerprint="a1b2")).url

    deployed = deploy(program)
    settings = options(deployed.one("Environment"))
    arn = "arn:aws:secretsmanager:r:123456789012:secret:slipway-dev-hello-KEY"
    assert settings["aws:elasticbeanstalk:application:environmentsecrets", "KEY"] == arn
    assert settings["aws:elasticbeanstalk:application:environment", "SLIPWAY_SEALED"] == "a1b2"
    assert "hush" not in str(settings)
    (allowed,) = json.loads(deployed.one("RolePolicy", "hello-sealed-may-read").inputs["policy"])["Statement"]
    assert allowed == {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": [arn]}
    assert "hello-sealed-may-read" in deployed.one("Environment").depends_on
