"""What the engine's public operations raise.

EngineError
 +-- InvalidInputError       the execution's input is not JSON, too large, or too deep
 +-- InvalidNameError        an execution's or a machine's name breaks AWS's rules
 +-- InvalidArnError         not an ARN, or not of a kind that the operation takes
 +-- MachineNotFoundError    no such state machine, version or alias
 +-- MachineExistsError      the name is taken by another state machine
 +-- MachineDeletingError    the state machine is being deleted
 +-- MachineLimitError       the account has as many state machines as it may have
 +-- InvalidLoggingError     a loggingConfiguration that cannot be
 +-- InvalidTracingError     a tracingConfiguration that cannot be
 +-- InvalidEncryptionError  an encryptionConfiguration that cannot be
 +-- RefusedError            a request that contradicts itself, or asks for what the operation does not do
 |    +-- MissingParameterError   it says nothing of all that it could say
 +-- ConflictError           something else was changed meanwhile, or still depends on it
 +-- QuotaError              there would be more versions or aliases than there may be
 +-- ResourceNotFoundError   nothing has this ARN
 +-- TooManyTagsError        a resource would have more tags than it may have
 +-- ExecutionNotFoundError  no such execution
 +-- ExecutionExistsError    the name is taken by an execution with another input, or one that has ended
 +-- NotRedrivableError      the execution runs, has succeeded, or has left it too late
 +-- ActivityNotFoundError   no such activity
 +-- ActivityExistsError     the name is taken by an activity with another encryption
 +-- ActivityLimitError      the account has as many activities as it may have
 +-- WorkerLimitError        as many workers poll an activity as may
 +-- InvalidTokenError       a task token that was not made here
 +-- InvalidOutputError      a task's output is not JSON, too large, or too deep
 +-- TaskNotFoundError       a token whose execution is gone
 +-- TaskTimedOutError       a token that was used before, or is used too late
 +-- ExecutionLimitError     the account has as many open executions as it may have
 +-- ThrottledError          more at once than the engine takes: try again
 +-- WrongTypeError          the operation is for the other type of state machine
 +-- DrainingError           the engine is stopping and starts nothing new
 +-- StoppedError            the engine has stopped: its lease or its store is lost
 +-- UnreadableError         what is stored of the execution cannot be read by this release
"""


class EngineError(Exception):
    """Base of them all. The message is one line for a user."""


class InvalidInputError(EngineError):
    pass


class InvalidNameError(EngineError):
    pass


class InvalidArnError(EngineError):
    pass


class MachineNotFoundError(EngineError):
    pass


class MachineExistsError(EngineError):
    pass


class MachineDeletingError(EngineError):
    pass


class MachineLimitError(EngineError):
    pass


class InvalidLoggingError(EngineError):
    pass


class InvalidTracingError(EngineError):
    pass


class InvalidEncryptionError(EngineError):
    pass


class RefusedError(EngineError):
    """`reason` is a value of AWS's ValidationExceptionReason, where there is one for the case."""

    def __init__(self, message: str, reason: str | None = None) -> None:
        super().__init__(message)
        self.reason = reason


class MissingParameterError(RefusedError):
    pass


class ConflictError(EngineError):
    pass


class QuotaError(EngineError):
    pass


class ResourceNotFoundError(EngineError):
    def __init__(self, message: str, arn: str) -> None:
        super().__init__(message)
        self.arn = arn


class TooManyTagsError(EngineError):
    def __init__(self, message: str, arn: str) -> None:
        super().__init__(message)
        self.arn = arn


class ExecutionNotFoundError(EngineError):
    pass


class ExecutionExistsError(EngineError):
    pass


class NotRedrivableError(EngineError):
    pass


class ActivityNotFoundError(EngineError):
    pass


class ActivityExistsError(EngineError):
    pass


class ActivityLimitError(EngineError):
    pass


class WorkerLimitError(EngineError):
    pass


class InvalidTokenError(EngineError):
    pass


class InvalidOutputError(EngineError):
    pass


class TaskNotFoundError(EngineError):
    pass


class TaskTimedOutError(EngineError):
    pass


class ExecutionLimitError(EngineError):
    pass


class ThrottledError(EngineError):
    def __init__(self) -> None:
        super().__init__("Rate exceeded")


class WrongTypeError(EngineError):
    pass


class DrainingError(EngineError):
    pass


class StoppedError(EngineError):
    pass


class UnreadableError(EngineError):
    pass
