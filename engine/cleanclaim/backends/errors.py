"""Why a back end cannot judge: it is not installed, or it failed."""

from __future__ import annotations


class EngineError(Exception):
    """A back end that cannot go on; the text says why and what to do."""


class EngineMissing(EngineError):
    """The engine asked for is not installed here."""


class EngineFault(EngineError):
    """The rules engine lost facts or refused them; no finding of the group can be trusted."""
