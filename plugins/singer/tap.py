"""One run of a tap: started, read line by line in bounded memory, and ended. Facts of the Singer specification 0.3.0."""
import ctypes
import os
import selectors
import signal
import subprocess

import owed_frames as frames

LINE_MAX = 16 << 20                # of one message; a record is far smaller
LAST_WORDS = 2000                  # bytes of stderr in an error
LISTEN_S = 0.1                     # how long a silent tap keeps us from hearing that the call was cancelled


def write_private(name, text):
    """Into our work folder, for nobody else to read: the config holds the tap's secrets."""
    if os.path.exists(name):
        os.unlink(name)
    with os.fdopen(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8", errors="surrogatepass") as file:
        file.write(text)


def remove_files(*names):
    for name in names:
        if os.path.exists(name):
            os.unlink(name)


def _die_with_us():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)   # PR_SET_PDEATHSIG: a tap never outlives the plugin


class Tap:
    """Lines of stdout by lines(); stderr goes to `on_log`, a line at a time."""

    def __init__(self, host, arguments, on_log):
        self.host, self.on_log, self.last_words = host, on_log, b""
        try:
            self.process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=_die_with_us)
        except (OSError, subprocess.SubprocessError) as error:
            raise frames.Failed(frames.CONFIG, "the tap cannot be started: %s" % error, arguments[0],
                                "install it there, and let programs: of this connector name its folder") from None

    def _stderr(self, data, rest):
        self.last_words = (self.last_words + data)[-LAST_WORDS:]
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            self.on_log(line.decode(errors="replace").rstrip())
        return rest[-LINE_MAX // 16:]

    def lines(self):
        """(line, whole): a last line without its end is not whole. Ends when both pipes have ended."""
        out, rest = bytearray(), b""
        with selectors.DefaultSelector() as ready:
            ready.register(self.process.stdout, selectors.EVENT_READ)
            ready.register(self.process.stderr, selectors.EVENT_READ)
            while ready.get_map():
                events = ready.select(LISTEN_S)
                if not events and self.host.cancelled():
                    raise frames.Failed(frames.STATUS_CANCELLED, "the tap was stopped")
                for key, _ in events:
                    data = os.read(key.fd, 1 << 16)
                    if not data:
                        ready.unregister(key.fileobj)
                    elif key.fileobj is self.process.stderr:
                        rest = self._stderr(data, rest)
                    else:
                        out += data
                        while (end := out.find(b"\n")) >= 0:
                            line = bytes(out[:end])
                            del out[:end + 1]
                            yield line, True
                        if len(out) > LINE_MAX:
                            raise frames.Failed(frames.DATA, "the tap wrote a line of more than %d MiB" % (LINE_MAX >> 20))
        if rest:
            self.on_log(rest.decode(errors="replace"))
        if out.strip():
            yield bytes(out), False

    def end(self, at_once=False):
        """Its exit code; it is killed if it does not end. Where the kernel keeps us from that (before Landlock's level 6),
        closed pipes and SIGTERM to the group have to do, and what is left ends with this process."""
        for pipe in (self.process.stdout, self.process.stderr):
            pipe.close()
        patient = (lambda: None, self.process.terminate, self.process.kill)
        for deed in (self.process.kill, self.process.terminate) if at_once else patient:
            try:
                deed()
                return self.process.wait(1)
            except (PermissionError, subprocess.TimeoutExpired):
                continue
        os._exit(4)

    def failure(self, code):
        """How it ended, as an error, or None."""
        if code == 0:
            return None
        how = "ended with exit code %d" % code if code > 0 else "died of signal %d" % -code
        words = self.last_words.decode(errors="replace").strip().split("\n")[-1][-300:]
        return frames.Failed(frames.TRANSIENT, "the tap %s%s" % (how, "; its last words: " + words if words else " and said nothing"), self.process.args[0],
                             "run the tap by hand with the same config", detail=self.last_words.decode(errors="replace"))
