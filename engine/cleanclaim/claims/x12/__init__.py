"""The X12 837 reader: professional and institutional claims, 5010 and 4010, claim by claim."""

from cleanclaim.claims.x12.reader import read_x12

__all__ = ["read_x12"]
