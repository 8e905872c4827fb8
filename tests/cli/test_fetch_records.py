"""What fetch keeps of each URL, and reads again in later runs, by SPEC section 13 and src/store/README.md."""
import json
import os
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import PROGRAM, image_line
from test_fetch import FetchTest, url_key


class LongUrlTest(FetchTest):
    def test_a_url_of_megabytes_is_not_requested_and_hides_no_other_record(self):
        server = self.server()
        urls = [server.url(f"ok/{i}") for i in range(8)]
        long = server.url("data:image/jpeg;base64," + "A" * 9_000_000)
        long_query = server.url("ok/x?" + "A" * 70_000)
        path = self.corpus(urls[:3] + [long, long_query] + urls[3:])
        self.fetch(server, path)
        self.assertEqual((len(server.requests), len(self.records())), (8, 10))
        for refused in (long, long_query):
            record = self.records()[url_key(refused)]
            self.assertEqual((record["outcome"], record["transient"]), ("url_unreachable", False))
            self.assertLess(len(record["url"]), 2100)
        self.fetch(server, path)
        self.assertEqual((len(server.requests), len(self.records())), (8, 10))
        output = self.new_output_dir()
        done = self.run_program("convert", path, "-o", output, "--urls", "inline", "--store", self.store)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual((output / "train-00000.jsonl").read_bytes().count(b"\n"), 8)


class ControlCharacterTest(FetchTest):
    def test_no_part_of_a_url_with_a_nul_is_requested_and_all_commands_refuse_it(self):
        server = self.server()
        url = server.url("ok/1")
        path = self.write("in.jsonl", b"".join(image_line(each) + b"\n" for each in (url + "\\u0000.png", url + "\\u0000")))
        self.fetch(server, path)
        self.assertEqual((server.requests, self.records()), ([], {}))
        for options in ([], ["--urls", "inline", "--store", self.store]):
            output = self.new_output_dir()
            self.run_program("convert", path, "-o", output, *options)
            rejected = [json.loads(line)["reason"] for line in (output / "rejected.jsonl").read_text().splitlines()]
            self.assertEqual(rejected, ["bad_url"] * 2)
        found = json.loads(self.run_program("check", path, "--json").stdout)["findings"]
        self.assertEqual([(each["code"], each["lines"]) for each in found if each["code"] == "bad_url"], [("bad_url", 2)])


class LoginTest(FetchTest):
    def test_a_user_with_a_control_character_is_final(self):
        server = self.server()
        url = server.url("ok/1").replace("//", "//us%00er:pw@")
        self.fetch(server, [url])
        self.assertEqual((self.outcome(url), server.requests), ("url_unreachable", []))

    def test_urls_lie_in_no_file_while_they_are_fetched(self):
        server = self.server(latency=0.5)
        url = server.url("ok/1?sig=TopSecret")
        command = self.command(server, [self.corpus([url])])
        with subprocess.Popen([PROGRAM, *map(str, command)], stdout=subprocess.DEVNULL) as process:
            while not server.requests and process.poll() is None:
                time.sleep(0.01)
            held = [path for path in self.store.rglob("*") if path.is_file() and b"TopSecret" in path.read_bytes()]
            self.assertEqual((held, process.wait()), ([], 0))


class LostRecordTest(FetchTest):
    def test_records_that_a_sealed_store_has_lost_are_found(self):
        server = self.server()
        self.fetch(server, [server.url(f"ok/{i}") for i in range(6)])
        log = self.store / "log" / "all.jsonl"
        lines = log.read_bytes().splitlines(keepends=True)
        for kept, lost in ((lines[:2], 4), (lines[:5] + [lines[5][:30] + b"\n"], 1), ([], 6)):
            log.write_bytes(b"".join(kept))
            done = self.run_program("fetch", "--store", self.store, "--verify", "--json")
            self.assertEqual((done.returncode, json.loads(done.stdout)["damaged"]), (1, lost))
        log.write_bytes(b"".join(lines))
        self.assertEqual(self.run_program("fetch", "--store", self.store, "--verify").returncode, 0)

    def test_the_record_of_a_failure_does_not_stand_for_the_image_that_came_later(self):
        server = self.server()
        path = self.corpus([server.url("flaky/1")])
        self.fetch(server, path, "--tries", "1", status=4)
        self.fetch(server, path)
        log = self.store / "log" / "all.jsonl"
        log.write_bytes(log.read_bytes().splitlines(keepends=True)[0])
        done = self.run_program("fetch", "--store", self.store, "--verify", "--json")
        self.assertEqual((done.returncode, json.loads(done.stdout)["damaged"]), (1, 1))

    def test_a_damaged_index_hides_no_damaged_image(self):
        server = self.server()
        self.fetch(server, [server.url("ok/1")])
        for path in (self.store / "index.bin", next((self.store / "bodies").glob("*.bin"))):
            data = bytearray(path.read_bytes())
            data[-1] ^= 1
            path.write_bytes(data)
        done = self.run_program("fetch", "--store", self.store, "--verify")
        self.assertEqual(done.returncode, 3)
        self.check_message(done, "index.bin")


class RefreshTest(FetchTest):
    def test_an_image_that_may_no_longer_be_used_is_given_up_though_it_is_unchanged(self):
        for number, header in enumerate(("X-Robots-Tag: noai", "TDM-Reservation: 1")):
            server, store = self.server(), self.dir / f"store{number}"
            url = server.url("ok/1")
            self.fetch(server, [url], store=store)
            server.unchanged_headers = [header]
            self.fetch(server, [url], "--retry", "all", "--robots", "ignore", store=store)
            self.assertEqual(self.outcome(url, store), "fetched")
            self.fetch(server, [url], "--retry", "all", store=store)
            self.assertEqual(self.outcome(url, store), "url_opted_out", header)


class ClockTest(FetchTest):
    def test_a_success_counts_more_than_an_earlier_failure_of_a_machine_whose_clock_was_ahead(self):
        server = self.server()
        urls = [server.url(f"flaky/{i}") for i in range(3)]
        task = next(task for task in range(2) if self.run_task(server, urls, task) == 4)
        log = self.store / "log" / f"{task}-of-2.jsonl"
        records = [json.loads(line) for line in log.read_text().splitlines()]
        self.assertEqual({record["transient"] for record in records}, {True})
        for record in records:
            record["time_ms"] += 300_000
        log.write_text("".join(json.dumps(record) + "\n" for record in records))
        self.fetch(server, urls)
        self.assertEqual({self.outcome(url) for url in urls}, {"fetched"})
        self.fetch(server, urls)
        self.assertEqual(len(server.requests), 9, "three for each image, none of them in the last run")

    def run_task(self, server, urls, task):
        command = self.command(server, [self.corpus(urls)], "--task", f"{task}/2", "--tries", "1")
        return self.run_program(*command).returncode


if __name__ == "__main__":
    unittest.main()
