"""Runs a printed command as a person would who pastes it into a shell."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

from stand_ins import REGION
from stand_ins.control import Control


def run_as_printed(control: Control, line: str) -> None:
    """Runs a line of the AWS CLI against the stand-in, as somebody who may change the deployment."""
    program, *arguments = shlex.split(line)
    assert program == "aws"
    environment = os.environ | {
        "AWS_ENDPOINT_URL": control.url,
        "AWS_ACCESS_KEY_ID": "BUILDER",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_PAGER": "",
    }
    aws = Path(sys.executable).with_name("aws")
    done = subprocess.run([aws, *arguments], env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, f"{line}\n{done.stderr}"
