"""POST /__control, for tests: moods, the clock and the ground truth. GET answers as {"do": "state"} does. {"do": VERB, ...}:

state                                    clock, calls, sessions, rules, jobs, counts of effects
effects {since}                          every effect after number `since`, and the counts by external id
records {object, deleted}                the records as they are held
mood {rule} / moods {rules}              adds rules (moods.py) -> their numbers
clear {number}                           takes one away, or all
expire {what}                            "sessions", "locators" or "refresh" (refresh tokens)
sessions {calls}                         each session lives for so many calls (0: for ever)
usage {used, max}                        the daily limit and how much is gone
clock {now, skew_seconds}                sets the org's clock, or shifts it
put {object, record}                     makes or changes a record; ids, stamps and duplicates allowed -> id
delete {object, id}                      as a person in the org would
drop_field {object, field}               an administrator deletes it, or hides it from the integration user; its values are gone
duplicate {object, field, value}         a second record with that external id -> id
set {approved, login_host, upsert_status, page_size, shuffle}
stop                                     ends the stand-in
"""
from .values import normal_id, parse_time, time_text


class Control:
    def __init__(self, world):
        self.world = world

    def do(self, words):
        if not isinstance(words, dict) or not isinstance(words.get("do"), str):
            raise ValueError('a command is {"do": VERB, ...}')
        verb = words.pop("do")
        method = getattr(self, "do_" + verb, None)
        if method is None:
            verbs = sorted(name[3:] for name in dir(self) if name.startswith("do_"))
            raise ValueError(f"there is no verb {verb}; there are {', '.join(verbs)}")
        try:
            return method(**words) or {}
        except (TypeError, AttributeError, KeyError) as error:
            raise ValueError(f"{verb}: {error}") from error

    def object_type(self, name):
        found = self.world.org.object_type(name)
        if found is None:
            raise ValueError(f"there is no object {name}")
        return found

    def do_state(self):
        world = self.world
        used, most = world.options.usage
        return {"now": time_text(world.org.now()), "requests": world.org.request, "usage": {"used": used, "max": most},
                "sessions": [{"number": s.number, "grant": s.grant, "calls": s.calls, "ended": s.ended} for s in world.tokens.sessions.values()],
                "moods": [r.state() for r in world.moods.rules], "locators": len(world.api.locators),
                "jobs": [world.bulk.shown(j) for j in world.bulk.jobs.values()],
                "records": {name: sum(not r["IsDeleted"] for r in table.values()) for name, table in world.org.tables.items()},
                "effects": len(world.org.effects), "counts": world.org.counts()}

    def do_effects(self, since=0):
        return {"effects": self.world.org.effects[since:], "counts": self.world.org.counts()}

    def do_records(self, object, deleted=False):
        kind = self.object_type(object)
        rows = self.world.org.tables[kind.name].values()
        return {"records": [self.world.org.raw(r, kind) for r in rows if deleted or not r["IsDeleted"]]}

    def do_mood(self, rule):
        return {"number": self.world.moods.add(rule)}

    def do_moods(self, rules):
        return {"numbers": [self.world.moods.add(rule) for rule in rules]}

    def do_clear(self, number=None):
        self.world.moods.clear(number)

    def do_expire(self, what):
        if what == "sessions":
            self.world.tokens.expire()
        elif what == "locators":
            self.world.api.locators.clear()
        elif what == "refresh":
            self.world.tokens.refresh_tokens.clear()
        else:
            raise ValueError(f"{what} does not expire; sessions, locators and refresh do")

    def do_sessions(self, calls):
        self.world.tokens.calls_each = int(calls)

    def do_usage(self, used=None, max=None):
        now = self.world.options.usage
        self.world.options.usage = [now[0] if used is None else used, now[1] if max is None else max]

    def do_clock(self, now=None, skew_seconds=None):
        moment = parse_time(now) if now is not None else None
        if now is not None and moment is None:
            raise ValueError(f"now is {now}; expected a time with its zone")
        self.world.org.set_clock(moment, skew_seconds)
        return {"now": time_text(self.world.org.now())}

    def do_put(self, object, record):
        return {"id": self.world.org.put(object, record)}

    def do_delete(self, object, id):
        kind, whole, org = self.object_type(object), normal_id(id), self.world.org
        if whole not in org.tables[kind.name]:
            raise ValueError(f"there is no {kind.name} {id}")
        record = org.tables[kind.name][whole]
        org.tables[kind.name][whole] = {**record, "IsDeleted": True, "LastModifiedDate": org.now(), "SystemModstamp": org.now()}

    def do_drop_field(self, object, field):
        kind = self.object_type(object)
        column = kind.field(field)
        if column is None:
            raise ValueError(f"no {object} has {field}")
        del kind.fields[field.lower()]
        for record in self.world.org.tables[kind.name].values():
            record.pop(column.name, None)

    def do_duplicate(self, object, field, value):
        kind, org = self.object_type(object), self.world.org
        column = kind.field(field)
        found = org.with_value(kind, column, value) if column else []
        if not found:
            raise ValueError(f"no {object} has {field} {value}")
        fresh = org.blank(kind)
        twin = {**found[0], **{name: fresh[name] for name in ("Id", "CreatedDate", "LastModifiedDate", "SystemModstamp")}}
        org.tables[kind.name][twin["Id"]] = twin
        return {"id": twin["Id"]}

    def do_set(self, approved=None, login_host=None, upsert_status=None, page_size=None, shuffle=None):
        world = self.world
        for thing, name, value in ((world.tokens, "approved", approved), (world.tokens, "login_host", login_host),
                                   (world.api, "upsert_status", upsert_status), (world.api, "page_size", page_size),
                                   (world.api, "shuffle", shuffle)):
            if value is not None:
                setattr(thing, name, value)

    def do_stop(self):
        self.world.stop()
