"""Whether the settings agree with each other: two statements of one thing are the same, and what is needed is there."""

from stacks import checks
from stacks.grant_checks import wrong_grant
from stacks.images import pinned
from stacks.kinds import ALWAYS
from stacks.model import Settings
from stacks.platforms import (
    AppEngineApp,
    BeanstalkApp,
    CloudRunApp,
    ContainerApp,
    ImageApp,
    LambdaApp,
    PythonAnywhereApp,
)
from stacks.platforms.base import DATABASE_VARIABLE, POSTGRES
from stacks.platforms.dataflow import DataflowApp
from stacks.platforms.domains import at_top
from stacks.platforms.networks import private_server, region_of
from stacks.pythonanywhere_plan import misfit
from stacks.setting_metadata import misplaced

REMEDY = {
    "gcp": "say project and region",
    "aws": "set aws:region",
    "pythonanywhere": "set pythonanywhere:user",
}
"""What to do where the settings of a cloud are missing."""
UNRESERVED_CONCURRENCY = 100
"""Executions AWS keeps for functions without a reservation."""
BY_CNAME = (BeanstalkApp, LambdaApp, PythonAnywhereApp)
"""Platforms that give a domain another name to lead to, and no addresses."""
LED_BY_A_SUBNETWORK = 100
"""Instances of an App Engine version: https://docs.cloud.google.com/appengine/docs/standard/vpc-direct-vpc."""
MAPS_DOMAINS = (
    *("asia-east1", "asia-northeast1", "asia-southeast1", "europe-north1", "europe-west1", "europe-west4"),
    *("us-central1", "us-east1", "us-east4", "us-west1"),
)
"""Regions: https://cloud.google.com/run/docs/mapping-custom-domains#limitations."""


def _stack_and_environment(settings: Settings) -> str:
    if settings.stack == settings.environment:
        return ""
    if settings.stack.startswith("demo-"):
        return _copy(settings)
    return (
        f"environment: must be the stack's own name (or the stack be called demo-NAME), got the environment "
        f"{settings.environment!r} in the stack {settings.stack!r}: change one of them"
    )


def _copy(settings: Settings) -> str:
    """A throw-away copy ends some day, and shares nothing with what is kept."""
    if settings.kind != "ephemeral":
        return f"kind: a stack called demo-NAME is ephemeral, got {settings.kind!r}: set ephemeral"
    if settings.environment == "prod":
        return "environment: a throw-away copy is of sandbox, dev or staging, got 'prod': set one of these"
    if not settings.expires:
        return (
            "expires: a throw-away copy needs the day it expires (YYYY-MM-DD), got none: it would never be taken down"
        )
    return ""


def _kind(settings: Settings) -> str:
    always = ALWAYS.get(settings.environment, settings.kind)
    if settings.kind != always:
        return f"kind: {settings.environment} is {always}, got {settings.kind!r}: set {always}"
    if settings.expires_after and not settings.expires:
        return "expires: is needed beside expires_after, got none: say the first day (YYYY-MM-DD)"
    if settings.kind == "ephemeral" and settings.environment != "sandbox" and not settings.expires:
        return (
            "expires: an ephemeral stack needs the day it expires (YYYY-MM-DD), got none: it would never be taken down"
        )
    if settings.kind == "kept" and settings.expires:
        return f"expires: a kept stack does not expire, got {settings.expires!r}: take it out, or make it ephemeral"
    return ""


def _here(settings: Settings) -> str:
    return misplaced(settings, settings.environment)


def _clouds(settings: Settings) -> str:
    for name, app in settings.apps.items():
        if app.cloud and getattr(settings, app.cloud) is None:
            return f"{app.cloud}: is needed for the app {name!r} on {app.title}, got none: {REMEDY[app.cloud]}"
        if app.python is None and settings.environment != "sandbox":
            return f'apps.{name}.python: is needed outside of the sandbox, got none: say it, as "3.13"'
    if settings.registries.gcp and settings.gcp is None:
        return "gcp: is needed for the registry on Google Cloud, got none: say project and region"
    if settings.registries.aws and settings.aws is None:
        return "aws: is needed for the registry on AWS, got none: set aws:region"
    gcp, aws = (settings.gcp and settings.gcp.source_bucket), (settings.aws and settings.aws.source_bucket)
    if gcp and gcp == aws:
        return f"aws.source_bucket: a bucket's name may be used once in a stack, got {aws!r} twice: rename one"
    return ""


def _budget(settings: Settings) -> str:
    if settings.environment == "sandbox":
        return ""
    if settings.budget is None:
        return "budget: is needed outside of the sandbox, got none: say amount and email"
    project = settings.gcp.project if settings.gcp else None
    if project is None and settings.budget.currency != "USD":
        return (
            f"budget.currency: must be USD in a stack without Google Cloud: AWS takes no other, got "
            f"{settings.budget.currency!r}: take it out"
        )
    if project and project.id:
        if settings.budget.billing_account is None:
            return "budget.billing_account: is needed for an existing project, got none: say who pays for it"
        if project.number is None:
            return "gcp.project.number: is needed for an existing project's budget, got none: say it (digits)"
    elif settings.budget.billing_account:
        return "budget.billing_account: is for an existing project, got one beside gcp.project.prefix: take it out"
    return ""


def _services(settings: Settings) -> str:
    owners: dict[str, str] = {}
    for name, app in settings.apps.items():
        if isinstance(app, AppEngineApp):
            if app.service in owners:
                return f"apps.{name}.service: must be its own, got {app.service!r}, which {owners[app.service]!r} has"
            owners[app.service] = name
    if owners and "default" not in owners:
        first = next(iter(owners.values()))
        return f"apps.{first}.service: App Engine needs a service 'default' first, got {', '.join(sorted(owners))}"
    if unknown := sorted(settings.secrets.keys() - settings.apps.keys()):
        return f"secrets.{unknown[0]}: must be an app's name{checks.nearest(unknown[0], settings.apps)}"
    return _sealed(settings)


def _sealed(settings: Settings) -> str:
    """A variable is plain or sealed, and the platform has somewhere to hand it over."""
    for name, sealed in settings.secrets.items():
        app = settings.apps[name]
        if twice := sorted(sealed.keys() & app.env.keys()):
            return f"apps.{name}.env.{twice[0]}: is sealed as well, got it twice: take it out of env"
        remove = f"`slipway secret rm {name} {{}} --stack {settings.stack}`"
        makes = {app.bucket_variable: "bucket", DATABASE_VARIABLE: "database" if app.database == POSTGRES else ""}
        if double := next((variable for variable in sorted(sealed) if makes.get(variable)), ""):
            return (
                f"secrets.{name}: {double} tells the app what its {makes[double]} makes, got another: "
                f"{remove.format(double)}, or take {makes[double]} out"
            )
        platform = str(app.platform)  # pyright: ignore[reportAttributeAccessIssue]
        if own := next((variable for variable in sorted(sealed) if checks.sealed_in_vain(variable, platform)), ""):
            return f"secrets.{name}: {own} is set by {app.title} itself, got another: {remove.format(own)}"
        if sealed and isinstance(app, DataflowApp):
            remedy = remove.format(min(sealed))
            return f"secrets.{name}: a pipeline has no environment, got {', '.join(sorted(sealed))}: {remedy}"
    return ""


def _images(settings: Settings) -> str:
    """Images have somewhere to go, and in a kept stack a base that stays what it is."""
    clouds = [cloud for cloud in ("gcp", "aws") if getattr(settings.registries, cloud) is not None]
    for name, app in settings.apps.items():
        if not isinstance(app, ImageApp) or settings.environment == "sandbox":
            continue
        if isinstance(app, CloudRunApp) and "gcp" not in clouds:
            return (
                f"registries.gcp: is needed for the app {name!r} on Cloud Run, which runs no other's, got none: say it"
            )
        if isinstance(app, ContainerApp):
            if app.registry and app.registry not in clouds:
                return f"apps.{name}.registry: must be one of registries, got {app.registry!r}, which is not there"
            if app.registry is None and len(clouds) != 1:
                values = " and ".join(clouds) or "none"
                return f"apps.{name}.registry: must be said where registries has not exactly one, got {values}"
        if settings.kind == "kept" and not (app.base and pinned(app.base)):
            values = repr(app.base) if app.base else "none"
            return (
                f"apps.{name}.base: must name its digest (NAME:VERSION@sha256:…) in a stack that is kept, got {values}"
            )
    watching = settings.monitoring
    if watching and settings.kind == "kept" and not pinned(watching.image):
        return (
            "monitoring.image: must name its digest (NAME:VERSION@sha256:…) in a stack that is kept, got "
            f"{watching.image!r}"
        )
    return ""


def _ports(settings: Settings) -> str:
    """A port of the machine leads to one thing."""
    owners: dict[int, str] = {}
    if settings.monitoring:
        if "prometheus" in settings.apps:
            return "apps.prometheus: is what monitoring is called, got an app of that name: rename it"
        owners[settings.monitoring.publish] = "monitoring"
    for name, app in settings.apps.items():
        if isinstance(app, ContainerApp):
            if app.host_port in owners:
                of = owners[app.host_port]
                return (
                    f"apps.{name}.publish: must be its own, got the port {app.host_port}, which {of!r} has: say another"
                )
            owners[app.host_port] = name
    return ""


def _domains(settings: Settings) -> str:
    """A domain leads to one app, and to one that can have it."""
    owners: dict[str, str] = {}
    account = settings.pythonanywhere.domain if settings.pythonanywhere else ""
    for name, app in settings.apps.items():
        domain = app.domain or (account if isinstance(app, PythonAnywhereApp) else "")
        if not domain:
            continue
        if domain in owners:
            return f"apps.{name}.domain: must be its own, got {domain!r}, which {owners[domain]!r} has"
        owners[domain] = name
        if isinstance(app, BY_CNAME) and at_top(domain):
            return (
                f"apps.{name}.domain: must have a name before it, as www.{domain}, got {domain!r}: {app.title} is led "
                "to by a CNAME record, which may not stand at the top of a domain"
            )
        if isinstance(app, CloudRunApp) and settings.gcp and settings.gcp.region not in MAPS_DOMAINS:
            return (
                f"apps.{name}.domain: Cloud Run maps domains in {', '.join(MAPS_DOMAINS)}, got the region "
                f"{settings.gcp.region!r}: take domain out, or take another region"
            )
    return ""


def _networks(settings: Settings) -> str:
    """What is in a network alone is reached by a subnetwork of the app's own region."""
    for name, app in settings.apps.items():
        if not isinstance(app, AppEngineApp | CloudRunApp) or settings.gcp is None:
            continue
        variable, address = private_server(app.env)
        if variable and not app.subnetwork:
            return (
                f"apps.{name}.env.{variable}: {address} is a private address, which {app.title} reaches by a "
                f"subnetwork alone: set apps.{name}.subnetwork, or take a public address"
            )
        if app.subnetwork and region_of(app.subnetwork) != settings.gcp.region:
            return (
                f"apps.{name}.subnetwork: must be in the app's region {settings.gcp.region!r}, got "
                f"{app.subnetwork!r}: name one that is there"
            )
        if app.subnetwork and isinstance(app, AppEngineApp) and app.scaling.max_instances > LED_BY_A_SUBNETWORK:
            return (
                f"apps.{name}.scaling.max_instances: must be {LED_BY_A_SUBNETWORK} or less with a subnetwork, got "
                f"{app.scaling.max_instances}"
            )
    return ""


def _web_apps(settings: Settings) -> str:
    """Nothing of an account on PythonAnywhere is outside of its home folder."""
    account = settings.pythonanywhere
    for name, app in settings.apps.items():
        if account is None or not isinstance(app, PythonAnywhereApp):
            continue
        if app.virtualenv and not app.virtualenv.startswith(f"{account.home}/"):
            return f"apps.{name}.virtualenv: must be in the account's {account.home}, got {app.virtualenv!r}"
    return ""


def _plan(settings: Settings) -> str:
    """PythonAnywhere's accounts have limits of their kinds."""
    apps = {name: app for name, app in settings.apps.items() if isinstance(app, PythonAnywhereApp)}
    return misfit(settings.pythonanywhere, apps) if settings.pythonanywhere else ""


def _pipelines(settings: Settings) -> str:
    for name, app in settings.apps.items():
        if not isinstance(app, DataflowApp):
            continue
        if app.max_workers > settings.policy.max_instances:
            return (
                f"apps.{name}.max_workers: must be {settings.policy.max_instances} or less in a stack that is "
                f"{settings.kind}, got {app.max_workers}"
            )
    return ""


def _ceilings(settings: Settings) -> str:
    reserved = 0
    for name, app in settings.apps.items():
        if isinstance(app, BeanstalkApp | CloudRunApp) and app.max_instances > settings.policy.max_instances:
            return (
                f"apps.{name}.max_instances: must be {settings.policy.max_instances} or less in a stack that is "
                f"{settings.kind}, got {app.max_instances}"
            )
        if isinstance(app, AppEngineApp) and app.scaling.max_instances > settings.policy.max_instances:
            return (
                f"apps.{name}.scaling.max_instances: must be {settings.policy.max_instances} or less in a stack "
                f"that is {settings.kind}, got {app.scaling.max_instances}"
            )
        if isinstance(app, LambdaApp) and settings.aws is not None and app.memory > settings.aws.account_memory:
            return (
                f"apps.{name}.memory: must be {settings.aws.account_memory} MB or less in this account "
                f"(aws.account_memory), got {app.memory}: ask AWS for more (Service Quotas) and raise both"
            )
        if isinstance(app, LambdaApp) and app.reserved_concurrency and settings.aws is not None:
            reserved += app.reserved_concurrency
            if reserved > (most := settings.aws.account_concurrency - UNRESERVED_CONCURRENCY):
                return (
                    f"apps.{name}.reserved_concurrency: all reservations together may be {max(most, 0)} at most "
                    f"(aws.account_concurrency less {UNRESERVED_CONCURRENCY}), got {reserved}: leave it out"
                )
    return ""


CHECKS = (
    _stack_and_environment,
    _kind,
    _here,
    _clouds,
    _budget,
    _services,
    _images,
    _ports,
    _domains,
    _networks,
    _web_apps,
    _plan,
    _pipelines,
    _ceilings,
    wrong_grant,
)
"""The checks of the settings as a whole; each answers what is wrong, "" if nothing is."""


def first_problem(settings: Settings) -> str:
    """What is wrong with several settings together, key first; "" if nothing is."""
    return next((problem for check in CHECKS if (problem := check(settings))), "")
