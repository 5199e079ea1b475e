"""The application behind a socket on 127.0.0.1, in a thread of this process."""

import socket
import threading
import time
from typing import Any

import uvicorn

from stepweave.local.unusable import Unusable

HOST = "127.0.0.1"
_START_SECONDS = 30.0


class PortInUse(Unusable):
    def __init__(self, port: int) -> None:
        super().__init__(f"port {port} is in use or none at all. Choose another, for example: make dev PORT=8001")


def listen(port: int) -> socket.socket:
    """A socket bound to the port (0: any that is free); PortInUse when something else has it."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((HOST, port))
        bound.listen(128)
    except (OSError, OverflowError):
        bound.close()
        raise PortInUse(port) from None
    return bound


class Server:
    def __init__(self, app: Any, bound: socket.socket) -> None:
        # The application logs every request itself.
        config = uvicorn.Config(app, log_level="warning", lifespan="off", timeout_graceful_shutdown=5)
        self._server = uvicorn.Server(config)
        self._socket = bound
        self._thread = threading.Thread(target=self._server.run, args=([bound],), name="stepweave-http", daemon=True)

    def start(self) -> None:
        """Returns when requests are answered."""
        self._thread.start()
        ends_at = time.monotonic() + _START_SECONDS
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > ends_at:
                raise RuntimeError("the HTTP server did not start; its log above tells why")
            time.sleep(0.005)

    def stop(self) -> None:
        """Returns when requests under way are answered, or 5 s have passed."""
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()
