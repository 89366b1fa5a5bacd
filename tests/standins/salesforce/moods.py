"""How the org misbehaves. A mood is a JSON object; options give a list of them, and the control endpoint adds and clears them.

Which calls: {"mood": NAME, "method": "PATCH", "path": REGEX on path?query, "skip": calls let through first, "times": how many
are affected (1; 0 = all), "every": only each nth, "chance": 0..1}. Which row (lock, row): {"object", "ids": [...],
"external": [external id values]}; none given = every row; "times" counts for each row alone.

before the effect   html {status 503}, unavailable {status 503, code, message}, limit {status 403, retry_after}, error {status, code,
                    message, form "array"|"object"}, expire (this session ends: 401), reset (line cut unread), hang (no answer)
after the effect    slow {seconds}, torn {bytes; default half}, lost (done, but the line is cut), type {content_type, body}, drip {chunk, seconds}
on a row            lock {times 2: UNABLE_TO_LOCK_ROW, then well}, row {code, message, fields, times 1}
"""
import random
import re
from decimal import Decimal

from .values import ApiError, RowError, normal_id

COMMON = {"mood", "method", "path", "skip", "times", "every", "chance"}
ROW = {"object", "ids", "external"}
BEFORE = {"html": {"status"}, "unavailable": {"status", "code", "message"}, "limit": {"status", "retry_after"},
          "error": {"status", "code", "message", "form"}, "expire": set(), "reset": set(), "hang": set()}
AFTER = {"slow": {"seconds"}, "torn": {"bytes"}, "lost": set(), "type": {"content_type", "body"}, "drip": {"chunk", "seconds"}}
ROWS = {"lock": ROW, "row": ROW | {"code", "message", "fields"}}
HTML = ("<html>\n<head><title>Service Unavailable</title></head>\n<body><h1>Service Unavailable</h1>\n"
        "<p>We are down for maintenance. Sorry for the inconvenience.</p></body>\n</html>\n")


class Rule:
    def __init__(self, number, words):
        name = words.get("mood")
        known = {**BEFORE, **AFTER, **ROWS}
        if name not in known:
            raise ValueError(f"there is no mood {name!r}; there are {', '.join(sorted(known))}")
        wrong = set(words) - COMMON - known[name]
        if wrong:
            raise ValueError(f"mood {name} has no {', '.join(sorted(wrong))}")
        words = {key: float(value) if isinstance(value, Decimal) else value for key, value in words.items()}
        self.number, self.name, self.words = number, name, words
        self.path = re.compile(words.get("path", ""))
        self.skip, self.every, self.chance = words.get("skip", 0), words.get("every", 1), words.get("chance", 1)
        self.times = words.get("times", 2 if name == "lock" else 1)
        self.seen, self.hits, self.by_row = 0, 0, {}

    def about_call(self, method, target):
        return self.words.get("method", method) == method and self.path.search(target)

    def due(self, roll):
        """Counts a call that the rule is about; true if it is one to spoil."""
        self.seen += 1
        past = self.seen - self.skip
        if past < 1 or (past - 1) % self.every or self.times and self.hits >= self.times or self.chance < 1 and roll() >= self.chance:
            return False
        self.hits += 1
        return True

    def about_row(self, object_type, record):
        if self.words.get("object", object_type.name).lower() != object_type.name.lower():
            return False
        named = [normal_id(i) for i in self.words.get("ids", [])]
        values = {str(record[f.name]) for f in object_type.externals()}
        if "ids" not in self.words and "external" not in self.words:
            return True
        return record["Id"] in named or bool(values & set(self.words.get("external", [])))

    def row_due(self, object_type, record):
        keys = [str(record[f.name]) for f in object_type.externals() if record[f.name] is not None]
        key = (object_type.name, keys[0] if keys else record["Id"])   # a refused creation gets another id next time
        if self.times and self.by_row.get(key, 0) >= self.times:
            return False
        self.by_row[key] = self.by_row.get(key, 0) + 1
        self.hits += 1
        return True

    def state(self):
        return {"number": self.number, "seen": self.seen, "hits": self.hits, **self.words}


class Moods:
    def __init__(self, random_seed, rules=()):
        self.random, self.rules, self.count, self.call = random.Random(random_seed), [], 0, ("", "")
        for words in rules:
            self.add(words)

    def add(self, words):
        self.count += 1
        self.rules.append(Rule(self.count, words))
        return self.count

    def clear(self, number=None):
        self.rules = [r for r in self.rules if number is not None and r.number != number]

    def choose(self, method, target):
        """The moods of this call, each rule counted once: (first of those before the effect or None, all those after it)."""
        self.call = (method, target)
        due = [r for r in self.rules if r.name not in ROWS and r.about_call(method, target) and r.due(self.random.random)]
        return next((r for r in due if r.name in BEFORE), None), [r for r in due if r.name in AFTER]

    def on_row(self, object_type, record):
        for rule in self.rules:
            if rule.name not in ROWS or not rule.about_call(*self.call) or not rule.about_row(object_type, record):
                continue
            if not rule.row_due(object_type, record):
                continue
            words = rule.words
            if rule.name == "lock":
                raise RowError("UNABLE_TO_LOCK_ROW", f"unable to obtain exclusive access to this record or 1 records: {record['Id']}")
            raise RowError(words.get("code", "FIELD_CUSTOM_VALIDATION_EXCEPTION"), words.get("message", "refused by a validation rule"),
                           words.get("fields", []))


def refusal(rule):
    """The ApiError of a mood before the effect; html, reset, hang and expire are the handler's."""
    words = rule.words
    if rule.name == "unavailable":
        return ApiError(words.get("status", 503), words.get("code", "SERVER_UNAVAILABLE"), words.get("message", "Server Unavailable"))
    if rule.name == "limit":
        retry = [("Retry-After", str(words["retry_after"]))] if "retry_after" in words else []
        return ApiError(words.get("status", 403), "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", headers=retry)
    return ApiError(words.get("status", 400), words.get("code", "UNKNOWN_EXCEPTION"), words.get("message", "An unexpected error occurred."),
                    form=words.get("form", "array"))
