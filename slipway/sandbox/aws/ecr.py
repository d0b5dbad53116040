"""Elastic Container Registry: repositories and what they keep."""

import json
import re
from typing import Any

from slipway.sandbox.aws import policies, tags
from slipway.sandbox.aws.clients import Aws
from slipway.sandbox.aws.errors import refusals, unless_gone
from slipway.sandbox.handler import Calls, CloudError, Handler, Props

_NAME = re.compile(r"^(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*$")
MUTABILITY = ("MUTABLE", "IMMUTABLE", "MUTABLE_WITH_EXCLUSION", "IMMUTABLE_WITH_EXCLUSION")
ENCRYPTION = ("AES256", "KMS", "KMS_DSSE")


def check(new: Props) -> dict[str, str]:
    """What ECR refuses of a repository."""
    wrong: dict[str, str] = {}
    name, mutability = new.get("name"), new.get("imageTagMutability")
    if name is not None and not (2 <= len(name) <= 256 and _NAME.match(name)):
        wrong["name"] = (
            f"InvalidParameterException: Invalid parameter at 'repositoryName' failed to satisfy constraint: "
            f"'must satisfy regular expression '{_NAME.pattern.strip('^$')}'', got {name}"
        )
    if mutability not in (None, *MUTABILITY):
        quoted = " ".join(f'"{one}"' for one in MUTABILITY)
        wrong["imageTagMutability"] = f"expected imageTagMutability to be one of [{quoted}], got {mutability}"
    for encryption in new.get("encryptionConfigurations") or ():
        if encryption.get("encryptionType") not in (None, *ENCRYPTION):
            quoted = " ".join(f'"{one}"' for one in ENCRYPTION)
            wrong["encryptionConfigurations"] = (
                f"expected encryptionType to be one of [{quoted}], got {encryption['encryptionType']}"
            )
    if new.get("imageTagMutabilityExclusionFilters"):
        wrong["imageTagMutabilityExclusionFilters"] = "the sandbox's registry knows no exclusions from tag mutability"
    return wrong


def defaults(new: Props) -> Props:
    """The provider's defaults."""
    return {"imageTagMutability": "MUTABLE", **new}


def create(aws: Aws, new: Props) -> tuple[str, Props]:
    """Make the repository."""
    name = new["name"]
    aws.in_region(new)
    encryption = (new.get("encryptionConfigurations") or [{}])[0]
    configuration = {
        "encryptionType": encryption.get("encryptionType") or "AES256",
        **({"kmsKey": encryption["kmsKey"]} if encryption.get("kmsKey") else {}),
    }
    conflict = f"The repository with name '{name}' already exists in the registry with id '{aws.account}'"
    with refusals(f"creating ECR Repository ({name})", conflict=conflict):
        aws.client("ecr").create_repository(
            repositoryName=name,
            imageTagMutability=new.get("imageTagMutability") or "MUTABLE",
            imageScanningConfiguration=_scanning(new),
            encryptionConfiguration=configuration,
            tags=tags.listed(tags.outgoing(new)),
        )
    return name, read(aws, name) or {}


def read(aws: Aws, id: str) -> Props | None:
    """The repository as ECR has it; ``forceDelete`` is the program's alone: left out."""
    with refusals(f"reading ECR Repository ({id})"):
        answer = unless_gone(aws.client("ecr").describe_repositories, repositoryNames=[id])
        if answer is None:
            return None
        there = answer["repositories"][0]
        carried = _tags(aws, there["repositoryArn"])
    encryption = there.get("encryptionConfiguration") or {}
    return {
        "name": there["repositoryName"],
        "imageTagMutability": there["imageTagMutability"],
        "imageScanningConfiguration": {"scanOnPush": there["imageScanningConfiguration"].get("scanOnPush", False)},
        "encryptionConfigurations": [
            {key: encryption[key] for key in ("encryptionType", "kmsKey") if encryption.get(key)}
        ],
        "region": aws.region,
        "arn": there["repositoryArn"],
        "registryId": there["registryId"],
        "repositoryUrl": there["repositoryUri"],
        **tags.incoming(carried),
    }


def update(aws: Aws, id: str, _old: Props, new: Props) -> Props:
    """Change mutability, scanning and tags in place."""
    client = aws.client("ecr")
    with refusals(f"updating ECR Repository ({id})"):
        client.put_image_tag_mutability(
            repositoryName=id, imageTagMutability=new.get("imageTagMutability") or "MUTABLE"
        )
        client.put_image_scanning_configuration(repositoryName=id, imageScanningConfiguration=_scanning(new))
        arn = _arn(aws, id)
        tags.replace(
            _tags(aws, arn),
            new,
            put=lambda changed: client.tag_resource(resourceArn=arn, tags=tags.listed(changed)),
            remove=lambda keys: client.untag_resource(resourceArn=arn, tagKeys=keys),
        )
    return read(aws, id) or {}


def delete(aws: Aws, id: str, old: Props) -> None:
    """Delete the repository; with images in it only where ``forceDelete`` is set."""
    client = aws.client("ecr")
    with refusals(f"deleting ECR Repository ({id})"):
        images = unless_gone(client.list_images, repositoryName=id)
        if images and images["imageIds"] and not old.get("forceDelete"):
            raise CloudError(
                f"ECR Repository ({id}) not empty, consider using forceDelete: operation error DeleteRepository, "
                f"RepositoryNotEmptyException: The repository with name '{id}' in registry with id '{aws.account}' "
                "cannot be deleted because it still contains images"
            )
        unless_gone(client.delete_repository, repositoryName=id, force=bool(old.get("forceDelete")))


def check_lifecycle(new: Props) -> dict[str, str]:
    """What ECR refuses of a lifecycle policy:
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html.
    """
    policy = new.get("policy")
    if policy is None:
        return {}
    if problem := policies.json_problem(policy):
        return {"policy": problem}
    rules = json.loads(policy).get("rules")
    problem = "Lifecycle policy must have rules" if not isinstance(rules, list) or not rules else _rules(rules)
    refused = "InvalidParameterException: Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: "
    return {"policy": f"{refused}'Lifecycle policy validation failure: {problem}'"} if problem else {}


def lifecycle_defaults(new: Props) -> Props:
    """The policy without its white space, as the provider keeps it."""
    return {**new, "policy": policies.normal(new.get("policy"))}


def create_lifecycle(aws: Aws, new: Props) -> tuple[str, Props]:
    """Put the policy on its repository."""
    aws.in_region(new)
    return new["repository"], update_lifecycle(aws, new["repository"], {}, new)


def read_lifecycle(aws: Aws, id: str) -> Props | None:
    """The policy as ECR has it. ``id`` is the repository's name."""
    with refusals(f"reading ECR Lifecycle Policy ({id})"):
        there = unless_gone(aws.client("ecr").get_lifecycle_policy, repositoryName=id)
    return there and {
        "repository": there["repositoryName"],
        "policy": policies.normal(there["lifecyclePolicyText"]),
        "region": aws.region,
        "registryId": there["registryId"],
    }


def update_lifecycle(aws: Aws, id: str, _old: Props, new: Props) -> Props:
    """Put the changed policy."""
    with refusals(f"creating ECR Lifecycle Policy ({id})"):
        aws.client("ecr").put_lifecycle_policy(repositoryName=id, lifecyclePolicyText=new["policy"])
    return read_lifecycle(aws, id) or {}


def delete_lifecycle(aws: Aws, id: str, _old: Props) -> None:
    """Take the policy off its repository."""
    with refusals(f"deleting ECR Lifecycle Policy ({id})"):
        unless_gone(aws.client("ecr").delete_lifecycle_policy, repositoryName=id)


def _rules(rules: list[Props]) -> str | None:
    priorities: list[Any] = [rule.get("rulePriority") for rule in rules]
    if not all(isinstance(priority, int) and priority > 0 for priority in priorities):
        return "rulePriority must be a positive integer"
    if len(set(priorities)) != len(priorities):
        return "rulePriority must be unique"
    for rule in rules:
        selection = rule.get("selection") or {}
        if selection.get("tagStatus") not in ("tagged", "untagged", "any"):
            return 'instance value not found in enum (possible values: ["tagged","untagged","any"])'
        if selection.get("countType") not in ("imageCountMoreThan", "sinceImagePushed"):
            return 'instance value not found in enum (possible values: ["imageCountMoreThan","sinceImagePushed"])'
        if not isinstance(selection.get("countNumber"), int) or selection["countNumber"] < 1:
            return "countNumber must be a positive integer"
        if (rule.get("action") or {}).get("type") != "expire":
            return 'instance value not found in enum (possible values: ["expire"])'
        if selection["tagStatus"] == "tagged" and not (
            selection.get("tagPrefixList") or selection.get("tagPatternList")
        ):
            return "tagPrefixList or tagPatternList is required where tagStatus is tagged"
    anywhere = [rule["rulePriority"] for rule in rules if rule["selection"]["tagStatus"] == "any"]
    if anywhere and (len(anywhere) > 1 or anywhere[0] != max(priorities)):
        return "the rule with tagStatus any must be the only one and have the highest rulePriority"
    return None


def _scanning(new: Props) -> Props:
    return {"scanOnPush": bool((new.get("imageScanningConfiguration") or {}).get("scanOnPush", False))}


def _arn(aws: Aws, name: str) -> str:
    return f"arn:aws:ecr:{aws.region}:{aws.account}:repository/{name}"


def _tags(aws: Aws, arn: str) -> dict[str, str]:
    answer = unless_gone(aws.client("ecr").list_tags_for_resource, resourceArn=arn)
    return tags.mapped(answer["tags"]) if answer else {}


HANDLERS = {
    "aws:ecr/repository:Repository": Handler(
        check=check,
        defaults=defaults,
        calls=Calls(create=create, read=read, update=update, delete=delete),
        auto_name="name",
        identify=lambda _aws, new: new["name"],
        settled=frozenset({"encryptionConfigurations", "imageScanningConfiguration"}),
        replace_on=frozenset({"name", "encryptionConfigurations", "region"}),
        computed=frozenset({"arn", "registryId", "repositoryUrl", "tagsAll"}),
        volatile=frozenset({"tagsAll"}),
    ),
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": Handler(
        check=check_lifecycle,
        defaults=lifecycle_defaults,
        calls=Calls(create=create_lifecycle, read=read_lifecycle, update=update_lifecycle, delete=delete_lifecycle),
        identify=lambda _aws, new: new["repository"],
        overwrites=True,
        replace_on=frozenset({"repository", "policy", "region"}),
        computed=frozenset({"registryId"}),
    ),
}
