"""What the engine's public operations raise.

EngineError
 +-- InvalidInputError       the execution's input is not JSON, too large, or too deep
 +-- InvalidNameError        an execution's or a machine's name breaks AWS's rules
 +-- MachineNotFoundError    no such state machine
 +-- ExecutionNotFoundError  no such execution
 +-- ExecutionExistsError    the name is taken by an execution with another input, or one that has ended
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


class MachineNotFoundError(EngineError):
    pass


class ExecutionNotFoundError(EngineError):
    pass


class ExecutionExistsError(EngineError):
    pass


class WrongTypeError(EngineError):
    pass


class DrainingError(EngineError):
    pass


class StoppedError(EngineError):
    pass


class UnreadableError(EngineError):
    pass
