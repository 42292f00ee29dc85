"""Certificates of a test's own: an authority, a server on loopback, a client, and a server with another name."""

from dataclasses import dataclass
from pathlib import Path

import trustme
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key


@dataclass(frozen=True)
class Identity:
    """A certificate and its key as PEM files; `both` is a file that has the key and the certificate."""

    certificate: Path
    key: Path
    both: Path


class Certificates:
    """Makes them in a folder of the caller's; `authority` and `stranger` are the files of two authorities."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._authority = trustme.CA()
        self.authority = folder / "authority.pem"
        self._authority.cert_pem.write_to_path(str(self.authority))
        self.stranger = folder / "stranger.pem"
        trustme.CA().cert_pem.write_to_path(str(self.stranger))
        self.server = self._made("server", "127.0.0.1")
        self.elsewhere = self._made("elsewhere", "kafka.elsewhere.example")
        self.client = self._made("client", "client.example", common_name="worker")

    def _made(self, name: str, host: str, common_name: str | None = None) -> Identity:
        leaf = self._authority.issue_cert(host, common_name=common_name)
        identity = Identity(*(self._folder / f"{name}.{part}.pem" for part in ("certificate", "key", "both")))
        # Kafka reads keys in the form of PKCS 8 alone.
        key = load_pem_private_key(leaf.private_key_pem.bytes(), None)
        identity.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        identity.certificate.write_bytes(b"".join(part.bytes() for part in leaf.cert_chain_pems))
        identity.both.write_bytes(identity.key.read_bytes() + identity.certificate.read_bytes())
        return identity
