"""A ConnectWise PSA stand-in that speaks HTTP: for the demo, for tests, for trying a config without an account."""

from connector.sandbox.filling import DataError
from connector.sandbox.server import Sandbox, serve
from connector.sandbox.tls import CertificateError

__all__ = ["CertificateError", "DataError", "Sandbox", "serve"]
