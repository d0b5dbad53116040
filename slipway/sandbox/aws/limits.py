"""Where the sandbox's AWS does less than AWS: shown by ``slipway sandbox status`` and in the guide."""

LIMITS: tuple[tuple[str, str], ...] = (
    ("Lambda: Python", "functions run on this machine's own Python, whatever 3.x version they declare"),
    ("Lambda: architecture", "functions run on this machine's processor; a foreign wheel cannot be imported"),
    (
        "Lambda: isolation",
        "functions run as your user, or as an unprivileged one where you are root; processors unlimited",
    ),
    (
        "Lambda: memory",
        "counted where you are root; ephemeralStorage is stored: /tmp has the room of the disk",
    ),
    ("Lambda: other languages", "Python zip packages alone: no images, no custom runtimes"),
    ("Lambda: logs", "logFormat JSON is stored; the platform's own lines (START, END, REPORT) stay plain text"),
    ("Lambda: weighted aliases", "each call goes where the weights say; a function is told the version, not the alias"),
    ("Lambda: settings", "no VPC, file systems, SnapStart, code signing or customer keys: refused"),
    ("Beanstalk: API", "21 of its operations; no templates, platforms of one's own, swaps, rebuilds or log requests"),
    ("Beanstalk: instances", "one process each, on this machine's Python; sizes and types are kept, not done"),
    ("Beanstalk: processes", "the Procfile's `web` alone, on a free port for :8000; no .ebextensions, no hooks"),
    ("Beanstalk: deployments", "the new version answers before the old one ends, whatever the policy says"),
    ("Beanstalk: identity", "instances have no credentials of their role; its rights are kept, not asked for"),
    ("Beanstalk: platforms", "Python on Amazon Linux 2023 by its solution stack; managed updates are kept, not done"),
    ("Beanstalk: health", "Green, Grey or Red with its causes, at each deployment; no alarms, no log streaming"),
    ("CloudWatch: alarms", "one metric each; no metric math, no anomaly bands; dashboards are stored, not drawn"),
    ("CloudWatch: alarms' clock", "judged when a metric comes and when alarms are looked at, not by themselves"),
    ("CloudWatch Logs", "retention is stored; nothing is ever expired"),
    ("EventBridge rules", "events of the default bus that a pattern fits, to functions; AWS's own events are not sent"),
    ("Lambda: events", "what fails is tried again after seconds; queues gather no batches; streams have no consumers"),
    ("EventBridge schedules", "cron(…) fires by UTC's clock, whatever the zone; rate(…) counts from its making"),
    ("ECR", "images are not scanned and lifecycle policies delete nothing; both settings are stored"),
    ("S3", "lifecycle rules are stored; nothing is expired; encryption is stated, not done"),
    ("IAM", "inline and managed policies are enforced for functions' own calls; no organization policies"),
    ("Budgets", "limits and subscribers are kept; no cost is counted, so none alerts; no filters"),
    ("Partition", "ARNs name the partition `aws`, also in a region of China or of GovCloud"),
    ("Region", "one region a provider; a resource's own `region` must be the same"),
    ("Time", "nothing takes the minutes it takes in AWS; the emulator keeps nothing when it ends"),
)
"""(subject, what is less)."""
