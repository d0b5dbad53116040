-- Google's control plane, as much of it as the sandbox serves. Everything is keyed by Google's own names; `body` holds
-- the resource's Pulumi inputs as JSON, so that a read gives back what was asked for.
CREATE TABLE IF NOT EXISTS projects (
    id TEXT PRIMARY KEY,              -- a deleted project keeps its row: its id is never free again
    number TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,              -- ACTIVE or DELETE_REQUESTED (it lingers for 30 days)
    billing TEXT NOT NULL DEFAULT '', -- the billing account; '' where nobody pays
    body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS apis (
    project TEXT NOT NULL REFERENCES projects (id),
    api TEXT NOT NULL,
    enabled REAL NOT NULL,            -- when (seconds since the epoch): an API answers some time after that
    PRIMARY KEY (project, api)
);
-- Everything else that has a name of its own: buckets, service accounts, repositories, applications, versions, splits.
CREATE TABLE IF NOT EXISTS resources (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,               -- unique in its kind: of a bucket, in all of Cloud Storage
    project TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (kind, name)
);
CREATE TABLE IF NOT EXISTS grants (
    scope TEXT NOT NULL,              -- projects/ID or b/BUCKET
    role TEXT NOT NULL,
    member TEXT NOT NULL,             -- serviceAccount:…, user:…, allUsers …
    condition TEXT NOT NULL,          -- JSON, '{}' without one
    PRIMARY KEY (scope, role, member, condition)
);
