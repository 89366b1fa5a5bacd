"""A daemon on a folder of its own, for the end-to-end tests: start, ask, play the demo, kill. Standard library only.

OWED_BUILD names the folder with bin/ and plugins/ (default build/ of the checkout).
"""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("OWED_BUILD") or ROOT / "build").resolve()
DEMO = ROOT / "config/demo/owed.yaml"
START_DEADLINE, END_DEADLINE = 60, 30   # seconds; only a daemon that is stuck reaches them


class Failed(Exception):
    """A verb that did not do what was asked; the text is its answer."""


class Company:
    """One data folder, and at most one daemon on it."""

    def __init__(self, config=DEMO, data=None, plugins=None):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="owed-e2e-"))
        self.data = pathlib.Path(data) if data else self.home / "data"
        self.config, self.plugins, self.daemon = pathlib.Path(config), plugins, None

    def __enter__(self):
        return self

    def __exit__(self, *error):
        if self.daemon and self.daemon.poll() is None:
            self.kill()
        if error[0]:
            print(f"the daemon's last lines:\n{self.log()[-3000:]}", file=sys.stderr)
        shutil.rmtree(self.home, ignore_errors=True)

    def command(self):
        line = [str(BUILD / "bin/owed"), "--config", str(self.config), "--data", str(self.data)]
        return line + (["--plugins", str(self.plugins)] if self.plugins else [])

    def start(self, wait=True, before=None):
        self.data.mkdir(parents=True, exist_ok=True)
        with open(self.home / "owed.log", "a", encoding="utf-8") as log:
            self.daemon = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", preexec_fn=before)
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self):
        end = time.monotonic() + START_DEADLINE
        while time.monotonic() < end:
            if self.ask("status").returncode == 0:
                return
            if self.daemon.poll() is not None:
                raise Failed(f"owed ended with {self.daemon.returncode}:\n{self.log()[-2000:]}")
            time.sleep(0.02)
        raise Failed("owed does not get ready")

    def stop(self):
        self.daemon.send_signal(signal.SIGTERM)
        code = self.daemon.wait(END_DEADLINE)
        self.daemon = None
        return code

    def kill(self):
        self.daemon.send_signal(signal.SIGKILL)
        self.daemon.wait()
        self.daemon = None

    def log(self):
        file = self.home / "owed.log"
        return file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""

    def ask(self, *words, who=None):
        line = [str(BUILD / "bin/owectl"), "--config", str(self.config), "--data", str(self.data), "--json"]
        line += ["--as", who] if who else []
        return subprocess.run(line + [str(word) for word in words], capture_output=True, text=True, check=False)

    def ctl(self, *words, who=None, ok=(0,)):
        done = self.ask(*words, who=who)
        if done.returncode not in ok:
            raise Failed(f"owectl {' '.join(map(str, words))} ended with {done.returncode}: {done.stdout.strip() or done.stderr.strip()}")
        return json.loads(done.stdout)

    def list(self, *words):
        """The rows of a list verb."""
        return next(value for value in self.ctl(*words).values() if isinstance(value, list))

    def drop(self, connector_folder, name, content):
        """A complete file in a drop folder: old enough to be taken at once."""
        folder = self.data / "drop" / connector_folder
        folder.mkdir(parents=True, exist_ok=True)
        temporary = folder / f".{name}.part"
        temporary.write_bytes(content if isinstance(content, bytes) else content.encode())
        past = time.time() - 60
        os.utime(temporary, (past, past))
        temporary.rename(folder / name)

    def play(self, check=True):
        """Plays the demo as ./run does; the play's own process, so that it may fail when the daemon is killed under it."""
        done = subprocess.run([sys.executable, str(ROOT / "config/demo/play.py"), str(ROOT), str(self.data), str(time.time_ns())],
                              capture_output=True, text=True, env={**os.environ, "OWED_BUILD": str(BUILD)}, check=False)
        if check and done.returncode != 0:
            raise Failed(f"the play ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done

    def play_in_background(self):
        return subprocess.Popen([sys.executable, str(ROOT / "config/demo/play.py"), str(ROOT), str(self.data), str(time.time_ns())],
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, "OWED_BUILD": str(BUILD)})

    def files(self, *folders):
        """Every file below these folders of the data folder, with its bytes."""
        found = {}
        for folder in folders:
            for path in sorted((self.data / folder).rglob("*")):
                if path.is_file():
                    found[str(path.relative_to(self.data))] = path.read_bytes()
        return found
