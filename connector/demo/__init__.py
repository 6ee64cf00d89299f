"""The demo: a made-up provider with three clients, on an embedded sandbox. It needs no account and no other host."""

from connector.demo.tale import run_demo

__all__ = ["run_demo"]
