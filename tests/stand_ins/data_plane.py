"""The data plane: an invoke URL for each API, nginx as the listener, and the load balancer behind it."""

import tempfile
from pathlib import Path

from stand_ins.certificates import Pem
from stand_ins.control import Control
from stand_ins.deployment import Deployment
from stand_ins.gateway import Gateway
from stand_ins.http_server import Server
from stand_ins.load_balancer import LoadBalancer
from stand_ins.nginx import Nginx


class DataPlane:
    """Everything a request meets between the client and the task."""

    def __init__(self, control: Control, pem: Pem) -> None:
        self.deployment = Deployment(control)
        self.pem = pem
        self.folder = tempfile.TemporaryDirectory(prefix="apigw-doctor-nginx-")
        self.behind = Server(LoadBalancer(self.deployment).answer)
        self.nginx = Nginx(Path(self.folder.name), pem, self.behind.port)
        self.servers: list[Server] = []

    def open(self, api: str, balancer_signs: bool = True) -> str:
        """An invoke URL for `api`. Each API has its own port, since loopback has no names to tell them apart."""
        server = Server(Gateway(api, self.deployment, self.nginx, self.pem, balancer_signs).answer)
        self.servers.append(server)
        return server.url

    def close_urls(self) -> None:
        while self.servers:
            self.servers.pop().close()

    def close(self) -> None:
        self.close_urls()
        self.nginx.close()
        self.behind.close()
        self.folder.cleanup()
