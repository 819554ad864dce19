"""Renderings of a lint report: text for people, JSON and CSV for programs."""
