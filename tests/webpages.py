"""A forward proxy that answers for any host from a table: pages of outlets that exist for one test."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, slots=True)
class Answer:
    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "text/html"})


@dataclass(slots=True)
class Webpages:
    """`asked` are the addresses that were called, in their order, `headers` what came with each."""

    proxy: str
    asked: list[str]
    headers: list[dict[str, str]]


@contextmanager
def webpages(table: Mapping[str, Answer]) -> Iterator[Webpages]:
    """Serves the addresses of the table; everything else is a 404."""
    asked: list[str] = []
    headers: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            headers.append(dict(self.headers))
            answer = table.get(self.path, Answer(status=404))
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            with suppress(ConnectionError):  # the other side has heard enough
                self.wfile.write(answer.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class calls it so
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield Webpages(proxy=f"http://127.0.0.1:{server.server_port}", asked=asked, headers=headers)
        finally:
            server.shutdown()
            thread.join()
