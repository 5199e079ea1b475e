"""Servers on 127.0.0.1 that speak raw bytes, so that they can answer what no proper server would."""

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from threading import Event, Thread

import pytest

from stepweave.steps.address import AllowedHosts

Answer = Callable[[socket.socket, Event], None]
"""Writes to a connection whose request has been read; ends early when the event is set."""


@dataclass
class RawServer:
    """`requests`: what came in, heads with what of their bodies had arrived. `port`: where it listens."""

    listener: socket.socket
    answer: Answer
    tls: ssl.SSLContext | None = None
    requests: list[bytes] = field(default_factory=list)
    ended: Event = field(default_factory=Event)
    threads: list[Thread] = field(default_factory=list)

    @property
    def port(self) -> int:
        return int(self.listener.getsockname()[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def allowed(self) -> AllowedHosts:
        return AllowedHosts(frozenset({("127.0.0.1", self.port)}))

    def accept(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            thread = Thread(target=self.serve, args=(connection,))
            self.threads.append(thread)
            thread.start()

    def serve(self, raw: socket.socket) -> None:
        raw.settimeout(10)
        with suppress(OSError), ExitStack() as stack:
            stack.callback(raw.close)
            connection = self.tls.wrap_socket(raw, server_side=True) if self.tls else raw
            stack.callback(connection.close)
            head = b""
            while b"\r\n\r\n" not in head:
                chunk = connection.recv(65_536)
                if not chunk:
                    return
                head += chunk
            self.requests.append(head)
            self.answer(connection, self.ended)


Serve = Callable[..., RawServer]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """`serve(b"HTTP/1.1 200 OK...")`, or with a function that writes."""
    servers: list[tuple[RawServer, Thread]] = []

    def start(answer: bytes | Answer, tls: ssl.SSLContext | None = None) -> RawServer:
        listener = socket.create_server(("127.0.0.1", 0))
        server = RawServer(listener, answer if callable(answer) else _bytes(answer), tls)
        thread = Thread(target=server.accept)
        thread.start()
        servers.append((server, thread))
        return server

    yield start
    for server, thread in servers:
        server.ended.set()
        server.listener.shutdown(socket.SHUT_RDWR)
        server.listener.close()
        thread.join(10)
        for connection in server.threads:
            connection.join(10)
            assert not connection.is_alive()


def _bytes(answer: bytes) -> Answer:
    def write(connection: socket.socket, ended: Event) -> None:
        assert not ended.is_set()
        connection.sendall(answer)

    return write
