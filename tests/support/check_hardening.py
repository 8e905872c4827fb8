#!/usr/bin/python3
"""Checks that a program was built with the hardening that a reader of untrusted files needs.

usage: check_hardening.py PROGRAM"""
import subprocess
import sys


def readelf(*options):
    return subprocess.run(["readelf", "-W", *options, sys.argv[1]], capture_output=True, text=True, check=True).stdout


header, segments, dynamic, symbols = readelf("-h"), readelf("-l"), readelf("-d"), readelf("--dyn-syms")
stack = next(line for line in segments.splitlines() if "GNU_STACK" in line)
wanted = {
    "position-independent (PIE)": "Type:" in header and "DYN" in header and "PIE" in dynamic,
    "full RELRO": "GNU_RELRO" in segments and ("BIND_NOW" in dynamic or "NOW" in dynamic),
    "no executable stack": " RW " in stack and "RWE" not in stack,
    "stack protector": "__stack_chk_fail" in symbols,
    "fortified calls": "_chk@" in symbols.replace("__stack_chk_fail", ""),
}
missing = [name for name, there in wanted.items() if not there]
print("missing: " + ", ".join(missing) if missing else "hardened: " + ", ".join(wanted))
sys.exit(bool(missing))
