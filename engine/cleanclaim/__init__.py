"""cleanclaim: lint medical claims against payer policies before they are submitted."""

__version__ = "0.1.0"
