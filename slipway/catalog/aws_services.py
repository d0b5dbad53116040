"""Resource types of AWS that few components of ours make, and that the sandbox serves for programs of others."""

from collections.abc import Mapping
from typing import Any

from slipway.catalog.model import AwsCall, Block, Condition, LabelKey, ResourceType
from slipway.catalog.price import Free, Price, PricePage

Rows = Mapping[str, tuple[str, str, Mapping[str, Any], str]]
"""Type -> its words, the operation that describes one, its arguments, and where the answer has it."""

EC2: Rows = {
    "aws:ec2/vpc:Vpc": ("network", "describe_vpcs", {"VpcIds": ["{id}"]}, "Vpcs"),
    "aws:ec2/subnet:Subnet": ("subnetwork", "describe_subnets", {"SubnetIds": ["{id}"]}, "Subnets"),
    "aws:ec2/internetGateway:InternetGateway": (
        "internet gateway",
        "describe_internet_gateways",
        {"InternetGatewayIds": ["{id}"]},
        "InternetGateways",
    ),
    "aws:ec2/routeTable:RouteTable": (
        "route table",
        "describe_route_tables",
        {"RouteTableIds": ["{id}"]},
        "RouteTables",
    ),
    "aws:ec2/securityGroup:SecurityGroup": (
        "security group",
        "describe_security_groups",
        {"GroupIds": ["{id}"]},
        "SecurityGroups",
    ),
    "aws:ec2/eip:Eip": ("address", "describe_addresses", {"AllocationIds": ["{id}"]}, "Addresses"),
    "aws:ec2/natGateway:NatGateway": (
        "NAT gateway",
        "describe_nat_gateways",
        {"NatGatewayIds": ["{id}"]},
        "NatGateways",
    ),
    "aws:ec2/keyPair:KeyPair": ("key pair", "describe_key_pairs", {"KeyNames": ["{id}"]}, "KeyPairs"),
}
BALANCERS: Rows = {
    "aws:lb/loadBalancer:LoadBalancer": (
        "load balancer",
        "describe_load_balancers",
        {"LoadBalancerArns": ["{id}"]},
        "LoadBalancers",
    ),
    "aws:lb/targetGroup:TargetGroup": (
        "target group",
        "describe_target_groups",
        {"TargetGroupArns": ["{id}"]},
        "TargetGroups",
    ),
    "aws:lb/listener:Listener": ("listener", "describe_listeners", {"ListenerArns": ["{id}"]}, "Listeners"),
}
CONTAINERS: Rows = {
    "aws:ecs/cluster:Cluster": ("container cluster", "describe_clusters", {"clusters": ["{id}"]}, "clusters"),
    "aws:ecs/taskDefinition:TaskDefinition": (
        "task definition",
        "describe_task_definition",
        {"taskDefinition": "{id}"},
        "taskDefinition",
    ),
    "aws:ecs/capacityProvider:CapacityProvider": (
        "capacity provider",
        "describe_capacity_providers",
        {"capacityProviders": ["{id}"]},
        "capacityProviders",
    ),
}
OTHERS: Mapping[str, Rows] = {
    "ec2": EC2,
    "elbv2": BALANCERS,
    "ecs": CONTAINERS,
    "iam": {
        "aws:iam/user:User": ("user", "get_user", {"UserName": "{id}"}, "User"),
        "aws:iam/group:Group": ("group", "get_group", {"GroupName": "{id}"}, "Group"),
    },
    "sns": {
        "aws:sns/topic:Topic": ("topic", "get_topic_attributes", {"TopicArn": "{id}"}, "Attributes"),
        "aws:sns/topicSubscription:TopicSubscription": (
            "subscription",
            "get_subscription_attributes",
            {"SubscriptionArn": "{id}"},
            "Attributes",
        ),
    },
    "stepfunctions": {
        "aws:sfn/stateMachine:StateMachine": (
            "state machine",
            "describe_state_machine",
            {"stateMachineArn": "{id}"},
            "stateMachineArn",
        ),
    },
    "events": {"aws:cloudwatch/eventBus:EventBus": ("event bus", "describe_event_bus", {"Name": "{id}"}, "Arn")},
    "apigatewayv2": {
        "aws:apigatewayv2/api:Api": ("interface", "get_api", {"ApiId": "{id}"}, "ApiId"),
        "aws:apigatewayv2/domainName:DomainName": ("domain", "get_domain_name", {"DomainName": "{id}"}, "DomainName"),
    },
    "acm": {
        "aws:acm/certificate:Certificate": (
            "certificate",
            "describe_certificate",
            {"CertificateArn": "{id}"},
            "Certificate",
        )
    },
    "appsync": {
        "aws:appsync/graphQLApi:GraphQLApi": (
            "GraphQL interface",
            "get_graphql_api",
            {"apiId": "{id}"},
            "graphqlApi",
        )
    },
}
PARTS = {
    "aws:s3/bucketWebsiteConfiguration:BucketWebsiteConfiguration": ("bucket's website", "its bucket"),
    "aws:s3/bucketWebsiteConfigurationV2:BucketWebsiteConfigurationV2": ("bucket's website", "its bucket"),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": ("bucket's ownership controls", "its bucket"),
    "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration": ("bucket's sharing with other origins", "its bucket"),
    "aws:s3/bucketAcl:BucketAcl": ("bucket's grants", "its bucket"),
    "aws:ec2/route:Route": ("route", "its route table"),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": ("association of a route table", "its route table"),
    "aws:ecs/service:Service": ("container service", "its cluster"),
    "aws:sns/topicPolicy:TopicPolicy": ("topic policy", "its topic"),
    "aws:sqs/queuePolicy:QueuePolicy": ("queue policy", "its queue"),
    "aws:secretsmanager/secretVersion:SecretVersion": ("version of a secret", "its secret"),
    "aws:apigatewayv2/integration:Integration": ("integration", "its interface"),
    "aws:apigatewayv2/route:Route": ("route of an interface", "its interface"),
    "aws:apigatewayv2/stage:Stage": ("stage", "its interface"),
    "aws:apigatewayv2/apiMapping:ApiMapping": ("what a domain leads to", "its domain"),
    "aws:acm/certificateValidation:CertificateValidation": ("wait for a certificate", "its certificate"),
    "aws:appsync/apiKey:ApiKey": ("key of an interface", "its interface"),
    "aws:appsync/dataSource:DataSource": ("data source", "its interface"),
    "aws:appsync/resolver:Resolver": ("resolver", "its interface"),
    "aws:cloudwatch/logStream:LogStream": ("log stream", "its log group"),
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": ("metric filter", "its log group"),
    "aws:iam/userPolicy:UserPolicy": ("policy of a user", "its user"),
    "aws:iam/userPolicyAttachment:UserPolicyAttachment": ("policy attachment", "its user"),
    "aws:iam/accessKey:AccessKey": ("access key", "its user"),
    "aws:ecr/repositoryPolicy:RepositoryPolicy": ("repository policy", "its repository"),
}
"""Type -> its words, and what it goes with."""

UNTAGGED = frozenset(
    {"aws:iam/group:Group", "aws:sns/topicSubscription:TopicSubscription"},
)


GROUPS: tuple[tuple[str, str, str, str, Mapping[str, Any], str, LabelKey], ...] = (
    (
        "aws:ec2/launchConfiguration:LaunchConfiguration",
        "launch configuration",
        "autoscaling",
        "describe_launch_configurations",
        {"LaunchConfigurationNames": ["{id}"]},
        "LaunchConfigurations",
        "",
    ),
    (
        "aws:autoscaling/group:Group",
        "group of virtual machines",
        "autoscaling",
        "describe_auto_scaling_groups",
        {"AutoScalingGroupNames": ["{id}"]},
        "AutoScalingGroups",
        "",
    ),
    (
        "aws:rds/subnetGroup:SubnetGroup",
        "database's subnetworks",
        "rds",
        "describe_db_subnet_groups",
        {"DBSubnetGroupName": "{id}"},
        "DBSubnetGroups",
        "tags",
    ),
    ("aws:eks/cluster:Cluster", "Kubernetes cluster", "eks", "describe_cluster", {"name": "{id}"}, "cluster", "tags"),
    (
        "aws:eks/nodeGroup:NodeGroup",
        "group of nodes",
        "eks",
        "describe_nodegroup",
        {"clusterName": "{0}", "nodegroupName": "{1}"},
        "nodegroup",
        "tags",
    ),
)


US, SOUGHT = "us-east-1", "2026-11-27"
VPC = PricePage(
    url="https://aws.amazon.com/vpc/pricing/",
    region=US,
    as_of="2025-06-30",
    confirmed_by="https://www.usage.ai/blogs/aws-network-costs/",
    confirmed_on="2026-05-01",  # it says May
    sought_on=SOUGHT,
)
ADDRESSES = PricePage(
    url="https://aws.amazon.com/vpc/pricing/",
    region="",
    as_of="2025-06-30",
    confirmed_by="https://pocketlantern.dev/briefs/aws-public-ipv4-charge-avoidance-vpc-and-load-balancer-design-2026",
    confirmed_on="2026-03-15",
    sought_on=SOUGHT,
)
NAT = PricePage(
    url="https://aws.amazon.com/vpc/pricing/",
    region=US,
    as_of="2025-06-30",
    confirmed_by="https://cloudburn.io/blog/aws-nat-gateway-pricing",
    confirmed_on="2026-02-24",
    sought_on=SOUGHT,
)
LOAD_BALANCING = PricePage(
    url="https://aws.amazon.com/elasticloadbalancing/pricing/",
    region=US,
    as_of="2025-06-30",
    confirmed_by="https://awsnegotiations.com/elastic-load-balancer-cost.html",
    confirmed_on="2026-05-01",  # it says May
    sought_on=SOUGHT,
)
SNS = PricePage(
    url="https://aws.amazon.com/sns/pricing/",
    region=US,
    as_of="2025-06-30",
    confirmed_by="https://www.factualminds.com/blog/amazon-sns-pricing-publishes-fanout-protocols/",
    confirmed_on="2026-06-13",
    sought_on=SOUGHT,
)
API_GATEWAY = PricePage(
    url="https://aws.amazon.com/api-gateway/pricing/",
    region=US,
    as_of="2025-06-30",
    confirmed_by="https://go-cloud.io/aws-api-gateway-pricing",
    confirmed_on="2026-01-01",  # it says the year
    sought_on=SOUGHT,
)
CERTIFICATES = PricePage(
    url="https://aws.amazon.com/certificate-manager/pricing/",
    region="",
    as_of="2025-06-30",
    confirmed_by="https://digitaliceroom.com/aws-cheat-sheet/aws-security/aws-certificate-manager",
    confirmed_on="2025-06-23",
    sought_on=SOUGHT,
)
IAM = PricePage(url="https://aws.amazon.com/iam/faqs/", region="", as_of="2025-06-30", sought_on=SOUGHT)
KNOWN: Mapping[str, Free | tuple[Price, ...]] = {
    "aws:ec2/vpc:Vpc": Free(page=VPC),
    "aws:ec2/subnet:Subnet": Free(page=VPC),
    "aws:ec2/internetGateway:InternetGateway": Free(page=VPC),
    "aws:ec2/routeTable:RouteTable": Free(page=VPC),
    "aws:ec2/securityGroup:SecurityGroup": Free(page=VPC),
    "aws:ec2/eip:Eip": (Price(page=ADDRESSES, monthly="3.65"),),
    "aws:ec2/natGateway:NatGateway": (Price(page=NAT, monthly="32.85", usage=("0.045 per GB that goes through it",)),),
    "aws:lb/loadBalancer:LoadBalancer": (
        Price(
            page=LOAD_BALANCING,
            where={"loadBalancerType": "network"},
            monthly="16.43",
            usage=("0.006 per hour and capacity unit",),
        ),
        Price(page=LOAD_BALANCING, monthly="16.43", usage=("0.008 per hour and capacity unit, and its addresses",)),
    ),
    "aws:lb/targetGroup:TargetGroup": Free(page=LOAD_BALANCING),
    "aws:lb/listener:Listener": Free(page=LOAD_BALANCING),
    "aws:iam/user:User": Free(page=IAM),
    "aws:iam/group:Group": Free(page=IAM),
    "aws:sns/topic:Topic": (
        Price(page=SNS, usage=("0.50 per million messages published", "0.60 per million delivered by HTTP")),
    ),
    "aws:sns/topicSubscription:TopicSubscription": Free(page=SNS),
    "aws:apigatewayv2/api:Api": (Price(page=API_GATEWAY, usage=("1.00 per million requests",)),),
    "aws:apigatewayv2/domainName:DomainName": Free(page=API_GATEWAY),
    "aws:acm/certificate:Certificate": Free(page=CERTIFICATES),
}
"""The prices of types; of the others the review says that their price is not known."""


def _row(type: str, service: str, words: str, operation: str, arguments: Mapping[str, Any], key: str) -> ResourceType:
    labels: LabelKey = "" if type in UNTAGGED else "tags"
    ask = AwsCall(service=service, operation=operation, arguments=arguments, key=key)
    return ResourceType(type=type, words=words, ask=ask, labels=labels, price=KNOWN.get(type, ()))


TYPES = (
    *(_row(type, service, *row) for service, rows in OTHERS.items() for type, row in rows.items()),
    *(ResourceType(type=type, words=words, belongs_to=owner) for type, (words, owner) in PARTS.items()),
    ResourceType(
        type="aws:ec2/instance:Instance",
        words="virtual machine",
        holds_data=True,
        stops_destroy=(
            Block(
                when=Condition(path="disableApiTermination", values=(True,)),
                why="its protection from termination is on",
            ),
        ),
        ask=AwsCall(
            service="ec2",
            operation="describe_instances",
            arguments={"InstanceIds": ["{id}"]},
            key="Reservations",
        ),
        labels="tags",
        price=(),
    ),
    *(
        ResourceType(
            type=type,
            words=words,
            ask=AwsCall(
                service=service,
                operation=operation,
                arguments=arguments,
                key=key,
                separator=":" if "{1}" in arguments.values() else "",
            ),
            labels=labels,
            price=(),
        )
        for type, words, service, operation, arguments, key, labels in GROUPS
    ),
    ResourceType(
        type="aws:ssm/parameter:Parameter",
        words="parameter",
        ask=AwsCall(service="ssm", operation="get_parameter", arguments={"Name": "{id}"}, key="Parameter"),
        labels="tags",
        price=(),
    ),
)
