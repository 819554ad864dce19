"""The commands by name, each imported only when it is asked for: one claim is linted sooner than all are loaded."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

import typer
from typer.core import TyperGroup

_MODULES = ("lint", "explain", "policy", "tables", "audit", "convert")
"""Each module has a function of its own name, or an ``app`` of several commands."""


class Commands(TyperGroup):
    """The group of all commands."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]
        """The names, in the order in which help shows them."""
        return list(_MODULES)

    def get_command(self, ctx: typer.Context, cmd_name: str):  # type: ignore[no-untyped-def,override]
        """One command; ``None`` where there is none of that name."""
        if cmd_name not in _MODULES:
            return None
        module = import_module(f"cleanclaim_cli.{cmd_name}")
        app = getattr(module, "app", None)
        command = typer.main.get_command(app if app is not None else _alone(getattr(module, cmd_name)))
        command.name = cmd_name
        return command


def _alone(function: Callable[..., object]) -> typer.Typer:
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(function)
    return app
