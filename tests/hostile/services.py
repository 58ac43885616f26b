"""Services of this machine that no notebook may reach: each answers with a secret, and counts who asks."""

from __future__ import annotations

import contextlib
import socketserver
import threading
from collections.abc import Iterator

from tests.hostile.places import Places


@contextlib.contextmanager
def services(places: Places) -> Iterator[int]:
    """Listen on a TCP port of this machine, a Unix socket and an abstract one; gives the port."""

    class Answer(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(OSError):
                self.request.sendall(places.service_secret.encode())

    servers = [
        socketserver.ThreadingTCPServer(("127.0.0.1", 0), Answer),
        socketserver.ThreadingUnixStreamServer(str(places.folder / "service"), Answer),
        socketserver.ThreadingUnixStreamServer(f"\0{places.mark}", Answer),
    ]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield servers[0].server_address[1]
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()
