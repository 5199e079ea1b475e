"""Stepweave: workflows over REST, compiled into Step Functions state machines."""

__version__ = "0.1.0"
