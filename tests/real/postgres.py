"""A PostgreSQL server of this process's own, with databases that are made for one test each."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

PACKAGE = "postgresql"
USER, PASSWORD = "connector", "open-sesame"
LOGINS = f"local all all trust\nhost all {USER} 127.0.0.1/32 scram-sha-256\n"


def _binaries() -> Path | None:
    """Where the server's programs are; Debian keeps them out of PATH, in a folder for each version."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


def missing() -> str:
    """Why no server can be started here, or ``""``."""
    if _binaries() is None:
        return f"needs initdb and postgres: apt-get install --no-install-recommends {PACKAGE}"
    return "" if os.geteuid() or _server_account() else "needs an account to run as: it refuses to be root"


def _server_account() -> pwd.struct_passwd | None:
    return next((one for one in pwd.getpwall() if one.pw_name in ("postgres", "nobody")), None)


class Postgres:
    """One server in ``folder``. It is reached over loopback with a name and a password, as a real one is; ``admin``
    goes in as the superuser, over a socket in the folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.data = folder, folder / "data"
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._account = _server_account() if os.geteuid() == 0 else None
        if self._account:
            os.chown(folder, self._account.pw_uid, self._account.pw_gid)

    def make(self) -> None:
        """Make the server's files: UTF-8, sorting like a server in the wild, not like bytes."""
        command = ["initdb", "-D", str(self.data), "-U", "postgres", "--encoding=UTF8", "--locale=C.UTF-8"]
        command += ["--locale-provider=icu", "--icu-locale=en-US"]
        done = subprocess.run(self._as_server(*command), capture_output=True, text=True, timeout=120, check=False)
        if done.returncode:
            raise RuntimeError(f"the test server cannot be made: {done.stderr.strip()}")
        (self.data / "pg_hba.conf").write_text(LOGINS, encoding="utf-8")

    def start(self) -> None:
        """Start the server and wait until it answers; the port stays the same over a restart."""
        self.port = self.port or _free_port()
        options = {"listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": self.folder}
        command = ["postgres", "-D", str(self.data), *(f"--{name}={value}" for name, value in options.items())]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(self._as_server(*command), stdout=log, stderr=log)
        end = time.monotonic() + 60
        while True:
            try:
                return self.admin("SELECT 1").clear()
            except psycopg.OperationalError:
                if self._process.poll() is not None or time.monotonic() > end:
                    words = (self.folder / "log").read_text(encoding="utf-8")
                    raise RuntimeError(f"the test server does not start: {words}") from None
                time.sleep(0.05)

    def stop(self) -> None:
        """Stop it at once, with whoever is connected."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(60)
            self._process = None

    def admin(self, statement: str, *values: Any, database: str = "postgres") -> list[tuple[Any, ...]]:
        """One statement as the superuser, and its rows."""
        login = {"host": str(self.folder), "port": self.port, "user": "postgres", "dbname": database}
        with psycopg.connect(**login, autocommit=True) as connection:
            found = connection.execute(statement.encode(), values or None)
            return found.fetchall() if found.description else []

    def url(self, database: str) -> str:
        """The address of one of its databases, as it stands in a config."""
        return f"postgresql+psycopg://{USER}:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    def drop_connections(self, database: str) -> int:
        """End every connection to a database, as a failing network or an administrator does; says how many."""
        ended = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s"
        return len(self.admin(ended, database))

    @contextmanager
    def database(self) -> Iterator[str]:
        """The address of a new empty database, gone afterwards."""
        name = f"t{uuid.uuid4().hex}"
        self.admin(f"CREATE DATABASE {name} OWNER {USER}")
        try:
            yield self.url(name)
        finally:
            self.admin(f"DROP DATABASE {name} WITH (FORCE)")

    def _as_server(self, program: str, *arguments: str) -> list[str]:
        binaries = _binaries()
        assert binaries is not None
        # it ends with the tests, also where those are killed
        command = ["setpriv", "--pdeathsig=INT"]
        if self._account:
            command += [f"--reuid={self._account.pw_uid}", f"--regid={self._account.pw_gid}", "--clear-groups"]
        return [*command, "--", str(binaries / program), *arguments]


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """A server with a login that may use its own databases, stopped at the end."""
    folder = Path(tempfile.mkdtemp(prefix="connector-pg-"))
    server = Postgres(folder)
    try:
        server.make()
        server.start()
        server.admin(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(USER), PASSWORD).as_string())
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
