"""Real servers that the demo and the tests start by themselves, on loopback, and that end with them."""

from stream.shell.embedded.broker import EmbeddedBroker
from stream.shell.embedded.child import StartupError
from stream.shell.embedded.redis_server import EmbeddedRedis

__all__ = ["EmbeddedBroker", "EmbeddedRedis", "StartupError"]
