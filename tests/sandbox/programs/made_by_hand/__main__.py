"""A bucket of a fixed name, which may be there already."""

import pulumi_aws as aws

aws.s3.Bucket("hm", bucket="rep-by-hand")
