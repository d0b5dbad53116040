"""The resource types of Google Cloud."""

from dataclasses import replace

from slipway.catalog import estimates
from slipway.catalog.model import (
    UNKNOWN_COST,
    Block,
    Condition,
    Days,
    GoogleUrl,
    LabelKey,
    Linger,
    ResourceType,
    StoreKinds,
)
from slipway.catalog.price import BySize, Free, Price, PricePage

TIER_1 = "us-central1, europe-west1"

SOUGHT = "2026-11-27"
"""When a public text that bears a day and confirms the prices was last looked for; there was none."""

PROJECT = "gcp:organizations/project:Project"

STORAGE = PricePage(url="https://cloud.google.com/storage/pricing", region=TIER_1, as_of="2025-06-30", sought_on=SOUGHT)
APP_ENGINE = PricePage(
    url="https://cloud.google.com/appengine/pricing", region=TIER_1, as_of="2025-06-30", sought_on=SOUGHT
)
RUN_REGIONS = ", ".join((*estimates.RUN_TIER_2, *estimates.RUN_TIER_1))
CLOUD_RUN = PricePage(
    url="https://cloud.google.com/run/pricing", region=RUN_REGIONS, as_of="2025-06-30", sought_on=SOUGHT
)
SCHEDULER = PricePage(url="https://cloud.google.com/scheduler/pricing", region="", as_of="2025-06-30", sought_on=SOUGHT)
PUBSUB = PricePage(url="https://cloud.google.com/pubsub/pricing", region="", as_of="2025-06-30", sought_on=SOUGHT)
SECRET_MANAGER = PricePage(
    url="https://cloud.google.com/secret-manager/pricing", region="", as_of="2025-06-30", sought_on=SOUGHT
)
ARTIFACT_REGISTRY = PricePage(
    url="https://cloud.google.com/artifact-registry/pricing", region=TIER_1, as_of="2025-06-30", sought_on=SOUGHT
)
DATAFLOW = PricePage(
    url="https://cloud.google.com/dataflow/pricing", region=TIER_1, as_of="2025-06-30", sought_on=SOUGHT
)
CLOUD_SQL = PricePage(
    url="https://cloud.google.com/sql/pricing", region="us-central1", as_of="2025-06-30", sought_on=SOUGHT
)

INTO_A_NETWORK = PricePage(
    url="https://cloud.google.com/run/pricing, https://docs.cloud.google.com/appengine/docs/standard/vpc-direct-vpc, "
    "https://cloud.google.com/vpc/network-pricing",
    region=TIER_1,
    as_of="2025-06-30",
    sought_on=SOUGHT,
)
NETWORK = PricePage(url="https://cloud.google.com/vpc/network-pricing", region="", as_of="2025-06-30", sought_on=SOUGHT)
IAM = PricePage(url="https://cloud.google.com/iam/pricing", region="", as_of="2025-06-30", sought_on=SOUGHT)
PROJECTS = PricePage(
    url="https://cloud.google.com/resource-manager/docs/cloud-platform-resource-hierarchy",
    region="",
    as_of="2025-06-30",
    sought_on=SOUGHT,
)
MONITORING = PricePage(
    url="https://cloud.google.com/stackdriver/pricing", region="", as_of="2025-06-30", sought_on=SOUGHT
)
BUDGETS = PricePage(
    url="https://cloud.google.com/billing/docs/how-to/budgets", region="", as_of="2025-06-30", sought_on=SOUGHT
)
DOMAINS = PricePage(
    url="https://cloud.google.com/appengine/docs/standard/securing-custom-domains-with-ssl",
    region="",
    as_of="2025-06-30",
    sought_on=SOUGHT,
)

RUN_USAGE = ("0.000024 per vCPU-second", "0.0000025 per GiB-second", "0.40 per million requests")
RUN_USAGE_2 = ("0.0000336 per vCPU-second", "0.0000035 per GiB-second", "0.40 per million requests")
SCANNED = "0.26 per image pushed where container scanning is on"
PILES_UP = (
    "0.10 per GB-month of images, which pile up beyond keep, because a tag that never moves cannot be deleted either"
)
BETWEEN_ZONES = "0.01 per GiB that goes into another zone of the subnetwork's region"
JOB_USAGE = ("0.000018 per vCPU-second", "0.000002 per GiB-second, while a task runs")
JOB_USAGE_2 = ("0.0000252 per vCPU-second", "0.0000028 per GiB-second, while a task runs")
INSTANCES = Price(
    page=APP_ENGINE,
    by_size=BySize(
        path="instanceClass",
        default="F1",
        monthly={"F1": "36.50", "F2": "73.00", "F4": "146.00", "F4_1G": "219.00"},
    ),
    per="automaticScaling.standardSchedulerSettings.minInstances",
    usage=("0.05 per instance hour of F1, 0.10 of F2, 0.20 of F4, 0.30 of F4_1G, for instances above the least",),
)

DELETION_PROTECTION = Block(
    when=Condition(path="deletionProtection", values=(True,), default=True), why="its deletion protection is on"
)


def _of_the_network(type: str, words: str, kind: str) -> ResourceType:
    return ResourceType(
        type=type,
        words=words,
        deletion_policy="DELETE",
        ask=GoogleUrl(url="https://compute.googleapis.com/compute/v1/{id}"),
        listing=StoreKinds(store="google", kinds=(kind,)),
        price=Free(page=NETWORK),
    )


MACHINES: tuple[tuple[str, str, LabelKey], ...] = (
    ("instance:Instance", "virtual machine", "labels"),
    ("address:Address", "address", "labels"),
    ("router:Router", "router", ""),
)

TYPES = (
    # -- Projects
    ResourceType(
        type=PROJECT,
        words="project",
        holds_data=True,
        # https://www.pulumi.com/registry/packages/gcp/api-docs/organizations/project/#deletion_policy_python
        deletion_policy="PREVENT",
        # https://cloud.google.com/resource-manager/docs/creating-managing-projects#shutting_down_projects
        lingers=(Linger(until="30 days, in which it can be restored; its id is never free again"),),
        ask=GoogleUrl(url="https://cloudresourcemanager.googleapis.com/v3/{id}"),
        labels="labels",
        price=Free(page=PROJECTS),
    ),
    ResourceType(
        type="gcp:projects/service:Service",
        words="API",
        deletion_policy="DELETE",
        belongs_to="its project, and stays on there unless disableOnDestroy is set",
        goes_with_project=True,
        # https://www.pulumi.com/registry/packages/gcp/api-docs/projects/service/#disable_on_destroy_python
        lingers=(
            Linger(
                when=Condition(path="disableOnDestroy", values=(False,), default=False),
                until="until switched off by hand",
                counted="APIs, on in the project",
            ),
        ),
    ),
    ResourceType(type="gcp:projects/iAMMember:IAMMember", words="project grant", belongs_to="its project"),
    ResourceType(
        type="gcp:projects/iAMCustomRole:IAMCustomRole",
        words="custom role",
        deletion_policy="DELETE",
        # https://cloud.google.com/iam/docs/creating-custom-roles#deleting-custom-role
        lingers=(Linger(until="7 days, in which it can be restored; its id stays taken for 44 days"),),
        ask=GoogleUrl(url="https://iam.googleapis.com/v1/{id}"),
        price=Free(page=IAM),
    ),
    ResourceType(type="gcp:folder/iAMMember:IAMMember", words="folder grant", belongs_to="its folder"),
    ResourceType(
        type="gcp:billing/projectInfo:ProjectInfo",
        words="billing link",
        deletion_policy="DELETE",
        belongs_to="its project",
    ),
    ResourceType(
        type="gcp:billing/accountIamMember:AccountIamMember",
        words="billing grant",
        belongs_to="its billing account",
    ),
    ResourceType(
        type="gcp:billing/budget:Budget",
        words="budget",
        deletion_policy="DELETE",
        ask=GoogleUrl(url="https://billingbudgets.googleapis.com/v1/{id}"),
        price=Free(page=BUDGETS),
    ),
    ResourceType(
        type="gcp:monitoring/notificationChannel:NotificationChannel",
        words="notification channel",
        deletion_policy="DELETE",
        ask=GoogleUrl(url="https://monitoring.googleapis.com/v3/{id}"),
        labels="userLabels",
        price=Free(page=MONITORING),
    ),
    # -- Identities
    ResourceType(
        type="gcp:serviceaccount/account:Account",
        words="service account",
        deletion_policy="DELETE",
        ask=GoogleUrl(url="https://iam.googleapis.com/v1/{id}"),
        listing=StoreKinds(store="google", kinds=("account",)),
        price=Free(page=IAM),
    ),
    ResourceType(
        type="gcp:serviceaccount/iAMMember:IAMMember", words="service account grant", belongs_to="its account"
    ),
    ResourceType(
        type="gcp:iam/workloadIdentityPool:WorkloadIdentityPool",
        words="workload identity pool",
        deletion_policy="DELETE",
        # https://cloud.google.com/iam/docs/manage-workload-identity-pools-providers#delete-pool
        lingers=(Linger(until="30 days, in which it can be restored and its id stays taken"),),
        ask=GoogleUrl(url="https://iam.googleapis.com/v1/{id}"),
        price=Free(page=IAM),
    ),
    ResourceType(
        type="gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider",
        words="workload identity provider",
        deletion_policy="DELETE",
        belongs_to="its pool",
    ),
    # -- Cloud Storage
    ResourceType(
        type="gcp:storage/bucket:Bucket",
        words="bucket",
        holds_data=True,
        deletion_policy="DELETE",
        empty_first="forceDestroy",
        # https://cloud.google.com/storage/docs/soft-delete
        lingers=(
            Linger(
                until="{days:g} days, as deleted objects",
                days=Days(path="softDeletePolicy.retentionDurationSeconds", default=7 * 86400, per_day=86400),
                cost="the objects' storage",
            ),
        ),
        ask=GoogleUrl(url="https://storage.googleapis.com/storage/v1/b/{id}"),
        listing=StoreKinds(store="google", kinds=("bucket",)),
        labels="labels",
        price=(Price(page=STORAGE, usage=("0.020 per GB-month", "0.005 per 1,000 writes", "0.0004 per 1,000 reads")),),
    ),
    ResourceType(
        type="gcp:storage/bucketObject:BucketObject",
        words="object",
        deletion_policy="DELETE",
        belongs_to="its bucket",
    ),
    ResourceType(type="gcp:storage/notification:Notification", words="notification", belongs_to="its bucket"),
    ResourceType(type="gcp:storage/bucketIAMMember:BucketIAMMember", words="bucket grant", belongs_to="its bucket"),
    # -- App Engine
    ResourceType(
        type="gcp:appengine/application:Application",
        words="App Engine application",
        holds_data=True,
        belongs_to="its project",
        # https://cloud.google.com/appengine/docs/standard/managing-projects-apps-billing
        lingers=(Linger(until="forever: App Engine deletes no application, only its project", retained_too=True),),
        listing=StoreKinds(store="google", kinds=("application",)),
    ),
    ResourceType(
        type="gcp:appengine/standardAppVersion:StandardAppVersion",
        words="App Engine version",
        deletion_policy="DELETE",
        lingers=(
            Linger(
                when=Condition(path="noopOnDestroy", values=(True,), default=False),
                until="until it is deleted by hand: a service keeps its last version",
                cost=UNKNOWN_COST,
            ),
        ),
        ask=GoogleUrl(url="https://appengine.googleapis.com/v1/{id}"),
        listing=StoreKinds(store="google", kinds=("version",)),
        price=(
            replace(
                INSTANCES,
                page=INTO_A_NETWORK,
                where={"vpcAccess.egressSetting": "PRIVATE_IP_RANGES"},
                usage=(*INSTANCES.usage, BETWEEN_ZONES),
            ),
            INSTANCES,
        ),
    ),
    ResourceType(
        type="gcp:appengine/engineSplitTraffic:EngineSplitTraffic", words="traffic split", belongs_to="its service"
    ),
    ResourceType(
        type="gcp:appengine/domainMapping:DomainMapping",
        words="domain",
        ask=GoogleUrl(url="https://appengine.googleapis.com/v1/{id}"),
        listing=StoreKinds(store="google", kinds=("domain_mapping",)),
        price=Free(page=DOMAINS),
    ),
    ResourceType(
        type="gcp:appengine/applicationUrlDispatchRules:ApplicationUrlDispatchRules",
        words="dispatch rules",
        belongs_to="its application",
    ),
    # -- Cloud Run, functions, schedules
    ResourceType(
        type="gcp:cloudrun/domainMapping:DomainMapping",
        words="domain",
        listing=StoreKinds(store="google", kinds=("run_domain_mapping",)),
        belongs_to="its service",
    ),
    ResourceType(
        type="gcp:cloudrunv2/service:Service",
        words="Run service",
        deletion_policy="DELETE",
        # https://www.pulumi.com/registry/packages/gcp/api-docs/cloudrunv2/service/#deletion_protection_python
        stops_destroy=(DELETION_PROTECTION,),
        ask=GoogleUrl(url="https://run.googleapis.com/v2/{id}"),
        listing=StoreKinds(store="google", kinds=("run_service", "run_revision")),
        labels="labels",
        price=(
            # A subnetwork itself costs nothing: what goes through it is billed as a virtual machine's traffic.
            Price(
                page=replace(INTO_A_NETWORK, region=RUN_REGIONS),
                where={"template.vpcAccess.egress": "PRIVATE_RANGES_ONLY"},
                estimate=estimates.cloud_run,
                usage=(*RUN_USAGE, BETWEEN_ZONES),
                usage_in=dict.fromkeys(estimates.RUN_TIER_2, (*RUN_USAGE_2, BETWEEN_ZONES)),
            ),
            Price(
                page=CLOUD_RUN,
                estimate=estimates.cloud_run,
                usage=RUN_USAGE,
                usage_in=dict.fromkeys(estimates.RUN_TIER_2, RUN_USAGE_2),
            ),
        ),
    ),
    ResourceType(
        type="gcp:cloudrunv2/job:Job",
        words="Run job",
        deletion_policy="DELETE",
        stops_destroy=(DELETION_PROTECTION,),
        ask=GoogleUrl(url="https://run.googleapis.com/v2/{id}"),
        labels="labels",
        listing=StoreKinds(store="google", kinds=("run_job",)),
        price=(Price(page=CLOUD_RUN, usage=JOB_USAGE, usage_in=dict.fromkeys(estimates.RUN_TIER_2, JOB_USAGE_2)),),
    ),
    ResourceType(type="gcp:cloudrunv2/serviceIamMember:ServiceIamMember", words="Run grant", belongs_to="its service"),
    ResourceType(
        type="gcp:cloudscheduler/job:Job",
        words="schedule",
        deletion_policy="DELETE",
        ask=GoogleUrl(url="https://cloudscheduler.googleapis.com/v1/{id}"),
        listing=StoreKinds(store="google", kinds=("job",)),
        price=(Price(page=SCHEDULER, monthly="0.10"),),
    ),
    # -- Artifact Registry
    ResourceType(
        type="gcp:artifactregistry/repository:Repository",
        words="registry",
        holds_data=True,
        deletion_policy="DELETE",
        ask=GoogleUrl(url="https://artifactregistry.googleapis.com/v1/{id}"),
        listing=StoreKinds(store="google", kinds=("repository",)),
        labels="labels",
        price=(
            Price(
                page=ARTIFACT_REGISTRY,
                where={"dockerConfig.immutableTags": True},
                usage=(PILES_UP, SCANNED),
            ),
            Price(page=ARTIFACT_REGISTRY, usage=("0.10 per GB-month of images", SCANNED)),
        ),
    ),
    # -- Networks
    _of_the_network("gcp:compute/network:Network", "network", "network"),
    _of_the_network("gcp:compute/subnetwork:Subnetwork", "subnetwork", "subnetwork"),
    _of_the_network("gcp:compute/firewall:Firewall", "firewall rule", "firewall"),
    *(
        ResourceType(
            type=f"gcp:compute/{type}",
            words=words,
            ask=GoogleUrl(url="https://compute.googleapis.com/compute/v1/{id}"),
            labels=labels,
            price=(),
        )
        for type, words, labels in MACHINES
    ),
    ResourceType(type="gcp:compute/routerNat:RouterNat", words="NAT gateway", belongs_to="its router"),
    ResourceType(
        type="gcp:cloudfunctions/function:Function",
        words="function",
        ask=GoogleUrl(url="https://cloudfunctions.googleapis.com/v1/{id}"),
        labels="labels",
        price=(),
    ),
    ResourceType(
        type="gcp:cloudfunctions/functionIamMember:FunctionIamMember",
        words="grant on a function",
        belongs_to="its function",
    ),
    ResourceType(
        type="gcp:cloudrun/service:Service",
        words="container service",
        ask=GoogleUrl(url="https://run.googleapis.com/v1/{id}"),
        price=(),
    ),
    # -- Secret Manager
    ResourceType(
        type="gcp:secretmanager/secret:Secret",
        words="secret",
        # The stack's file has the value too, sealed.
        ask=GoogleUrl(url="https://secretmanager.googleapis.com/v1/{id}"),
        price=Free(page=SECRET_MANAGER),
        listing=StoreKinds(store="google", kinds=("secret",)),
        labels="labels",
    ),
    ResourceType(
        type="gcp:secretmanager/secretVersion:SecretVersion",
        words="secret version",
        belongs_to="its secret",
        deletion_policy="DELETE",
        price=(Price(page=SECRET_MANAGER, monthly="0.06", usage=("0.03 per 10,000 reads",)),),
    ),
    ResourceType(
        type="gcp:secretmanager/secretIamMember:SecretIamMember", words="secret grant", belongs_to="its secret"
    ),
    # -- Pub/Sub
    ResourceType(
        type="gcp:pubsub/topic:Topic",
        words="topic",
        ask=GoogleUrl(url="https://pubsub.googleapis.com/v1/{id}"),
        listing=StoreKinds(store="google", kinds=("topic",)),
        labels="labels",
        price=(Price(page=PUBSUB, usage=("40.00 per TiB published and delivered, beyond 10 GiB",)),),
    ),
    ResourceType(
        type="gcp:pubsub/subscription:Subscription",
        words="subscription",
        holds_data=True,
        data_expires=True,
        ask=GoogleUrl(url="https://pubsub.googleapis.com/v1/{id}"),
        listing=StoreKinds(store="google", kinds=("subscription",)),
        labels="labels",
        price=(Price(page=PUBSUB, usage=("0.27 per GiB-month of messages that are kept",)),),
    ),
    # -- Grants on what pipelines read and write
    ResourceType(
        type="gcp:artifactregistry/repositoryIamMember:RepositoryIamMember",
        words="repository grant",
        belongs_to="its repository",
    ),
    ResourceType(type="gcp:pubsub/topicIAMMember:TopicIAMMember", words="topic grant", belongs_to="its topic"),
    ResourceType(
        type="gcp:pubsub/subscriptionIAMMember:SubscriptionIAMMember",
        words="subscription grant",
        belongs_to="its subscription",
    ),
    ResourceType(
        type="gcp:bigquery/datasetIamMember:DatasetIamMember", words="dataset grant", belongs_to="its dataset"
    ),
    # -- Dataflow
    ResourceType(
        type="gcp:dataflow/flexTemplateJob:FlexTemplateJob",
        words="Dataflow job",
        deletion_policy="DELETE",
        belongs_to="Dataflow, which lists it for 30 days after its end",
        labels="labels",
        price=(
            Price(
                page=DATAFLOW,
                usage=(
                    "0.056 per vCPU-hour",
                    "0.003557 per GB-hour of memory",
                    "0.000054 per GB-hour of disk",
                    "0.011 per GB shuffled, batch",
                ),
            ),
        ),
    ),
    ResourceType(
        type="gcp:dataflow/job:Job",
        words="Dataflow job",
        belongs_to="Dataflow, which lists it for 30 days after its end",
        labels="labels",
        price=(),
    ),
    # -- Keys, databases
    ResourceType(
        type="gcp:kms/keyRing:KeyRing",
        words="key ring",
        belongs_to="its project",
        # https://cloud.google.com/kms/docs/resource-hierarchy
        lingers=(Linger(until="forever: Google Cloud deletes no key ring", retained_too=True),),
    ),
    ResourceType(
        type="gcp:kms/cryptoKey:CryptoKey",
        words="key",
        # What was encrypted with a key cannot be read without it.
        holds_data=True,
        deletion_policy="DELETE",
        # https://cloud.google.com/kms/docs/destroy-restore
        lingers=(
            Linger(
                until="forever by name; its versions are destroyed after {days:g} days",
                days=Days(path="destroyScheduledDuration", default=30 * 86400, per_day=86400),
            ),
        ),
        belongs_to="its key ring",
        labels="labels",
        price=(),
    ),
    ResourceType(type="gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember", words="key grant", belongs_to="its key"),
    ResourceType(
        type="gcp:sql/databaseInstance:DatabaseInstance",
        words="database",
        holds_data=True,
        # https://www.pulumi.com/registry/packages/gcp/api-docs/sql/databaseinstance/#deletion_protection_python
        stops_destroy=(
            DELETION_PROTECTION,
            Block(
                when=Condition(path="settings.deletionProtectionEnabled", values=(True,)),
                why="Cloud SQL's own deletion protection is on",
            ),
        ),
        # https://cloud.google.com/sql/docs/postgres/delete-instance
        lingers=(Linger(until="7 days by name, which Cloud SQL gives to no other instance until then"),),
        labels="userLabels",
        price=(
            Price(
                page=CLOUD_SQL,
                estimate=estimates.cloud_sql,
                usage=("0.17 per GB-month of SSD, for what grows", "0.08 per GB-month of backups"),
            ),
        ),
    ),
    ResourceType(
        type="gcp:sql/database:Database",
        words="database of an instance",
        deletion_policy="DELETE",
        belongs_to="its instance",
    ),
    ResourceType(
        type="gcp:sql/user:User", words="user of an instance", deletion_policy="DELETE", belongs_to="its instance"
    ),
    ResourceType(
        type="gcp:firestore/database:Database",
        words="database",
        holds_data=True,
        # https://www.pulumi.com/registry/packages/gcp/api-docs/firestore/database/#deletion_policy_python
        deletion_policy="ABANDON",
        stops_destroy=(
            Block(
                when=Condition(path="deleteProtectionState", values=("DELETE_PROTECTION_ENABLED",)),
                why="its deletion protection is on",
            ),
        ),
        ask=GoogleUrl(url="https://firestore.googleapis.com/v1/{id}"),
        price=(),
    ),
    ResourceType(
        type="gcp:bigquery/dataset:Dataset",
        words="dataset",
        holds_data=True,
        empty_first="deleteContentsOnDestroy",
        ask=GoogleUrl(url="https://bigquery.googleapis.com/bigquery/v2/{id}"),
        labels="labels",
        price=(),
    ),
)
