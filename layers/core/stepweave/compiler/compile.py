"""The pipeline, front to back."""
