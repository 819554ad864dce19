"""The store of audit runs: what each run judged, and the life of every finding across runs."""
