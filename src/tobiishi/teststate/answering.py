"""Which operation's answer a Task has for its result.

A request response task has the answer of its own call; a `.sync` task that of the operation which tells how the job
stands; a `.waitForTaskToken` task what somebody sends back, which no model knows. Optimized integrations that are no
AWS operation (HTTP, API Gateway, EKS's own API) have none either.
Source: the pages of "Integrating services with Step Functions", one for each service.
"""

from collections.abc import Mapping
from typing import Final

from botocore.model import OperationModel

from tobiishi.asl import sdk
from tobiishi.asl.model import Resource
from tobiishi.tasks.aws_models import service_model

_SERVICES: Final[Mapping[str, str]] = {
    "elasticmapreduce": "emr",
    "emr-containers": "emrcontainers",
    "emr-serverless": "emrserverless",
    "events": "eventbridge",
    "states": "sfn",
}
"""Services that an optimized integration names otherwise than the SDK does."""

_POLLED: Final[Mapping[str, str]] = {
    "athena:startQueryExecution": "getQueryExecution",
    "batch:submitJob": "describeJobs",
    "bedrock:createModelCustomizationJob": "getModelCustomizationJob",
    "codebuild:retryBuild": "batchGetBuilds",
    "codebuild:retryBuildBatch": "batchGetBuildBatches",
    "codebuild:startBuild": "batchGetBuilds",
    "codebuild:startBuildBatch": "batchGetBuildBatches",
    "databrew:startJobRun": "describeJobRun",
    "ecs:runTask": "describeTasks",
    "eks:createCluster": "describeCluster",
    "eks:createNodegroup": "describeNodegroup",
    "eks:deleteCluster": "describeCluster",
    "eks:deleteNodegroup": "describeNodegroup",
    "elasticmapreduce:addStep": "describeStep",
    "elasticmapreduce:createCluster": "describeCluster",
    "elasticmapreduce:terminateCluster": "describeCluster",
    "emr-containers:deleteVirtualCluster": "describeVirtualCluster",
    "emr-containers:startJobRun": "describeJobRun",
    "emr-serverless:cancelJobRun": "getJobRun",
    "emr-serverless:createApplication": "getApplication",
    "emr-serverless:deleteApplication": "getApplication",
    "emr-serverless:startApplication": "getApplication",
    "emr-serverless:startJobRun": "getJobRun",
    "emr-serverless:stopApplication": "getApplication",
    "glue:startJobRun": "getJobRun",
    "mediaconvert:createJob": "getJob",
    "sagemaker:createHyperParameterTuningJob": "describeHyperParameterTuningJob",
    "sagemaker:createLabelingJob": "describeLabelingJob",
    "sagemaker:createProcessingJob": "describeProcessingJob",
    "sagemaker:createTrainingJob": "describeTrainingJob",
    "sagemaker:createTransformJob": "describeTransformJob",
    "states:startExecution": "describeExecution",
}
"""What a `.sync` integration asks until the job is done."""

_JSON_FIELDS: Final[Mapping[str, frozenset[str]]] = {
    "lambda:invoke": frozenset({"Payload"}),
    "bedrock:invokeModel": frozenset({"Body"}),
    "states:startExecution.sync:2": frozenset({"Input", "Output"}),
}
"""Fields that an optimized integration gives as JSON, where the model has a text or bytes."""


def answering_operation(resource: Resource) -> OperationModel | None:
    """Return the model of the operation whose answer is the task's result; None if there is none."""
    if resource.kind != "service" or resource.pattern == "waitForTaskToken":
        return None
    action: str | None = resource.action
    if resource.pattern:
        action = _POLLED.get(f"{resource.service}:{resource.action}")
    service = resource.service if resource.is_sdk else _SERVICES.get(resource.service, resource.service)
    if service == "bedrock" and action == "invokeModel":
        service = "bedrockruntime"
    folder, name = sdk.folder(service), sdk.operations(service).get(action or "")
    return None if folder is None or name is None else service_model(folder).operation_model(name)


def json_fields(resource: Resource) -> frozenset[str]:
    """Return the fields of the result that may hold any JSON value."""
    return _JSON_FIELDS.get(f"{resource.resource_type}:{resource.resource}", frozenset())
