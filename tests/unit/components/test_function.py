"""PythonFunction, on Pulumi's mocks."""

import json

import pulumi
import pytest

from components.aws.bucket import PrivateS3Bucket, PrivateS3BucketArgs
from components.aws.event_calls import BucketEvents, PatternEvents
from components.aws.event_polls import QueueEvents, StreamEvents
from components.aws.function import PythonFunction, PythonFunctionArgs
from components.aws.grants import Right
from components.schedules import Call, Timing


@pytest.fixture
def function(artifact):
    """Makes the function inside a program."""

    def make(**changes):
        said = {
            "function_name": "slipway-dev-hello",
            "artifact": artifact(),
            "handler": "lambda_function.lambda_handler",
            "runtime": "python3.13",
        }
        return PythonFunction("hello", PythonFunctionArgs(**{**said, **changes}))

    return make


def test_its_log_group_is_there_before_it_and_expires(deploy, function):
    """Lambda's own log group outlives the stack and blocks the next one."""
    deployed = deploy(lambda: function(log_retention_days=7).arn)
    group = deployed.one("LogGroup").inputs
    assert (group["name"], group["retentionInDays"]) == ("/aws/lambda/slipway-dev-hello", 7)
    assert "hello-logs" in deployed.one("Function").depends_on


def test_its_role_writes_its_own_log_and_nothing_else(deploy, function):
    """No creating of log groups, no wildcard but the streams of its own group, no one but Lambda behind it."""
    deployed = deploy(lambda: function().arn)
    (statement,) = json.loads(deployed.one("RolePolicy").inputs["policy"])["Statement"]
    assert statement["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]
    assert statement["Resource"] == "arn:aws:logs:r:123456789012:log-group:/aws/lambda/slipway-dev-hello:*"
    (trust,) = json.loads(deployed.one("Role").inputs["assumeRolePolicy"])["Statement"]
    assert trust == {"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}
    assert "hello-may-log" in deployed.one("Function").depends_on


def test_it_changes_when_its_content_does(deploy, function, artifact):
    """The hash is the manifest's digest: other bytes around the same content deploy nothing."""
    inputs = deploy(lambda: function().arn).one("Function").inputs
    assert inputs["sourceCodeHash"] == artifact().digest
    assert isinstance(inputs["code"], pulumi.FileArchive)


def test_a_version_that_is_named_is_called_instead(deploy, function):
    """A rollback points the alias back; the newest stays published and gets no calls."""
    deployed = deploy(lambda: function(serve="3").traffic)
    alias = deployed.one("Alias").inputs
    assert alias["functionVersion"] == "3"
    assert not alias.get("routingConfig")
    assert deployed.result == {"3": 100}


def test_a_version_is_released_before_callers_get_it(deploy, function):
    """The version that was just published is called, and the alias waits for it; another version is another call."""
    deployed = deploy(lambda: function(release=True).version)
    call = deployed.one("Invocation").inputs
    assert (call["qualifier"], call["lifecycleScope"]) == ("7", "CREATE_ONLY")
    assert json.loads(call["input"]) == {"slipway": "release"}
    assert "hello-release" in deployed.one("Alias").depends_on
    assert not deploy(lambda: function().version).of("Invocation")


def test_a_canary_gets_its_share_of_the_calls(deploy, function):
    """The alias points at what served, and sends the newest its percent."""
    deployed = deploy(lambda: function(serve="3", canary=10).traffic)
    alias = deployed.one("Alias").inputs
    assert alias["functionVersion"] == "3"
    assert alias["routingConfig"] == {"additionalVersionWeights": {"7": 0.1}}
    assert deployed.result == {"3": 90, "7": 10}


def test_a_canary_of_what_serves_already_has_no_weights(deploy, function):
    """Lambda refuses an alias that names one version twice."""
    alias = deploy(lambda: function(serve="7", canary=10).version).one("Alias").inputs
    assert alias["functionVersion"] == "7"
    assert not alias.get("routingConfig")


def test_a_published_version_tells_which_artifact_it_is_of(deploy, function, artifact):
    """Its description is kept with it, and is how a digest is found again."""
    inputs = deploy(lambda: function().version).one("Function").inputs
    assert inputs["description"] == f"artifact {artifact().digest[:12]}"


def test_a_schedule_calls_the_alias_by_a_role_that_may_do_nothing_else(deploy, function):
    """EventBridge alone takes the role, for this account alone; what serves is the alias's to say."""
    often = Call(timing=Timing(cron="0 3 * * 1-5", time_zone="Europe/Berlin"), event={"key1": "a"})
    deployed = deploy(lambda: function(schedules={"nightly": often}).schedules)
    assert deployed.result == {"nightly": "slipway-dev-hello-nightly"}
    schedule = deployed.one("Schedule").inputs
    assert schedule["scheduleExpression"] == "cron(0 3 ? * MON,TUE,WED,THU,FRI *)"
    assert schedule["scheduleExpressionTimezone"] == "Europe/Berlin"
    alias = "arn:aws:lambda:r:123456789012:function:slipway-dev-hello:live"
    assert (schedule["target"]["arn"], schedule["target"]["input"]) == (alias, '{"key1": "a"}')
    (may,) = json.loads(deployed.one("RolePolicy", "hello-clock-may-call").inputs["policy"])["Statement"]
    assert may == {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": alias}
    (trust,) = json.loads(deployed.one("Role", "hello-clock-role").inputs["assumeRolePolicy"])["Statement"]
    assert trust["Principal"] == {"Service": "scheduler.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}


def test_a_schedules_name_that_aws_would_refuse_is_refused(deploy, function):
    """64 characters, the function's name among them."""
    often = Call(timing=Timing(every="1h"), event={})
    with pytest.raises(ValueError, match="has 64 characters at most, got 72"):
        deploy(lambda: function(function_name="f" * 60, schedules={"every-hour1": often}).schedules)


def test_what_is_called_is_the_newest_published_version(deploy, function):
    """The alias is what callers know; it points at a version, never at what is being edited."""
    deployed = deploy(lambda: function().version)
    assert deployed.one("Function").inputs["publish"] is True
    alias = deployed.one("Alias").inputs
    assert (alias["name"], alias["functionVersion"]) == ("live", "7")
    assert deployed.one("FunctionUrl").inputs["qualifier"] == "live"


@pytest.mark.parametrize(("url", "auth", "caller"), [("iam", "AWS_IAM", "123456789012"), ("public", "NONE", "*")])
def test_its_address_needs_two_permissions(deploy, function, url, auth, caller):
    """Since October 2025: to call the URL, and by the URL to invoke; IAM unless the stack says public."""
    deployed = deploy(lambda: function(url=url).url)
    assert deployed.one("FunctionUrl").inputs["authorizationType"] == auth
    permissions = {p.inputs["action"]: p.inputs for p in deployed.of("Permission")}
    assert set(permissions) == {"lambda:InvokeFunctionUrl", "lambda:InvokeFunction"}
    assert {p["principal"] for p in permissions.values()} == {caller}
    assert {p["qualifier"] for p in permissions.values()} == {"live"}
    assert permissions["lambda:InvokeFunctionUrl"]["functionUrlAuthType"] == auth
    assert permissions["lambda:InvokeFunction"]["invokedViaFunctionUrl"] is True


def test_the_safe_address_is_the_default(deploy, function):
    """Nobody is let in by forgetting a setting."""
    assert deploy(lambda: function().url).one("FunctionUrl").inputs["authorizationType"] == "AWS_IAM"


def test_without_an_address_nobody_is_let_in(deploy, function):
    """No URL, no permission."""
    deployed = deploy(lambda: function(url="none").url)
    assert (deployed.of("FunctionUrl"), deployed.of("Permission"), deployed.result) == ([], [], "")


def test_it_is_watched(deploy, function):
    """A failure, a throttle, or a run near the timeout is an alarm; silence is none."""
    alarms = {a.inputs["metricName"]: a.inputs for a in deploy(lambda: function(timeout=10).arn).of("MetricAlarm")}
    assert {name: alarm["threshold"] for name, alarm in alarms.items()} == {
        "Errors": 0,
        "Throttles": 0,
        "Duration": 8000,
    }
    assert {alarm["treatMissingData"] for alarm in alarms.values()} == {"notBreaching"}
    assert {alarm["dimensions"]["FunctionName"] for alarm in alarms.values()} == {"slipway-dev-hello"}


def test_alarms_tell_whom_they_are_told_to(deploy, function):
    """Topics are passed in; without one an alarm is seen in the console alone."""
    deployed = deploy(lambda: function(alarm_actions=["arn:topic"]).arn)
    assert [a.inputs["alarmActions"] for a in deployed.of("MetricAlarm")] == [["arn:topic"]] * 3


def test_architecture_and_runtime_are_declared(deploy, function):
    """The wheels inside are made for both."""
    inputs = deploy(lambda: function(architecture="arm64", memory=256).arn).one("Function").inputs
    assert (inputs["architectures"], inputs["runtime"], inputs["memorySize"]) == (["arm64"], "python3.13", 256)


def test_versions_start_from_a_snapshot_only_on_request(deploy, function):
    """Published versions alone have one: https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html."""
    assert "snapStart" not in deploy(lambda: function().arn).one("Function").inputs
    assert deploy(lambda: function(snap_start=True).arn).one("Function").inputs["snapStart"] == {
        "applyOn": "PublishedVersions"
    }


def test_concurrency_is_reserved_only_on_request(deploy, function):
    """A reservation may be more than a new account has."""
    assert "reservedConcurrentExecutions" not in deploy(lambda: function().arn).one("Function").inputs
    reserved = deploy(lambda: function(reserved_concurrency=5).arn).one("Function").inputs
    assert reserved["reservedConcurrentExecutions"] == 5


def test_a_large_zip_goes_by_a_private_bucket(deploy, function, artifact):
    """Over 50 MB Lambda takes no direct upload; the object is named by its content."""

    def program():
        bucket = PrivateS3Bucket("lambda-sources", PrivateS3BucketArgs(ephemeral=True))
        return function(artifact=artifact(direct_upload=False), bucket=bucket).arn

    deployed = deploy(program)
    inputs = deployed.one("Function").inputs
    assert (inputs["s3Bucket"], inputs["s3Key"]) == ("lambda-sources", f"hello/{'a' * 64}.zip")
    assert "code" not in inputs
    assert {"lambda-sources-closed", "lambda-sources-encrypted"} <= deployed.one("BucketObjectv2").depends_on


def test_a_large_zip_without_a_bucket_is_refused(function, artifact):
    """It would fail at the cloud, after everything else was made."""
    with pytest.raises(ValueError, match="too large for a direct upload"):
        function(artifact=artifact(direct_upload=False))


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"timeout": 901}, "1 to 900 seconds, got 901"), ({"url": "open"}, "iam, public, none, got 'open'")],
)
def test_what_lambda_refuses_is_refused_here(function, changes, message):
    """The limits are Lambda's."""
    with pytest.raises(ValueError, match=message):
        function(**changes)


@pytest.mark.parametrize("ephemeral", [True, False])
def test_the_bucket_is_closed_versioned_and_encrypted(deploy, ephemeral):
    """All four public doors are shut, and only an ephemeral bucket goes with what is in it."""
    deployed = deploy(lambda: PrivateS3Bucket("b", PrivateS3BucketArgs(ephemeral=ephemeral)).bucket_name)
    shut = deployed.one("BucketPublicAccessBlock").inputs
    assert [shut[k] for k in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")] == [
        True
    ] * 4
    assert deployed.one("BucketVersioning").inputs["versioningConfiguration"] == {"status": "Enabled"}
    assert deployed.one("BucketServerSideEncryptionConfiguration")
    assert (deployed.one("Bucket").inputs["forceDestroy"], deployed.one("Bucket").protect) == (ephemeral, not ephemeral)


def test_it_may_use_its_own_bucket_and_no_other(deploy, function):
    """Read, write and list what is in it; not the bucket's own settings, and nothing of other buckets."""

    def program():
        bucket = PrivateS3Bucket("uploads", PrivateS3BucketArgs(bucket_name="demo-uploads", ephemeral=True))
        return function(app_bucket=bucket).arn

    deployed = deploy(program)
    objects, listing = json.loads(deployed.named("hello-may-use-bucket").inputs["policy"])["Statement"]
    assert objects["Resource"] == "arn:aws:s3:::demo-uploads/*"
    assert objects["Action"] == ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
    assert (listing["Action"], listing["Resource"]) == ("s3:ListBucket", "arn:aws:s3:::demo-uploads")
    assert "hello-may-use-bucket" in deployed.one("Function").depends_on


def test_a_queue_feeds_it_and_what_fails_too_often_waits(deploy, function):
    """By its alias, once its role may take the queue's messages; a message stays hidden for six of its timeouts."""
    events = {"words": QueueEvents(queue_name="demo-words", retries=2, filter='{"body": ["x"]}')}
    deployed = deploy(lambda: function(events=events, timeout=10).arn)
    queue = deployed.one("Queue", "hello-events-words").inputs
    dead = deployed.one("Queue", "hello-events-words-dead")
    assert queue["visibilityTimeoutSeconds"] == 60
    assert json.loads(queue["redrivePolicy"]) == {
        "deadLetterTargetArn": "arn:aws:sqs:r:123456789012:demo-words-dead",
        "maxReceiveCount": 3,
    }
    assert dead.inputs["messageRetentionSeconds"] == 14 * 86_400
    source = deployed.one("EventSourceMapping")
    assert source.inputs["functionName"].endswith(":live")
    assert source.inputs["filterCriteria"] == {"filters": [{"pattern": '{"body": ["x"]}'}]}
    assert "hello-events-words-may-take" in source.depends_on
    (taken,) = json.loads(deployed.named("hello-events-words-may-take").inputs["policy"])["Statement"]
    assert taken["Resource"] == "arn:aws:sqs:r:123456789012:demo-words"


def test_its_bucket_and_a_rule_call_it_and_nothing_else_may(deploy, function):
    """By its alias; what fails to the end goes to one queue, and the bucket tells once the function lets it call."""

    def program():
        bucket = PrivateS3Bucket("demo-uploads", PrivateS3BucketArgs())
        photos = BucketEvents(bucket=bucket, occasions=["created"], prefix="in/", suffix=".png", retries=1)
        paid = PatternEvents(rule_name="demo-paid", pattern='{"source": ["shop"]}', retries=1)
        return function(events={"photos": photos, "paid": paid}, app_bucket=bucket).arn

    deployed = deploy(program)
    calls = {one.inputs["principal"]: one.inputs for one in deployed.of("Permission")}
    assert calls["s3.amazonaws.com"]["sourceArn"] == "arn:aws:s3:::demo-uploads"
    assert calls["s3.amazonaws.com"]["sourceAccount"] == "123456789012"
    assert calls["events.amazonaws.com"]["sourceArn"]
    (told,) = deployed.one("BucketNotification").inputs["lambdaFunctions"]
    assert (told["events"], told["filterPrefix"], told["filterSuffix"]) == (["s3:ObjectCreated:*"], "in/", ".png")
    assert {"hello-events-bucket-may-call", "hello-events-calls"} <= set(deployed.one("BucketNotification").depends_on)
    kept = deployed.one("FunctionEventInvokeConfig").inputs
    assert (kept["qualifier"], kept["maximumRetryAttempts"]) == ("live", 1)
    assert deployed.one("EventTarget").inputs["arn"].endswith(":live")


def test_a_stream_feeds_it_from_its_beginning(deploy, function):
    """What fails is cut in two, so that one bad record takes no other with it; its role may read this stream alone."""
    clicks = StreamEvents(stream_name="demo-clicks", batch=50, retries=2)
    deployed = deploy(lambda: function(events={"clicks": clicks}).arn)
    source = deployed.one("EventSourceMapping").inputs
    assert (source["startingPosition"], source["bisectBatchOnFunctionError"]) == ("TRIM_HORIZON", True)
    assert (source["batchSize"], source["maximumRetryAttempts"]) == (50, 2)
    assert deployed.one("Stream").inputs["encryptionType"] == "KMS"
    read, told = json.loads(deployed.named("hello-events-clicks-may-read").inputs["policy"])["Statement"]
    assert read["Resource"].endswith("demo-clicks")
    assert told["Action"] == ["sqs:SendMessage"]


@pytest.mark.parametrize("retries", [(1, 2), (3, 3)])
def test_calls_have_one_number_of_retries(deploy, function, retries):
    """Lambda keeps one for all that it calls without an answer."""
    events = {
        name: PatternEvents(rule_name=name, pattern="{}", retries=times)
        for name, times in zip("ab", retries, strict=True)
    }
    with pytest.raises(ValueError, match="retries must be one number from 0 to 2"):
        deploy(lambda: function(events=events).arn)


def test_a_grant_is_its_actions_on_its_resource_alone(deploy, function):
    """Each has a policy of its own, in the role's account, and the function waits for it."""
    queue = Right(actions=["sqs:SendMessage"], resource="arn:{partition}:sqs:r:{account}:orders")
    bucket = Right(actions=["s3:ListBucket"], below=["s3:GetObject"], resource="arn:aws:s3:::photos")
    deployed = deploy(lambda: function(grants={"orders": queue, "photos": bucket}).arn)
    policies = {one.name: json.loads(one.inputs["policy"])["Statement"] for one in deployed.of("RolePolicy")}
    allowed = {"Effect": "Allow"}
    assert policies["hello-may-orders"] == [
        {**allowed, "Action": ["sqs:SendMessage"], "Resource": "arn:aws:sqs:r:123456789012:orders"}
    ]
    assert policies["hello-may-photos"] == [
        {**allowed, "Action": ["s3:ListBucket"], "Resource": "arn:aws:s3:::photos"},
        {**allowed, "Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::photos/*"},
    ]
    assert {"hello-may-orders", "hello-may-photos"} <= set(deployed.one("Function").depends_on)


@pytest.mark.parametrize("actions", [[], ["s3:*"], ["*"]])
def test_a_grant_names_its_actions(actions):
    """None, or all of a service, is refused."""
    with pytest.raises(ValueError, match=r"needs an action|names its actions"):
        Right(actions=actions, resource="*")
