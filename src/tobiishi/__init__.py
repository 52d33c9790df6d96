"""tobiishi (飛石, stepping stones): durable workflows, compatible with AWS Step Functions, on your own machines."""

__version__ = "0.1.0"
