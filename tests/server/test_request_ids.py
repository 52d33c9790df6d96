"""A request has one id: the answer bears it, and the server's log has it."""

import pytest

from tests.server.raw import request
from tests.serving import Server


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("POST", "/", {"X_Amz_Target": "AWSStepFunctions.ListStateMachines"}),
        ("POST", "/", {"X_Amz_Target": "AWSStepFunctions.DescribeStateMachine"}),
        ("POST", "/", {"X_Amz_Target": "AmazonSQS.ListQueues"}),
        ("GET", "/2015-03-31/functions", {}),
        ("GET", "/2015-03-31/functions/none", {}),
        ("GET", "/", {"Host": "evil.example"}),
    ],
    ids=["done", "wrong", "not served", "done by REST", "wrong by REST", "refused"],
)
def test_the_id_of_an_answer_is_in_the_log(server: Server, method: str, path: str, headers: dict[str, str]) -> None:
    answer = request(server.url, method, path, b"{}", **headers)
    line = server.wrote(f".*request_id={answer.headers['x-amzn-requestid']} .*")
    assert f"status={answer.status}" in line[0]
