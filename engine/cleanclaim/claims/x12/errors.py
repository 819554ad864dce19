"""What can be wrong with a claim while it is read, before it becomes a reject."""

from __future__ import annotations


class UnreadableClaim(Exception):
    """A claim that lacks what a line must have.

    ``index`` is the segment's place in the claim, counted from its CLM; ``reason`` says what is
    wrong and what to do, without patient data.
    """

    def __init__(self, index: int, reason: str) -> None:
        super().__init__(reason)
        self.index = index
        self.reason = reason


class LostLevel(UnreadableClaim):
    """A hierarchical level begins inside the claim: whose the claims after it are cannot be told."""
