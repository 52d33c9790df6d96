"""The one action that the demo needs and moto lacks: CompleteLifecycleAction of Auto Scaling.

moto answers an action with the method of the same name on its response class, and finds that class through the
service's table of URLs. So the action is added here, in the open, by a subclass put into that table. On AWS the
action releases an instance that a hook holds in Terminating:Wait; moto holds none there, so what is left to do is
what AWS does next: the instance leaves its group and is terminated.
"""

from moto.autoscaling import urls
from moto.autoscaling.exceptions import ValidationError
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult, EmptyResult


class AutoScalingWithLifecycleActions(AutoScalingResponse):
    """moto's Auto Scaling, with CompleteLifecycleAction."""

    def complete_lifecycle_action(self) -> ActionResult:
        """Let an instance go. Answers ValidationError when the group has no such hook or no such instance."""
        group, hook = self._get_param("AutoScalingGroupName"), self._get_param("LifecycleHookName")
        instance = self._get_param("InstanceId")
        backend = self.autoscaling_backend
        if not backend.describe_lifecycle_hooks(group, [hook]):
            raise ValidationError(f"No Lifecycle Hook {hook} is found for the group {group}.")
        if instance not in {state.instance.id for state in backend.autoscaling_groups[group].instance_states}:
            raise ValidationError(f"No active Lifecycle Action found with instance ID {instance}")
        backend.terminate_instance(instance, should_decrement=True)
        return EmptyResult()


def install() -> None:
    """Put the action into the moto of this process. Call it before its server starts."""
    urls.url_paths["{0}/$"] = AutoScalingWithLifecycleActions.dispatch
