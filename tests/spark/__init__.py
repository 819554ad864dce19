"""Spark beside the definition: run by ``make test-spark``, skipped elsewhere."""
