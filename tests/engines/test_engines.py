"""The same job under other engines: GNU parallel and Open MPI for real; Kubernetes and AWS Batch as far as it goes without
a cluster: their files are read, and what they would run is run with the environment they would give."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "cli"))
import test_distribute  # noqa: E402
from harness import PROGRAM  # noqa: E402

KUBERNETES, AWS_BATCH = ROOT / "scripts/kubernetes/job.yaml", ROOT / "scripts/aws-batch/submit.sh"


class EngineTest(test_distribute.JobTest):
    def run_shell(self, command):
        done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=120, cwd=self.dir)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    @unittest.skipUnless(shutil.which("parallel"), "no GNU parallel")
    def test_gnu_parallel_goes_on_where_it_was_stopped(self):
        parts = self.plan("30000")
        log = self.dir / "joblog"
        for step, tasks in (("map", parts), ("pack", 5)):
            log.unlink(missing_ok=True)
            command = f"parallel --will-cite --jobs 2 --joblog {log} --resume {PROGRAM} {step} {self.work} --no-sync --task {{}}/{tasks} ::: "
            self.run_shell(command + f"$(seq 0 {tasks // 2})")
            self.run_shell(command + f"$(seq 0 {tasks - 1})")
            self.assertEqual(len(log.read_text().splitlines()), tasks + 1)
            if step == "map":
                self.step("merge")
        self.finish()

    @unittest.skipUnless(shutil.which("mpirun"), "no Open MPI")
    def test_open_mpi_gives_each_rank_its_share(self):
        self.plan("30000")
        for step in ("map", "pack"):
            self.run_shell(f"mpirun --allow-run-as-root --oversubscribe -n 3 {PROGRAM} {step} {self.work} --no-sync")
            self.assertEqual(self.step("status", "--missing", step).stdout, "")
            if step == "map":
                self.step("merge")
        self.finish()

    def test_kubernetes_jobs_say_what_an_indexed_job_needs(self):
        self.plan("30000")
        steps = []
        for job in yaml.safe_load_all(KUBERNETES.read_text()):
            self.assertEqual((job["apiVersion"], job["kind"]), ("batch/v1", "Job"))
            pod = job["spec"]["template"]["spec"]
            self.assertIn(pod["restartPolicy"], ("OnFailure", "Never"))
            container, = pod["containers"]
            self.assertEqual([mount["name"] for mount in container["volumeMounts"]], [v["name"] for v in pod["volumes"]])
            program, step, work, *options = container["command"]
            self.assertEqual((program, work, job["metadata"]["labels"]["step"]), ("visionshard", "/data/work", step))
            indexed = job["spec"].get("completionMode") == "Indexed"
            self.assertEqual(indexed, step in ("map", "pack"))
            for index in range(job["spec"]["completions"] if indexed else 1):
                self.step(step, *options, env={"JOB_COMPLETION_INDEX": str(index)} if indexed else {})
            steps.append(step)
        self.assertEqual(steps, ["map", "merge", "pack", "seal"])
        self.assertEqual(test_distribute.made(self.work), self.wanted)

    def test_aws_batch_arrays(self):
        self.plan("30000")
        calls, folder = self.dir / "calls", self.dir / "bin"
        folder.mkdir()
        aws = folder / "aws"
        aws.write_text("#!/usr/bin/python3\nimport json, sys\nprint('id-' + sys.argv[sys.argv.index('--job-name') + 1])\n"
                       f"open('{calls}', 'a').write(json.dumps(sys.argv[1:]) + '\\n')\n")
        aws.chmod(0o755)
        subprocess.run([AWS_BATCH, self.work, "4", "queue", "definition"], check=True, stdout=subprocess.DEVNULL,
                       env=os.environ | {"PATH": f"{folder}:{os.environ['PATH']}"})
        before = None
        for line in calls.read_text().splitlines():
            arguments = json.loads(line)
            self.assertEqual(arguments[:2], ["batch", "submit-job"])
            given = dict(zip(arguments[2::2], arguments[3::2]))
            self.assertEqual(given.get("--depends-on"), before and f"jobId=id-{before}")
            before = given["--job-name"]
            step, work, *options = json.loads(given["--container-overrides"])["command"]
            self.assertEqual(work, str(self.work))
            array = given.get("--array-properties")
            for index in range(int(array.split("=")[1]) if array else 1):
                self.step(step, *options, env={"AWS_BATCH_JOB_ARRAY_INDEX": str(index)} if array else {})
        self.assertEqual(before, "visionshard-seal")
        # The commands are arguments of this entry point.
        self.assertIn('ENTRYPOINT ["visionshard"]', (ROOT / "scripts/Dockerfile").read_text())
        self.assertEqual(test_distribute.made(self.work), self.wanted)


if __name__ == "__main__":
    unittest.main()
