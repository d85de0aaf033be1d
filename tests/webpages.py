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
    after: threading.Event | None = None  # nothing is said before that


@dataclass(slots=True)
class Webpages:
    """`asked` are the addresses that were called, in their order, `headers` what came with each."""

    proxy: str
    asked: list[str]
    headers: list[dict[str, str]]


def _beginning(path: str, table: Mapping[str, Answer | list[Answer]]) -> Answer | list[Answer] | None:
    return next((answer for url, answer in table.items() if url.endswith("*") and path.startswith(url[:-1])), None)


@contextmanager
def webpages(table: Mapping[str, Answer | list[Answer]]) -> Iterator[Webpages]:
    """Serves the addresses of the table, those that end with `*` for whatever begins so; everything else is a 404.

    Of a list each answer is given once, and the last one from then on.
    """
    asked: list[str] = []
    headers: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            headers.append(dict(self.headers))
            found = table.get(self.path) or _beginning(self.path, table) or Answer(status=404)
            answer = found if isinstance(found, Answer) else found.pop(0) if len(found) > 1 else found[0]
            if answer.after is not None:
                answer.after.wait(30)
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
