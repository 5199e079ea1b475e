"""Stepweave: workflows over REST, compiled into Step Functions state machines."""
