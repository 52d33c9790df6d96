"""The service models that are read, and where from."""

from botocore.loaders import Loader

from tobiishi.wire.models import service_model


def test_a_model_is_read_once():
    assert service_model("stepfunctions") is service_model("stepfunctions")
    assert service_model("stepfunctions").metadata["targetPrefix"] == "AWSStepFunctions"
    assert service_model("lambda").metadata["protocol"] == "rest-json"


def test_models_that_a_user_keeps_are_for_clients(tmp_path, monkeypatch):
    folder = tmp_path / "stepfunctions" / "2099-01-01"
    folder.mkdir(parents=True)
    (folder / "service-2.json").write_text('{"metadata": {"apiVersion": "2099-01-01"}, "operations": {}, "shapes": {}}')
    monkeypatch.setattr(Loader, "CUSTOMER_DATA_PATH", str(tmp_path))
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))
    service_model.cache_clear()
    assert service_model("stepfunctions").api_version == "2016-11-23"
