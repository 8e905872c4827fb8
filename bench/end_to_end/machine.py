"""The machine and the versions with which figures were measured."""
import datetime
import os
import platform
import subprocess

import PIL


def answer(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def processor_fields():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        fields = dict(line.partition(":")[::2] for line in file.read().split("\n\n")[0].splitlines())
    return {name.strip(): value.strip() for name, value in fields.items()}


def has_sha_instructions():
    """x86: sha_ni; ARM: sha2."""
    fields = processor_fields()
    return bool({"sha_ni", "sha2"} & set(fields.get("flags", fields.get("Features", "")).split()))


def processor():
    fields = processor_fields()
    model = fields.get("model name", platform.machine())
    family = f" (family {fields['cpu family']}, model {fields['model']})" if "cpu family" in fields else ""
    return model + family


def memory_bytes():
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def available_memory_bytes():
    """What programs can have before others are swapped out."""
    with open("/proc/meminfo", encoding="ascii") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("MemAvailable:"))


def default_budget_bytes():
    """What the program takes where --memory is not given."""
    return min(memory_bytes() // 4, 2 << 30)


def describe(program, work, sharp_folder):
    root = os.path.dirname(os.path.abspath(__file__))
    changed = " and changes" if answer("git", "-C", root, "status", "--porcelain", "--untracked-files=no") else ""
    described = {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "commit": (answer("git", "-C", root, "rev-parse", "--short", "HEAD") or "unknown") + changed,
        "processor": processor(),
        "sha_instructions": has_sha_instructions(),
        "usable_processors": len(os.sched_getaffinity(0)),
        "memory_bytes": memory_bytes(),
        "kernel": platform.release(),
        "output_filesystem": answer("stat", "-f", "-c", "%T", work),
        "load_before": os.getloadavg()[0],
        "program": answer(program, "--version").splitlines(),
        "python": platform.python_version(),
        "pillow": PIL.__version__,
    }
    if sharp_folder:
        described["node"] = answer("node", "--version")
        ask = "const v = require('sharp').versions; `sharp ${v.sharp}, libvips ${v.vips}`"
        described["sharp"] = answer("env", "-C", sharp_folder, "node", "-p", ask)
    return described
