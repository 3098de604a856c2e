"""Scripts that run in the environments of other tools, never in ours."""
