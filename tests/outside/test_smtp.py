"""A letter meets real mail servers: kind, busy, unwilling, silent and gone."""

import shlex
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from echo_sessions.errors import BadInput, GaveUp, TryLater
from echo_sessions.outside.smtp import Smtp

from .mail_server import Inbox, serving

LETTER = b"From: hub@example.org\r\nTo: ada@example.org\r\nSubject: Wednesday\r\n\r\n.A dot comes first.\r\n"


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def smtp(inbox: Inbox) -> Iterator[Smtp]:
    with serving(inbox, enable_SMTPUTF8=True) as port:
        smtp = Smtp(f"smtp://127.0.0.1:{port}", timeout=10)
        yield smtp
        smtp.close()


def send(smtp: Smtp, to: str = "ada@example.org", data: bytes = LETTER, sender: str = "hub@example.org") -> str:
    return smtp.send(data, sender=sender, to=to)


def test_a_letter_arrives_as_it_is_and_the_servers_words_come_back(smtp, inbox):
    assert send(smtp) == "250 Kept as number 1"
    [letter] = inbox.letters
    assert (letter.mail_from, letter.rcpt_tos, letter.content) == ("hub@example.org", ["ada@example.org"], LETTER)


def test_line_ends_are_those_of_mail(smtp, inbox):
    send(smtp, data=b"Subject: x\n\none\ntwo\rthree\r\n.\nstill the same letter")
    assert inbox.letters[0].content == b"Subject: x\r\n\r\none\r\ntwo\r\nthree\r\n.\r\nstill the same letter\r\n"


def test_letters_of_a_batch_share_one_line(smtp, inbox):
    for _ in range(3):
        send(smtp)
    assert len(inbox.letters) == 3
    assert len(inbox.sessions) == 1


def test_threads_do_not_share_a_line(smtp, inbox):
    def another() -> None:
        send(smtp)
        smtp.close()

    send(smtp)
    thread = threading.Thread(target=another)
    thread.start()
    thread.join()
    assert len(inbox.sessions) == 2


def test_a_line_that_went_stale_is_opened_again(smtp, inbox):
    send(smtp)
    inbox.hang_up_next = True
    assert send(smtp) == "250 Kept as number 2"
    assert len(inbox.sessions) == 2


def test_a_line_that_was_idle_for_long_is_not_trusted(inbox):
    with serving(inbox) as port:
        smtp = Smtp(f"smtp://127.0.0.1:{port}", idle_seconds=0)
        send(smtp)
        send(smtp)
        smtp.close()
    assert len(inbox.sessions) == 2


@pytest.mark.parametrize(
    ("to", "data", "error", "words"),
    [
        ("unknown@example.org", LETTER, GaveUp, "550 5.1.1 No such person here"),
        ("busy@example.org", LETTER, TryLater, "452 4.2.2 Mailbox full, come back tomorrow"),
        ("ada@example.org", LETTER + b"unwanted", GaveUp, "554 5.7.1 We do not want this"),
        ("ada@example.org", LETTER + b"later", TryLater, "421 4.7.0 Too many letters for today"),
    ],
)
def test_the_servers_no_is_told_in_its_words_and_the_next_letter_goes(smtp, inbox, to, data, error, words):
    with pytest.raises(error) as refusal:
        send(smtp, to, data)
    assert refusal.value.words == words
    assert send(smtp) == "250 Kept as number 1"
    assert inbox.letters[0].rcpt_tos == ["ada@example.org"]


def test_a_line_lost_in_the_middle_waits_and_the_next_letter_goes(smtp):
    with pytest.raises(TryLater, match=r"Connection unexpectedly closed|reset by peer"):
        send(smtp, "lost@example.org")
    assert send(smtp) == "250 Kept as number 1"


def test_nobody_there():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(TryLater, match=rf"127\.0\.0\.1:{port}: .*refused"):
        send(Smtp(f"smtp://127.0.0.1:{port}"))


def test_somebody_there_who_never_speaks():
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(TryLater, match="timed out"):
        send(Smtp(f"smtp://127.0.0.1:{silent.getsockname()[1]}", timeout=0.2))


@pytest.mark.parametrize(
    ("greeting", "words"),
    [
        (b"554 Not from you\r\n", "554 Not from you"),
        (b"220-Hello\r\n", "unexpectedly closed"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "Bad Request"),
    ],
)
def test_a_server_that_sends_us_away_is_not_the_letters_fault(greeting, words):
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_greet, args=(server, greeting))
        thread.start()
        with pytest.raises(TryLater, match=words):
            send(Smtp(f"smtp://127.0.0.1:{server.getsockname()[1]}", timeout=5))
        thread.join()


def _greet(server: socket.socket, greeting: bytes) -> None:
    line, _ = server.accept()
    with line:
        line.sendall(greeting)


def test_signing_in(inbox):
    with serving(inbox, auth_require_tls=False) as port:
        smtp = Smtp(f"smtp://echo:s3cret%2F%40@127.0.0.1:{port}")
        assert send(smtp) == "250 Kept as number 1"
        smtp.close()
    assert inbox.sessions[0].authenticated


def test_a_wrong_password_lets_the_letter_wait_and_is_never_repeated(inbox, caplog):
    with serving(inbox, auth_require_tls=False) as port:
        smtp = Smtp(f"smtp://echo:AGVjaG8AczNjcmV0L0A%3D@127.0.0.1:{port}")
        with pytest.raises(TryLater) as refusal:
            send(smtp)
    assert refusal.value.words == "535 5.7.8 Who is *** with s3cret/@ or ***?"
    assert refusal.value.__cause__ is None
    assert refusal.value.__suppress_context__


def test_a_server_without_sign_in(smtp):
    with pytest.raises(TryLater, match="AUTH extension not supported"):
        Smtp(f"smtp://echo:s3cret@127.0.0.1:{smtp._port}").check()


def test_a_password_never_leaves_the_machine_in_clear(inbox, monkeypatch):
    monkeypatch.setattr("echo_sessions.outside.smtp.THIS_MACHINE", set())
    with serving(inbox, auth_require_tls=False) as port, pytest.raises(TryLater, match="password was not sent"):
        send(Smtp(f"smtp://echo:s3cret%2F%40@127.0.0.1:{port}"))


def test_an_address_outside_ascii(smtp, inbox):
    send(smtp, "josé@bücher.example", data="Subject: Grüße\r\n\r\nñ\r\n".encode())
    assert inbox.letters[0].rcpt_tos == ["josé@xn--bcher-kva.example"]
    assert "SMTPUTF8" in inbox.letters[0].mail_options
    assert "BODY=8BITMIME" in [option.upper() for option in inbox.letters[0].mail_options]


def test_only_the_domain_outside_ascii_needs_nothing_special(inbox):
    with serving(inbox) as port:
        smtp = Smtp(f"smtp://127.0.0.1:{port}")
        send(smtp, "jose@bücher.example")
        with pytest.raises(GaveUp, match="outside ASCII"):
            send(smtp, "josé@bücher.example")
        smtp.close()
    assert inbox.letters[0].rcpt_tos == ["jose@xn--bcher-kva.example"]


@pytest.mark.parametrize("to", ["ada@example.org\r\nDATA", "nobody", "ada@a..b", ""])
def test_an_address_that_is_none_is_given_up(smtp, inbox, to):
    with pytest.raises(GaveUp, match="address"):
        send(smtp, to)
    assert inbox.letters == []


def test_the_doctors_question(smtp):
    assert smtp.check().startswith("250")


def test_the_password_is_in_no_repr():
    smtp = Smtp("smtps://echo:s3cret@mail.example.org")
    assert repr(smtp) == "Smtp(smtps://mail.example.org:465)"


@pytest.mark.parametrize(
    "url", ["mail.example.org", "http://a:s3cret@b", "smtp://a:s3cret@", "smtp://a:s3cret@b:x", "smtp://a:s3crèt@b"]
)
def test_a_wrong_setting_is_told_without_the_password(url):
    with pytest.raises(BadInput) as refusal:
        Smtp(url)
    assert "s3cr" not in str(refusal.value)
    assert refusal.value.__suppress_context__ or refusal.value.__context__ is None


OPENSSL = (
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost "
    "-addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout key.pem -out certificate.pem"
)


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, Path]:
    """A server's context and its self-signed certificate."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed: the TLS tests of mail are not run")
    folder = tmp_path_factory.mktemp("tls")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        shlex.split(OPENSSL),
        cwd=folder,
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context, certificate


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_tls_at_once_or_when_offered(inbox, tls, scheme, monkeypatch):
    context, certificate = tls
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    monkeypatch.setattr("echo_sessions.outside.smtp.THIS_MACHINE", set())
    when = {"starttls": context, "require_starttls": True} if scheme == "smtp" else {"tls": context}
    with serving(inbox, auth_require_tls=False, **when) as port:
        smtp = Smtp(f"{scheme}://echo:s3cret%2F%40@127.0.0.1:{port}")
        assert send(smtp) == "250 Kept as number 1"
        smtp.close()


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_server_that_cannot_prove_who_it_is_gets_nothing(inbox, tls, scheme):
    context, _ = tls
    when = {"starttls": context} if scheme == "smtp" else {"tls": context}
    with serving(inbox, **when) as port, pytest.raises(TryLater, match="certificate verify failed"):
        send(Smtp(f"{scheme}://127.0.0.1:{port}"))
    assert inbox.letters == []
