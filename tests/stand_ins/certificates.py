"""Certificates for listeners, and the authorities that sign them. In these tests one of those plays the public one."""

import datetime
import functools
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Pem:
    """A certificate, its key, and the certificates above it as they are uploaded and presented with it."""

    certificate: bytes
    key: bytes
    chain: bytes

    def without_chain(self) -> "Pem":
        return Pem(self.certificate, self.key, b"")


class Authority:
    """A certificate authority of our own: a root, or one that another signed."""

    def __init__(self, name: str = "apigw-doctor test CA", above: "Authority | None" = None, organisation: str = "") -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = _name(name, organisation)
        self.above = above
        issuer, signer = (above.name, above.key) if above else (self.name, self.key)
        constraints = x509.BasicConstraints(ca=True, path_length=None)
        builder = _builder(self.name, issuer, self.key, -1, 3650).add_extension(constraints, critical=True)
        self.certificate = builder.sign(signer, hashes.SHA256())

    @property
    def chain(self) -> bytes:
        """Its own certificate and those above it. (A root is presented as well: nobody minds.)"""
        return _pem(self.certificate) + (self.above.chain if self.above else b"")

    def issue(self, *names: str, days: int = 365, since: int = -1, key: Key | None = None, listed: bool = True) -> Pem:
        """A certificate from day `since` to day `days`, counted from now; not `listed`: it has a common name alone."""
        key = key or ec.generate_private_key(ec.SECP256R1())
        builder = _builder(_name(names[0]), self.name, key, since, days)
        if listed:
            builder = builder.add_extension(_alternatives(names), critical=False)
        return Pem(_pem(builder.sign(self.key, hashes.SHA256())), _private(key), self.chain)


def self_signed(*names: str) -> Pem:
    """A certificate that vouches for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder(_name(names[0]), _name(names[0]), key, -1, 365).add_extension(_alternatives(names), critical=False)
    return Pem(_pem(builder.sign(key, hashes.SHA256())), _private(key), b"")


@functools.cache
def small_key() -> rsa.RSAPrivateKey:
    """RSA of 1024 bits."""
    return rsa.generate_private_key(65537, 1024)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)


def _private(key: Key) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())


def _alternatives(names: tuple[str, ...]) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName([x509.DNSName(n) for n in names])


def _name(common: str, organisation: str = "") -> x509.Name:
    above = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation)] if organisation else []
    return x509.Name([*above, x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _builder(subject: x509.Name, issuer: x509.Name, key: Key, since: int, days: int) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + since * _DAY)
        .not_valid_after(now + days * _DAY)
    )
