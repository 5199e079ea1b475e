"""The only code that knows AWS: each module implements one port of `services.ports`."""
