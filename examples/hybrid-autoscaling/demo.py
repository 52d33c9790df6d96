"""Hybrid auto scaling from end to end, on this machine: `make demo`, or `python demo.py` in tobiishi's environment.

A stand-in for AWS (moto's server, on a port of 127.0.0.1) has the services around the workflows; `tobiishi serve` has
the workflows, and passes every other request on to the stand-in. So the whole demo talks to one endpoint, with boto3,
as an application would: it builds a network, a target group and an Auto Scaling group, creates and starts both state
machines, follows their history, and asks the target group whether the instance's address really came and went.
"""

import json
import logging
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import boto3
import moto_lifecycle
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from moto.server import ThreadedMotoServer

HERE = Path(__file__).resolve().parent
DATA = Path(".tobiishi") / "demo-hybrid-autoscaling"
TOBIISHI = Path(sys.executable).with_name("tobiishi")
REGION = "us-east-1"
GROUP = "hybrid-web"
HOOK = "drain-connections"
DRAIN_SECONDS = 3  # 360 when the input does not say
ROLE = "arn:aws:iam::123456789012:role/hybrid-autoscaling"  # AWS would ask what the workflow may do; nobody asks here
PATIENCE_SECONDS = 120


class DemoError(Exception):
    """Something is not as the demo promises; the message is the line to show."""


@dataclass(frozen=True)
class Site:
    """What stands in AWS before the workflows run."""

    target_group: str
    instance: str
    address: str


def main() -> int:
    shutil.rmtree(DATA, ignore_errors=True)
    os.environ.pop("AWS_PROFILE", None)  # the stand-in knows none, and no proxy knows the stand-in
    os.environ.update(AWS_ACCESS_KEY_ID="demo", AWS_SECRET_ACCESS_KEY="demo", AWS_DEFAULT_REGION=REGION)
    os.environ.update(no_proxy="127.0.0.1", NO_PROXY="127.0.0.1")
    try:
        with stand_in_for_aws() as aws, tobiishi_serve(aws) as endpoint:
            play(endpoint)
    except (DemoError, BotoCoreError, ClientError) as error:
        print(f"demo failed: {error}", file=sys.stderr)
        return 1
    print(f"\nDone. Look closer with: {shown(TOBIISHI)} executions --data {DATA}")
    return 0


def play(endpoint: str) -> None:
    site = build_site(endpoint)
    say(f"{GROUP} launched {site.instance} at {site.address}; the target group has {members(endpoint, site)}")

    run("scale-out", event("launch", site), endpoint)
    expect(targets(endpoint, site) == [site.address], f"{site.address} did not come to the target group")
    say(f"After scale-out the target group has {members(endpoint, site)}")

    run("scale-in", event("terminate", site) | {"drainSeconds": DRAIN_SECONDS}, endpoint)
    expect(targets(endpoint, site) == [], f"{site.address} did not leave the target group")
    expect(instance_state(endpoint, site) in {"shutting-down", "terminated"}, f"{site.instance} was not let go")
    say(f"After scale-in the target group has {members(endpoint, site)}, and {site.instance} is terminated")


@contextmanager
def stand_in_for_aws() -> Iterator[str]:
    """Serve moto on a free port; yields its URL."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    moto_lifecycle.install()
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    say(f"A stand-in for AWS answers at http://{host}:{port}")
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


@contextmanager
def tobiishi_serve(aws: str) -> Iterator[str]:
    """Serve the workflows, and pass what else is asked for on to `aws`; yields the URL."""
    command = [str(TOBIISHI), "serve", "--port", "0", "--aws", aws, "--data", str(DATA)]
    try:
        server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    except OSError as error:
        raise DemoError(f"{shown(TOBIISHI)} could not be started: {error}") from None
    assert server.stderr is not None, "it was asked for"
    try:
        said = server.stderr.readline()
        found = re.search(r"listening at (\S+)", said)
        if found is None:
            raise DemoError(said.strip() or "tobiishi serve has ended")
        Thread(target=server.stderr.read, daemon=True).start()  # its log: nobody looks at it here
        say(f"$ tobiishi serve --aws {aws}\n{found[0]}")
        yield found[1]
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()


def build_site(endpoint: str) -> Site:
    """Create a network, a target group of addresses, and a group that launches one instance."""
    ec2, autoscaling = client("ec2", endpoint), client("autoscaling", endpoint)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    group = client("elbv2", endpoint).create_target_group(
        Name=GROUP, Protocol="HTTP", Port=80, VpcId=vpc, TargetType="ip"
    )
    ec2.create_launch_template(
        LaunchTemplateName=GROUP, LaunchTemplateData={"ImageId": image, "InstanceType": "t3.micro"}
    )
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName=GROUP,
        LaunchTemplate={"LaunchTemplateName": GROUP},
        MinSize=0,
        MaxSize=2,
        DesiredCapacity=1,
        VPCZoneIdentifier=subnet,
    )
    autoscaling.put_lifecycle_hook(
        AutoScalingGroupName=GROUP,
        LifecycleHookName=HOOK,
        LifecycleTransition="autoscaling:EC2_INSTANCE_TERMINATING",
    )
    instance = autoscaling.describe_auto_scaling_instances()["AutoScalingInstances"][0]["InstanceId"]
    found = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
    return Site(group["TargetGroups"][0]["TargetGroupArn"], instance, found["PrivateIpAddress"])


def event(name: str, site: Site) -> dict[str, Any]:
    """Return a sample event with this site's instance and target group in it."""
    sample: dict[str, Any] = json.loads((HERE / "events" / f"{name}.json").read_text())
    sample["detail"]["EC2InstanceId"] = site.instance
    return sample | {"targetGroupArn": site.target_group}


def run(workflow: str, given: dict[str, Any], endpoint: str) -> None:
    """Create the state machine of a definition beside this file, start it, and show its progress until it ends."""
    sfn = client("stepfunctions", endpoint)
    definition = (HERE / f"{workflow}.asl.json").read_text()
    machine = sfn.create_state_machine(name=workflow, definition=definition, roleArn=ROLE)["stateMachineArn"]
    name = f"{workflow}-{given['detail']['EC2InstanceId']}"
    say(f"\n{workflow}: StartExecution {name}")
    execution = sfn.start_execution(stateMachineArn=machine, name=name, input=json.dumps(given))["executionArn"]
    status = follow(sfn, execution)
    expect(status == "SUCCEEDED", f"{workflow} ended as {status}")


def follow(sfn: Any, execution: str) -> str:
    """Print what becomes of an execution as its history grows; return the status it ends with."""
    shown_events = 0
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        described = sfn.describe_execution(executionArn=execution)
        events = sfn.get_execution_history(executionArn=execution, includeExecutionData=False)["events"]
        for event in events[shown_events:]:
            seconds = max((event["timestamp"] - described["startDate"]).total_seconds(), 0)
            state = event.get("stateEnteredEventDetails", event.get("stateExitedEventDetails", {})).get("name")
            if state is not None or event["type"].startswith("Execution"):
                say(f"  {seconds:5.1f}s  {event['type']}  {state or ''}".rstrip())
        shown_events = len(events)
        if described["status"] != "RUNNING":
            return str(described["status"])
        time.sleep(0.2)
    raise DemoError(f"{execution} has not ended after {PATIENCE_SECONDS} s")


def targets(endpoint: str, site: Site) -> list[str]:
    """Return the addresses that the target group has now."""
    health = client("elbv2", endpoint).describe_target_health(TargetGroupArn=site.target_group)
    return [described["Target"]["Id"] for described in health["TargetHealthDescriptions"]]


def members(endpoint: str, site: Site) -> str:
    return ", ".join(targets(endpoint, site)) or "nobody"


def instance_state(endpoint: str, site: Site) -> str:
    found = client("ec2", endpoint).describe_instances(InstanceIds=[site.instance])
    return str(found["Reservations"][0]["Instances"][0]["State"]["Name"])


def client(service: str, endpoint: str) -> Any:
    """Return a client; without `inject_host_prefix=False` boto3 would ask `sync-127.0.0.1` for some operations."""
    return boto3.client(service, endpoint_url=endpoint, region_name=REGION, config=Config(inject_host_prefix=False))


def expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise DemoError(otherwise)


def shown(path: Path) -> Path:
    """Return the path as a person in this directory would write it."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
