#!/usr/bin/python3
"""Rates of `visionshard fetch` on loopback, beside `curl --parallel` and a pool of Python threads with urllib.

nginx serves images of 20 KB over TLS with a certificate of its own CA, on several addresses of 127.0.0.0/8, each of which
is a host. Every row is the median of --runs runs, interleaved. Processor time is that of the client's process.
"""
import argparse
import contextlib
import json
import os
import pathlib
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time

from PIL import Image

from rate_chart import svg

SIDE = 81  # of an image of 20 KB, not compressed


def openssl(*args):
    subprocess.run(["openssl", *map(str, args)], check=True, capture_output=True)


def certificates(directory, addresses):
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", directory / "ca.key", "-out",
            directory / "ca.pem", "-subj", "/CN=Test CA", "-days", "30")
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", directory / "key.pem", "-out", directory / "csr.pem",
            "-subj", "/CN=test", "-addext", "subjectAltName=" + ",".join(f"IP:{a}" for a in addresses))
    openssl("x509", "-req", "-in", directory / "csr.pem", "-CA", directory / "ca.pem", "-CAkey", directory / "ca.key",
            "-CAcreateserial", "-days", "30", "-out", directory / "cert.pem", "-copy_extensions", "copyall")


@contextlib.contextmanager
def nginx(directory, port, keep_alive):
    """Serves DIR/www with TLS; every path below /i/ is one of 100 images."""
    www = directory / "www"
    www.mkdir(exist_ok=True)
    randomness = random.Random(1)
    for i in range(100):
        picture = Image.frombytes("RGB", (SIDE, SIDE), randomness.randbytes(SIDE * SIDE * 3))
        picture.save(www / f"{i:02}.png", compress_level=0)
    config = directory / "nginx.conf"
    config.write_text(f"""
daemon off; worker_processes 1; pid {directory}/nginx.pid; error_log {directory}/error.log warn;
{"user root;" if os.geteuid() == 0 else ""}
events {{ worker_connections 4096; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000; keepalive_timeout {60 if keep_alive else 0};
  client_body_temp_path {directory}/t1; proxy_temp_path {directory}/t2; fastcgi_temp_path {directory}/t3;
  uwsgi_temp_path {directory}/t4; scgi_temp_path {directory}/t5;
  ssl_certificate {directory}/cert.pem; ssl_certificate_key {directory}/key.pem; ssl_session_cache off;
  server {{
    listen 0.0.0.0:{port} ssl; root {www}; types {{ image/png png; }}
    location ~ ^/i/[0-9]+([0-9][0-9]).png$ {{ try_files /$1.png =404; }}
  }}
}}
""")
    process = subprocess.Popen(["nginx", "-c", str(config), "-p", str(directory)], stderr=subprocess.DEVNULL)
    try:
        time.sleep(0.7)
        if process.poll() is not None:
            raise SystemExit((directory / "error.log").read_text()[-2000:])
        yield
    finally:
        process.terminate()
        process.wait()


def timed(command, stdin=None):
    """Seconds, processor seconds and peak MB of a process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begin = time.monotonic()
    process = subprocess.Popen(command, stdin=subprocess.PIPE if stdin else None, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
    out, errors = process.communicate(stdin)
    seconds = time.monotonic() - begin
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode != 0:
        raise SystemExit(f"{command}: {process.returncode}: {errors[-2000:]}{out[-2000:]}")
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, out


def write_corpus(path, urls):
    with open(path, "w") as out:
        for url in urls:
            out.write('{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"%s"}}]},'
                      '{"role":"assistant","content":"ok"}]}\n' % url)


def run_fetch(program, directory, urls, port, connections, hosts, trial):
    corpus = directory / "urls.jsonl"
    write_corpus(corpus, urls)
    per_host = max(1, connections // hosts)
    done = timed([program, "fetch", corpus, "--store", directory / f"store{trial}",
                  "--ports", str(port), "--allow-address", "127.0.0.0/8", "--ca-file", directory / "ca.pem", "--per-host",
                  str(per_host), "--connections", str(connections), "--contact", "bench", "--no-sync", "--json",
                  "--progress", "off", "--threads", "1"])
    report = json.loads(done[2])
    if report["counts"]["fetched"] != len(urls):
        raise SystemExit(f"not all were fetched: {report['counts']} {report['failures']}")
    return done[:2]


def run_curl(directory, urls, connections):
    config = "".join(f'url = "{url}"\noutput = "{directory}/out/{i}"\n' for i, url in enumerate(urls))
    (directory / "out").mkdir(exist_ok=True)
    return timed(["curl", "--silent", "--parallel", "--parallel-max", str(min(connections, 300)), "--cacert",
                  directory / "ca.pem", "--config", "-"], config.encode())[:2]


def run_urllib(directory, urls, connections):
    """What img2dataset does: a pool of threads, a connection for each image."""
    script = f"""
import concurrent.futures, ssl, sys, urllib.request
context = ssl.create_default_context(cafile={str(directory / 'ca.pem')!r})
def get(url):
    with urllib.request.urlopen(url, timeout=10, context=context) as response:
        return len(response.read())
with concurrent.futures.ThreadPoolExecutor({connections}) as pool:
    for size in pool.map(get, sys.stdin.read().split()):
        pass
"""
    return timed([sys.executable, "-c", script], "\n".join(urls).encode())[:2]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="build/release/visionshard")
    parser.add_argument("--images", type=int, default=4000)
    parser.add_argument("--hosts", type=int, default=4)
    parser.add_argument("--connections", type=int, nargs="+", default=[8, 32])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--port", type=int, default=8443)
    parser.add_argument("--new-connections", action="store_true", help="the server closes after each image")
    parser.add_argument("--chart", type=pathlib.Path, metavar="FILE", help="also draw the rates")
    args = parser.parse_args()
    rates = {}
    with tempfile.TemporaryDirectory(dir="/dev/shm") as name:
        directory = pathlib.Path(name)
        addresses = [f"127.0.9.{i + 1}" for i in range(args.hosts)]
        certificates(directory, addresses)
        urls = [f"https://{addresses[i % args.hosts]}:{args.port}/i/{i:06}.png" for i in range(args.images)]
        print("| client | connections | images/s | processor ms an image |\n| --- | --- | --- | --- |")
        with nginx(directory, args.port, not args.new_connections):
            for connections in args.connections:
                rows = {}
                for trial in range(args.runs):
                    rows.setdefault("visionshard fetch", []).append(
                        run_fetch(args.program, directory, urls, args.port, connections, args.hosts,
                                  f"{connections}-{trial}"))
                    rows.setdefault("curl --parallel", []).append(run_curl(directory, urls, connections))
                    few = urls[:max(200, args.images // 10)]
                    rows.setdefault("urllib threads", []).append(
                        [value * len(urls) / len(few) for value in run_urllib(directory, few, connections)])
                for client, runs in rows.items():
                    seconds = statistics.median(run[0] for run in runs)
                    rates.setdefault(client, []).append(len(urls) / seconds)
                    cpu = statistics.median(run[1] for run in runs)
                    print(f"| {client} | {connections} | {len(urls) / seconds:.0f} | {1000 * cpu / len(urls):.2f} |",
                          flush=True)
    if args.chart:
        args.chart.write_text(svg(args.connections, rates, f"Loopback, {args.hosts} hosts, nginx on the same machine; "
                                  f"medians of {args.runs} runs of {args.images:,} images."))


if __name__ == "__main__":
    main()
