"""Takes finished shards away while the program runs, so that an output of 100 GB needs the disk of a few shards."""
import glob
import os
import threading

import verify

POLL_SECONDS = 0.2


class ShardSink:
    def __init__(self, folder):
        self.folder, self.lines, self.stopped = folder, 0, threading.Event()
        self.thread = threading.Thread(target=self.poll)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopped.set()
        self.thread.join()
        self.take()

    def poll(self):
        while not self.stopped.wait(POLL_SECONDS):
            self.take()

    def take(self):
        # A shard has this name once it is complete.
        for path in glob.glob(os.path.join(self.folder, "train-*.jsonl")):
            self.lines += verify.line_counts(path)[0]
            os.remove(path)
