"""Certificates for the listener, and the CA that signs them. In these tests that CA plays the public one."""

import datetime
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Pem:
    certificate: bytes
    key: bytes
    chain: bytes

    def write(self, folder: Path) -> None:
        """As the files that nginx and a verifying client want."""
        (folder / "certificate.pem").write_bytes(self.certificate + self.chain)
        (folder / "key.pem").write_bytes(self.key)
        (folder / "ca.pem").write_bytes(self.chain)


class Authority:
    """A certificate authority of our own."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = _name("apigw-doctor test CA")
        constraints = x509.BasicConstraints(ca=True, path_length=None)
        builder = _builder(self.name, self.name, self.key, days=3650).add_extension(constraints, critical=True)
        self.certificate = builder.sign(self.key, hashes.SHA256())

    def issue(self, *names: str, days: int = 365) -> Pem:
        key = ec.generate_private_key(ec.SECP256R1())
        alternatives = x509.SubjectAlternativeName([x509.DNSName(n) for n in names])
        builder = _builder(_name(names[0]), self.name, key, days).add_extension(alternatives, critical=False)
        private = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
        certificate = builder.sign(self.key, hashes.SHA256())
        return Pem(certificate.public_bytes(Encoding.PEM), private, self.certificate.public_bytes(Encoding.PEM))


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, days: int
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=days))
    )
