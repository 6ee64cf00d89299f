"""The sandbox over TLS, since some clients call ``https://`` and nothing else."""

from __future__ import annotations

import ssl
from pathlib import Path

Certificate = tuple[str | Path, str | Path]
"""PEM files: the certificate, with its chain if it has one, and its private key without a password."""


class CertificateError(ValueError):
    """The certificate and its key cannot be used; the message names the files and the reason."""


def server_context(certificate: Certificate) -> ssl.SSLContext:
    """What a server needs to prove who it is; raises ``CertificateError``."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        # A given password, even an empty one, keeps OpenSSL from asking for it on the terminal.
        context.load_cert_chain(*certificate, password="")
    except OSError as error:
        reason = "they do not belong together" if isinstance(error, ssl.SSLError) else error.strerror
        raise CertificateError(
            f"{certificate[0]} and {certificate[1]} are no certificate and key: {reason}."
        ) from error
    return context
