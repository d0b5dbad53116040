"""Functions whose code is a folder of the program's, an archive of a folder, and an archive of a text."""

import json
from pathlib import Path

import pulumi
import pulumi_aws as aws

trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
role = aws.iam.Role("r", assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))
CODE = {
    "folder": pulumi.FileArchive("./app_src/hello_function"),
    "assets": pulumi.AssetArchive({".": pulumi.FileArchive("./app")}),
    "inline": pulumi.AssetArchive(
        {"lambda_function.py": pulumi.StringAsset(Path("app/lambda_function.py").read_text())}
    ),
}
for mode, code in CODE.items():
    function = aws.lambda_.Function(
        mode, role=role.arn, runtime="python3.12", handler="lambda_function.lambda_handler", code=code
    )
    pulumi.export(mode, function.name)
