"""Runs one command and reports its wall time and peak resident memory.

usage: measure.py REPORT_FD COMMAND...

A process of its own: Linux counts the memory of the process that forked into the peak of what it starts, so that the
parent has to be small.
"""
import json
import os
import subprocess
import sys
import time


def main():
    report_fd, command = int(sys.argv[1]), sys.argv[2:]
    start = time.perf_counter()
    child = subprocess.Popen(command)
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - start
    report = {"seconds": seconds, "peak_rss_bytes": usage.ru_maxrss * 1024, "cpu_seconds": usage.ru_utime + usage.ru_stime,
              "exit_status": os.waitstatus_to_exitcode(status)}
    os.write(report_fd, json.dumps(report).encode())


if __name__ == "__main__":
    main()
