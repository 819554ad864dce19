"""What a policy says: the typed model, and the passes that make it from YAML."""
