"""``--fail-on``: how severe a finding must be for the exit code to tell of it."""

from __future__ import annotations

from enum import Enum


class FailOn(Enum):
    """The least severity that makes the exit code 1."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    NEVER = "never"

    def counts(self, severity: str) -> bool:
        """Whether a finding of a severity counts."""
        return _WEIGHT[severity] >= _WEIGHT[self.value]


_WEIGHT = {"info": 0, "warning": 1, "error": 2, "never": 3}
