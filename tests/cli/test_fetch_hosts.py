"""How fetch treats hosts and proxies that are in trouble or answer in unusual ways, by SPEC section 13."""
import collections
import os
import resource
import signal
import socket
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import PROGRAM
from test_fetch import FetchTest, NameServer, url_key


class ProxyTest(FetchTest):
    def test_exceptions_of_the_environment_do_not_go_past_the_proxy(self):
        server, proxy = self.server(), self.server()
        for number, (name, value) in enumerate((("NO_PROXY", "127.0.0.1,localhost"), ("no_proxy", "127.0.0.0/8"),
                                                ("no_proxy", "*"))):
            os.environ[name] = value
            try:
                self.fetch(server, [server.url("ok/1", host="127.0.0.1")], "--proxy",
                           f"http://127.0.0.1:{proxy.port}", store=self.dir / f"store{number}")
            finally:
                del os.environ[name]
            self.assertEqual((len(server.requests), len(proxy.requests)), (0, number + 1), value)

    def test_a_proxy_that_wants_another_password_makes_no_url_final(self):
        server, proxy = self.server(), self.server()
        proxy.wants_password = True
        urls = [server.url("ok/1"), server.url("ok/2", scheme="https")]
        proxy_url = f"http://user:secret@127.0.0.1:{proxy.port}"
        self.fetch(server, urls, "--proxy", proxy_url, "--tries", "2", status=4)
        self.assertEqual(server.requests, [])
        for url in urls:
            record = self.records()[url_key(url)]
            self.assertEqual((record["outcome"], record["transient"]), ("url_unreachable", True))
            self.assertIn(f"the proxy http://127.0.0.1:{proxy.port} wants", record["detail"])
        proxy.wants_password = False
        self.fetch(server, urls[:1], "--proxy", proxy_url, status=4)
        self.assertEqual(self.outcome(urls[0]), "fetched")


    def test_a_proxy_that_cannot_be_used_is_refused_and_its_password_is_not_shown(self):
        server = self.server()
        for proxy in ("ftp://user:Secret7@127.0.0.1:1", "http://user:Sec%0Dret7@127.0.0.1:1", "http://us%00er@127.0.0.1:1",
                      "http://user:Secret7@127.0.0.1:99999", "http://", "http://us er:Secret7#@127.0.0.1:1"):
            with self.subTest(proxy):
                done = self.fetch(server, [server.url("ok/1")], "--proxy", proxy, status=2)
                self.assertIn(b"proxy", done.stderr)
                self.assertNotIn(b"ret7", done.stdout + done.stderr)
                self.assertFalse(self.store.exists())
        self.assertEqual(server.requests, [])


class AnswerTest(FetchTest):
    def test_a_host_that_answers_is_asked_for_all_its_urls_though_bodies_are_cut_short(self):
        server = self.server()
        urls = [server.url(f"short/{i}") for i in range(8)] + [server.url(f"503/{i}") for i in range(8)]
        images = [server.url(f"ok/{i}") for i in range(3)]
        self.fetch(server, urls + images, "--tries", "1", "--per-host", "1", status=4)
        self.assertEqual({self.outcome(url) for url in images}, {"fetched"})

    def test_failures_of_other_options_are_asked_for_again(self):
        server = self.server()
        url, image = server.url("ok/1", host="127.0.0.2"), server.url("ok/2", host="127.0.0.3")
        path = self.corpus([url, image])
        self.run_program("fetch", path, "--store", self.store, "--no-sync", "--allow-address", "127.0.0.0/8")
        self.assertEqual(self.outcome(url), "url_unreachable")
        done = self.fetch(server, [url, image])
        self.assertIn("2 of those in the store failed for good; --retry failures", done.stdout.decode())
        self.assertEqual(server.requests, [])
        self.fetch(server, [url, image], "--retry", "failures")
        self.fetch(server, [url, image], "--retry", "failures")
        self.assertEqual(([self.outcome(url), self.outcome(image)], len(server.requests)), (["fetched"] * 2, 2))


class FileLimitTest(FetchTest):
    def fetch_with_limits(self, server, urls, soft, hard, *options):
        command = [PROGRAM, *map(str, self.command(server, [self.corpus(urls)], *options))]
        return subprocess.run(command, capture_output=True, timeout=60,
                              preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard)))

    def test_too_few_open_files_are_no_failure_of_servers(self):
        server = self.server(latency=0.1)
        urls = [server.url(f"ok/{i}", host=f"127.0.2.{i}") for i in range(1, 100)]
        done = self.fetch_with_limits(server, urls, 64, 64, "--connections", "90")
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn(b"--connections", done.stderr)
        self.assertEqual(server.requests, [])
        done = self.fetch_with_limits(server, urls[:3], 128, 128, "--connections", "90")
        self.assertEqual((done.returncode, {self.outcome(url) for url in urls[:3]}), (0, {"fetched"}), done.stderr)
        done = self.fetch_with_limits(server, urls, 64, 4096, "--connections", "90")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual({self.outcome(url) for url in urls}, {"fetched"})


class NameTest(FetchTest):
    def test_a_name_is_not_looked_for_in_domains_of_this_machine(self):
        server = self.server()
        names = NameServer({f"{name}.corp.example": ["127.0.0.2"] for name in ("gone.test", "single")})
        self.addCleanup(names.socket.close)
        os.environ["LOCALDOMAIN"] = "corp.example"
        self.addCleanup(os.environ.pop, "LOCALDOMAIN")
        urls = [server.url("ok/1", host=name) for name in ("gone.test", "gone.test.", "single")]
        self.fetch(server, urls, "--name-servers", f"127.0.0.1:{names.port}")
        self.assertEqual({self.outcome(url) for url in urls}, {"url_unreachable"})
        self.assertEqual(set(names.asked), {"gone.test", "single"})

    def test_a_name_server_that_fails_for_one_kind_of_address_makes_no_url_final(self):
        server = self.server()
        names = NameServer({"half.test": "fails for A"})
        self.addCleanup(names.socket.close)
        url = server.url("ok/1", host="half.test")
        options = ["--name-servers", f"127.0.0.1:{names.port}", "--tries", "1"]
        self.fetch(server, [url], *options, status=4)
        names.table["half.test"] = ["127.0.0.2"]
        self.fetch(server, [url], *options)
        self.assertEqual(self.outcome(url), "fetched")


class AddressTest(FetchTest):
    def test_an_address_that_does_not_answer_is_left_for_the_next(self):
        server = self.server(address="127.0.0.10")
        # Its queue of connections is full: further ones get no answer.
        silent = socket.create_server(("127.0.0.9", server.port), backlog=0)
        self.addCleanup(silent.close)
        for _ in range(3):
            waiting = socket.socket()
            self.addCleanup(waiting.close)
            waiting.setblocking(False)
            waiting.connect_ex(silent.getsockname())
        names = NameServer({"two.test": ["127.0.0.9", "127.0.0.10"]})
        self.addCleanup(names.socket.close)
        urls = [server.url(f"ok/{i}", host="two.test") for i in range(4)]
        self.fetch(server, urls, "--name-servers", f"127.0.0.1:{names.port}", "--connect-timeout", "0.3", "--tries", "2")
        self.assertEqual({self.outcome(url) for url in urls}, {"fetched"})


class RobotsTest(FetchTest):
    def test_robots_txt_names_paths_in_any_spelling(self):
        server = self.server()
        server.pages["/robots.txt"] = "User-agent: *\nDisallow: /ok/bücher/\nDisallow: /ok/a%7Eb/\n".encode()
        refused = [server.url(f"ok/{path}/1") for path in ("bücher", "b%C3%BCcher", "b%c3%bccher", "a~b", "%61%7eb")]
        allowed = server.url("ok/buecher/1")
        self.fetch(server, [*refused, allowed], "--robots", "full")
        self.assertEqual({self.outcome(url) for url in refused}, {"url_opted_out"})
        self.assertEqual(self.outcome(allowed), "fetched")

    def test_robots_txt_that_is_compressed_in_an_unknown_way_forbids(self):
        server = self.server()
        server.pages["/robots.txt"] = b"User-agent: *\nDisallow: /\n"
        for number, encoding in enumerate(("br", "gzip")):  # gzip: the body is none
            server.page_headers = [f"Content-Encoding: {encoding}"]
            store, url = self.dir / f"store{number}", server.url("ok/1")
            self.fetch(server, [url], "--robots", "full", store=store, status=4)
            record = self.records(store)[url_key(url)]
            self.assertEqual((record["outcome"], record["transient"]), ("url_unreachable", True))
            self.assertIn("robots.txt cannot be read", record["detail"])
        self.assertEqual({path for _, _, path in server.requests}, {"/robots.txt"})


class RedirectTest(FetchTest):
    def test_a_host_waits_while_its_urls_wait_at_a_parked_one(self):
        server = self.server()
        urls = [server.url(f"to-host/127.0.3.9/park/{i}") for i in range(2000)]
        urls += [server.url(f"to-host/127.0.3.10/ok/{i}", host="127.0.2.2") for i in range(300)]
        done = self.interrupt_after(2, server, self.corpus(urls))
        self.assertEqual(done, 130)
        asked = collections.Counter(host for _, host, _ in server.requests)
        self.assertLessEqual(asked["127.0.0.2"], 64 + 2)
        self.assertLessEqual(asked["127.0.3.9"], 2)
        self.assertEqual((asked["127.0.2.2"], asked["127.0.3.10"]), (300, 300), "other hosts go on")

    def interrupt_after(self, seconds, server, path, *options):
        process = subprocess.Popen([PROGRAM, *map(str, self.command(server, [path], *options))],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(seconds)
        process.send_signal(signal.SIGINT)
        return process.wait(timeout=30)


if __name__ == "__main__":
    unittest.main()
