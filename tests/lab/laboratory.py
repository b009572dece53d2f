"""The laboratory: the stand-ins' deployment, whatever a case puts in the place of a part of it, and the doctor beside it."""

import ssl
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from doctor import Doctor, Run

from lab import wire
from lab.case import Case
from lab.servers import Act, Hostile
from stand_ins import article as building
from stand_ins.article import SERVER_NAME, Article
from stand_ins.certificates import Authority, Pem
from stand_ins.nginx import Nginx


@dataclass
class Authorities:
    """Who signs certificates. `public` is known to API Gateway, `private` to nobody."""

    public: Authority

    @cached_property
    def private(self) -> Authority:
        return Authority("Example Corp Root")

    @cached_property
    def forgotten(self) -> Authority:
        """Below a root, and by its name of a public company; its own certificate is what people forget to upload."""
        return Authority("Example RSA TLS CA", above=self.public, organisation="DigiCert Inc")


class Lab:
    """One deployment at a time. A case that leaves it as it is shares it with the next one."""

    def __init__(self, doctor: Doctor, public: Authority) -> None:
        self.doctor, self.control, self.plane = doctor, doctor.control, doctor.data_plane
        self.authorities = Authorities(public)
        self._untouched: Article | None = None
        self._own: Article | None = None
        self._running: list[Hostile | Nginx] = []
        self.samples: dict[str, str] = {}  # of cases that stand on a page, by name
        self._folder = tempfile.TemporaryDirectory(prefix="apigw-doctor-lab-")
        self.clean()

    def clean(self) -> None:
        """Before each case: nobody in nobody's place."""
        self.plane.close_urls()
        self.control.reset()
        while self._running:
            self._running.pop().close()
        self._own = None
        self.url: str | None = None  # where the request goes instead of to the gateway
        self.asked: str | None = None  # what the doctor is asked about instead of the API's id
        self.environment: dict[str, str] = {}
        self.turn = 0  # whose turn it is: which interface of the link sends, which target gets the request

    def close(self) -> None:
        self.clean()
        self._folder.cleanup()

    @property
    def article(self) -> Article:
        """The deployment of this case; in order, and not to be changed, unless the case made its own."""
        if self._own:
            return self._own
        if self._untouched is None:
            self.control.empty()
            self._untouched = building.build(self.control, self.plane.pem, SERVER_NAME)
        return self._untouched

    def deploy(self, server_name: str | None = SERVER_NAME, pem: Pem | None = None, issuer: str = "AMAZON_ISSUED") -> Article:
        """A deployment of the case's own, which it may change."""
        self.control.empty()
        self._untouched = None
        self.holds(pem or self.plane.pem)
        self._own = building.build(self.control, pem or self.plane.pem, server_name, issuer)
        return self._own

    def holds(self, pem: Pem) -> None:
        """The listeners get the key of this certificate."""
        self.plane.listeners.holds(pem)

    # ---- who stands where

    def in_front(self, act: Act, tls: Pem | None = None) -> None:
        """This server is what the client meets, in the place of API Gateway."""
        server = Hostile(act, self.context(tls) if tls else None)
        self._running.append(server)
        self.url = f"https://localhost:{server.port}" if tls else f"http://127.0.0.1:{server.port}"

    def runs(self, act: Act, tls: Pem | None = None, only: int | None = None) -> None:
        """This program runs in the tasks, in the place of the application; or in one task only."""
        server = Hostile(act, self.context(tls) if tls else None)
        self._running.append(server)
        self._at_the_tasks(server.port, only)

    def runs_nginx(self, servers: str, port: int, files: dict[str, bytes] | None = None) -> None:
        """A real nginx runs in the tasks."""
        self._running.append(Nginx(servers, port, files))
        self._at_the_tasks(port, None)

    def at_port(self, port: int, only: int | None = None) -> None:
        """The requests for the tasks go to this port."""
        self._at_the_tasks(port, only)

    def _at_the_tasks(self, port: int, only: int | None) -> None:
        chosen = self.article.targets if only is None else [self.article.targets[only]]
        self.plane.tasks.programs.update(dict.fromkeys(chosen, port))

    def context(self, pem: Pem) -> ssl.SSLContext:
        """A server's side of TLS with this certificate."""
        path = Path(self._folder.name) / "server.pem"
        path.write_bytes(pem.key + pem.certificate + pem.chain)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.load_cert_chain(path)
        return context

    def client_trusts(self, authority: Authority) -> None:
        """The machine of the client knows this authority and no other."""
        path = Path(self._folder.name) / "roots.pem"
        path.write_bytes(authority.chain)
        self.environment["SSL_CERT_FILE"] = str(path)

    # ---- asking

    def check(self, case: Case) -> Run:
        """The doctor's own run."""
        return self.doctor(*self.command(case), "--format", "json", env=self.environment)

    def command(self, case: Case) -> list[str]:
        """What the doctor is asked; from now on somebody answers."""
        return ["check", self.asked or self.article.api, "--invoke-url", self._opened(), *case.asks]

    def _opened(self) -> str:
        """Where the request goes, with the turn that the case wants."""
        url = self.url or self.plane.open(self.article.api)
        self.plane.deployment.turn = self.turn
        return url

    def sample(self, case: Case, run: Run) -> str:
        """What comes over the wire; where nothing whole came, the doctor's words about it."""
        if run.observed["kind"] == "failed":
            return wire.tidy(f"{run.observed['reason']}: {run.observed['detail']}")
        return wire.tidy(wire.exchange(urlsplit(self._opened()), case.asks))
