"""TestState: one state, run by the interpreter itself, with a mock in place of the world where the caller wants one."""
