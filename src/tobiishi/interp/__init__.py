"""The interpreter: signals in, history events and effects out. No I/O, no clock, no randomness of its own."""
