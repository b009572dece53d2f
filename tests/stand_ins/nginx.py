"""Real nginx as the listener of the load balancer: it terminates TLS, and it writes the famous 400."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from stand_ins import LOOPBACK
from stand_ins.certificates import Pem

_UNPACKED = Path(__file__).parents[2] / ".venv/nginx/usr/sbin/nginx"
_CONFIGURATION = """
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
  access_log off; large_client_header_buffers 4 64k;
  client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3;
  uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5;
{servers}
}}
"""
_RELAY = """
    proxy_http_version 1.1; proxy_set_header Host $http_host; proxy_pass_header Server;
    proxy_buffer_size 64k; proxy_buffers 8 64k; proxy_busy_buffers_size 128k;
    location / {{ proxy_pass http://{host}:{behind}; }}
"""


class Nginx:
    """A running nginx. `servers` are blocks of its configuration; `{folder}` in them is a folder of its own."""

    def __init__(self, servers: str, port: int, files: dict[str, bytes] | None = None) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="apigw-doctor-nginx-")
        folder = Path(self._folder.name)
        for name, content in (files or {}).items():
            (folder / name).write_bytes(content)
        written = _CONFIGURATION.format(folder=folder, servers=servers.replace("{folder}", str(folder)))
        (folder / "nginx.conf").write_text(written)
        command = [_program(), "-p", str(folder), "-c", str(folder / "nginx.conf")]
        self.process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        self._await_start(folder, port)

    def _await_start(self, folder: Path, port: int) -> None:
        for _ in range(200):
            with socket.socket() as attempt:
                if attempt.connect_ex((LOOPBACK, port)) == 0:
                    return
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        raise RuntimeError("nginx did not start: " + (folder / "error.log").read_text())

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=10)
        self._folder.cleanup()


class Listener:
    """Two ports, for HTTPS and HTTP; both hand requests to `behind`, which plays the rest of the load balancer.

    The first certificate is the default one; the others are presented to who asks for one of their names.
    """

    def __init__(self, certificates: dict[str, Pem], behind: int, protocols: str = "TLSv1.2 TLSv1.3") -> None:
        self.tls, self.plain = free_port(), free_port()
        relay = _RELAY.format(host=LOOPBACK, behind=behind)
        servers, files = f"server {{ listen {LOOPBACK}:{self.plain}; {relay} }}\n", {}
        for number, (names, pem) in enumerate(certificates.items()):
            files |= {f"{number}.pem": pem.certificate + pem.chain, f"{number}.key": pem.key}
            servers += f"""
  server {{
    listen {LOOPBACK}:{self.tls} ssl{" default_server" if number == 0 else ""};
    server_name {"_" if number == 0 else names};
    ssl_protocols {protocols}; ssl_ciphers ALL:@SECLEVEL=0;
    ssl_certificate {{folder}}/{number}.pem; ssl_certificate_key {{folder}}/{number}.key; {relay}
  }}"""
        self._nginx = Nginx(servers, self.tls, files)

    def close(self) -> None:
        self._nginx.close()


def _program() -> str:
    """The nginx that `tests/run` unpacked, or one that is installed, or the one that NGINX names."""
    for candidate in (os.environ.get("NGINX"), str(_UNPACKED), "/usr/sbin/nginx"):
        if candidate and shutil.which(candidate):
            return candidate
    raise RuntimeError("no nginx: `tests/run` unpacks one, or set NGINX to the path of one")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return probe.getsockname()[1]
