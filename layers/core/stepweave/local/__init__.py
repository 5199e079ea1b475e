"""Stepweave on a laptop: an embedded AWS and the `stepweave` command. Never part of a Lambda layer."""
