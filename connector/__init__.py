"""Keeps ConnectWise PSA contacts and per-user billing true to each client's Active Directory."""

__version__ = "0.1.0"
