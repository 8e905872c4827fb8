"""How fetch treats hosts and proxies that are in trouble or answer in unusual ways, by SPEC section 13."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from test_fetch import FetchTest


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


if __name__ == "__main__":
    unittest.main()
