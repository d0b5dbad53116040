# One resource of each type that a stack of ours may declare on AWS, with the inputs that the components set.
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "note" {
  type        = string
  description = "Its second value changes what can be changed in place."
}

variable "solution_stack" {
  type        = string
  description = "The platform of the Beanstalk environment."
}

locals {
  second = var.note == "second"
  tags   = { note = var.note }
}

provider "aws" {
  region                      = "us-east-1"
  s3_use_path_style           = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
}

# -- Identities
resource "aws_iam_role" "function" {
  name = "rec-function"
  tags = local.tags
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow", Action = "sts:AssumeRole"
      Principal = { Service = local.second ? ["lambda.amazonaws.com", "scheduler.amazonaws.com"] : ["lambda.amazonaws.com"] }
    }]
  })
  description = "note ${var.note}"
}

resource "aws_iam_role" "instances" {
  name = "rec-instances"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }]
  })
}

resource "aws_iam_role" "service" {
  name = "rec-service"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "elasticbeanstalk.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "function" {
  role = aws_iam_role.function.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = local.second ? ["logs:PutLogEvents", "logs:CreateLogStream"] : ["logs:PutLogEvents"], Resource = "${aws_cloudwatch_log_group.function.arn}:*" },
      { Effect = "Allow", Action = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:SendMessage"], Resource = aws_sqs_queue.queue.arn },
    ]
  })
}

resource "aws_iam_role_policy" "instances" {
  role = aws_iam_role.instances.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.bucket.arn}/*" }]
  })
}

resource "aws_iam_role_policy_attachment" "service" {
  role       = aws_iam_role.service.name
  policy_arn = "arn:aws:iam::aws:policy/AWSElasticBeanstalkManagedUpdatesCustomerRolePolicy"
}

resource "aws_iam_instance_profile" "instances" {
  name = "rec-instances"
  role = aws_iam_role.instances.name
  tags = local.tags
}

# -- Buckets
resource "aws_s3_bucket" "bucket" {
  bucket        = "rec-bucket"
  force_destroy = true
  tags          = local.tags
}

resource "aws_s3_bucket_versioning" "bucket" {
  bucket = aws_s3_bucket.bucket.id
  versioning_configuration {
    status = local.second ? "Suspended" : "Enabled"
  }
}

resource "aws_s3_bucket_public_access_block" "bucket" {
  bucket                  = aws_s3_bucket.bucket.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = local.second
}

resource "aws_s3_bucket_server_side_encryption_configuration" "bucket" {
  bucket = aws_s3_bucket.bucket.id
  rule {
    bucket_key_enabled = local.second
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_notification" "bucket" {
  bucket = aws_s3_bucket.bucket.id
  lambda_function {
    lambda_function_arn = aws_lambda_alias.live.arn
    events              = ["s3:ObjectCreated:*"]
    filter_prefix       = "in-${var.note}/"
  }
  depends_on = [aws_lambda_permission.bucket]
}

resource "aws_s3_object" "text" {
  bucket  = aws_s3_bucket.bucket.id
  key     = "text"
  content = var.note
}

resource "aws_s3_object" "bundle" {
  for_each    = toset(["first", "second"])
  bucket      = aws_s3_bucket.bucket.id
  key         = "web/${each.key}.zip"
  source      = "web.zip"
  source_hash = filemd5("web.zip")
}

# -- Functions
resource "aws_cloudwatch_log_group" "function" {
  name              = "/aws/lambda/rec"
  retention_in_days = local.second ? 14 : 7
  tags              = local.tags
}

resource "aws_lambda_function" "function" {
  function_name                  = "rec"
  role                           = aws_iam_role.function.arn
  handler                        = "main.handler"
  runtime                        = "python3.13"
  filename                       = "${var.note}.zip"
  source_code_hash               = filebase64sha256("${var.note}.zip")
  publish                        = true
  timeout                        = local.second ? 4 : 3
  reserved_concurrent_executions = local.second ? 3 : 2
  tags                           = local.tags
  environment {
    variables = { NOTE = var.note }
  }
  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.function.name
  }
  depends_on = [aws_iam_role_policy.function]
}

resource "aws_lambda_alias" "live" {
  name             = "live"
  function_name    = aws_lambda_function.function.function_name
  function_version = aws_lambda_function.function.version
}

resource "aws_lambda_function_url" "function" {
  function_name      = aws_lambda_function.function.function_name
  qualifier          = aws_lambda_alias.live.name
  authorization_type = local.second ? "NONE" : "AWS_IAM"
}

resource "aws_lambda_permission" "bucket" {
  function_name = aws_lambda_function.function.function_name
  qualifier     = aws_lambda_alias.live.name
  action        = "lambda:InvokeFunction"
  principal     = "s3.amazonaws.com"
  source_arn    = aws_s3_bucket.bucket.arn
}

resource "aws_lambda_event_source_mapping" "queue" {
  event_source_arn = aws_sqs_queue.queue.arn
  function_name    = aws_lambda_alias.live.arn
  batch_size       = local.second ? 5 : 4
  tags             = local.tags
  depends_on       = [aws_iam_role_policy.function]
}

resource "aws_lambda_function_event_invoke_config" "function" {
  function_name          = aws_lambda_function.function.function_name
  qualifier              = aws_lambda_alias.live.name
  maximum_retry_attempts = local.second ? 1 : 0
}

resource "aws_lambda_invocation" "release" {
  function_name = aws_lambda_function.function.function_name
  qualifier     = aws_lambda_function.function.version
  input         = jsonencode({ note = var.note })
}

# -- Sealed values
resource "aws_secretsmanager_secret" "sealed" {
  name                    = "rec"
  description             = "note ${var.note}"
  recovery_window_in_days = 0
  tags                    = local.tags
}

resource "aws_secretsmanager_secret_version" "sealed" {
  secret_id     = aws_secretsmanager_secret.sealed.id
  secret_string = var.note
}

# -- Events
resource "aws_sqs_queue" "queue" {
  name                       = "rec"
  visibility_timeout_seconds = local.second ? 40 : 30
  tags                       = local.tags
}

resource "aws_kinesis_stream" "stream" {
  name             = "rec"
  shard_count      = 1
  retention_period = local.second ? 48 : 24
  tags             = local.tags
}

resource "aws_cloudwatch_event_rule" "rule" {
  name          = "rec"
  event_pattern = jsonencode({ source = [var.note] })
  tags          = local.tags
}

resource "aws_cloudwatch_event_target" "target" {
  rule = aws_cloudwatch_event_rule.rule.name
  arn  = aws_lambda_alias.live.arn
  retry_policy {
    maximum_retry_attempts       = local.second ? 2 : 1
    maximum_event_age_in_seconds = 60
  }
}

resource "aws_scheduler_schedule" "nightly" {
  name                = "rec"
  schedule_expression = local.second ? "rate(2 hours)" : "rate(1 hours)"
  flexible_time_window {
    mode = "OFF"
  }
  target {
    arn      = aws_lambda_alias.live.arn
    role_arn = aws_iam_role.function.arn
  }
}

# -- What watches
resource "aws_cloudwatch_metric_alarm" "errors" {
  alarm_name          = "rec"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  metric_name         = "Errors"
  namespace           = "AWS/Lambda"
  period              = 60
  statistic           = "Sum"
  threshold           = local.second ? 2 : 1
  tags                = local.tags
}

resource "aws_cloudwatch_dashboard" "dashboard" {
  dashboard_name = "rec"
  dashboard_body = jsonencode({ widgets = [{ type = "text", width = 6, height = 3, properties = { markdown = var.note } }] })
}

resource "aws_budgets_budget" "budget" {
  name         = "rec"
  budget_type  = "COST"
  limit_amount = local.second ? "20" : "10"
  limit_unit   = "USD"
  time_unit    = "MONTHLY"
  tags         = local.tags
}

# -- Images
resource "aws_ecr_repository" "images" {
  name                 = "rec"
  force_delete         = true
  image_tag_mutability = local.second ? "MUTABLE" : "IMMUTABLE"
  tags                 = local.tags
  image_scanning_configuration {
    scan_on_push = !local.second
  }
}

resource "aws_ecr_lifecycle_policy" "images" {
  repository = aws_ecr_repository.images.name
  policy = jsonencode({ rules = [{
    rulePriority = 1, description = var.note, action = { type = "expire" },
    selection = { tagStatus = "any", countType = "imageCountMoreThan", countNumber = 10 }
  }] })
}

# -- Domains
resource "aws_acm_certificate" "domain" {
  domain_name       = "shop.example.com"
  validation_method = "DNS"
  tags              = local.tags
}

resource "aws_acm_certificate_validation" "domain" {
  certificate_arn = aws_acm_certificate.domain.arn
}

resource "aws_apigatewayv2_api" "api" {
  name                         = "rec"
  protocol_type                = "HTTP"
  disable_execute_api_endpoint = true
  description                  = var.note
  tags                         = local.tags
}

resource "aws_apigatewayv2_integration" "function" {
  api_id                 = aws_apigatewayv2_api.api.id
  integration_type       = "AWS_PROXY"
  integration_uri        = aws_lambda_alias.live.arn
  payload_format_version = "2.0"
  timeout_milliseconds   = local.second ? 20000 : 10000
}

resource "aws_apigatewayv2_route" "every" {
  api_id    = aws_apigatewayv2_api.api.id
  route_key = local.second ? "ANY /all" : "$default"
  target    = "integrations/${aws_apigatewayv2_integration.function.id}"
}

resource "aws_apigatewayv2_stage" "only" {
  api_id      = aws_apigatewayv2_api.api.id
  name        = "$default"
  auto_deploy = true
  description = var.note
  tags        = local.tags
}

resource "aws_apigatewayv2_domain_name" "domain" {
  domain_name = "shop.example.com"
  tags        = local.tags
  domain_name_configuration {
    certificate_arn = aws_acm_certificate_validation.domain.certificate_arn
    endpoint_type   = "REGIONAL"
    security_policy = "TLS_1_2"
  }
}

resource "aws_apigatewayv2_api_mapping" "domain" {
  api_id      = aws_apigatewayv2_api.api.id
  domain_name = aws_apigatewayv2_domain_name.domain.id
  stage       = aws_apigatewayv2_stage.only.name
}

# -- Beanstalk
resource "aws_elastic_beanstalk_application" "web" {
  name        = "rec"
  description = var.note
  tags        = local.tags
  appversion_lifecycle {
    service_role          = aws_iam_role.service.arn
    max_count             = local.second ? 20 : 10
    delete_source_from_s3 = true
  }
}

resource "aws_elastic_beanstalk_application_version" "web" {
  for_each    = toset(["first", "second"])
  name        = each.key
  application = aws_elastic_beanstalk_application.web.name
  bucket      = aws_s3_bucket.bucket.id
  key         = aws_s3_object.bundle[each.key].key
  description = var.note
  tags        = local.tags
}

resource "aws_elastic_beanstalk_environment" "web" {
  name                = "rec-web"
  application         = aws_elastic_beanstalk_application.web.name
  solution_stack_name = var.solution_stack
  version_label       = aws_elastic_beanstalk_application_version.web[var.note].name
  tags                = local.tags
  setting {
    namespace = "aws:elasticbeanstalk:environment"
    name      = "EnvironmentType"
    value     = "SingleInstance"
  }
  setting {
    namespace = "aws:elasticbeanstalk:environment"
    name      = "ServiceRole"
    value     = aws_iam_role.service.name
  }
  setting {
    namespace = "aws:autoscaling:launchconfiguration"
    name      = "IamInstanceProfile"
    value     = aws_iam_instance_profile.instances.name
  }
  setting {
    namespace = "aws:elasticbeanstalk:application:environment"
    name      = "NOTE"
    value     = var.note
  }
  depends_on = [aws_iam_role_policy.instances, aws_iam_role_policy_attachment.service]
}
