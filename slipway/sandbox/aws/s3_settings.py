"""What is set on an S3 bucket by a resource of its own: public access, versioning, encryption, lifecycle, events.

They differ in what they write and how they read it back; the rest is one table.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from slipway.sandbox.aws.clients import Aws
from slipway.sandbox.aws.errors import refusals, unless_gone
from slipway.sandbox.aws.words import capital, small
from slipway.sandbox.handler import Calls, CloudError, Handler, Props

ROUTING = ("routingRules", "routingRuleDetails")
BLOCKS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")


@dataclass(frozen=True)
class Setting:
    """One setting: ``write`` puts it, ``read`` gives it by its input names (None: not set), ``clear`` takes it off."""

    title: str
    write: Callable[[Any, str, Props], object]
    read: Callable[[Any, str], Props | None]
    clear: Callable[[Any, str], object]


def create(setting: Setting, aws: Aws, new: Props) -> tuple[str, Props]:
    """Set it on its bucket."""
    aws.in_region(new)
    return new["bucket"], update(setting, aws, new["bucket"], {}, new)


def read(setting: Setting, aws: Aws, id: str) -> Props | None:
    """The setting as S3 has it. ``id`` is the bucket's name."""
    with refusals(f"reading S3 Bucket {setting.title} ({id})"):
        there = setting.read(aws.client("s3"), id)
    return there and {"bucket": id, "region": aws.region, **there}


def update(setting: Setting, aws: Aws, id: str, _old: Props, new: Props) -> Props:
    """Set it anew."""
    with refusals(f"putting S3 Bucket {setting.title} ({id})"):
        setting.write(aws.client("s3"), id, new)
    return read(setting, aws, id) or {}


def delete(setting: Setting, aws: Aws, id: str, old: Props) -> None:
    """Take it off, unless told to leave it (``skipDestroy``)."""
    if old.get("skipDestroy"):
        return
    with refusals(f"deleting S3 Bucket {setting.title} ({id})"):
        if unless_gone(aws.client("s3").head_bucket, Bucket=id) is not None:
            setting.clear(aws.client("s3"), id)


def check_versioning(new: Props) -> dict[str, str]:
    """What the provider refuses of a versioning configuration."""
    status = (new.get("versioningConfiguration") or {}).get("status")
    if status in (None, "Enabled", "Suspended", "Disabled"):
        return {}
    return {"versioningConfiguration": f'expected status to be one of ["Enabled" "Suspended" "Disabled"], got {status}'}


def check_encryption(new: Props) -> dict[str, str]:
    """What the provider refuses of an encryption configuration."""
    allowed = ("AES256", "aws:fsx", "aws:kms", "aws:kms:dsse")
    for rule in new.get("rules") or ():
        algorithm = (rule.get("applyServerSideEncryptionByDefault") or {}).get("sseAlgorithm")
        if algorithm not in (None, *allowed):
            quoted = " ".join(f'"{one}"' for one in allowed)
            return {"rules": f"expected sseAlgorithm to be one of [{quoted}], got {algorithm}"}
    return {}


def check_lifecycle(new: Props) -> dict[str, str]:
    """What S3 refuses of lifecycle rules, and what of them the sandbox does not serve."""
    served = {"id", "status", "filter", "expiration", "noncurrentVersionExpiration", "abortIncompleteMultipartUpload"}
    visited: set[str] = set()
    for rule in new.get("rules") or ():
        if rule.get("status") not in ("Enabled", "Disabled"):
            return {"rules": f'expected status to be one of ["Enabled" "Disabled"], got {rule.get("status")}'}
        if unserved := sorted(key for key in rule if key not in served and rule[key]):
            return {"rules": f"the sandbox does not serve {', '.join(unserved)} of a lifecycle rule"}
        if rule.get("id") in visited:
            return {
                "rules": f"InvalidArgument: Rule ID must be unique. Found same ID for more than one rule: {rule['id']}"
            }
        visited.add(rule.get("id", ""))
    return {}


def block_defaults(new: Props) -> Props:
    """What is not said is not blocked: the provider's defaults."""
    return {**dict.fromkeys(BLOCKS, False), **new}


def _put_block(s3: Any, bucket: str, new: Props) -> object:  # noqa: ANN401 - boto3's clients have no static types
    request = {capital(key): bool(new.get(key)) for key in BLOCKS}
    return s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=request)


def _get_block(s3: Any, bucket: str) -> Props | None:  # noqa: ANN401
    there = unless_gone(s3.get_public_access_block, Bucket=bucket)
    return there and {key: there["PublicAccessBlockConfiguration"].get(capital(key), False) for key in BLOCKS}


def _put_versioning(s3: Any, bucket: str, new: Props) -> object:  # noqa: ANN401
    status = new["versioningConfiguration"]["status"]
    if status == "Disabled":
        if s3.get_bucket_versioning(Bucket=bucket).get("Status"):
            raise CloudError(f"versioningConfiguration.status cannot be updated from Enabled/Suspended to {status}")
        return None
    return s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": status})


def _get_versioning(s3: Any, bucket: str) -> Props | None:  # noqa: ANN401
    there = unless_gone(s3.get_bucket_versioning, Bucket=bucket)
    return None if there is None else {"versioningConfiguration": {"status": there.get("Status", "Disabled")}}


def _suspend(s3: Any, bucket: str) -> object:  # noqa: ANN401
    """Versioning cannot be taken off again: S3 suspends it."""
    if s3.get_bucket_versioning(Bucket=bucket).get("Status") != "Enabled":
        return None
    return s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})


def _put_encryption(s3: Any, bucket: str, new: Props) -> object:  # noqa: ANN401
    rules: list[Props] = []
    for rule in new["rules"]:
        by_default = rule.get("applyServerSideEncryptionByDefault") or {}
        request: Props = {"SSEAlgorithm": by_default.get("sseAlgorithm", "AES256")}
        if by_default.get("kmsMasterKeyId"):
            request["KMSMasterKeyID"] = by_default["kmsMasterKeyId"]
        rules.append(
            {
                "ApplyServerSideEncryptionByDefault": request,
                **({"BucketKeyEnabled": rule["bucketKeyEnabled"]} if rule.get("bucketKeyEnabled") is not None else {}),
            }
        )
    return s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": rules})


def _get_encryption(s3: Any, bucket: str) -> Props | None:  # noqa: ANN401
    there = unless_gone(s3.get_bucket_encryption, Bucket=bucket)
    if there is None:
        return None
    rules: list[Props] = []
    for rule in there["ServerSideEncryptionConfiguration"]["Rules"]:
        by_default = rule["ApplyServerSideEncryptionByDefault"]
        result: Props = {"sseAlgorithm": by_default["SSEAlgorithm"]}
        if by_default.get("KMSMasterKeyID"):
            result["kmsMasterKeyId"] = by_default["KMSMasterKeyID"]
        read_back: Props = {"applyServerSideEncryptionByDefault": result}
        if rule.get("BucketKeyEnabled"):
            read_back["bucketKeyEnabled"] = True
        rules.append(read_back)
    return {"rules": rules}


def _put_lifecycle(s3: Any, bucket: str, new: Props) -> object:  # noqa: ANN401
    rules = [_rule(rule) for rule in new["rules"]]
    return s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})


def _get_lifecycle(s3: Any, bucket: str) -> Props | None:  # noqa: ANN401
    there = unless_gone(s3.get_bucket_lifecycle_configuration, Bucket=bucket)
    return None if there is None else {"rules": [_rule_back(rule) for rule in there["Rules"]]}


def _rule(rule: Props) -> Props:
    request: Props = {
        "ID": rule["id"],
        "Status": rule["status"],
        "Filter": {"Prefix": (rule.get("filter") or {}).get("prefix") or ""},
    }
    if rule.get("expiration"):
        request["Expiration"] = {"Days": int(rule["expiration"]["days"])}
    if rule.get("noncurrentVersionExpiration"):
        days = int(rule["noncurrentVersionExpiration"]["noncurrentDays"])
        request["NoncurrentVersionExpiration"] = {"NoncurrentDays": days}
    if rule.get("abortIncompleteMultipartUpload"):
        days = int(rule["abortIncompleteMultipartUpload"]["daysAfterInitiation"])
        request["AbortIncompleteMultipartUpload"] = {"DaysAfterInitiation": days}
    return request


def _rule_back(rule: Props) -> Props:
    result: Props = {"id": rule["ID"], "status": rule["Status"]}
    if prefix := (rule.get("Filter") or {}).get("Prefix"):
        result["filter"] = {"prefix": prefix}
    if "Expiration" in rule:
        result["expiration"] = {"days": rule["Expiration"]["Days"]}
    if "NoncurrentVersionExpiration" in rule:
        days = rule["NoncurrentVersionExpiration"]["NoncurrentDays"]
        result["noncurrentVersionExpiration"] = {"noncurrentDays": days}
    if "AbortIncompleteMultipartUpload" in rule:
        days = rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"]
        result["abortIncompleteMultipartUpload"] = {"daysAfterInitiation": days}
    return result


def _put_website(s3: Any, bucket: str, new: Props) -> object:  # noqa: ANN401
    request: Props = {}
    if new.get("indexDocument"):
        request["IndexDocument"] = {"Suffix": new["indexDocument"]["suffix"]}
    if new.get("errorDocument"):
        request["ErrorDocument"] = {"Key": new["errorDocument"]["key"]}
    if new.get("redirectAllRequestsTo"):
        request["RedirectAllRequestsTo"] = {capital(key): value for key, value in new["redirectAllRequestsTo"].items()}
    return s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration=request)


def _get_website(s3: Any, bucket: str) -> Props | None:  # noqa: ANN401
    there = unless_gone(s3.get_bucket_website, Bucket=bucket)
    if there is None:
        return None
    domain = f"s3-website-{s3.meta.region_name}.amazonaws.com"
    properties: Props = {"websiteDomain": domain, "websiteEndpoint": f"{bucket}.{domain}"}
    for own, theirs, field in (("indexDocument", "IndexDocument", "suffix"), ("errorDocument", "ErrorDocument", "key")):
        if theirs in there:
            properties[own] = {field: there[theirs][capital(field)]}
    return properties


def check_website(new: Props) -> dict[str, str]:
    """What of a website the sandbox does not serve."""
    return {key: f"the sandbox does not serve {key} of a website" for key in ROUTING if new.get(key)}


def _put_policy(s3: Any, bucket: str, new: Props) -> object:  # noqa: ANN401
    policy = new["policy"]
    return s3.put_bucket_policy(Bucket=bucket, Policy=policy if isinstance(policy, str) else json.dumps(policy))


def _get_policy(s3: Any, bucket: str) -> Props | None:  # noqa: ANN401
    there = unless_gone(s3.get_bucket_policy, Bucket=bucket)
    return there and {"policy": there["Policy"]}


def _put_ownership(s3: Any, bucket: str, new: Props) -> object:  # noqa: ANN401
    rules = {"Rules": [{"ObjectOwnership": new["rule"]["objectOwnership"]}]}
    return s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls=rules)


def _get_ownership(s3: Any, bucket: str) -> Props | None:  # noqa: ANN401
    there = unless_gone(s3.get_bucket_ownership_controls, Bucket=bucket)
    return there and {"rule": {"objectOwnership": there["OwnershipControls"]["Rules"][0]["ObjectOwnership"]}}


def _put_acl(s3: Any, bucket: str, new: Props) -> object:  # noqa: ANN401
    return s3.put_bucket_acl(Bucket=bucket, ACL=new["acl"])


def _get_acl(s3: Any, bucket: str) -> Props | None:  # noqa: ANN401
    """The bucket alone: S3 gives a list of grants back, of which the short word cannot be told for certain."""
    return None if unless_gone(s3.get_bucket_acl, Bucket=bucket) is None else {}


def check_acl(new: Props) -> dict[str, str]:
    """A short word for the grants, as the sandbox serves them."""
    if new.get("accessControlPolicy"):
        return {"accessControlPolicy": "the sandbox serves the short words of `acl` alone: private, public-read …"}
    return {}


def _put_cors(s3: Any, bucket: str, new: Props) -> object:  # noqa: ANN401
    rules = [{capital(key): value for key, value in rule.items()} for rule in new["corsRules"]]
    for rule in rules:
        if "Id" in rule:
            rule["ID"] = rule.pop("Id")
    return s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": rules})


def _get_cors(s3: Any, bucket: str) -> Props | None:  # noqa: ANN401
    there = unless_gone(s3.get_bucket_cors, Bucket=bucket)
    names = {"ID": "id"}
    return there and {
        "corsRules": [{names.get(key, small(key)): value for key, value in rule.items()} for rule in there["CORSRules"]]
    }


def _handler(setting: Setting, **facts: Any) -> Handler:  # noqa: ANN401 - the fields of a Handler
    return Handler(
        calls=Calls(
            create=partial(create, setting),
            read=partial(read, setting),
            update=partial(update, setting),
            delete=partial(delete, setting),
        ),
        identify=lambda _aws, new: new["bucket"],
        overwrites=True,
        **{"replace_on": frozenset({"bucket", "expectedBucketOwner", "region"}), **facts},
    )


def _clear(call: str) -> Callable[[Any, str], object]:
    return lambda s3, bucket: unless_gone(getattr(s3, call), Bucket=bucket)


WEBSITE = _handler(
    Setting("Website Configuration", _put_website, _get_website, _clear("delete_bucket_website")),
    check=check_website,
    computed=frozenset({"websiteDomain", "websiteEndpoint"}),
)
HANDLERS = {
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _handler(
        Setting("Public Access Block", _put_block, _get_block, _clear("delete_public_access_block")),
        defaults=block_defaults,
        replace_on=frozenset({"bucket", "region"}),
    ),
    "aws:s3/bucketVersioning:BucketVersioning": _handler(
        Setting("Versioning", _put_versioning, _get_versioning, _suspend), check=check_versioning
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": _handler(
        Setting(
            "Server-side Encryption Configuration", _put_encryption, _get_encryption, _clear("delete_bucket_encryption")
        ),
        check=check_encryption,
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": _handler(
        Setting("Lifecycle Configuration", _put_lifecycle, _get_lifecycle, _clear("delete_bucket_lifecycle")),
        check=check_lifecycle,
    ),
    "aws:s3/bucketPolicy:BucketPolicy": _handler(
        Setting("Policy", _put_policy, _get_policy, _clear("delete_bucket_policy")),
        replace_on=frozenset({"bucket", "region"}),
    ),
    "aws:s3/bucketWebsiteConfiguration:BucketWebsiteConfiguration": WEBSITE,
    "aws:s3/bucketWebsiteConfigurationV2:BucketWebsiteConfigurationV2": WEBSITE,
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": _handler(
        Setting("Ownership Controls", _put_ownership, _get_ownership, _clear("delete_bucket_ownership_controls")),
        replace_on=frozenset({"bucket", "region"}),
    ),
    "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration": _handler(
        Setting("CORS Configuration", _put_cors, _get_cors, _clear("delete_bucket_cors"))
    ),
    "aws:s3/bucketAcl:BucketAcl": _handler(
        # The provider forgets the grants: S3 has no call that takes them away.
        Setting("ACL", _put_acl, _get_acl, lambda _s3, _bucket: None),
        check=check_acl,
    ),
}
