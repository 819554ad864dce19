"""A policy library as readable pages: the rules in words, the examples beside them, the history of versions.

Only ``policy docs`` imports this, and Jinja2 with it.
"""
