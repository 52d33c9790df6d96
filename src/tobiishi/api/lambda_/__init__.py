"""AWS Lambda: the basics of its operations."""
