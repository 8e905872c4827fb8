"""fetch against a server that does everything wrong, by SPEC section 13 and the store's documented format."""
import collections
import hashlib
import json
import os
import random
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import PROGRAM, CliTest, asked, image_line, part_image, parts
from hostile_server import ENDINGS, HostileServer, behavior, picture, tls_context


def url_key(url):
    return hashlib.sha256(url.split("#")[0].encode()).hexdigest()


class FetchTest(CliTest):
    def setUp(self):
        super().setUp()
        self.store = self.dir / "store"

    def server(self, **settings):
        server = HostileServer(**settings)
        self.addCleanup(server.close)
        return server

    def corpus(self, urls, name="in.jsonl"):
        return self.write(name, b"".join(image_line(url, i) + b"\n" for i, url in enumerate(urls)))

    def command(self, server, inputs, *options, store=None):
        quick = ["--contact", "tests@example.org", "--no-sync", "--threads", "2"]
        if "--backoff" not in options:
            quick += ["--backoff", "0.02"]
        return ["fetch", *inputs, "--store", store or self.store, "--allow-address", "127.0.0.0/8", "--ports",
                server.port, *quick, *options]

    def fetch(self, server, urls, *options, status=0, store=None):
        inputs = [self.corpus(urls)] if isinstance(urls, list) else [urls]
        done = self.run_program(*self.command(server, inputs, *options, store=store), timeout=60)
        self.assertEqual(done.returncode, status, done.stderr.decode()[-1000:] + done.stdout.decode()[-1000:])
        return done

    def records(self, store=None):
        """The record that counts for each key."""
        found = {}
        for log in sorted(((store or self.store) / "log").glob("*.jsonl")):
            for text in log.read_text().splitlines():
                record = json.loads(text)
                old = found.get(record["key"])
                if old is None or record["time_ms"] >= old["time_ms"]:
                    found[record["key"]] = record
        return found

    def outcome(self, url, store=None):
        return self.records(store)[url_key(url)]["outcome"]

    def body(self, record, store=None):
        place = record["body"]
        data = ((store or self.store) / "bodies" / f"{place['segment']}.bin").read_bytes()
        return data[place["offset"]:place["offset"] + place["bytes"]]

    def check_bodies(self, urls, store=None):
        """Each image is the server's, byte for byte."""
        records = self.records(store)
        for url in urls:
            record = records[url_key(url)]
            data = self.body(record, store)
            self.assertEqual(data, picture("/" + url.split("/", 3)[3]), url)
            self.assertEqual(record["body"]["sha256"], hashlib.sha256(data).hexdigest())

    def index(self, store=None):
        return ((store or self.store) / "index.bin").read_bytes()


class OutcomeTest(FetchTest):
    def check_endings(self, kinds, timeout):
        server = self.server()
        urls = {server.url(f"{name}/{i}.png", host=f"127.0.1.{number}"): ENDINGS[name]
                for number, name in enumerate(kinds) for i in range(2)}
        options = ["--timeout", timeout, "--max-body", "1MB", "--per-host", "8"]
        self.fetch(server, list(urls), *options, status=4)
        records = self.records()
        self.assertEqual(set(records), {url_key(url) for url in urls})
        self.assertEqual({url: (records[url_key(url)]["outcome"], records[url_key(url)]["transient"]) for url in urls},
                         {url: ending[:2] for url, ending in urls.items()})
        for url, (_, _, requests) in urls.items():
            host, path = url.split("/")[2].split(":")[0], "/" + url.split("/", 3)[3]
            if not behavior(path).startswith("hops"):  # each hop has a path of its own
                self.assertEqual(server.counts[host, path], requests, url)
        self.check_bodies([url for url, ending in urls.items() if ending[0] == "fetched" and "hops" not in url])
        self.assertFalse((self.store / "seal.json").exists(), "transient failures keep the store open")
        # Again: the transient ones alone.
        before = collections.Counter(path for _, _, path in server.requests)
        self.fetch(server, list(urls), *options, "--tries", "1", status=4)
        again = collections.Counter(path for _, _, path in server.requests) - before
        self.assertEqual(set(again), {"/" + url.split("/", 3)[3] for url, ending in urls.items() if ending[1]})
        self.fetch(server, list(urls), *options, "--tries", "1", "--accept-failures")
        self.assertTrue((self.store / "seal.json").exists())

    def test_every_url_ends_as_the_model_says(self):
        self.check_endings(sorted(ENDINGS.keys() - {"silent", "drip"}), 30)

    def test_slow_servers_are_given_up(self):
        self.check_endings(["silent", "drip"], 0.4)

    def test_each_url_is_requested_once(self):
        server = self.server()
        url = server.url("ok/a.png?x=1")
        spelled = url.replace("/", "\\/"), url.replace("ok", "\\u006fk"), url + "#part", " " + url, url
        self.fetch(server, self.write("in.jsonl", b"".join(image_line(u) + b"\n" for u in spelled)))
        self.assertEqual(len(server.requests), 1)
        self.assertEqual(self.outcome(url), "fetched")
        done = self.run_program(*self.command(server, [self.corpus([url])]))
        self.assertEqual((done.returncode, len(server.requests)), (0, 1))

    def test_urls_of_lines_with_other_faults_and_of_string_form(self):
        server = self.server()
        urls = [server.url(f"ok/{i}") for i in range(4)]
        lines = [asked(parts(part_image(urls[0]))).replace(b'"ok"', b"7"),
                 b'{"messages":[{"role":"nobody","content":[{"type":"image_url","image_url":"%s"}]}]}' % urls[1].encode(),
                 b"{broken " + urls[2].encode(), b'{"text":"%s"}' % urls[3].encode()]
        self.fetch(server, self.write("in.jsonl", b"\n".join(lines)))
        self.assertEqual(set(self.records()), {url_key(urls[0]), url_key(urls[1])})

    def test_urls_of_lines_in_rejected_jsonl(self):
        server = self.server()
        url = server.url("ok/1")
        line = image_line(url).replace(b'"assistant"', b'"nobody"')
        rejected = self.convert([line]).dir / "rejected.jsonl"
        self.fetch(server, rejected)
        self.assertEqual(self.outcome(url), "fetched")

    def test_nothing_to_fetch_makes_an_empty_sealed_store(self):
        server = self.server()
        self.fetch(server, self.write("in.jsonl", image_line("data:image/png;base64,AAAA") + b"\n"))
        self.assertEqual(self.index(), b"")

    def test_redirects_go_to_their_own_host(self):
        server = self.server(latency=0.02)
        urls = [server.url(f"to-host/127.0.3.9/ok/{i}", host=f"127.0.2.{i}") for i in range(12)]
        self.fetch(server, urls)
        self.assertEqual({self.outcome(url) for url in urls}, {"fetched"})
        self.assertLessEqual(server.greatest["127.0.3.9"], 2)

    def test_refreshing_asks_only_for_what_changed(self):
        server = self.server()
        urls = [server.url(f"ok/{i}") for i in range(5)]
        self.fetch(server, urls)
        sealed = self.index()
        done = self.fetch(server, urls, "--retry", "all", "--json")
        counts = json.loads(done.stdout)["counts"]
        self.assertEqual((counts["fetched"], counts["unchanged"], counts["requests"]), (5, 5, 5))
        self.assertEqual(self.index(), sealed)
        self.check_bodies(urls)


class PolitenessTest(FetchTest):
    def test_at_most_so_many_requests_at_a_host_at_once(self):
        for most in (1, 2, 5):
            server = self.server(latency=0.02)
            urls = [server.url(f"ok/{i}", host=f"127.0.0.{2 + i % 3}") for i in range(60)]
            self.fetch(server, urls, "--per-host", most, store=self.dir / f"store{most}")
            self.assertLessEqual(max(server.greatest.values()), most)
            self.assertGreater(max(server.greatest.values()), most // 2)

    def test_retry_after_parks_the_whole_host(self):
        server = self.server()
        urls = [server.url("retry-seconds/0")] + [server.url(f"ok/{i}") for i in range(20)]
        self.fetch(server, urls, "--per-host", "1")
        times = [when for when, _, path in server.requests if "retry-seconds" not in path]
        asked, again = [when for when, _, path in server.requests if "retry-seconds" in path]
        self.assertGreaterEqual(again - asked, 0.95)
        self.assertEqual([when for when in times if asked < when < asked + 0.95], [])

    def test_a_host_in_trouble_is_asked_more_slowly(self):
        server = self.server()
        self.fetch(server, [server.url(f"503/{i}") for i in range(3)], "--backoff", "0.1", "--per-host", "1",
                   "--tries", "2", status=4)
        times = [when for when, _, _ in server.requests]
        # The gap begins with 0.2 of the 0.1 seconds, doubles four times, and grows with the latency.
        self.assertEqual(len(times), 6)
        self.assertGreater(times[4] - times[3], 0.1)
        self.assertGreater(times[5] - times[4], times[1] - times[0])

    def test_a_host_that_does_not_answer_is_given_up(self):
        server = self.server()
        urls = [server.url(f"reset/{i}") for i in range(300)]
        done = self.fetch(server, urls, "--tries", "2", "--json", status=4)
        self.assertLess(len(server.requests), 60)
        report = json.loads(done.stdout)
        self.assertEqual(report["failures"], {"url_unreachable": 300})
        self.assertIn("given up", report["hosts"][0]["given_up"])

    def test_the_user_agent_names_program_and_contact(self):
        server = self.server()
        self.fetch(server, [server.url("ok/1")])
        self.assertRegex(server.headers[0]["user-agent"], r"^visionshard/[0-9.]+ \(\+tests@example\.org\)$")
        self.assertNotIn("accept-encoding", server.headers[0])
        done = self.run_program("fetch", self.corpus(["http://127.0.0.1/"]), "--store", self.dir / "s2")
        self.assertIn(b"--contact", done.stderr)

    def test_robots_headers_can_be_ignored(self):
        server = self.server()
        urls = [server.url("noai/1"), server.url("tdm/1")]
        self.fetch(server, urls, "--robots", "ignore")
        self.assertEqual({self.outcome(url) for url in urls}, {"fetched"})

    def test_robots_txt_is_read_once_for_a_host(self):
        server = self.server()
        server.pages["/robots.txt"] = b"User-agent: *\nDisallow: /ok/secret\n"
        urls = [server.url(f"ok/{name}", host=host) for host in ("127.0.0.2", "127.0.0.3")
                for name in ("1", "2", "secret1", "secret2")]
        self.fetch(server, urls, "--robots", "full")
        self.assertEqual([self.outcome(url) for url in urls], ["fetched"] * 2 + ["url_opted_out"] * 2 +
                         ["fetched"] * 2 + ["url_opted_out"] * 2)
        paths = collections.Counter(path for _, _, path in server.requests)
        self.assertEqual(paths, {"/robots.txt": 2, "/ok/1": 2, "/ok/2": 2})

    def test_robots_txt_that_is_missing_allows_and_one_that_cannot_be_read_forbids(self):
        server = self.server()
        url = server.url("ok/1")
        server.pages["/robots.txt"] = None  # 404
        self.fetch(server, [url], "--robots", "full")
        self.assertEqual(self.outcome(url), "fetched")
        del server.pages["/robots.txt"]  # 503
        self.fetch(server, [url], "--robots", "full", store=self.dir / "s2", status=4)
        self.assertEqual(self.outcome(url, self.dir / "s2"), "url_unreachable")


class AddressTest(FetchTest):
    def test_addresses_that_are_not_public_are_never_connected_to(self):
        server = self.server()
        hosts = ["127.0.0.1", "127.1", "0x7f.1", "0177.0.0.1", "2130706433", "[::ffff:127.0.0.1]", "[::1]", "0.0.0.0",
                 "localhost", "10.0.0.1", "169.254.169.254", "[fd00:ec2::254]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]",
                 "168.63.129.16", "100.64.0.1", "192.168.0.1"]
        urls = [f"http://{host}:{server.port}/ok/1" for host in hosts]
        done = self.run_program("fetch", self.corpus(urls), "--store", self.store, "--ports", server.port, "--no-sync")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual({url: self.outcome(url) for url in urls}, {url: "url_private" for url in urls})
        self.assertEqual(server.requests, [])

    def test_redirects_to_addresses_that_are_not_public_are_not_followed(self):
        server = self.server()
        hosts = ["127.9", "0x7f.9", "0177.0.0.9", "2130706441", "[::ffff:127.0.0.9]", "[::1]", "0.0.0.0", "10.0.0.1",
                 "169.254.169.254", "[fd00:ec2::254]", "[64:ff9b::7f00:9]", "[2002:7f00:9::]", "168.63.129.16"]
        urls = [server.url(f"to/{host}") for host in hosts]
        done = self.run_program("fetch", self.corpus(urls), "--store", self.store, "--ports", server.port, "--no-sync",
                                "--allow-address", "127.0.0.2")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual({url: self.outcome(url) for url in urls}, {url: "url_private" for url in urls})
        self.assertEqual({host for _, host, _ in server.requests}, {"127.0.0.2"})

    def test_only_some_ports_are_connected_to(self):
        server = self.server()
        url = server.url("ok/1")
        done = self.run_program("fetch", self.corpus([url]), "--store", self.store, "--allow-address", "127.0.0.0/8")
        self.assertEqual((done.returncode, self.outcome(url), server.requests), (0, "url_unreachable", []))
        self.assertIn(f"; port {server.port} is not among --ports", done.stdout.decode())

    def test_proxies_of_the_environment_are_not_used(self):
        server, proxy = self.server(), self.server()
        os.environ["http_proxy"] = os.environ["ALL_PROXY"] = f"http://127.0.0.1:{proxy.port}"
        self.addCleanup(lambda: [os.environ.pop(name) for name in ("http_proxy", "ALL_PROXY")])
        self.fetch(server, [server.url("ok/1")])
        self.assertEqual((len(server.requests), len(proxy.requests)), (1, 0))
        self.fetch(server, [server.url("ok/2")], "--proxy", f"http://127.0.0.1:{proxy.port}", store=self.dir / "s2",
                   status=0)
        self.assertEqual((len(server.requests), len(proxy.requests)), (1, 1))


class NameServer:
    """Answers questions for A records from a table; a list of lists is answered one after the other."""

    def __init__(self, table):
        self.table, self.asked = table, []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                question, client = self.socket.recvfrom(2048)
            except OSError:
                return
            end = question.index(b"\0", 12) + 5
            labels, at = [], 12
            while question[at]:
                labels.append(question[at + 1:at + 1 + question[at]].decode().lower())
                at += question[at] + 1
            name, kind = ".".join(labels), struct.unpack(">H", question[at + 1:at + 3])[0]
            if kind == 1:
                self.asked.append(name)
            addresses = self.table.get(name)
            if addresses == "fails for A":  # and says later that there are none of the other kind
                addresses = "fails" if kind == 1 else []
                time.sleep(0.1 if kind != 1 else 0)
            code = 3 if addresses is None else 2 if addresses == "fails" else 0
            answers = addresses if code == 0 and kind == 1 else []
            reply = question[:2] + struct.pack(">HHHHH", 0x8180 | code, 1, len(answers), 0, 0) + question[12:end]
            for address in answers:
                reply += b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 0, 4) + socket.inet_aton(address)
            self.socket.sendto(reply, client)


class NameTest(FetchTest):
    def test_names_end_as_their_addresses_do(self):
        server = self.server()
        names = NameServer({"good.test": ["127.0.0.2"], "private.test": ["10.0.0.1"], "meta.test": ["169.254.169.254"],
                            "both.test": ["10.0.0.1", "127.0.0.3"], "fails.test": "fails"})
        self.addCleanup(names.socket.close)
        wanted = {"good.test": "fetched", "private.test": "url_private", "meta.test": "url_private",
                  "both.test": "fetched", "gone.test": "url_unreachable", "fails.test": "url_unreachable"}
        urls = {server.url("ok/1", host=name): outcome for name, outcome in wanted.items()}
        self.fetch(server, list(urls), "--name-servers", f"127.0.0.1:{names.port}", "--tries", "2", status=4)
        self.assertEqual({url: self.outcome(url) for url in urls}, urls)
        transient = {url for url in urls if self.records()[url_key(url)]["transient"]}
        self.assertEqual(transient, {server.url("ok/1", host="fails.test")})
        self.assertEqual({host for _, host, _ in server.requests}, {"127.0.0.2", "127.0.0.3"})
        self.assertEqual(server.headers[0]["host"].split(":")[0].split(".")[1], "test")
        self.assertEqual(names.asked.count("good.test"), 1)


    def test_an_answer_that_changes_is_checked_again(self):
        server = self.server()
        table = {"rebind.test": ["127.0.0.2"]}
        names = NameServer(table)
        self.addCleanup(names.socket.close)
        options = ["--name-servers", f"127.0.0.1:{names.port}"]
        first, second = server.url("ok/1", host="rebind.test"), server.url("ok/2", host="rebind.test")
        self.fetch(server, [first], *options)
        table["rebind.test"] = ["169.254.169.254"]
        self.fetch(server, [first, second], *options)
        self.assertEqual([self.outcome(first), self.outcome(second)], ["fetched", "url_private"])


class TlsTest(FetchTest):
    def certificate(self, name, *, days="30", names="IP:127.0.0.2", signed=True):
        key, request, certificate = (self.dir / f"{name}.{end}" for end in ("key", "csr", "pem"))
        run = lambda *args: subprocess.run(["openssl", *map(str, args)], check=True, capture_output=True)
        run("req", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", request, "-subj", f"/CN={name}", "-addext",
            f"subjectAltName={names}")
        if not signed:
            run("x509", "-req", "-in", request, "-signkey", key, "-days", days, "-out", certificate, "-copy_extensions",
                "copyall")
            return tls_context(certificate, key)
        if not (self.dir / "ca.pem").exists():
            run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", self.dir / "ca.key", "-out",
                self.dir / "ca.pem", "-subj", "/CN=Test CA", "-days", "30")
        run("x509", "-req", "-in", request, "-CA", self.dir / "ca.pem", "-CAkey", self.dir / "ca.key", "-CAcreateserial",
            "-days", days, "-out", certificate, "-copy_extensions", "copyall")
        return tls_context(certificate, key)

    def test_certificates_are_verified(self):
        servers = {"good": (self.certificate("good"), "fetched"),
                   "other": (self.certificate("other", names="DNS:example.org"), "url_unreachable"),
                   "self": (self.certificate("self", signed=False), "url_unreachable"),
                   "expired": (self.certificate("expired", days="-1"), "url_unreachable")}
        urls, ports = {}, []
        for name, (context, outcome) in servers.items():
            server = self.server(tls=context)
            ports.append(str(server.port))
            urls[server.url(f"ok/{name}", scheme="https")] = outcome
        done = self.run_program("fetch", self.corpus(urls), "--store", self.store, "--allow-address", "127.0.0.0/8",
                                "--ports", ",".join(ports), "--ca-file", self.dir / "ca.pem", "--no-sync")
        self.assertEqual(done.returncode, 0, done.stderr + done.stdout)
        self.assertEqual({url: self.outcome(url) for url in urls}, urls)


class SecretTest(FetchTest):
    def test_credentials_and_queries_are_shown_nowhere(self):
        server = self.server()
        urls = [f"http://user:secret1@127.0.0.2:{server.port}/ok/1?token=secret2", server.url("404/1?sig=secret3"),
                server.url("reset/1?sig=secret4"), server.url("hops-2/1?sig=secret5")]
        done = self.fetch(server, urls, "--progress", "json", status=4)
        written = b"".join(path.read_bytes() for path in self.store.rglob("*") if path.is_file())
        for text in (done.stdout, done.stderr, written):
            self.assertNotIn(b"secret", text)
        self.assertIn("authorization", server.headers[0].keys() | server.headers[1].keys() | server.headers[2].keys() |
                      server.headers[3].keys())


class InterruptionTest(FetchTest):
    def start(self, server, path, *options):
        command = [PROGRAM, *map(str, self.command(server, [path], *options))]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def test_killed_at_any_instant_it_goes_on(self):
        server = self.server(latency=0.01)
        urls = [server.url(f"ok/{i}", host=f"127.0.0.{2 + i % 4}") for i in range(400)]
        urls += [server.url(f"404/{i}", host="127.0.0.9") for i in range(20)]
        path = self.corpus(urls)
        self.fetch(server, path, store=self.dir / "whole")
        server.counts.clear()
        randomness, kills = random.Random(19), 0
        lost = 0
        while kills < 8:
            process = self.start(server, path)
            time.sleep(randomness.uniform(0.05, 0.35))
            if process.poll() is None:
                before = sum(server.counts.values())
                process.kill()
                kills += 1
            process.communicate()
            recorded = len(self.records())
            self.assertLessEqual(recorded, len(urls))
            lost = max(lost, sum(server.counts.values()) - recorded)
            if recorded == len(urls):
                break
        self.fetch(server, path)
        self.assertEqual(self.index(), self.index(self.dir / "whole"))
        self.check_bodies(urls[:400])
        # What was in flight: 8 requests at 4 hosts and 2 at the fifth, and the records of the last 0.1 seconds.
        extra = sum(server.counts.values()) - len(urls)
        self.assertLessEqual(extra, kills * (10 + 0.3 * 10 / 0.01))
        self.assertEqual(sorted(p.name for p in self.store.iterdir()),
                         sorted(p.name for p in (self.dir / "whole").iterdir()))

    def test_ctrl_c_ends_within_two_seconds(self):
        for number, status in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            server = self.server()
            path = self.corpus([server.url(f"silent/{i}", host=f"127.0.0.{2 + i}") for i in range(20)])
            process = self.start(server, path)
            deadline = time.monotonic() + 20
            while not server.requests and time.monotonic() < deadline:
                time.sleep(0.01)
            begin = time.monotonic()
            process.send_signal(number)
            _, errors = process.communicate(timeout=30)
            self.assertLess(time.monotonic() - begin, 2.5)
            self.assertEqual(process.returncode, status)
            self.assertIn(b"run the same command again", errors)

    def test_a_server_that_dies_and_comes_back(self):
        server = self.server()
        urls = [server.url(f"ok/{i}", host=f"127.0.0.{2 + i % 3}") for i in range(30)]
        server.close()
        self.fetch(server, urls, "--tries", "2", status=4)
        port = server.port
        again = self.server(port=port)
        self.fetch(again, urls)
        self.check_bodies(urls)
        self.assertEqual(set(again.counts.values()), {1})


class TaskTest(FetchTest):
    def status(self, store, exit_status):
        done = self.run_program("status", store, "--json")
        self.assertEqual(done.returncode, exit_status, done.stderr)
        return json.loads(done.stdout)

    def test_a_redirect_to_a_host_of_another_task_waits_for_the_last_run(self):
        server = self.server()
        urls = [server.url(f"to-host/127.0.3.{i % 7}/ok/{i}", host=f"127.0.2.{i % 9}") for i in range(63)]
        path = self.corpus(urls)
        hosts, ended = [], []
        for task in range(3):
            begin = len(server.requests)
            done = self.run_program(*self.command(server, [path], "--task", f"{task}/3"), timeout=60)
            ended.append(done.returncode)
            hosts.append({host for _, host, _ in server.requests[begin:]})
        self.assertLessEqual(set(ended), {0, 4})
        self.assertIn(4, ended)
        self.assertEqual(sum(map(len, hosts)), len(set().union(*hosts)), "a host was asked by two tasks")
        self.fetch(server, path)
        self.assertEqual({self.outcome(url) for url in urls}, {"fetched"})

    def test_status_says_in_words_what_a_store_holds(self):
        server = self.server()
        self.fetch(server, [server.url("ok/1"), server.url("404/2")])
        done = self.run_program("status", self.store)
        self.assertEqual(done.returncode, 0)
        self.assertIn(b"sealed; 2 URLs done, 1 with an image", done.stdout)
        self.assertIn(b"1 url_status", done.stdout)
        self.assertIn(b"2 by task all", done.stdout)
        refused = self.run_program("status", self.store, "--missing", "map")
        self.assertEqual(refused.returncode, 2)
        self.assertIn(b"run every task of fetch again", refused.stderr)

    def test_any_number_of_tasks_gives_the_same_index(self):
        server = self.server()
        kinds = ("ok", "404", "html", "flaky", "noai")
        urls = [server.url(f"{kinds[i % 5]}/{i}", host=f"127.0.4.{i % 23}") for i in range(150)]
        path = self.corpus(urls)
        indexes = set()
        for tasks in (1, 2, 5):
            store = self.dir / f"store{tasks}"
            server.requests.clear()
            server.counts.clear()
            hosts = []
            for task in range(tasks if tasks > 1 else 0):
                begin = len(server.requests)
                self.fetch(server, path, "--task", f"{task}/{tasks}", store=store)
                hosts.append({host for _, host, _ in server.requests[begin:]})
            self.assertEqual(sum(map(len, hosts)), len(set().union(*hosts)), "a host was asked by two tasks")
            if tasks > 1:
                status = self.status(store, 4)
                self.assertEqual((status["sealed"], status["urls"]), (False, 150))
                self.assertEqual(list(status["tasks"]), [f"{task}-of-{tasks}" for task in range(tasks)])
            before = len(server.requests)
            self.fetch(server, path, store=store)
            self.assertTrue(tasks == 1 or len(server.requests) == before)
            status = self.status(store, 0)
            self.assertEqual((status["sealed"], status["urls"], status["fetched"]), (True, 150, 60))
            self.assertEqual(status["failures"], {"url_status": 30, "url_not_image": 30, "url_opted_out": 30})
            indexes.add(self.index(store))
        self.assertEqual(len(indexes), 1)


class VerifyTest(FetchTest):
    def test_damage_is_found(self):
        server = self.server()
        urls = [server.url(f"ok/{i}") for i in range(6)]
        self.fetch(server, urls)
        self.assertEqual(self.run_program("fetch", "--store", self.store, "--verify").returncode, 0)
        segment = next((self.store / "bodies").glob("*.bin"))
        data = bytearray(segment.read_bytes())
        data[100] ^= 1
        segment.write_bytes(data)
        done = self.run_program("fetch", "--store", self.store, "--verify", "--json")
        self.assertEqual((done.returncode, json.loads(done.stdout)["damaged"]), (1, 1))


class InlineTest(FetchTest):
    def test_urls_become_a_file_for_together(self):
        server = self.server()
        path = self.corpus([server.url(f"{'gzip' if i % 3 else 'ok'}/{i}") for i in range(12)] + [server.url("404/1")])
        self.fetch(server, path)
        shards = []
        for _ in range(2):
            output = self.new_output_dir()
            done = self.run_program("convert", path, "-o", output, "--profile", "together", "--urls", "inline", "--store",
                                    self.store)
            self.assertEqual(done.returncode, 0, done.stderr)
            shards.append((output / "train-00000.jsonl").read_bytes())
            rejected = [json.loads(line)["reason"] for line in (output / "rejected.jsonl").read_text().splitlines()]
            self.assertEqual(rejected, ["url_status"])
        self.assertEqual(shards[0], shards[1])
        self.assertEqual(shards[0].count(b"\n"), 12)
        self.assertEqual(self.run_program("check", output, "--profile", "together").returncode, 0)


class UsageTest(FetchTest):
    def test_bad_options_are_refused(self):
        path = self.corpus(["http://example.org/a.png"])
        for options in (["--per-host", "0"], ["--per-host", "x"], ["--ports", "0"], ["--ports", "80,x"],
                        ["--allow-address", "10.0.0.0/99"], ["--task", "3/3"], ["--task", "x"], ["--task", "1"],
                        ["--robots", "no"], ["--timeout", "-1"], ["--max-body", "x"], ["--contact", "a\nb"],
                        ["--name-servers", "nonsense"]):
            with self.subTest(options):
                done = self.run_program("fetch", path, "--store", self.store, *options)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.check_message(done)
        self.assertEqual(self.run_program("fetch", path).returncode, 2)
        self.assertEqual(self.run_program("fetch", "--store", self.store).returncode, 2)
        self.assertEqual(self.run_program("fetch", path, "--store", self.store, "--verify").returncode, 2)

    def test_a_directory_that_is_no_store_is_left_alone(self):
        self.store.mkdir()
        (self.store / "precious").write_text("x")
        done = self.run_program("fetch", self.corpus(["http://example.org/a.png"]), "--store", self.store)
        self.assertEqual(done.returncode, 2)
        self.assertEqual([p.name for p in self.store.iterdir()], ["precious"])

    def test_the_plan_is_told_first(self):
        server = self.server()
        urls = [server.url(f"404/{i}", host="127.0.0.2") for i in range(7)] + [server.url("404/1", host="127.0.0.3")]
        done = self.fetch(server, urls)
        text = done.stdout.decode()
        self.assertTrue(text.startswith("8 URLs, 0 of them in the store; 8 to request of 2 hosts"), text)
        self.assertLess(text.index("127.0.0.2"), text.index("127.0.0.3"))


if __name__ == "__main__":
    unittest.main()
