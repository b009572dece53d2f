"""Real nginx as the listener of the load balancer: it terminates TLS, and it writes the famous 400."""

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

from stand_ins import LOOPBACK
from stand_ins.certificates import Pem

_UNPACKED = Path(__file__).parents[2] / ".venv/nginx/usr/sbin/nginx"
_CONFIGURATION = """
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3;
  uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5;
  proxy_http_version 1.1; proxy_set_header Host $http_host; proxy_pass_header Server;
  server {{
    listen {host}:{tls} ssl;
    ssl_certificate {folder}/certificate.pem; ssl_certificate_key {folder}/key.pem;
    location / {{ proxy_pass http://{host}:{behind}; }}
  }}
  server {{
    listen {host}:{plain};
    location / {{ proxy_pass http://{host}:{behind}; }}
  }}
}}
"""


class Nginx:
    """Two listeners, HTTPS and HTTP; both hand requests to `behind`, which plays the rest of the load balancer."""

    def __init__(self, folder: Path, pem: Pem, behind: int) -> None:
        self.tls, self.plain = _free_port(), _free_port()
        pem.write(folder)
        ports = {"host": LOOPBACK, "tls": self.tls, "plain": self.plain, "behind": behind}
        (folder / "nginx.conf").write_text(_CONFIGURATION.format(folder=folder, **ports))
        command = [_program(), "-p", str(folder), "-c", str(folder / "nginx.conf")]
        self.process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        self._await_start(folder)

    def _await_start(self, folder: Path) -> None:
        for _ in range(100):
            with socket.socket() as attempt:
                if attempt.connect_ex((LOOPBACK, self.tls)) == 0:
                    return
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise RuntimeError("nginx did not start: " + (folder / "error.log").read_text())

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=10)


def _program() -> str:
    """The nginx that `tests/run` unpacked, or one that is installed, or the one that NGINX names."""
    for candidate in (os.environ.get("NGINX"), str(_UNPACKED), "/usr/sbin/nginx"):
        if candidate and shutil.which(candidate):
            return candidate
    raise RuntimeError("no nginx: `tests/run` unpacks one, or set NGINX to the path of one")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return probe.getsockname()[1]
