"""singer: any Singer tap as a source. README.md says what it does with each message."""
import decimal
import json
import os
import re

import owed_frames as frames
from mapping import Batch, Stream, Unfit
from tap import Tap, remove_files, write_private

CONFIG, CATALOG, STATE = "config.json", "catalog.json", "state.json"
METRIC = re.compile(r"INFO METRIC: (\{.*\})")
NAMED_MAX = 100                    # records that do not fit, named in the log in one run
KEPT_CONFIG = "config"             # key of the instance's state: the config as the tap rewrote it


def parsed(line):
    """JSON with exact numbers: what the tap wrote as 0.1 is 0.1."""
    def refuse(word):
        raise ValueError(word + " is no number")
    return json.loads(line, parse_float=decimal.Decimal, parse_constant=refuse)


SPACE = re.compile(r"[ \t\n\r]*")


def raw_member(line, name):
    """The text of a member of a JSON object that parsed(), as it was written: a cursor's numbers are the tap's own, and
    what reads them digit by digit gets them back so. None: it has no such member."""
    text, found, decoder = line.decode(json.detect_encoding(line), "surrogatepass"), None, json.JSONDecoder()
    at = SPACE.match(text, text.index("{") + 1).end()
    while text[at] != "}":
        key, at = decoder.raw_decode(text, at)
        start = SPACE.match(text, SPACE.match(text, at).end() + 1).end()   # past the colon
        _, end = decoder.raw_decode(text, start)
        if key == name:
            found = text[start:end]
        at = SPACE.match(text, end).end()
        if text[at] == ",":
            at = SPACE.match(text, at + 1).end()
    return found


def state_in(cursor):
    """The text of the tap's state in a cursor of ours."""
    try:
        if not isinstance(parsed(cursor), dict):
            raise ValueError
        return raw_member(cursor, "state") or "null"
    except (ValueError, IndexError, RecursionError):
        raise frames.Failed(frames.DATA, "the cursor is none of this plugin's", "", "reset the connector's cursor") from None


class Run:
    """What one sync has taken so far."""

    def __init__(self, host, streams, cursor):
        self.host, self.streams, self.cursor = host, streams, cursor
        self.batch, self.taken, self.uncommitted, self.rejected, self.lines = Batch(), 0, 0, 0, 0
        self.told = set()

    def once(self, words):
        if words not in self.told and len(self.told) < 1000:
            self.told.add(words)
            self.host.log(words, frames.WARN)

    def message(self, line, whole):
        self.lines += 1
        if not line.strip():
            return
        try:
            message = parsed(line)
            kind = message["type"].upper()
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            shown = line[:80].decode(errors="replace")
            if not whole:
                raise frames.Failed(frames.TRANSIENT, "the tap's last line ends in the middle: %r" % shown, "line %d" % self.lines) from None
            raise frames.Failed(frames.DATA, "the tap wrote a line that is no Singer message: %r" % shown, "line %d" % self.lines,
                                "a tap writes messages to stdout and its log to stderr") from None
        deed = {"RECORD": self.record, "STATE": self.state, "SCHEMA": self.schema}.get(kind)
        if deed is not None:
            deed(message, line)
        elif kind != "ACTIVATE_VERSION":   # tells a warehouse to drop older rows; owed's records replace by their key
            self.once("messages of type %s are left out" % kind[:40])

    def schema(self, message, _line):
        stream = self.streams.get(message.get("stream"))
        if stream is not None:
            stream.keys = [str(k) for k in message.get("key_properties") or []]
            stream.announced = True

    def record(self, message, _line):
        name, record = message.get("stream"), message.get("record")
        stream = self.streams.get(name)
        if stream is None:
            return self.once("stream %s is not mapped and left out" % str(name)[:80])
        if not isinstance(record, dict):
            return self.reject(name, "", "its record is no object")
        if not getattr(stream, "announced", False):
            self.once("stream %s has records before its schema; they are taken as they are" % name)
        where = "%s %s" % (name, stream.key_of(record))
        try:
            self.batch.add(stream, record, where)
        except Unfit as unfit:
            return self.reject(name, stream.key_of(record), str(unfit))
        self.taken += 1
        self.uncommitted += 1
        if self.batch.full():
            self.flush()

    def reject(self, name, key, why):
        self.rejected += 1
        if self.rejected <= NAMED_MAX:
            self.host.log("stream %s, record %s: %s; it is left out" % (name, key or "without a key", why), frames.WARN)

    def state(self, _message, line):
        self.cursor = ('{"state": %s}' % (raw_member(line, "value") or "null")).encode(errors="surrogatepass")
        self.commit()

    def flush(self):
        if self.batch.offsets:
            self.host.records(self.batch.finish())
            self.batch = Batch()
            self.host.progress(self.taken, 0, "%d records" % self.taken)

    def commit(self):
        self.flush()
        self.host.commit(self.cursor)
        self.uncommitted = 0

    def summary(self):
        if self.rejected:
            self.host.log("%d records did not fit their mapping and were left out; %d were taken" % (self.rejected, self.taken), frames.WARN)
        self.host.metric("singer_records", self.taken)
        self.host.metric("singer_rejected", self.rejected)


class Singer(frames.Plugin):
    def __init__(self, host, name, settings_json):
        super().__init__(host, name, settings_json)
        self.settings = json.loads(settings_json)
        self.streams()             # so that a wrong mapping is told before anything runs

    def streams(self):
        return {name: Stream(name, settings) for name, settings in self.settings["streams"].items()}

    # ---- files that the tap reads
    def config(self):
        config = dict(self.settings["config"])
        folder, name = self.settings.get("config_folder"), self.settings.get("config_file")
        if folder and name:
            try:
                config.update(json.loads(self.host.read_file(folder, name, 0, 1 << 20)))
            except (ValueError, TypeError):
                raise frames.Failed(frames.CONFIG, "the config file is no JSON object", name, "correct it") from None
        return config

    def log(self, line):
        """A line of the tap's stderr: its log, and its metrics."""
        found = METRIC.search(line)
        if found is None:
            if line:
                self.host.log("tap: " + line.replace("\0", "?")[:2000])
            return
        try:
            metric = parsed(found.group(1))
            value, name = decimal.Decimal(metric["value"]), re.sub(r"[^a-z0-9_]", "_", str(metric["metric"]).lower())[:40]
            is_time = metric.get("type") == "timer"
            self.host.metric("tap_" + name + ("_ms" if is_time else ""), int(value * 1000 if is_time else value), gauge=is_time)
        except (ValueError, TypeError, KeyError, ArithmeticError):
            self.host.log("tap: " + line[:2000])

    def discovered(self):
        """The catalog, with the mapped streams selected: by metadata, and by `selected` in the schema as older taps want it."""
        tap, text = Tap(self.host, [self.settings["tap"], "--config", CONFIG, "--discover"], self.log), bytearray()
        try:
            for line, _ in tap.lines():
                text += line + b"\n"
                if len(text) > 64 << 20:
                    raise frames.Failed(frames.DATA, "the tap's catalog has more than 64 MiB")
        finally:
            code = tap.end()
        failed = tap.failure(code)
        if failed:
            raise failed
        try:
            catalog = json.loads(text)
            there = {stream.get("stream") or stream["tap_stream_id"]: stream for stream in catalog["streams"]}
        except (ValueError, TypeError, KeyError, AttributeError):
            raise frames.Failed(frames.DATA, "what the tap discovers is no catalog", self.settings["tap"], "set catalog: none if the tap has no --discover") from None
        for name, stream in there.items():
            wanted = name in self.settings["streams"]
            if isinstance(stream.get("schema"), dict):
                stream["schema"]["selected"] = wanted
            entries = [e for e in stream.get("metadata") or [] if e.get("breadcrumb") == []]
            if not entries:
                entries = [{"breadcrumb": [], "metadata": {}}]
                stream.setdefault("metadata", []).extend(entries)
            entries[0].setdefault("metadata", {})["selected"] = wanted
        missing = sorted(set(self.settings["streams"]) - set(there))
        if missing:
            raise frames.Failed(frames.CONFIG, "the tap has no stream %s; it has %s" % (", ".join(missing), ", ".join(sorted(map(str, there)))), "settings/streams",
                                "correct the streams' names")
        return catalog

    def check(self):
        if self.settings["catalog"] == "none":
            if not os.access(self.settings["tap"], os.X_OK):
                raise frames.Failed(frames.CONFIG, "the tap is not there or cannot be run", self.settings["tap"], "install it, and let programs: name its folder")
            return
        try:
            write_private(CONFIG, json.dumps(self.config()))
            self.discovered()
        finally:
            remove_files(CONFIG)

    def read(self, cursor):
        config, kept = self.config(), self.host.state(KEPT_CONFIG)
        if kept:
            config.update(json.loads(kept))
        try:
            write_private(CONFIG, json.dumps(config))
            arguments = [self.settings["tap"], "--config", CONFIG]
            if self.settings["catalog"] != "none":
                write_private(CATALOG, json.dumps(self.discovered()))
                arguments += ["--" + self.settings["catalog"], CATALOG]
            if cursor:
                write_private(STATE, state_in(cursor))
                arguments += ["--state", STATE]
            self.sync(arguments, cursor, config)
        finally:
            remove_files(CONFIG, CATALOG, STATE)

    def sync(self, arguments, cursor, config):
        run, tap = Run(self.host, self.streams(), cursor), Tap(self.host, arguments, self.log)
        try:
            for line, whole in tap.lines():
                run.message(line, whole)
        except frames.Failed as failed:
            code = tap.end(at_once=failed.status == frames.STATUS_CANCELLED)
            if failed.status == frames.STATUS_CANCELLED:
                raise              # no request is answered any more
            self.wind_up(config, run)
            if failed.status == frames.TRANSIENT and code != 0:
                raise tap.failure(code) from None   # it died in the middle of a line: its death is the news
            raise
        failed = tap.failure(tap.end())
        if not failed and run.uncommitted:
            run.commit()           # after the last STATE, or of a tap that has none
        self.wind_up(config, run)
        if failed:
            raise failed           # it will say the records after its last STATE again

    def wind_up(self, config, run):
        run.summary()
        if self.keep_config(config):
            # With the last cursor, and so with the records after it: they replace by their key when they come again, and
            # a refresh token that is lost is lost for good.
            run.commit()

    def keep_config(self, before):
        """A tap may rewrite its config, with a new refresh token say: what it changed comes over the settings from now on."""
        try:
            with open(CONFIG, encoding="utf-8") as file:
                after = json.load(file)
        except (OSError, ValueError):
            return False
        changed = {k: v for k, v in after.items() if before.get(k) != v} if isinstance(after, dict) else {}
        if not changed:
            return False
        kept = json.loads(self.host.state(KEPT_CONFIG) or b"{}")
        self.host.put_state(KEPT_CONFIG, json.dumps({**kept, **changed}))
        return True


if __name__ == "__main__":
    frames.run(Singer)
