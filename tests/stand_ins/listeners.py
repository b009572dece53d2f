"""Which certificates a listener presents: those that the control plane names, with the keys that only their maker has."""

from typing import Any

from cryptography import x509
from cryptography.x509 import DNSName, SubjectAlternativeName

from stand_ins.certificates import Pem
from stand_ins.deployment import Deployment
from stand_ins.nginx import Listener

_PROTOCOLS = {"ELBSecurityPolicy-TLS13-1-3-2021-06": "TLSv1.3"}  # all others of these tests admit TLS 1.2, too


class Listeners:
    """A real nginx for each set of certificates that is in use; started when it is first asked for, kept until the end."""

    def __init__(self, deployment: Deployment, behind: int, first: Pem) -> None:
        self._deployment, self._behind = deployment, behind
        self._known: dict[str, Pem] = {}
        self._running: dict[tuple[str, ...], Listener] = {}
        self.holds(first)

    def holds(self, pem: Pem) -> None:
        """The key of a certificate: ACM never tells it."""
        self._known[pem.certificate.decode().strip()] = pem

    def of(self, listener: dict[str, Any]) -> Listener:
        """The ports of a listener."""
        if listener["Protocol"] != "HTTPS":
            return next(iter(self._running.values()), None) or self._start([next(iter(self._known))], "TLSv1.2 TLSv1.3")
        return self._start(self._deployment.certificates(listener), _PROTOCOLS.get(listener.get("SslPolicy", ""), "TLSv1.2 TLSv1.3"))

    def _start(self, certificates: list[str], protocols: str) -> Listener:
        key = (*certificates, protocols)
        if key not in self._running:
            pems = {_names(text): self._known[text] for text in certificates}
            self._running[key] = Listener(pems, self._behind, protocols)
        return self._running[key]

    def close(self) -> None:
        for listener in self._running.values():
            listener.close()


def _names(certificate: str) -> str:
    """The names that stand on a certificate, as nginx wants them."""
    try:
        listed = x509.load_pem_x509_certificate(certificate.encode()).extensions.get_extension_for_class(SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return "_"
    return " ".join(listed.value.get_values_for_type(DNSName))
