"""How long the long tests are: short in `make test`, long in `make soak`, by one variable of the environment."""

import os

SOAK = os.environ.get("SOAK") == "1"


def scaled(short: int, long: int) -> int:
    """A number of rounds or seconds: `long` in a soak."""
    return long if SOAK else short
