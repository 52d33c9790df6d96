"""AWS Step Functions: its 37 operations."""
