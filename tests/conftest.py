"""How property tests draw their examples: the same ones each time, so that a suite that has passed passes again.

`HYPOTHESIS_PROFILE=explore` draws new ones. No profile has a deadline: a slow machine decides no test.
"""

import os

from hypothesis import settings

settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))
