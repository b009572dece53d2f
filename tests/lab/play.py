"""Arranges one case of the laboratory, prints how to point the doctor at it, and waits for Ctrl-C.

    python -m lab.play [CASE]

Without a name: the founding case, the article's deployment with its secure server name left blank.
"""

import shlex
import signal
import sys
import tempfile
from pathlib import Path

from doctor import Doctor

from lab.cases import CASES
from lab.laboratory import Lab
from stand_ins import DOCTOR, REGION, article
from stand_ins.certificates import Authority
from stand_ins.control import Control
from stand_ins.data_plane import DataPlane

FOUNDING = "server-name-blank"


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    by_name = {case.name: case for case in CASES}
    name = sys.argv[1] if len(sys.argv) > 1 else FOUNDING
    if name not in by_name:
        print("no such case; there are:", *(f"  {case.name:28} {case.broken}" for case in CASES), sep="\n", file=sys.stderr)
        sys.exit(2)
    public = Authority()
    control = Control()
    plane = DataPlane(control, public.issue(article.SERVER_NAME))
    with tempfile.TemporaryDirectory() as home:
        lab = Lab(Doctor(Path("apigw-doctor"), control, plane, Path(home)), public)
        try:
            by_name[name].arrange(lab)
            command = ["apigw-doctor", *lab.command(by_name[name])]
            variables = {"AWS_ENDPOINT_URL": control.url, "AWS_REGION": REGION, "AWS_EC2_METADATA_DISABLED": "true"}
            variables |= {"AWS_ACCESS_KEY_ID": DOCTOR, "AWS_SECRET_ACCESS_KEY": "secret"} | lab.environment
            print("#", by_name[name].broken)
            print("export", *(f"{name}={shlex.quote(value)}" for name, value in variables.items()))
            print(shlex.join(command), flush=True)
            signal.pause()
        except KeyboardInterrupt:
            pass
        finally:
            lab.close()
            plane.close()
            control.close()


if __name__ == "__main__":
    main()
