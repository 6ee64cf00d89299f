"""A private Active Directory for tests: Samba on a loopback address of its own, with a Windows-like proxy in front."""

import contextlib
import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PACKAGES = "samba samba-dsdb-modules samba-ad-provision samba-vfs-modules"


@dataclass(frozen=True)
class Ad:
    """A running directory. ``ldaps_url`` goes through the proxy that has the limits of Windows; ``direct_url`` and
    ``starttls_url`` lead to Samba itself. ``ip`` and ``host`` are the names in its certificate (besides ``localhost``).
    ``expectation`` is :meth:`population.Population.expectation`; it is empty in an empty directory. Whoever writes to
    the socket ``ldapi`` without a login is the system itself."""

    ldaps_url: str
    direct_url: str
    starttls_url: str
    ip: str
    host: str
    base_dn: str
    bind_dn: str
    password: str
    ca_file: Path
    wrong_ca_file: Path
    expectation: dict[str, Any]
    tls_dir: Path
    ldapi: Path

    def group(self, name: str) -> str:
        """The DN of a seeded group, such as ``All Staff``."""
        return f"CN={name},OU=Groups,{self.base_dn}"


def missing() -> str:
    """Why no directory can be started here, or ``""``."""
    absent = [tool for tool in ("samba", "samba-tool", "openssl", "flock") if not shutil.which(tool)]
    if absent:
        return f"needs {', '.join(absent)}: apt-get install --no-install-recommends {PACKAGES}"
    return "" if os.geteuid() == 0 else "needs root: Samba's LDAP ports cannot be changed"


@contextlib.contextmanager
def running_ad(folder: Path, ip: str, people: int, realm: str = "ad.contoso.test") -> Iterator[Ad]:
    """A directory at ``ip`` with this many seeded people, stopped at the end."""
    command = ["bash", str(HERE / "start.sh"), str(folder), "--ip", ip]
    command += ["--people", str(people)] if people else []
    names = {"AD_REALM": realm.upper(), "AD_DOMAIN": realm.split(".")[-2].upper()}
    try:
        started = subprocess.run(
            command, capture_output=True, text=True, timeout=180, check=False, env=os.environ | names
        )
        if started.returncode:
            raise RuntimeError(f"the test directory does not start: {started.stderr.strip()}")
        facts = dict(line.partition("=")[::2] for line in shlex.split(started.stdout))
        tls = Path(facts["AD_TLS_DIR"])
        with running_wire(tls, ip, ip, max_range=100) as port:
            yield Ad(
                ldaps_url=f"ldaps://{ip}:{port}",
                direct_url=facts["AD_LDAPS_URL"],
                starttls_url=facts["AD_LDAP_URL"],
                ip=ip,
                host=facts["AD_HOST"],
                base_dn=facts["AD_BASE_DN"],
                bind_dn=facts["AD_BIND_DN"],
                password=facts["AD_PASSWORD"],
                ca_file=tls / "ca.pem",
                wrong_ca_file=tls / "wrong-ca.pem",
                expectation=json.loads(Path(facts["AD_EXPECT"]).read_text(encoding="utf-8")) if people else {},
                tls_dir=tls,
                ldapi=folder / "private" / "ldap_priv" / "ldapi",
            )
    finally:
        subprocess.run(["bash", str(HERE / "stop.sh"), str(folder)], check=True, timeout=60)


@contextlib.contextmanager
def running_wire(tls: Path, ip: str, server: str, *, max_range: int = 1500, cut: int = 0) -> Iterator[int]:
    """The proxy at ``ip`` with the certificate in ``tls``, in front of ``server``; gives its port."""
    command = [sys.executable, str(HERE / "wire.py"), "--listen", f"{ip}:0", "--upstream", f"{server}:636"]
    command += ["--upstream-ca", str(tls / "ca.pem"), "--cert", str(tls / "cert.pem"), "--key", str(tls / "key.pem")]
    command += ["--max-range", str(max_range), "--cut", str(cut)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as proxy:
        try:
            ready = proxy.stdout.readline() if proxy.stdout else ""
            if not ready.startswith("ready "):
                raise RuntimeError("the LDAP proxy does not start")
            yield int(ready.rpartition(":")[2])
        finally:
            proxy.terminate()
