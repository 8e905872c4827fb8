"""fetch against nginx with TLS, over HTTP/1.1 and HTTP/2: a real server that refuses what is over the limits."""
import collections
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time
import unittest

CLI = pathlib.Path(__file__).resolve().parent.parent / "cli"
sys.path.insert(0, str(CLI))
from hostile_server import picture
from test_fetch import FetchTest, url_key

CONFIG = """
daemon off; worker_processes 1; pid {dir}/nginx.pid; error_log {dir}/error.log warn;
{user}
events {{ worker_connections 1024; }}
http {{
  access_log {dir}/access.log combined; keepalive_requests 1000000;
  log_format hosts '$server_addr $status $server_protocol $connection $request_uri'; access_log {dir}/hosts.log hosts;
  client_body_temp_path {dir}/t1; proxy_temp_path {dir}/t2; fastcgi_temp_path {dir}/t3; uwsgi_temp_path {dir}/t4;
  scgi_temp_path {dir}/t5;
  ssl_certificate {dir}/cert.pem; ssl_certificate_key {dir}/key.pem;
  limit_conn_zone $server_addr zone=hosts:1m; limit_conn hosts 2; limit_conn_status 403;
  server {{ listen 0.0.0.0:{port} ssl {http2}; root {dir}/www; limit_rate 3k; types {{ image/png png; }} }}
}}
"""


@unittest.skipUnless(shutil.which("nginx", path="/usr/sbin:" + os.environ["PATH"]), "nginx is not installed")
class NginxTest(FetchTest):
    HOSTS = [f"127.0.5.{i + 1}" for i in range(3)]

    def openssl(self, *args):
        subprocess.run(["openssl", *map(str, args)], check=True, capture_output=True)

    def start(self, port, http2):
        www = self.dir / "www"
        www.mkdir()
        for i in range(20):
            (www / f"{i}.png").write_bytes(picture(f"/{i}.png"))
        names = ",".join(f"IP:{host}" for host in self.HOSTS)
        self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", self.dir / "key.pem", "-out",
                     self.dir / "cert.pem", "-subj", "/CN=test", "-days", "3", "-addext", f"subjectAltName={names}")
        config = self.dir / "nginx.conf"
        config.write_text(CONFIG.format(dir=self.dir, port=port, http2="http2" if http2 else "",
                                        user="user root;" if os.geteuid() == 0 else ""))
        self.dir.chmod(0o755)
        process = subprocess.Popen([shutil.which("nginx", path="/usr/sbin:" + os.environ["PATH"]), "-c", config, "-p",
                                    self.dir], stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        time.sleep(0.5)
        self.assertIsNone(process.poll(), (self.dir / "error.log").read_text())

    def check_limits(self, port, http2):
        self.start(port, http2)
        urls = [f"https://{host}:{port}/{i}.png" for i in range(20) for host in self.HOSTS]
        done = self.run_program("fetch", self.corpus(urls), "--store", self.store, "--ports", port, "--allow-address",
                                "127.0.0.0/8", "--ca-file", self.dir / "cert.pem", "--contact", "t@example.org", "--no-sync",
                                "--json")
        self.assertEqual(done.returncode, 0, done.stderr + done.stdout)
        self.assertEqual(json.loads(done.stdout)["counts"]["fetched"], 60)
        self.check_bodies(urls)
        requests = [line.split() for line in (self.dir / "hosts.log").read_text().splitlines()]
        # nginx counts each request of HTTP/2 as a connection, and would have refused a third at a host.
        self.assertEqual({status for _, status, *_ in requests}, {"200"})
        self.assertEqual({protocol for _, _, protocol, *_ in requests}, {"HTTP/2.0" if http2 else "HTTP/1.1"})
        connections = collections.defaultdict(set)
        for host, _, _, connection, _ in requests:
            connections[host].add(connection)
        self.assertLessEqual(max(map(len, connections.values())), 2, "connections are kept")

    def test_http_1(self):
        self.check_limits(18431, False)

    def test_http_2(self):
        self.check_limits(18432, True)


if __name__ == "__main__":
    unittest.main()
