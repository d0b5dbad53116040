"""Resource types of AWS that few components of ours make, and that the sandbox serves for programs of others."""

from collections.abc import Mapping
from typing import Any

from slipway.catalog.model import AwsCall, Block, Condition, LabelKey, ResourceType

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


def _row(type: str, service: str, words: str, operation: str, arguments: Mapping[str, Any], key: str) -> ResourceType:
    labels: LabelKey = "" if type in UNTAGGED else "tags"
    ask = AwsCall(service=service, operation=operation, arguments=arguments, key=key)
    return ResourceType(type=type, words=words, ask=ask, labels=labels, price=())


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
