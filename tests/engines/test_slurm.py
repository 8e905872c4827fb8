"""The job under a real Slurm: four nodes, an array of eight, and failures of nodes, daemons and the controller."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "cli"))
from harness import PROGRAM, image_line  # noqa: E402
from hostile_server import HostileServer  # noqa: E402
from test_distribute import made  # noqa: E402

LAB, SUBMIT, FETCH = (str(ROOT / "scripts/slurm" / name) for name in ("lab.sh", "submit.sh", "fetch.sh"))
NODES, TASKS = 4, 8
OPTIONS = ("--max-shard-bytes", "9MB")


@unittest.skipUnless(shutil.which("slurmctld", path="/usr/sbin:/usr/bin"), "no Slurm")
class SlurmTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = pathlib.Path(tempfile.mkdtemp(prefix="visionshard-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.dir)
        os.chmod(cls.dir, 0o755)
        cls.env = os.environ | {"LAB": str(cls.dir / "lab"), "SLURM_CONF": str(cls.dir / "lab/slurm.conf"),
                                "VISIONSHARD": PROGRAM, "SBATCH_EXPORT": "ALL"}
        begin = time.monotonic()
        cls.addClassCleanup(cls.run_checked, LAB, "down")
        cls.run_checked(LAB, "up", NODES)
        cls.note(f"{NODES} nodes up", begin)
        cls.inputs = []
        for name, mix, size in (("a", "mixed", "40MB"), ("b", "convert", "12MB")):
            path = cls.dir / f"{name}.jsonl"
            subprocess.run([PROGRAM, "generate", "-o", path, "--mix", mix, "--bytes", size, "-q"], check=True)
            cls.inputs.append(str(path))
        with open(cls.dir / "a.jsonl", "ab") as file:
            file.write(b"{\n\n" * 500)
        subprocess.run(["gzip", "-k", cls.dir / "b.jsonl"], check=True)
        cls.inputs.append(str(cls.dir / "b.jsonl.gz"))
        begin = time.monotonic()
        subprocess.run([PROGRAM, "convert", *cls.inputs, "-o", cls.dir / "ref", "-q", *OPTIONS], check=True)
        cls.note("convert, two processors", begin)
        cls.wanted = made(cls.dir / "ref")

    @classmethod
    def run_checked(cls, *command):
        done = subprocess.run([*map(str, command)], env=cls.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              timeout=300, stdin=subprocess.DEVNULL)
        assert done.returncode == 0, (command, done.stdout, done.stderr)
        return done.stdout

    @staticmethod
    def note(what, begin):
        print(f"slurm: {what}: {time.monotonic() - begin:.1f} s", flush=True)

    def setUp(self):
        self.work = self.dir / self.id().rsplit(".", 1)[1]
        self.begin = time.monotonic()
        self.run_checked(PROGRAM, "plan", *self.inputs, "-o", self.work, "--part-bytes", "1MiB", "-q", *OPTIONS)
        self.addCleanup(shutil.rmtree, self.work)

    def submit(self):
        """The last job's number."""
        return re.findall(r"is job (\d+)", self.run_checked(SUBMIT, self.work, TASKS))[-1]

    def wait(self, job, seconds=240):
        if subprocess.run([LAB, "wait", job, str(seconds)], env=self.env, check=False).returncode != 0:
            self.fail(f"the job does not leave the queue:\n{self.cluster()}")

    def wait_as_operator(self, job, patience_seconds=90, most_seconds=400):
        """For what happens to Slurm itself: nodes and tasks that it has set aside are taken back; and where it forgot
        that a task has ended (a killed controller does), so that nothing runs and nothing changes, the queue is cleared.
        What the files say is what counts, and the script is run again."""
        seen, since = None, time.monotonic()
        end = since + most_seconds
        while subprocess.run([LAB, "wait", job, "5"], env=self.env, check=False).returncode != 0:
            self.assertLess(time.monotonic(), end, self.cluster())
            self.run_checked(LAB, "heal")
            now = self.files(), self.processes()
            if now != seen:
                seen, since = now, time.monotonic()
            elif time.monotonic() - since > patience_seconds:
                self.assertEqual(self.processes(), [], f"a task hangs:\n{self.cluster()}")
                print(f"slurm: the queue is stuck and cleared:\n{self.cluster()}", flush=True)
                self.run_checked(LAB, "clear")
                return

    def files(self):
        # Not rglob, which fails where a folder goes while it is walked.
        return sorted(os.path.join(folder, name) for folder, folders, names in os.walk(self.work) for name in folders + names)

    def processes(self):
        return subprocess.run(["pgrep", "-f", f"visionshard [a-z]+ {self.work}"], capture_output=True, text=True,
                              check=False).stdout.split()

    def cluster(self):
        asked = (["squeue", "-r", "-o", "%i %j %T %r %N"], ["sinfo", "-N", "-o", "%N %t %E"])
        told = [subprocess.run(each, env=self.env, capture_output=True, text=True, check=False) for each in asked]
        return "\n".join(each.stdout + each.stderr for each in told)

    def finish(self):
        self.assertEqual(made(self.work), self.wanted)
        self.run_checked(PROGRAM, "status", self.work)
        self.note(self.id().rsplit(".", 1)[1], self.begin)

    def until(self, condition, seconds=60):
        end = time.monotonic() + seconds
        while not (got := condition()):
            self.assertLess(time.monotonic(), end)
            time.sleep(0.02)
        return got

    def status(self):
        done = subprocess.run([PROGRAM, "status", self.work, "--json"], stdout=subprocess.PIPE, check=False)
        return json.loads(done.stdout)

    def parts_done(self):
        return len(list((self.work / ".visionshard").glob("*/parts/*.done")))

    def queue(self):
        done = subprocess.run(["squeue", "-h", "-o", "%A"], env=self.env, capture_output=True, text=True, check=False)
        return sorted(set(done.stdout.split())) if done.returncode == 0 else ["the controller is away"]

    def clear_queue(self):
        """A controller that was killed may have forgotten the last job and keep one that waits for it: an operator looks
        into the queue, waits a while, and cancels what is stuck."""
        end = time.monotonic() + 30
        while self.queue() and time.monotonic() < end:
            time.sleep(0.2)
        if self.queue():
            self.run_checked(LAB, "clear")

    def submit_until_done(self, tries=6):
        for _ in range(tries):
            self.run_checked(LAB, "heal")
            self.clear_queue()
            if subprocess.run([PROGRAM, "status", self.work], stdout=subprocess.DEVNULL, check=False).returncode == 0:
                return
            self.wait_as_operator(self.submit())
        self.fail(f"{self.status()}\n{self.cluster()}")

    def test_a_download_by_an_array_of_four(self):
        server = HostileServer()
        self.addCleanup(server.close)
        urls = [server.url(f"{('ok', '404', 'flaky')[i % 3]}/{i}", host=f"127.0.5.{i % 11}") for i in range(90)]
        corpus = self.dir / "urls.jsonl"
        corpus.write_bytes(b"".join(image_line(url, i) + b"\n" for i, url in enumerate(urls)))
        options = (corpus, "--allow-address", "127.0.0.0/8", "--ports", server.port, "--backoff", "0.05", "--contact",
                   "tests@example.org")
        self.run_checked(PROGRAM, "fetch", *options, "--store", self.dir / "alone")
        asked = len(server.requests)
        server.counts.clear()
        told = self.run_checked(FETCH, self.dir / "store", 4, *options)
        self.wait(re.findall(r"is job (\d+)", told)[-1])
        store = json.loads(self.run_checked(PROGRAM, "status", self.dir / "store", "--json"))
        self.assertEqual((store["sealed"], store["urls"], store["fetched"]), (True, 90, 60))
        self.assertEqual((self.dir / "store/index.bin").read_bytes(), (self.dir / "alone/index.bin").read_bytes())
        self.assertEqual(len(server.requests), 2 * asked)

    def test_an_array_of_eight_over_four_nodes(self):
        self.wait(self.submit())
        self.finish()
        self.assertIn("is finished", self.run_checked(SUBMIT, self.work, TASKS))

    def test_a_task_killed_and_the_script_run_again(self):
        last = self.submit()
        self.until(lambda: self.parts_done() > 3)
        refused = subprocess.run([SUBMIT, self.work, str(TASKS)], env=self.env, capture_output=True, text=True, check=False)
        self.assertEqual(refused.returncode, 4, refused.stderr)
        self.assertIn("in the queue", refused.stderr)
        subprocess.run(["pkill", "-KILL", "-f", f"visionshard map {self.work}"], check=False)
        self.wait(last)
        missing = self.status()["missing_parts"]
        self.assertGreater(len(missing), 0)
        self.assertFalse((self.work / "manifest.json").exists())
        self.submit_until_done()
        self.finish()

    def test_a_node_loses_its_power_in_the_middle_of_a_part(self):
        last = self.submit()
        self.until(lambda: self.parts_done() > 2)
        self.run_checked(LAB, "power-cut", 1)
        self.run_checked(LAB, "start", 1)
        self.wait_as_operator(last)
        self.submit_until_done()
        self.finish()

    def test_a_lost_daemon_and_a_task_that_runs_twice(self):
        last = self.submit()
        self.until(lambda: self.parts_done() > 2)
        self.run_checked(LAB, "lose-daemon", 2)
        twice = subprocess.run([PROGRAM, "map", self.work, "--task", f"3/{TASKS}", "-q"], capture_output=True, check=False)
        self.assertEqual(twice.returncode, 0, twice.stderr)
        self.run_checked(LAB, "start", 2)
        self.wait_as_operator(last)
        self.submit_until_done()
        self.finish()

    def test_the_controller_starts_anew_and_a_part_is_deleted(self):
        last = self.submit()
        self.until(lambda: self.parts_done() > 2)
        self.run_checked(LAB, "restart-controller")
        # One with examples: a part without any (here most of a line of 10 MB) needs no file but its record.
        folder = next(path.parent for path in (self.work / ".visionshard").glob("*/parts/*/data-*")
                      if (path.parent.parent / (path.parent.name[:6] + ".done")).exists())
        shutil.rmtree(folder)
        # Missing, unless a task that Slurm restarted has made it already.
        others = [path for path in folder.parent.glob(folder.name[:6] + ".*") if path.is_dir()]
        self.assertTrue(int(folder.name[:6]) in self.status()["missing_parts"] or others)
        self.wait_as_operator(last)
        self.submit_until_done()
        self.finish()


if __name__ == "__main__":
    unittest.main()
