"""What environments run: their versions are deployed on instances, and the store has how they do.

Launching | Updating -> the bundle, as its instance profile may read it -> an instance -> Ready, Green or Red
"""

import hashlib
import logging
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from slipway.sandbox.aws import beanstalk_instances as instances
from slipway.sandbox.aws import beanstalk_settings as settings
from slipway.sandbox.aws import tags
from slipway.sandbox.aws.clients import Aws
from slipway.sandbox.aws.errors import refusals, unless_gone
from slipway.sandbox.aws.roles import refuse_unless_assumable
from slipway.sandbox.beanstalk.request import PRINCIPAL
from slipway.sandbox.handler import CloudError, Props
from slipway.sandbox.running.web import FailedStartError
from slipway.sandbox.stores.beanstalk import Store, Transaction, now, opened
from slipway.sandbox.stores.domains import Domains

log = logging.getLogger(__name__)
OWN = frozenset({"id", "in", "status", "health", "causes", "instances", "runs", "made", "owner"})
"""What the store has of an environment beside its inputs. ``runs`` is the versions of its instances.

Stores of earlier versions have an ``owner`` too."""
REDEPLOYS = frozenset({"version", "settings", "solutionStackName"})
"""Changes of these start a new instance."""
PORT = "front"
"""The gateway's, at which environments answer."""
UPDATES_POLICY = "AWSElasticBeanstalkManagedUpdatesCustomerRolePolicy"


CUT_OFF = "The deployment was cut off: the sandbox ended while it went on."


def create(aws: Aws, new: Props) -> None:
    """Launch the environment. One whose app does not start is there all the same, Red."""
    name = new["name"]
    _configuration(aws, new, "CreateEnvironment")
    full = f"{aws.region}/{name}"
    with Store(aws.folder).transaction() as store:
        _references(aws, store, new, "CreateEnvironment")
        if store.get("environment", full) is not None:
            raise refused("CreateEnvironment", f"Environment {name} already exists.")
        if any(_prefix(environment.body, new) for environment in store.all("environment", f"{aws.region}/")):
            raise refused("CreateEnvironment", f"DNS name ({new['cnamePrefix']}) is not available.")
        body = {**_launched(aws, new), "status": "Launching", "health": "Grey", "causes": []}
        store.put("environment", full, body)
        store.say(body["id"], "INFO", "createEnvironment is starting.")
    _deploy(aws, full, body, "launched")


def read(aws: Aws, id: str) -> Props | None:
    """The environment, by its id."""
    existing = _found(aws, id)
    return None if existing is None else _outputs(aws, existing[1])


def update(aws: Aws, id: str, old: Props, new: Props) -> None:
    """Change it. A new version answers before the old one ends; one that does not start leaves the old one there."""
    existing = _found(aws, id)
    if existing is None:
        raise refused("UpdateEnvironment", f"No Environment found for EnvironmentId = '{id}'.")
    full, body = existing
    _configuration(aws, new, "UpdateEnvironment")
    changed = {key for key in old.keys() | new.keys() if old.get(key) != new.get(key)}
    stored = {key: value for key, value in body.items() if key in OWN}
    with Store(aws.folder).transaction() as store:
        _references(aws, store, new, "UpdateEnvironment")
        if body["health"] == "Green" and not changed & REDEPLOYS:
            store.put("environment", full, {**new, **stored})
            _lead(aws, {**new, **stored})
            return
        updating = {**new, **stored, "status": "Updating", "health": "Grey"}
        store.put("environment", full, updating)
        store.say(id, "INFO", "Environment update is starting.")
    _deploy(aws, full, updating, "updated")


def delete(aws: Aws, id: str) -> None:
    """Terminate it with its instances."""
    existing = _found(aws, id)
    if existing is None:
        return
    full, body = existing
    _set(aws, full, {**body, "status": "Terminating", "health": "Grey"})
    Domains(aws.folder).drop_host(instances.address(body))
    for instance in body["instances"]:
        instances.end(aws.folder, id, instance)
    instances.log_path(aws.folder, body["name"]).unlink(missing_ok=True)
    # Last: whoever waits for its end finds nothing of it.
    with Store(aws.folder).transaction() as store:
        store.drop("environment", full)
        store.forget(id)


def settle(state_folder: Path) -> None:
    """Mark what was being deployed when the process of the sandbox's Beanstalk ended: nothing goes on with it."""
    store = opened(state_folder)
    for thing in store.all("environment") if store else ():
        if thing.body["status"] != "Ready":
            failed = {**thing.body, "status": "Ready", "health": "Red", "causes": [CUT_OFF]}
            with Store(state_folder).transaction() as now_open:
                now_open.put("environment", thing.name, failed)
                now_open.say(thing.body["id"], "ERROR", CUT_OFF)


def refused(operation: str, message: str, code: str = "InvalidParameterValue") -> CloudError:
    """Beanstalk's refusal."""
    return CloudError(f"operation error {operation}, {code}: {message}")


def _deploy(aws: Aws, full: str, body: Props, done: str) -> None:
    """Start a new instance; then end those before it. Where it does not start, the environment is Red, with events."""
    state_folder, id = aws.folder, body["id"]
    try:
        _lead(aws, body)
        bundle = _bundle(aws, body)
        instance = instances.deploy(state_folder, body["name"], body, bundle, _secrets(aws, body))
    except Exception as error:
        if not isinstance(error, FailedStartError | PermissionError):
            log.exception("the deployment of %s failed", full)
        events = [f"[Instance: {id}] Command failed on instance. {error}", "Failed to deploy application."]
        failed = {**body, "status": "Ready", "health": "Red", "causes": [events[0].splitlines()[0], events[-1]]}
        _set(aws, full, failed, *events)
        return
    serving = {**body, "instances": [instance], "runs": [body["version"]] if body.get("version") else []}
    _set(aws, full, serving)
    # Only now: what asks in between is answered by the new one.
    for before in body["instances"]:
        instances.end(state_folder, id, before, drain=True)
    with Store(state_folder).transaction() as store:
        store.put("environment", full, {**serving, "status": "Ready", "health": "Green", "causes": []})
        store.say(id, "INFO", f"Successfully {done} the environment.")


def _lead(aws: Aws, body: Props) -> None:
    """Have the domain of its load balancer's certificate lead to it, as an alias at a name server would."""
    host, arn = instances.address(body), settings.options(body).get((settings.SECURE, "SSLCertificateArns"), "")
    domains = Domains(aws.folder)
    domains.drop_host(host)
    there = unless_gone(aws.client("acm").describe_certificate, CertificateArn=arn) if arn else None
    if there:
        domains.lead(there["Certificate"]["DomainName"], PORT, host)


def _bundle(aws: Aws, body: Props) -> bytes:
    """The version's bundle, read as the instance's role. Raises :class:`PermissionError` where that may not."""
    version = Store(aws.folder).get("version", f"{aws.region}/{body['application']}/{body.get('version', '')}")
    if version is None:
        raise FailedStartError("the environment has no version: give it one (AWS runs a sample application here)")
    bucket, key = version["bucket"], version["key"]
    role = _role_of(aws, settings.options(body)[(settings.LAUNCH, "IamInstanceProfile")])
    with refusals("reading the bundle"):
        answer = aws.client("iam").simulate_principal_policy(
            PolicySourceArn=role, ActionNames=["s3:GetObject"], ResourceArns=[f"arn:aws:s3:::{bucket}/{key}"]
        )
        if answer["EvaluationResults"][0]["EvalDecision"] != "allowed":
            raise PermissionError(
                f"Failed to download the source bundle s3://{bucket}/{key}: AccessDenied: {role} is not authorized to "
                f"perform: s3:GetObject on resource: arn:aws:s3:::{bucket}/{key}"
            )
        there = unless_gone(aws.client("s3").get_object, Bucket=bucket, Key=key)
    if there is None:
        raise FailedStartError(f"Failed to download the source bundle s3://{bucket}/{key}: NoSuchKey")
    return there["Body"].read()


def _secrets(aws: Aws, body: Props) -> dict[str, str]:
    """The variables that the instance reads from secrets as its role. Raises :class:`PermissionError`."""
    options = settings.options(body)
    arns = settings.secrets(options)
    if not arns:
        return {}
    role = _role_of(aws, options[(settings.LAUNCH, "IamInstanceProfile")])
    values: dict[str, str] = {}
    with refusals("reading the secrets of the environment"):
        for name, arn in arns.items():
            answer = aws.client("iam").simulate_principal_policy(
                PolicySourceArn=role, ActionNames=["secretsmanager:GetSecretValue"], ResourceArns=[arn]
            )
            if answer["EvaluationResults"][0]["EvalDecision"] != "allowed":
                raise PermissionError(
                    f"Failed to fetch the secret of the environment variable {name}: AccessDeniedException: {role} is "
                    f"not authorized to perform: secretsmanager:GetSecretValue on resource: {arn}"
                )
            there = unless_gone(aws.client("secretsmanager").get_secret_value, SecretId=arn)
            if there is None:
                raise PermissionError(
                    f"Failed to fetch the secret of the environment variable {name}: ResourceNotFoundException: "
                    f"Secrets Manager can't find the specified secret {arn}"
                )
            values[name] = there["SecretString"]
    return values


def _configuration(aws: Aws, new: Props, operation: str) -> None:
    """Refuse a stack, a profile or a service role that Beanstalk would refuse."""
    stack, options = new.get("solutionStackName", ""), settings.options(new)
    if not settings.STACK.fullmatch(stack):
        raise refused(operation, f"No Solution Stack named '{stack}' found.")
    profile = options.get((settings.LAUNCH, "IamInstanceProfile"), "")
    if not profile:
        raise refused(operation, "Environment must have instance profile associated with it.")
    if not _role_of(aws, profile):
        raise refused(operation, f"The instance profile {profile} associated with the environment does not exist.")
    service = options.get((settings.ENVIRONMENT, "ServiceRole"), "")
    if service:
        text = f"The service role {service} does not exist, or Beanstalk may not assume it."
        refuse_unless_assumable(aws, service, PRINCIPAL, str(refused(operation, text)))
    if options.get((settings.MANAGED, "ManagedActionsEnabled")) == "true" and not _may_update(aws, service):
        message = (
            "Configuration validation exception: Invalid option specification (Namespace: "
            f"'{settings.MANAGED}', OptionName: 'ManagedActionsEnabled'): You can't enable managed platform updates "
            f"without a service role that has the '{UPDATES_POLICY}' managed policy."
        )
        raise refused(operation, message, "ConfigurationValidationException")


def _references(aws: Aws, store: Transaction, new: Props, operation: str) -> None:
    application, version = new["application"], new.get("version")
    if store.get("application", f"{aws.region}/{application}") is None:
        raise refused(operation, f"No Application named '{application}' found.")
    if version and store.get("version", f"{aws.region}/{application}/{version}") is None:
        raise refused(operation, f"No Application Version named '{version}' found.")


def _role_of(aws: Aws, profile: str) -> str:
    """The ARN of the role in an instance profile, given by name or ARN; "" where there is none."""
    there = unless_gone(aws.client("iam").get_instance_profile, InstanceProfileName=profile.rsplit("/", 1)[-1])
    roles = there["InstanceProfile"]["Roles"] if there else []
    return roles[0]["Arn"] if roles else ""


def _may_update(aws: Aws, service: str) -> bool:
    if not service:
        return False
    there = unless_gone(aws.client("iam").list_attached_role_policies, RoleName=service.rsplit("/", 1)[-1])
    return any(one["PolicyName"] == UPDATES_POLICY for one in (there or {"AttachedPolicies": []})["AttachedPolicies"])


def _launched(aws: Aws, new: Props) -> Props:
    created_at = now()
    seed = f"{aws.region}/{new['name']}/{created_at}"
    id = f"e-{hashlib.sha256(seed.encode()).hexdigest()[:10]}"
    stored = {"id": id, "in": aws.region, "instances": [], "runs": [], "made": created_at}
    return {**new, **stored}


def _prefix(there: Props, new: Props) -> bool:
    return bool(new.get("cnamePrefix")) and there.get("cnamePrefix") == new.get("cnamePrefix")


def _found(aws: Aws, id: str) -> tuple[str, Props] | None:
    things = Store(aws.folder).all("environment", f"{aws.region}/")
    return next(((thing.name, thing.body) for thing in things if thing.body["id"] == id), None)


def _set(aws: Aws, full: str, body: Props, *errors: str) -> None:
    with Store(aws.folder).transaction() as store:
        store.put("environment", full, body)
        for message in errors:
            store.say(body["id"], "ERROR", message)


def _outputs(aws: Aws, body: Props) -> Props:
    port = urlsplit(aws.front).port or 0
    inputs = {key: value for key, value in body.items() if key not in OWN}
    own: dict[str, Any] = {**inputs, "region": aws.region, **tags.incoming(tags.outgoing(inputs))}
    arn = f"arn:aws:elasticbeanstalk:{aws.region}:{aws.account}:environment/{body['application']}/{body['name']}"
    single = settings.options(body).get((settings.ENVIRONMENT, "EnvironmentType")) == "SingleInstance"
    return {
        **own,
        # What serves: where a new version did not start, the one before it.
        **({"version": body["runs"][0]} if body["runs"] else {}),
        "arn": arn,
        "cname": f"{instances.address(body)}:{port}",
        "endpointUrl": "127.0.0.1" if single else f"{instances.address(body)}:{port}",
        "instances": list(body["instances"]),
        "autoscalingGroups": [f"awseb-{body['id']}-stack-AWSEBAutoScalingGroup"],
        "launchConfigurations": [],
        "loadBalancers": [] if single else [f"awseb-{body['id']}-AWSEBLoadBalancer"],
        "queues": [],
        "triggers": [],
    }
