"""The data plane: an invoke URL for each API, nginx as the listener, the load balancer behind it, and the tasks."""

import ssl

from stand_ins.certificates import Pem
from stand_ins.control import Control
from stand_ins.deployment import Deployment
from stand_ins.gateway import Gateway
from stand_ins.http_server import Server
from stand_ins.listeners import Listeners
from stand_ins.load_balancer import LoadBalancer
from stand_ins.tasks import Tasks
from stand_ins.weather import Weather


class DataPlane:
    """Everything a request meets between the client and the task."""

    def __init__(self, control: Control, pem: Pem) -> None:
        self.deployment = Deployment(control)
        self.pem = pem
        self.weather = Weather()
        self.tasks = Tasks()
        self.behind = Server(LoadBalancer(self.deployment, self.tasks, self.weather).answer)
        self.listeners = Listeners(self.deployment, self.behind.port, pem)
        self.servers: list[Server] = []

    def open(
        self, api: str, balancer_signs: bool = True, domain: str | None = None, tls: ssl.SSLContext | None = None
    ) -> str:
        """An invoke URL for `api`, or one for `domain`. Each has its own port, since loopback has no names to tell them apart."""
        gateway = Gateway(api, self.deployment, self.listeners, self.tasks, self.pem, self.weather, balancer_signs, domain)
        server = Server(gateway.answer, tls)
        self.servers.append(server)
        return server.url

    def close_urls(self) -> None:
        """Back to an empty plane, with nothing out of the ordinary."""
        while self.servers:
            self.servers.pop().close()
        self.deployment.turn = 0
        self.tasks.programs.clear()
        self.weather.clear_up()

    def close(self) -> None:
        self.close_urls()
        self.listeners.close()
        self.behind.close()
        self.tasks.close()
