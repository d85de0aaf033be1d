"""The way out and the link to the store, on real sockets and with real certificates."""

import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pipeline.connection import client_of
from pipeline.errors import ConfigError
from pipeline.examination import Level
from pipeline.reach import NAMES, is_local, link, outside
from pipeline.settings import Settings, read_settings


def certificate(folder: Path, days: float) -> Path:
    """A certificate for localhost that vouches for itself, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=400))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "localhost.pem"
    plain = serialization.NoEncryption()
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


@contextmanager
def listener(file: Path | None = None) -> Iterator[int]:
    """A port that takes connections and closes them, with TLS where there is a certificate."""
    server = socket.create_server(("127.0.0.1", 0))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if file:
        context.load_cert_chain(file)

    def serve() -> None:
        while True:
            try:
                taken, _ = server.accept()
            except OSError:
                return
            with taken:
                if file:
                    try:
                        context.wrap_socket(taken, server_side=True).close()
                    except OSError:
                        continue

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield server.getsockname()[1]
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join()


class Names:
    """A name service that knows all names but these, and what it was asked."""

    def __init__(self, dead: Sequence[str] = (), *, all_dead: bool = False) -> None:
        self.dead = dead
        self.all_dead = all_dead
        self.asked: list[str] = []

    def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        return [] if self.all_dead or host in self.dead else ["192.0.2.1"]


def test_names_that_resolve_are_good_and_only_a_few_are_asked_for(settings: Settings) -> None:
    names = Names()
    assert outside(settings, names).told == f"{NAMES} names of outlets resolve"
    assert len(set(names.asked)) == len(names.asked) == NAMES
    one_gone = outside(settings, Names(dead=names.asked[:1]))
    assert (one_gone.level, one_gone.told) == (Level.WARNING, f"does not resolve: {names.asked[0]}")


def test_where_no_name_resolves_there_is_no_way_out(settings: Settings) -> None:
    found = outside(settings, Names(all_dead=True))
    assert found.level is Level.WRONG
    assert "CLAIMWIRE_PROXY" in found.remedy


def test_with_a_proxy_it_is_the_proxy_that_is_asked(settings: Settings) -> None:
    names = Names()
    with listener() as port:
        found = outside(settings.model_copy(update={"proxy": f"http://desk:hunter2@127.0.0.1:{port}"}), names)
    assert (found.level, found.told) == (Level.GOOD, f"the proxy 127.0.0.1:{port} answers; it resolves names")
    assert names.asked == []


@pytest.mark.parametrize("proxy", ["http://desk:hunter2@127.0.0.1:9", "http://desk:hunter2@proxy:many", "proxy"])
def test_a_proxy_that_does_not_answer_is_told_without_its_password(proxy: str, settings: Settings) -> None:
    found = outside(settings.model_copy(update={"proxy": proxy}))
    assert found.level is Level.WRONG
    assert found.remedy
    assert "hunter2" not in found.told + found.remedy


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://127.0.0.1:9200", True),
        ("http://elastic:x@127.1.2.3:9200", True),
        ("http://localhost:9200", True),
        ("https://[::1]:9200", True),
        ("http://127.0.0.1.example.org:9200", False),
        ("http://localhost.example.org", False),
        ("http://elasticsearch:9200", False),
        ("http://10.0.0.7:9200", False),
    ],
)
def test_only_loopback_is_local(url: str, local: bool, settings: Settings) -> None:
    assert is_local(url) is local
    if url.startswith("http://"):
        assert [each.level for each in link(settings.model_copy(update={"elasticsearch_url": url}))] == ([] if local else [Level.WARNING])


def test_a_warning_of_plain_http_has_no_password_in_it(settings: Settings) -> None:
    (found,) = link(settings.model_copy(update={"elasticsearch_url": "http://elastic:hunter2@search.example.org:9200"}))
    assert found.told.startswith("plain HTTP to search.example.org:")
    assert "hunter2" not in found.told + found.remedy


@pytest.mark.parametrize(("days", "level"), [(100, Level.GOOD), (5, Level.WARNING)])
def test_a_certificate_of_an_authority_of_ones_own(days: float, level: Level, settings: Settings, tmp_path: Path) -> None:
    file = certificate(tmp_path, days)
    with listener(file) as port:
        given = {"elasticsearch_url": f"https://localhost:{port}", "elasticsearch_ca_certs": file}
        (found,) = link(settings.model_copy(update=given))
    assert found.level is level
    assert f"{datetime.now(UTC) + timedelta(days=days):%Y-%m-%d}" in found.told


def test_a_certificate_that_nobody_vouches_for_or_that_is_over(settings: Settings, tmp_path: Path) -> None:
    file = certificate(tmp_path, 100)
    with listener(file) as port:
        (found,) = link(settings.model_copy(update={"elasticsearch_url": f"https://localhost:{port}"}))
    assert (found.level, "ELASTICSEARCH_CA_CERTS" in found.remedy) == (Level.WRONG, True)
    file = certificate(tmp_path, -1)
    with listener(file) as port:
        given = {"elasticsearch_url": f"https://localhost:{port}", "elasticsearch_ca_certs": file}
        (found,) = link(settings.model_copy(update=given))
    assert found.told == "certificate of localhost: certificate has expired"


def test_a_port_without_tls_is_told(settings: Settings) -> None:
    with listener() as port:
        (found,) = link(settings.model_copy(update={"elasticsearch_url": f"https://localhost:{port}"}))
    assert (found.level, "http://" in found.remedy) == (Level.WRONG, True)


def test_the_store_is_trusted_by_the_authority_that_is_named(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ELASTICSEARCH_URL", "https://localhost:9200")
    monkeypatch.setenv("ELASTICSEARCH_CA_CERTS", str(certificate(tmp_path, 100)))
    client = client_of(read_settings())
    assert {node.config.ca_certs for node in client.transport.node_pool.all()} == {str(tmp_path / "localhost.pem")}
    monkeypatch.setenv("ELASTICSEARCH_CA_CERTS", str(tmp_path / "absent.pem"))
    with pytest.raises(ConfigError, match="CA_CERTS"):
        read_settings()
