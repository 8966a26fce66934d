# SPDX-License-Identifier: Apache-2.0

"""Runs jobs on processes of their own: libclang takes a lock for nothing, and may crash."""

import concurrent.futures
import ctypes
import signal
import sys
from concurrent.futures.process import BrokenProcessPool

from messages import Problem


def live_with_the_command():
    """Ctrl-C ends the command, and the command its processes, however it ends itself."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


class Pool:
    def __init__(self, jobs, progress):
        self.jobs = jobs
        self.progress = progress
        self.executor = None

    def __enter__(self):
        self.executor = concurrent.futures.ProcessPoolExecutor(self.jobs, initializer=live_with_the_command)
        return self

    def __exit__(self, *_):
        self.executor.shutdown(cancel_futures=True)

    def run(self, function, jobs, what, names):
        """The results of function(*job), in the order of the jobs."""
        futures = [self.executor.submit(function, *job) for job in jobs]
        results = []
        try:
            for number, (future, name) in enumerate(zip(futures, names)):
                self.progress.step(what, number + 1, len(futures), name)
                results.append(future.result())
        except BrokenProcessPool:
            raise Problem(f"{name}:1:1: libclang crashed on this unit or one near it") from None
        finally:
            for future in futures:
                future.cancel()
            self.progress.clear()
        return results
