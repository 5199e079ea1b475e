"""How a function in AWS hears of news: it looks, once a second."""

import anyio

PAUSE_SECONDS = 1.0
"""Between two looks of a waiting request; a look that finds nothing is one read."""


class Polling:
    """An `api.uses.events.Listener`."""

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id

    async def wait(self, seconds: float) -> bool:
        await anyio.sleep(min(seconds, PAUSE_SECONDS))
        return True

    def close(self) -> None:
        """Nothing is held."""
