"""A proxy before PostgreSQL that cuts the connection at chosen COMMITs: before they arrive, or before their answer."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

COMMIT = b"Q\x00\x00\x00\x0bCOMMIT\x00"


class CuttingProxy:
    """Passes bytes on between clients and the server; asks `fate` of every COMMIT, by its number.

    `fate(number)` is "pass"; "lose": the COMMIT never arrives; or "doubt": it is carried out, and nobody is told.
    """

    def __init__(self, port: int, fate) -> None:
        self._server, self._fate = ("127.0.0.1", port), fate
        self.commits = self.lost = self.in_doubt = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        for end in (self._listener, *self._open):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._server)
                self._open += [client, server]
                threading.Thread(target=self._ask, args=(client, server), daemon=True).start()
                threading.Thread(target=self._pass_on, args=(server, client), daemon=True).start()

    def _ask(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := client.recv(65_536):
                if COMMIT in data:
                    self.commits += 1
                    match self._fate(self.commits):
                        case "lose":
                            self.lost += 1
                            break
                        case "doubt":
                            self.in_doubt += 1
                            client.shutdown(socket.SHUT_RD)
                            self._swallow(client, server, data)
                            break
                server.sendall(data)
        self._cut(client, server)

    def _swallow(self, client: socket.socket, server: socket.socket, data: bytes) -> None:
        """Let the server carry the COMMIT out: the client's end is gone before the answer comes."""
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        client.close()
        server.sendall(data)
        server.settimeout(5)
        with suppress(OSError):
            server.recv(1, socket.MSG_PEEK)

    def _pass_on(self, server: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while data := server.recv(65_536):
                client.sendall(data)
        self._cut(client, server)

    @staticmethod
    def _cut(*ends: socket.socket) -> None:
        for end in ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
