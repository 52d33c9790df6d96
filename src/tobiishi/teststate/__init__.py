"""One state, run alone, with its workings laid open: what the TestState operation does."""
