"""Runs one command and reports its wall time, its peak resident memory, and the share of the processors that other
programs used.

usage: measure.py REPORT_FD COMMAND...

A process of its own: Linux counts the memory of the process that forked into the peak of what it starts, so that the
parent has to be small.
"""
import json
import os
import subprocess
import sys
import time


def busy_seconds():
    """Of all processors since the machine started, what a hypervisor took among them."""
    with open("/proc/stat", encoding="ascii") as file:
        user, nice, system, _, _, irq, soft_irq, stolen = map(int, file.readline().split()[1:9])
    return (user + nice + system + irq + soft_irq + stolen) / os.sysconf("SC_CLK_TCK")


def main():
    report_fd, command = int(sys.argv[1]), sys.argv[2:]
    busy_before = busy_seconds()
    start = time.perf_counter()
    child = subprocess.Popen(command)
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - start
    cpu_seconds = usage.ru_utime + usage.ru_stime
    others_seconds = max(0, busy_seconds() - busy_before - cpu_seconds)
    report = {"seconds": seconds, "peak_rss_bytes": usage.ru_maxrss * 1024, "cpu_seconds": cpu_seconds,
              "others_share": others_seconds / (seconds * os.cpu_count()),
              "exit_status": os.waitstatus_to_exitcode(status)}
    os.write(report_fd, json.dumps(report).encode())


if __name__ == "__main__":
    main()
