"""How fetch treats hosts and proxies that are in trouble or answer in unusual ways, by SPEC section 13."""
import collections
import os
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
