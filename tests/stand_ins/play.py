"""Starts the stand-ins with the article's deployment, prints how to point the doctor at them, waits for Ctrl-C."""

import signal
import sys

from stand_ins import DOCTOR, REGION, article
from stand_ins.certificates import Authority
from stand_ins.control import Control
from stand_ins.data_plane import DataPlane


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    pem = Authority().issue(article.SERVER_NAME)
    control = Control()
    plane = DataPlane(control, pem)
    try:
        built = article.build(control, pem)
        print(f"export AWS_ENDPOINT_URL={control.url} AWS_REGION={REGION} AWS_EC2_METADATA_DISABLED=true")
        print(f"export AWS_ACCESS_KEY_ID={DOCTOR} AWS_SECRET_ACCESS_KEY=secret")
        print(f"apigw-doctor check {built.api} --invoke-url {plane.open(built.api)}", flush=True)
        signal.pause()
    except KeyboardInterrupt:
        pass
    finally:
        plane.close()
        control.close()


if __name__ == "__main__":
    main()
