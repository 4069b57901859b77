"""A mail server of the standard library alone: takes mails over a real socket and keeps them."""

import socketserver
import threading
from email import message_from_bytes
from email.message import Message
from email.policy import default
from typing import Self


class _Session(socketserver.StreamRequestHandler):
    """One SMTP conversation (RFC 5321, without extensions)."""

    server: "Sink"

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())

    def handle(self) -> None:
        self.say("220 sink")
        while line := self.rfile.readline():
            verb = line.decode().strip().upper()
            if verb == "DATA":
                self.say("354 go on")
                self.take()
                self.say("250 kept")
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")

    def take(self) -> None:
        body = b""
        while (line := self.rfile.readline()) != b".\r\n":
            body += line[1:] if line.startswith(b"..") else line
        self.server.mails.append(message_from_bytes(body, policy=default))


class Sink(socketserver.ThreadingTCPServer):
    """Listens on 127.0.0.1; use as a context manager."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Session)
        self.mails: list[Message] = []
        self.port: int = self.server_address[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()
