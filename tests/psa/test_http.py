"""One request and its answer, against servers that are slow, endless, or stop half way."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from connector.psa.http import NoAnswer, Transport
from tests.psa.helpers import Clock

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
Play = Callable[[socket.socket, bytes], object]


@pytest.fixture
def serve() -> Iterator[Callable[[Play], str]]:
    """Starts a server that reads one request and plays; gives its address."""
    threads: list[threading.Thread] = []

    def start(play: Play) -> str:
        listener = socket.create_server(("127.0.0.1", 0))

        def run() -> None:
            with closing(listener):
                connection, _ = listener.accept()
                with closing(connection):
                    play(connection, connection.recv(65536))

        threads.append(threading.Thread(target=run))
        threads[-1].start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}/"

    yield start
    for thread in threads:
        thread.join(10)


@pytest.fixture
def transport() -> Iterator[Transport]:
    """A transport that gives an answer two seconds."""
    with closing(Transport(("bluefjord+public", "private"), timeout=2)) as made:
        yield made


def test_an_answer_has_status_headers_body_and_next_link(serve: Callable[[Play], str], transport: Transport) -> None:
    """The next page is found by its relation, whatever else the header holds (api.md 3.3)."""
    link = b'Link: <http://x/y/?page=9>; rel="last", <http://x/y/?a=b+c&page=2>; rel="next"\r\n'
    url = serve(lambda one, _: one.sendall(HEAD + link + b"Content-Length: 2\r\n\r\n{}"))
    answer = transport.send("GET", url)
    assert (answer.status, answer.ok, answer.text) == (200, True, "{}")
    assert answer.next_query == {"a": "b c", "page": "2"}


def test_an_answer_that_stops_half_way_is_none(serve: Callable[[Play], str], transport: Transport) -> None:
    """Fewer bytes than announced are not an answer, and the request had arrived."""
    url = serve(lambda one, _: one.sendall(HEAD + b"Content-Length: 100\r\n\r\n[{}"))
    with pytest.raises(NoAnswer) as raised:
        transport.send("GET", url)
    assert raised.value.sent


def test_nothing_is_sent_where_nobody_listens(transport: Transport) -> None:
    """So even a write may be repeated."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(NoAnswer) as raised:
        transport.send("POST", f"http://127.0.0.1:{port}/", content=b"{}")
    assert not raised.value.sent


def test_an_answer_that_drips_without_end_is_given_up(serve: Callable[[Play], str]) -> None:
    """A byte now and then keeps no run waiting for ever: the whole answer has the time-out, too."""
    gone = threading.Event()
    clock = Clock()

    def drip(one: socket.socket, _: bytes) -> None:
        one.sendall(HEAD + b"Content-Length: 1000000\r\n\r\n")
        while not gone.is_set():
            one.sendall(b" ")
            gone.wait(0.01)

    url = serve(drip)
    transport = Transport(("a", "b"), timeout=30, clock=clock)
    clock.now = 0.0
    ticking = threading.Timer(0.2, lambda: clock.sleep(31))
    ticking.start()
    with closing(transport), pytest.raises(NoAnswer, match="did not end in time"):
        transport.send("GET", url)
    gone.set()
    ticking.join()


def test_an_answer_without_measure_is_given_up(
    serve: Callable[[Play], str], transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that sends for ever does not fill the memory."""
    monkeypatch.setattr("connector.psa.http.LARGEST_ANSWER", 10_000)
    url = serve(lambda one, _: one.sendall(HEAD + b"Content-Length: 20000\r\n\r\n" + b" " * 20_000))
    with pytest.raises(NoAnswer, match="longer than 10,000 bytes"):
        transport.send("GET", url)


def test_an_answer_may_have_less_time_than_usual(serve: Callable[[Play], str], transport: Transport) -> None:
    """The last attempt of a call ends when the call's time is up."""
    gone = threading.Event()
    url = serve(lambda *_: gone.wait(5))
    with pytest.raises(NoAnswer, match="ReadTimeout"):
        transport.send("GET", url, within=0.2)
    gone.set()


def test_credentials_are_left_out_where_they_are_not_needed(serve: Callable[[Play], str], transport: Transport) -> None:
    """Discovery goes to the login host without them (api.md 2.1)."""
    seen: list[bytes] = []

    def play(one: socket.socket, request: bytes) -> None:
        seen.append(request)
        one.sendall(HEAD + b"Content-Length: 4\r\n\r\nnull")

    transport.send("GET", serve(play), login=False)
    assert b"GET / " in seen[0]
    assert b"uthorization" not in seen[0]


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "all_proxy"])
def test_what_is_for_this_machine_goes_through_no_proxy(
    serve: Callable[[Play], str], monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """Plain http is for the sandbox: a proxy could not reach it, and would read the login."""
    monkeypatch.setenv(variable, "http://127.0.0.1:9")
    url = serve(lambda one, _: one.sendall(HEAD + b"Content-Length: 2\r\n\r\n{}"))
    with closing(Transport(("bluefjord+public", "private"), timeout=2)) as transport:
        assert transport.send("GET", url).text == "{}"


def test_a_proxy_sees_no_login(serve: Callable[[Play], str], monkeypatch: pytest.MonkeyPatch) -> None:
    """https goes through the system's proxy, which is asked for a tunnel and told nothing else."""
    told: list[bytes] = []
    proxy = serve(lambda one, said: (told.append(said), one.sendall(b"HTTP/1.1 502 No\r\n\r\n")))
    monkeypatch.setenv("https_proxy", proxy)
    with closing(Transport(("bluefjord+public", "private"), timeout=2)) as transport, pytest.raises(NoAnswer):
        transport.send("GET", "https://psa.bluefjord.example/")
    (said,) = told
    assert said.startswith(b"CONNECT psa.bluefjord.example:443 ")
    assert b"authorization" not in said.lower()
