"""Runs tests of the woven programs, by themselves or many at once, until one of them catches the active mutant. Knows nothing of
how mutants are made or chosen."""
import os, re, subprocess, threading, time

WORKERS = ["a", "b"]


class Runner:
    """One worker's programs, one mutant at a time."""

    def __init__(self, work, worker):
        self.tree, self.programs = work.folder / worker, work.read(f"programs-{worker}")

    def activate(self, number):
        (self.tree / "active").write_text(f"{number}\n")

    def hits(self):
        return sorted(int(path.name) for path in (self.tree / "hits").iterdir())

    def tests(self):
        for program, path in self.programs.items():
            listed = subprocess.run([path, "--list", "--format", "terse"], cwd=self.tree, capture_output=True, text=True)
            yield from (f"{program} {line[:-6]}" for line in listed.stdout.splitlines() if line.endswith(": test"))

    def run(self, tests, limit, threads=1):
        """Runs these tests of one program: (those that passed, those that failed); ends at the first failure."""
        program = self.programs[tests[0].split(" ")[0]]
        command = ["nice", "-n5", "unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]
        # the first process of a namespace must reap its orphans, and the next one's group must be seen from within
        command += ["sh", "-c", '"$@"; exit $?', "sh", "setsid", "--wait", program, "--exact",
                    f"--test-threads={threads}", *(test.split(" ")[1] for test in tests)]
        environment = {**os.environ, "CARGO_MANIFEST_DIR": str(self.tree)}
        child = subprocess.Popen(command, cwd=self.tree, env=environment, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, errors="replace")
        timer = threading.Timer(limit, child.kill)
        timer.start()
        passed, failed = set(), set()
        name = tests[0].split(" ")[0]
        for line in child.stdout:
            if found := re.match(r"test (\S+)(?: - should panic)? \.\.\. (ok|FAILED)", line):
                (passed if found[2] == "ok" else failed).add(f"{name} {found[1]}")
            if failed:
                break
        child.kill()
        child.wait()
        timer.cancel()
        return passed, failed


def in_parallel(work, tasks, do):
    """Each task once, by whichever worker is free."""
    tasks, lock = iter(tasks), threading.Lock()

    def go_on(runner):
        while True:
            with lock:
                task = next(tasks, None)
            if task is None:
                return
            do(runner, task, lock)

    threads = [threading.Thread(target=go_on, args=(Runner(work, worker),)) for worker in WORKERS]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def verdict_of(runner, names, tests, trusted):
    """(caught, by whom) or (missed, None): all unit tests at once, then small batches; a suspect is asked again by itself,
    unless it has caught others of the function."""
    unit = [name for name in names if not name.startswith("stories")]
    stories, batches, size = names[len(unit):], [unit], 1 if trusted else 3
    while stories:
        batches, stories, size = batches + [stories[:size]], stories[size:], size * 3
    for batch in filter(None, batches):
        if found := killer_in(runner, batch, tests, trusted):
            return found
    return "missed", None


def killer_in(runner, batch, tests, trusted):
    while batch:
        limit = 20 + 5 * sum(tests[name]["seconds"] for name in batch)
        passed, failed = runner.run(batch, limit, threads=8)
        if known := failed & trusted:
            return "caught", known.pop()
        for name in sorted(failed or set(batch) - passed, key=batch.index):
            limit = 20 + 5 * tests[name]["seconds"]
            began = time.monotonic()
            again, _ = runner.run([name], limit)
            if not again:
                return ("timeout" if time.monotonic() - began >= limit else "caught"), name
            passed.add(name)
        batch = [name for name in batch if name not in passed]
    return None
