"""Random policies and random claims over the whole language, and what compares engines on them."""
