"""A function from its zip to its address: deployed, called, logged, reached over HTTP, updated, gone."""

import http.client
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import psutil
import pytest
from botocore.exceptions import ClientError

from slipway.sandbox.aws import emulator, functions
from slipway.sandbox.handler import CloudError
from slipway.sandbox.running import app_user
from tests.sandbox.aws.materials import archive, zipped

pytestmark = pytest.mark.services
REGION = "us-east-1"
SOURCE = """
import json
import logging

log = logging.getLogger()
log.setLevel(logging.INFO)


def handler(event, context):
    print("printed")
    log.info("logged %s", context.function_version)
    if "rawPath" in event:
        return {"statusCode": 200, "headers": {"content-type": "text/plain"}, "body": event["rawPath"] + " VERSION"}
    return {"first": event["key1"]}
"""
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)


class Deployed:
    """A function with role, log group, alias ``live`` and an address open to all, made by the handlers."""

    def __init__(self, kind, name, tmp_path, *, may_log=True):
        self.kind, self.name, self.tmp = kind, name, tmp_path
        self.group = f"/aws/lambda/{name}"
        _, role = kind("aws:iam/role:Role").create({"name": name, "assumeRolePolicy": TRUST})
        rights = {
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": f"arn:aws:logs:{REGION}:000000000000:log-group:{self.group}:*",
        }
        if may_log:
            document = json.dumps({"Version": "2012-10-17", "Statement": [rights]})
            kind("aws:iam/rolePolicy:RolePolicy").create({"name": "logs", "role": name, "policy": document})
        self.inputs = {
            "name": name,
            "role": role["arn"],
            "runtime": "python3.11",
            "handler": "main.handler",
            "publish": True,
            "code": self._code("one"),
            "loggingConfig": {"logFormat": "JSON", "logGroup": self.group},
        }
        _, self.function = kind("aws:lambda/function:Function").create(self.inputs)
        self.alias = {"name": "live", "functionName": name, "functionVersion": self.function["version"]}
        kind("aws:lambda/alias:Alias").create(self.alias)

    def make_log_group(self):
        self.kind("aws:cloudwatch/logGroup:LogGroup").create({"name": self.group, "retentionInDays": 7})

    def make_url(self, authorization="NONE"):
        given = {"functionName": self.name, "qualifier": "live", "authorizationType": authorization}
        _, made = self.kind("aws:lambda/functionUrl:FunctionUrl").create(given)
        self.url = made["functionUrl"]

    def permit(self, action, **how):
        given = {"statementId": action.split(":")[1], "action": action, "function": self.name, "qualifier": "live"}
        self.kind("aws:lambda/permission:Permission").create({**given, "principal": "*", **how})

    def deploy(self, version):
        changed = {**self.inputs, "code": self._code(version)}
        self.function = self.kind("aws:lambda/function:Function").update(self.name, self.inputs, changed)
        moved = {**self.alias, "functionVersion": self.function["version"]}
        self.kind("aws:lambda/alias:Alias").update(f"{self.name}/live", self.alias, moved)
        self.inputs, self.alias = changed, moved

    def get(self, path):
        """The address as a client sees it; not every resolver knows that ``*.localhost`` is this machine."""
        place = urlsplit(self.url)
        connection = http.client.HTTPConnection("127.0.0.1", place.port, timeout=20)
        connection.request("GET", path, headers={"Host": place.netloc})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()

    def _code(self, version):
        return archive(zipped({"main.py": SOURCE.replace("VERSION", version)}), self.tmp)


@pytest.fixture
def deployed(kind, name, tmp_path):
    return Deployed(kind, name, tmp_path)


def test_invoked_and_logged(deployed, endpoint):
    """The alias answers the event, and what the function printed and logged is in its group, oldest line first."""
    deployed.make_log_group()
    answer = functions.invoke(endpoint, REGION, deployed.name, "live", b'{"key1": "value1"}')
    assert (answer.status, json.loads(answer.payload), answer.error) == (200, {"first": "value1"}, "")
    assert "printed" in answer.log_tail
    assert "logged 1" in answer.log_tail
    lines = [line.text for line in functions.logs(endpoint, REGION, deployed.group, 100, False)]
    assert lines[0].startswith("START RequestId: ")
    assert lines[1] == "printed"
    assert lines[2].startswith("[INFO]\t")
    assert lines[2].endswith("logged 1")
    last = [line.text for line in functions.logs(endpoint, REGION, deployed.group, 2, False)]
    assert last == lines[-2:]


def test_a_followed_log_shows_what_comes(deployed, endpoint):
    """Following shows the last lines, then each new line once."""
    deployed.make_log_group()
    functions.invoke(endpoint, REGION, deployed.name, "live", b'{"key1": "x"}')
    followed = functions.logs(endpoint, REGION, deployed.group, 1, True)
    assert next(followed).text.startswith("REPORT ")
    functions.invoke(endpoint, REGION, deployed.name, "live", b'{"key1": "x"}')
    assert [next(followed).text.split(" ")[0].split("\t")[0] for _ in range(5)] == [
        "START",
        "printed",
        "[INFO]",
        "END",
        "REPORT",
    ]


IDENTITY = """
import os

def handler(event, context):
    return {"user": os.getuid(), "group": os.getpgid(0) == os.getpid(), "sees": sorted(os.environ)}
"""


def test_a_function_has_a_group_of_its_own_and_is_not_root(kind, deployed, endpoint):
    """Nor has it the keys of the sandbox's owner: those in its environment are its role's."""
    changed = {**deployed.inputs, "code": archive(zipped({"main.py": IDENTITY}), deployed.tmp)}
    kind("aws:lambda/function:Function").update(deployed.name, deployed.inputs, changed)
    seen = json.loads(functions.invoke(endpoint, REGION, deployed.name, "$LATEST", b"{}").payload)
    assert app_user.is_app_user(seen["user"]) if os.geteuid() == 0 else seen["user"] == os.getuid()
    assert seen["group"]
    assert not {"SSH_AUTH_SOCK", "HOME", "UV_INDEX_URL", "PULUMI_CONFIG_PASSPHRASE"} & set(seen["sees"])


def test_a_failing_function_is_an_error_not_a_crash(deployed, endpoint):
    """A function that raises answers with Lambda's word for it."""
    answer = functions.invoke(endpoint, REGION, deployed.name, "live", b"{}")
    assert (answer.status, answer.error) == (200, "Unhandled")
    assert "KeyError" in answer.log_tail


def test_more_calls_than_a_new_account_may_have_are_throttled(kind, deployed, aws):
    """50 at once: each runs or is told to try later (429), none hangs, and no more than ten workers are there."""
    slow = SOURCE.replace('print("printed")', "import time; time.sleep(0.5)")
    changed = {**deployed.inputs, "code": archive(zipped({"main.py": slow}), deployed.tmp)}
    kind("aws:lambda/function:Function").update(deployed.name, deployed.inputs, changed)
    before = workers()

    def call(_):
        try:
            return aws.client("lambda").invoke(FunctionName=deployed.name, Payload=b'{"key1": "x"}')["StatusCode"]
        except ClientError as refused:
            return refused.response["ResponseMetadata"]["HTTPStatusCode"]

    began = time.monotonic()
    with ThreadPoolExecutor(50) as pool:
        statuses = list(pool.map(call, range(50)))
    assert set(statuses) <= {200, 429} and statuses.count(200) >= emulator.CONCURRENCY
    assert time.monotonic() - began < 60
    assert workers() - before <= emulator.CONCURRENCY


UNSTEADY = """
import os

if os.getpid() % 2:
    raise OSError("no luck")


def handler(event, context):
    return "ran"
"""
"""Of its processes every second one does not start: of the calls, one in four, as a start is tried twice."""


def test_a_process_that_does_not_start_takes_no_other_with_it(kind, deployed, endpoint):
    """Calls of one function at once: each runs, is told of its own process's error, or is throttled."""
    changed = {**deployed.inputs, "code": archive(zipped({"main.py": UNSTEADY}), deployed.tmp)}
    kind("aws:lambda/function:Function").update(deployed.name, deployed.inputs, changed)

    def call(_):
        try:
            return functions.invoke(endpoint, REGION, deployed.name, "$LATEST", b"{}").payload.decode()
        except CloudError as refused:
            return "throttled" if "TooManyRequestsException" in str(refused) else str(refused)

    with ThreadPoolExecutor(30) as pool:
        answers = list(pool.map(call, range(60)))
    others = [one for one in answers if one not in ('"ran"', "throttled") and '"errorType": "OSError"' not in one]
    assert others == []
    assert '"ran"' in answers


PATIENT = """
import time


def handler(event, context):
    print("runs")
    time.sleep(event["seconds"])
    return "ran"
"""


def test_a_call_in_flight_ends_well_when_its_code_changes(kind, deployed, endpoint):
    """Lambda lets a call finish on the code that it began with."""
    patient = {**deployed.inputs, "timeout": 20, "code": archive(zipped({"main.py": PATIENT}), deployed.tmp)}
    kind("aws:lambda/function:Function").update(deployed.name, deployed.inputs, patient)

    def call():
        return functions.invoke(endpoint, REGION, deployed.name, "$LATEST", b'{"seconds": 3}').payload

    before = workers()
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(call)
        wait_until(lambda: workers() > before)
        changed = {**patient, "code": deployed.inputs["code"]}
        kind("aws:lambda/function:Function").update(deployed.name, patient, changed)
        assert answer.result(timeout=60) == b'"ran"'
    wait_until(lambda: workers() == before)


def wait_until(holds):
    """Until something holds, for 30 s at most."""
    until = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.05)


def workers():
    """How many processes run functions."""
    return sum(
        1
        for process in psutil.process_iter(["environ"])
        if (process.info["environ"] or {}).get("AWS_LAMBDA_FUNCTION_NAME", "").startswith("t-")
    )


def test_a_missing_function_is_refused(endpoint, name):
    """Calling what is not there says so."""
    with pytest.raises(CloudError, match=f"invoking Lambda Function \\({name}\\): .*ResourceNotFoundException"):
        functions.invoke(endpoint, REGION, name, "live", b"{}")


def test_a_missing_module_fails_at_the_call(kind, deployed, endpoint):
    """Lambda takes a zip without the handler's module, and fails each call of it."""
    changed = {**deployed.inputs, "handler": "nowhere.handler"}
    kind("aws:lambda/function:Function").update(deployed.name, deployed.inputs, changed)
    answer = functions.invoke(endpoint, REGION, deployed.name, "$LATEST", b"{}")
    assert answer.error == "Unhandled"
    assert "nowhere" in answer.payload.decode()


def test_a_missing_group_is_refused(endpoint, name):
    """Reading a log that is not there says so."""
    with pytest.raises(CloudError, match="ResourceNotFoundException"):
        list(functions.logs(endpoint, REGION, f"/aws/lambda/{name}", 5, False))


def test_without_the_right_to_make_groups_nothing_is_logged(deployed, endpoint, aws):
    """The role may write its group but not make it: where the group is not declared, the function logs nothing."""
    functions.invoke(endpoint, REGION, deployed.name, "live", b'{"key1": "x"}')
    assert aws.client("logs").describe_log_groups(logGroupNamePrefix=deployed.group)["logGroups"] == []


def test_without_logging_rights_nothing_is_logged(kind, name, tmp_path, endpoint):
    """A group alone is not enough: the role must be allowed to write it."""
    deployed = Deployed(kind, name, tmp_path, may_log=False)
    deployed.make_log_group()
    assert functions.invoke(endpoint, REGION, name, "live", b'{"key1": "x"}').error == ""
    assert list(functions.logs(endpoint, REGION, deployed.group, 5, False)) == []


def test_a_public_address_needs_both_permissions(deployed):
    """Without either of the two permissions an anonymous caller gets AWS's 403; with both, the function's answer."""
    deployed.make_url()
    assert deployed.get("/hi")[0] == 403
    deployed.permit("lambda:InvokeFunctionUrl", functionUrlAuthType="NONE")
    assert deployed.get("/hi")[0] == 403
    deployed.permit("lambda:InvokeFunction", invokedViaFunctionUrl=True)
    assert deployed.get("/hi") == (200, "/hi one")


def test_an_address_with_iam_refuses_the_anonymous(deployed):
    """AWS_IAM: an unsigned request is forbidden whatever the permissions say."""
    deployed.make_url("AWS_IAM")
    deployed.permit("lambda:InvokeFunctionUrl", functionUrlAuthType="AWS_IAM")
    deployed.permit("lambda:InvokeFunction", invokedViaFunctionUrl=True)
    assert deployed.get("/")[0] == 403


def test_new_code_is_served_at_the_same_address(deployed):
    """Changed code publishes the next version; the alias moves; the address answers with the new text."""
    deployed.make_url()
    deployed.permit("lambda:InvokeFunctionUrl", functionUrlAuthType="NONE")
    deployed.permit("lambda:InvokeFunction", invokedViaFunctionUrl=True)
    assert deployed.get("/") == (200, "/ one")
    deployed.deploy("two")
    assert deployed.function["version"] == "2"
    assert deployed.get("/") == (200, "/ two")


def test_a_namesake_does_not_inherit_the_address(kind, deployed):
    """A function's address goes with it."""
    deployed.make_url()
    kind("aws:lambda/function:Function").delete(deployed.name, deployed.inputs)
    kind("aws:lambda/function:Function").create(deployed.inputs)
    assert kind("aws:lambda/functionUrl:FunctionUrl").read(deployed.name) is None
    assert deployed.get("/")[0] == 404


def test_a_repository_with_images_stays_unless_forced(kind, aws, name):
    """ECR refuses to delete a repository that is not empty, but for ``forceDelete``."""
    repository = kind("aws:ecr/repository:Repository")
    repository.create({"name": name})
    aws.client("ecr").put_image(repositoryName=name, imageManifest="{}", imageTag="1")
    with pytest.raises(CloudError, match="not empty, consider using forceDelete"):
        repository.delete(name, {})
    repository.delete(name, {"forceDelete": True})
    assert repository.read(name) is None


def test_a_bucket_with_objects_stays_unless_forced(kind, aws, name):
    """S3 refuses to delete a bucket that is not empty, but for ``forceDestroy``; its earlier versions count."""
    bucket = kind("aws:s3/bucket:Bucket")
    bucket.create({"bucket": name})
    versioning = {"bucket": name, "versioningConfiguration": {"status": "Enabled"}}
    kind("aws:s3/bucketVersioning:BucketVersioning").create(versioning)
    for text in ("one", "two"):
        kind("aws:s3/bucketObjectv2:BucketObjectv2").create({"bucket": name, "key": "k", "content": text})
    versions = aws.client("s3").list_object_versions(Bucket=name)["Versions"]
    assert [version["Key"] for version in versions] == ["k", "k"]
    with pytest.raises(CloudError, match="BucketNotEmpty"):
        bucket.delete(name, {})
    bucket.delete(name, {"forceDestroy": True})
    assert bucket.read(name) is None


def test_a_role_with_policies_of_others_stays(kind, deployed):
    """IAM refuses to delete a role that still has policies."""
    with pytest.raises(CloudError, match="DeleteConflict"):
        kind("aws:iam/role:Role").delete(deployed.name, {})


def test_code_from_a_bucket(kind, deployed, name):
    """A zip that lies in a bucket is fetched from it."""
    kind("aws:s3/bucket:Bucket").create({"bucket": name})
    there = {"bucket": name, "key": "code.zip", "source": deployed.inputs["code"]}
    kind("aws:s3/bucketObjectv2:BucketObjectv2").create(there)
    given = {key: value for key, value in deployed.inputs.items() if key != "code"}
    _, made = kind("aws:lambda/function:Function").create(
        {**given, "name": f"{name}-2", "s3Bucket": name, "s3Key": "code.zip"}
    )
    assert made["codeSha256"] == deployed.function["codeSha256"]
