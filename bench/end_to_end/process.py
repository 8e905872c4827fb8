"""Commands, measured."""
import json
import os
import subprocess
from dataclasses import dataclass

MEASURE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "measure.py")


class Failed(Exception):
    """What the benchmark found wrong; its text is for the user."""


@dataclass
class Measured:
    seconds: float
    peak_rss_bytes: int
    cpu_seconds: float
    others_share: float  # of all processors' time, what other programs and virtual machines had
    exit_status: int


def run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL):
    report, report_writer = os.pipe()
    with subprocess.Popen(["/usr/bin/python3", "-I", "-S", MEASURE, str(report_writer), *command], stdin=stdin,
                          stdout=stdout, stderr=subprocess.PIPE, pass_fds=[report_writer]) as child:
        os.close(report_writer)
        errors = child.stderr.read().decode(errors="replace")
    with os.fdopen(report, "rb") as reader:
        text = reader.read()
    if not text:
        raise Failed(f"{' '.join(command)}: not started: {errors.strip()}")
    measured = Measured(**json.loads(text))
    if measured.exit_status != 0:
        raise Failed(f"{' '.join(command)}: exit status {measured.exit_status}: {errors.strip()[-2000:]}")
    return measured
