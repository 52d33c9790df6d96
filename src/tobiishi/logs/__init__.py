"""What a machine's loggingConfiguration asks for: history as log records, and where they go."""
