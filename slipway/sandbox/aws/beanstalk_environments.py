"""Elastic Beanstalk's environments: a version that runs, and how it does.

check -> Launching | Updating -> the bundle, as its instance profile may read it -> an instance -> Ready, Green or Red
"""

import hashlib
from typing import Any
from urllib.parse import urlsplit

from slipway.sandbox.aws import beanstalk_instances as instances
from slipway.sandbox.aws import beanstalk_settings as settings
from slipway.sandbox.aws import tags
from slipway.sandbox.aws.clients import Aws
from slipway.sandbox.aws.errors import refusals, unless_gone
from slipway.sandbox.aws.roles import refuse_unless_assumable
from slipway.sandbox.handler import Calls, CloudError, Handler, Props, creation
from slipway.sandbox.running.web import FailedStartError
from slipway.sandbox.stores.beanstalk import Store, Transaction, now
from slipway.sandbox.stores.domains import Domains

SERVICE = "elasticbeanstalk.amazonaws.com"
OWN = frozenset({"id", "in", "status", "health", "causes", "instances", "runs", "made", "owner"})
"""What the store keeps of an environment beside its inputs. ``runs`` is the versions of its instances."""
REDEPLOYS = frozenset({"version", "settings", "solutionStackName"})
"""Changes of these start a new instance."""
PORT = "front"
"""The gateway's, at which environments answer."""
UPDATES_POLICY = "AWSElasticBeanstalkManagedUpdatesCustomerRolePolicy"


def create(aws: Aws, new: Props) -> tuple[str, Props]:
    """Launch the environment. One whose app does not start is there all the same, Red."""
    name = new["name"]
    doing = f"creating Elastic Beanstalk Environment ({name})"
    aws.in_region(new)
    _configuration(aws, new, doing, "CreateEnvironment")
    full = f"{aws.region}/{name}"
    with Store(aws.folder).transaction() as store:
        _references(aws, store, new, doing, "CreateEnvironment")
        there = store.get("environment", full)
        resumed = creation.get().resumes and there is not None and there.get("owner") == creation.get().urn
        if there is not None and not resumed:
            raise refused(doing, "CreateEnvironment", f"Environment {name} already exists.")
        conflict = [e for e in store.all("environment", f"{aws.region}/") if e.name != full and _prefix(e.body, new)]
        if conflict:
            raise refused(doing, "CreateEnvironment", f"DNS name ({new['cnamePrefix']}) is not available.")
        body = {**there, **new} if there else _launched(aws, new)
        store.put("environment", full, {**body, "status": "Launching", "health": "Grey", "causes": []})
        store.say(body["id"], "INFO", "createEnvironment is starting.")
    _deploy(aws, full, {**body, **new}, "create")
    return body["id"], read(aws, body["id"]) or {}


def read(aws: Aws, id: str) -> Props | None:
    """The environment, by its id."""
    existing = _found(aws, id)
    return None if existing is None else _outputs(aws, existing[1])


def update(aws: Aws, id: str, old: Props, new: Props) -> Props:
    """Change it. A new version answers before the old one ends; one that does not start leaves the old one there."""
    existing = _found(aws, id)
    doing = f"updating Elastic Beanstalk Environment ({id})"
    if existing is None:
        message = f"No Environment found for EnvironmentId = '{id}'."
        raise refused(doing, "UpdateEnvironment", message)
    full, body = existing
    _configuration(aws, new, doing, "UpdateEnvironment")
    changed = {key for key in old.keys() | new.keys() if old.get(key) != new.get(key)}
    stored = {key: value for key, value in body.items() if key in OWN}
    with Store(aws.folder).transaction() as store:
        _references(aws, store, new, doing, "UpdateEnvironment")
        if body["health"] == "Green" and not changed & REDEPLOYS:
            store.put("environment", full, {**new, **stored})
            _lead(aws, {**new, **stored})
            return _outputs(aws, {**new, **stored})
        store.put("environment", full, {**new, **stored, "status": "Updating", "health": "Grey"})
        store.say(id, "INFO", "Environment update is starting.")
    _deploy(aws, full, {**new, **stored}, "update")
    return read(aws, id) or {}


def delete(aws: Aws, id: str, _old: Props) -> None:
    """Terminate it with its instances."""
    existing = _found(aws, id)
    if existing is None:
        return
    full, body = existing
    _set(aws, full, {**body, "status": "Terminating", "health": "Grey"})
    Domains(aws.folder).drop_host(instances.address(body))
    for instance in body["instances"]:
        instances.end(aws.folder, id, instance)
    with Store(aws.folder).transaction() as store:
        store.drop("environment", full)
        store.forget(id)
    instances.log_path(aws.folder, body["name"]).unlink(missing_ok=True)


def refused(doing: str, operation: str, message: str, code: str = "InvalidParameterValue") -> CloudError:
    """Beanstalk's refusal."""
    return CloudError(f"{doing}: operation error {operation}, {code}: {message}")


def _deploy(aws: Aws, full: str, body: Props, verb: str) -> None:
    """Start a new instance; then end those before it. Raises :class:`CloudError` with the environment as it is then."""
    state_folder, id, began = aws.folder, body["id"], now()
    try:
        bundle = _bundle(aws, body)
        instance = instances.deploy(state_folder, body["name"], body, bundle, _secrets(aws, body))
    except (FailedStartError, PermissionError) as error:
        events = [f"[Instance: {id}] Command failed on instance. {error}", "Failed to deploy application."]
        failed = {**body, "status": "Ready", "health": "Red", "causes": [events[0].splitlines()[0], events[-1]]}
        _set(aws, full, failed, *events)
        raise CloudError(
            f"waiting for Elastic Beanstalk Environment ({id}) {verb}: {_errors(aws, id, began)}",
            id=id,
            properties=_outputs(aws, failed),
        ) from error
    ready = {**body, "instances": [instance], "runs": [body["version"]] if body.get("version") else []}
    with Store(state_folder).transaction() as store:
        store.put("environment", full, {**ready, "status": "Ready", "health": "Green", "causes": []})
        store.say(id, "INFO", f"Successfully {'launched' if verb == 'create' else 'updated'} the environment.")
    _lead(aws, ready)
    # Only now: what asks in between is answered by the new one.
    for before in body["instances"]:
        instances.end(state_folder, id, before, drain=True)


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


def _configuration(aws: Aws, new: Props, doing: str, operation: str) -> None:
    """Refuse a stack, a profile or a service role that Beanstalk would refuse."""
    stack, options = new.get("solutionStackName", ""), settings.options(new)
    if not settings.STACK.fullmatch(stack):
        raise refused(doing, operation, f"No Solution Stack named '{stack}' found.")
    profile = options.get((settings.LAUNCH, "IamInstanceProfile"), "")
    if not profile:
        raise CloudError(f"{doing}: Environment must have instance profile associated with it.")
    if not _role_of(aws, profile):
        raise CloudError(f"{doing}: The instance profile {profile} associated with the environment does not exist.")
    service = options.get((settings.ENVIRONMENT, "ServiceRole"), "")
    if service:
        text = f"The service role {service} does not exist, or Beanstalk may not assume it."
        refuse_unless_assumable(aws, service, SERVICE, str(refused(doing, operation, text)))
    if options.get((settings.MANAGED, "ManagedActionsEnabled")) == "true" and not _may_update(aws, service):
        message = (
            "Configuration validation exception: Invalid option specification (Namespace: "
            f"'{settings.MANAGED}', OptionName: 'ManagedActionsEnabled'): You can't enable managed platform updates "
            f"without a service role that has the '{UPDATES_POLICY}' managed policy."
        )
        raise refused(doing, operation, message, "ConfigurationValidationException")


def _references(aws: Aws, store: Transaction, new: Props, doing: str, operation: str) -> None:
    application, version = new["application"], new.get("version")
    if store.get("application", f"{aws.region}/{application}") is None:
        raise refused(doing, operation, f"No Application named '{application}' found.")
    if version and store.get("version", f"{aws.region}/{application}/{version}") is None:
        raise refused(doing, operation, f"No Application Version named '{version}' found.")


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
    return {**new, **stored, "owner": creation.get().urn}


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


def _errors(aws: Aws, id: str, since: str) -> str:
    """What went wrong since a moment, as the provider lists it."""
    errors = [event for event in Store(aws.folder).events(id, since) if event.severity == "ERROR"]
    lines = "".join(f"\n\t* {event.at} ({id}) : {event.message}" for event in errors)
    return f"{len(errors)} errors occurred:{lines}"


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
        "allSettings": own.get("settings") or [],
        "instances": list(body["instances"]),
        "autoscalingGroups": [f"awseb-{body['id']}-stack-AWSEBAutoScalingGroup"],
        "launchConfigurations": [],
        "loadBalancers": [] if single else [f"awseb-{body['id']}-AWSEBLoadBalancer"],
        "queues": [],
        "triggers": [],
    }


COMPUTED = frozenset(
    {
        *("allSettings", "arn", "autoscalingGroups", "cname", "endpointUrl", "instances", "launchConfigurations"),
        *("loadBalancers", "queues", "tagsAll", "triggers"),
    }
)
HANDLERS = {
    "aws:elasticbeanstalk/environment:Environment": Handler(
        check=settings.check,
        defaults=lambda new: {"tier": "WebServer", "waitForReadyTimeout": "20m", **new},
        calls=Calls(create=create, read=read, update=update, delete=delete),
        auto_name="name",
        replace_on=frozenset({"cnamePrefix", "name", "region", "tier"}),
        computed=COMPUTED,
        volatile=frozenset({"allSettings", "instances", "tagsAll"}),
        echoes={"allSettings": "settings"},
    )
}
