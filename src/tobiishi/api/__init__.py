"""The AWS services that are served here, a package each; thin: the work is the engine's."""
