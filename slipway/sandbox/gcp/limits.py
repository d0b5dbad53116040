"""Where the sandbox's Google Cloud does less than Google Cloud: shown by ``slipway sandbox status``."""

LIMITS: tuple[tuple[str, str], ...] = (
    (
        "Compute Engine's machines, addresses and routers; Cloud Functions (1st gen); Cloud Run v1",
        "only recorded: nothing runs or answers, and each `up` warns of it",
    ),
    ("App Engine: instances", "one process a version, on this machine's Python; scaling is kept, not done"),
    ("App Engine: runtimes", "Python apps from a zip alone; no handlers, libraries, VPC or bundled services"),
    ("App Engine: isolation", "apps run as your user, or as an unprivileged one where you are root; all processors"),
    ("App Engine: memory", "an app that uses it up loses a worker, not its instance; counted where you are root"),
    ("App Engine: answers", "passed on while they come; App Engine sends each when it is whole"),
    ("App Engine: address", "http://PROJECT.REGION.r.appspot.localhost:PORT, no TLS"),
    ("Domains", "answered by the gateway, by plain HTTP; nobody is asked whose a domain is, no record is looked up"),
    ("Cloud Storage", "lifecycle, soft delete, CORS, website and encryption are kept, not done; no access lists"),
    ("IAM", "roles on buckets and projects; asked where a version or a job reads or writes; no denials"),
    ("APIs", "a newly enabled one answers at once, unless SLIPWAY_SANDBOX_API_DELAY says how many seconds later"),
    ("Billing", "any account of the right form pays; nothing is charged"),
    ("Projects", "an id that was used stays taken while the sandbox lives; organizations and folders are not there"),
    ("Cloud Run: instances", "one container a revision with traffic, on this machine; scaling is kept, not done"),
    ("Cloud Run: images", "from the sandbox's registry, which stands in for Google's"),
    ("Cloud Run: access", "a private service answers 403 to all, as there is no sign-in; no TLS"),
    ("Cloud Run: gcloud", "`gcloud run` asks the older API by a host for each region; version 2 alone is served here"),
    ("Cloud SQL", "this machine's PostgreSQL, whatever its version; no backups, replicas, flags or limits of a tier"),
    ("Cloud SQL: access", "by the password, also without roles/cloudsql.client; 127.0.0.1 for apps without containers"),
    ("Cloud Run: jobs", "one task at a time, on this machine; the times of executions are those of their containers"),
    ("Cloud Logging", "App Engine's lines are all of stdout, each with the time at which it was first looked at"),
    ("Cloud Scheduler", "jobs are kept and never due by themselves: `slipway trigger` has one run at once"),
    ("Pub/Sub", "pushes to services on Cloud Run alone; filters by equal attributes; no schemas, snapshots or order"),
    ("Dataflow", "one process a job, on Beam's own runner; templates name the package, no image; batch alone"),
    ("Networks", "networks, subnetworks and firewalls are kept; nothing flows through them"),
    ("Artifact Registry", "repositories are kept; images cannot be pushed to them here"),
)  # fmt: skip
"""(subject, what is less)."""
