"""API Gateway's HTTP and WebSocket interfaces, and AppSync: the emulator keeps and serves them."""

from slipway.sandbox.aws.emulated.row import Call, Row, Tagging
from slipway.sandbox.aws.emulated.templates import same, seen
from slipway.sandbox.handler import Props

ARN = "arn:aws:apigateway:{region}::/apis/"
TAGGING = Tagging(write=dict, subject={"ResourceArn": "{arn}"})
API = "name description version corsConfiguration:shape disableExecuteApiEndpoint"
INTEGRATION = (
    "connectionId connectionType credentialsArn description integrationMethod integrationUri integrationSubtype "
    "passthroughBehavior payloadFormatVersion requestParameters requestTemplates templateSelectionExpression"
)
TIMEOUT = {"TimeoutInMillis": "{timeoutMilliseconds}"}
ROUTE = (
    "routeKey target authorizationType authorizationScopes authorizerId operationName apiKeyRequired "
    "modelSelectionExpression"
)
STAGE = "autoDeploy description deploymentId stageVariables"


def shape(keys: str) -> dict[str, str]:
    """As :func:`same`, where a word may end in ``:shape``."""
    return {key: f"{{{word}}}" for word in keys.split() for key in same(word.partition(":")[0])}


def settings(place: Props) -> Props:
    """A stage's throttling, by route and by default."""
    default = place.get("defaultRouteSettings")
    routes = {
        one["routeKey"]: {key[0].upper() + key[1:]: value for key, value in one.items() if key != "routeKey"}
        for one in place.get("routeSettings") or ()
    }
    return {
        **({"RouteSettings": routes} if routes else {}),
        **(
            {"DefaultRouteSettings": {key[0].upper() + key[1:]: value for key, value in default.items()}}
            if default
            else {}
        ),
    }


SETTINGS = frozenset({"routeSettings", "defaultRouteSettings"})
API_ROWS = (
    Row(
        type="aws:apigatewayv2/api:Api",
        fixed=frozenset({"name"}),
        at="@",
        create=Call(
            operation="create_api",
            arguments={**shape(API), **same("protocolType routeSelectionExpression routeKey target credentialsArn")},
        ),
        update=(Call(operation="update_api", arguments={"ApiId": "{id}", **shape(API)}),),
        id="ApiId",
        auto_name="name",
        defaults={"apiKeySelectionExpression": "$request.header.x-api-key"},
        read={
            **seen("name apiEndpoint protocolType routeSelectionExpression"),
            "arn": ARN + "{id}",
            "executionArn": "arn:aws:execute-api:{region}:{account}:{id}",
        },
        delete=Call(operation="delete_api", arguments={"ApiId": "{id}"}),
        tagging=TAGGING,
    ),
    Row(
        type="aws:apigatewayv2/integration:Integration",
        service="apigatewayv2",
        look=Call(operation="get_integration", arguments={"ApiId": "{apiId}", "IntegrationId": "{id}"}),
        at="@",
        create=Call(
            operation="create_integration",
            arguments={"ApiId": "{apiId}", **same(f"integrationType {INTEGRATION}"), **TIMEOUT},
        ),
        update=(
            Call(
                operation="update_integration",
                arguments={"ApiId": "{apiId}", "IntegrationId": "{id}", **same(INTEGRATION), **TIMEOUT},
            ),
        ),
        id="IntegrationId",
        defaults={"connectionType": "INTERNET", "payloadFormatVersion": "1.0", "timeoutMilliseconds": 30_000},
        read=seen("integrationType integrationUri integrationResponseSelectionExpression"),
        delete=Call(operation="delete_integration", arguments={"ApiId": "{apiId}", "IntegrationId": "{id}"}),
    ),
    Row(
        type="aws:apigatewayv2/route:Route",
        service="apigatewayv2",
        look=Call(operation="get_route", arguments={"ApiId": "{apiId}", "RouteId": "{id}"}),
        at="@",
        create=Call(operation="create_route", arguments={"ApiId": "{apiId}", **same(ROUTE)}),
        update=(Call(operation="update_route", arguments={"ApiId": "{apiId}", "RouteId": "{id}", **same(ROUTE)}),),
        id="RouteId",
        defaults={"authorizationType": "NONE", "apiKeyRequired": False},
        read=seen("routeKey target"),
        delete=Call(operation="delete_route", arguments={"ApiId": "{apiId}", "RouteId": "{id}"}),
    ),
    Row(
        type="aws:apigatewayv2/stage:Stage",
        service="apigatewayv2",
        look=Call(operation="get_stage", arguments={"ApiId": "{apiId}", "StageName": "{id}"}),
        at="@",
        create=Call(
            operation="create_stage",
            arguments={"ApiId": "{apiId}", "StageName": "{name}", **same(STAGE)},
            more=lambda _aws, place: settings(place),
            inputs=SETTINGS,
        ),
        repeats="update_stage",
        id="{name}",
        refusal="ConflictException: Stage already exists",
        auto_name="name",
        defaults={"autoDeploy": False},
        read={
            "name": "StageName",
            "arn": ARN + "{apiId}/stages/{id}",
            "executionArn": "arn:aws:execute-api:{region}:{account}:{apiId}/{id}",
            "invokeUrl": "https://{apiId}.execute-api.{region}.amazonaws.com/{id}",
        },
        delete=Call(operation="delete_stage", arguments={"ApiId": "{apiId}", "StageName": "{id}"}),
        tagging=TAGGING,
    ),
)


def source(place: Props) -> Props:
    """Where a data source of GraphQL looks; of AppSync's own kinds, those of tables, functions and addresses."""
    table, function, http = (place.get(key) for key in ("dynamodbConfig", "lambdaConfig", "httpConfig"))
    arguments: Props = {}
    if table:
        named = {"tableName": table["tableName"], "awsRegion": table.get("region") or place["region"]}
        arguments["dynamodbConfig"] = named
    if function:
        arguments["lambdaConfig"] = {"lambdaFunctionArn": function["functionArn"]}
    if http:
        arguments["httpConfig"] = {"endpoint": http["endpoint"]}
    return arguments


SOURCE = frozenset({"dynamodbConfig", "lambdaConfig", "httpConfig"})
RESOLVER = {
    "apiId": "{apiId}",
    "typeName": "{type}",
    "fieldName": "{field}",
    "dataSourceName": "{dataSource}",
    "requestMappingTemplate": "{requestTemplate}",
    "responseMappingTemplate": "{responseTemplate}",
    "kind": "{kind}",
    "code": "{code}",
    "runtime": "{runtime}",
}
DATA_SOURCE = {
    "apiId": "{apiId}",
    "name": "{name}",
    "type": "{type}",
    "description": "{description}",
    "serviceRoleArn": "{serviceRoleArn}",
}
GRAPH_ROWS = (
    Row(
        type="aws:appsync/graphQLApi:GraphQLApi",
        fixed=frozenset({"name"}),
        create=Call(
            operation="create_graphql_api",
            arguments={
                "name": "{name}",
                "authenticationType": "{authenticationType}",
                "xrayEnabled": "{xrayEnabled}",
            },
        ),
        then=(
            Call(
                operation="start_schema_creation",
                arguments={"apiId": "{id}"},
                more=lambda _aws, place: {"definition": place["schema"].encode()},
                inputs=frozenset({"schema"}),
            ),
        ),
        update=(
            Call(
                operation="update_graphql_api",
                arguments={
                    "apiId": "{id}",
                    "name": "{name}",
                    "authenticationType": "{authenticationType}",
                    "xrayEnabled": "{xrayEnabled}",
                },
            ),
        ),
        id="graphqlApi.apiId",
        auto_name="name",
        read={"arn": "arn", "name": "name", "uris": "uris"},
        delete=Call(operation="delete_graphql_api", arguments={"apiId": "{id}"}),
        tagging=Tagging(parameter="tags", write=dict, subject={"resourceArn": "{arn}"}, keys="tagKeys"),
    ),
    Row(
        type="aws:appsync/apiKey:ApiKey",
        service="appsync",
        separator=":",
        look=Call(operation="list_api_keys", arguments={"apiId": "{0}"}),
        at="apiKeys[?id=='{1}'] | [0]",
        create=Call(operation="create_api_key", arguments={"apiId": "{apiId}", "description": "{description}"}),
        id="{apiId}:{key}",
        answers={"key": "apiKey.id"},
        read={"key": "id", "apiKeyId": "id"},
        defaults={"description": "Managed by Pulumi"},
        secret=frozenset({"key"}),
        delete=Call(operation="delete_api_key", arguments={"apiId": "{apiId}", "id": "{key}"}),
    ),
    Row(
        type="aws:appsync/dataSource:DataSource",
        service="appsync",
        look=Call(operation="get_data_source", arguments={"apiId": "{apiId}", "name": "{name}"}),
        at="dataSource",
        create=Call(
            operation="create_data_source",
            arguments=DATA_SOURCE,
            more=lambda _aws, place: source(place),
            inputs=SOURCE,
        ),
        repeats="update_data_source",
        id="{apiId}-{name}",
        refusal="BadRequestException: Data source with name {name} already exists",
        auto_name="name",
        read={"arn": "dataSourceArn", "name": "name", "type": "type"},
        delete=Call(operation="delete_data_source", arguments={"apiId": "{apiId}", "name": "{name}"}),
    ),
    Row(
        type="aws:appsync/resolver:Resolver",
        service="appsync",
        look=Call(
            operation="get_resolver",
            arguments={"apiId": "{apiId}", "typeName": "{type}", "fieldName": "{field}"},
        ),
        at="resolver",
        create=Call(operation="create_resolver", arguments=RESOLVER),
        repeats="update_resolver",
        id="{apiId}-{type}-{field}",
        refusal="BadRequestException: Only one resolver is allowed per field.",
        read={"arn": "resolverArn"},
        delete=Call(
            operation="delete_resolver",
            arguments={"apiId": "{apiId}", "typeName": "{type}", "fieldName": "{field}"},
        ),
    ),
)
ROWS = (*API_ROWS, *GRAPH_ROWS)
