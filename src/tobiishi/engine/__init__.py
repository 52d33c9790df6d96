"""The durable engine: signals are grouped into commits, and effects are performed once they are durable."""
