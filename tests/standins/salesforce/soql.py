"""A small and honest SOQL: what it does not know it refuses by name.

SELECT fields, Parent.field and COUNT() FROM object [WHERE =, !=, <>, <, <=, >, >=, LIKE, IN, NOT IN, AND, OR, NOT, ()]
[ORDER BY field [ASC|DESC] [NULLS FIRST|LAST], ...] [LIMIT n] [OFFSET n]
"""
import functools
import re
from decimal import Decimal

from .values import ApiError, normal_id, parse_date, parse_time

TOKEN = re.compile(r"""\s*(?:(?P<text>'(?:[^'\\]|\\.)*')
  |(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))
  |(?P<date>\d{4}-\d\d-\d\d(?![\dT]))
  |(?P<number>[+-]?\d+(?:\.\d+)?(?![\w.]))
  |(?P<word>[A-Za-z_][\w.]*(?::\d+)?)
  |(?P<sign><=|>=|!=|<>|[=<>(),]))""", re.X)
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\"}
KEPT = {"_": "\ue000", "%": "\ue001"}
REFUSED = ("GROUP", "HAVING", "FOR", "WITH", "USING", "TYPEOF", "INCLUDES", "EXCLUDES", "ALL")
WORDS = {"AND", "OR", "NOT", "IN", "LIKE", "FROM", "WHERE", "ORDER", "LIMIT", "OFFSET", "SELECT", "BY", "NULLS", "ASC", "DESC"}


class Query:
    def __init__(self):
        self.fields, self.object_type, self.where = [], None, None
        self.order, self.limit, self.offset, self.count = [], None, 0, False


def trouble(text, at, code, message):
    """The org shows the place: the statement, a caret, row and column."""
    return ApiError(400, code, f"\n{text}\n{' ' * at}^\nERROR at Row:1:Column:{at + 1}\n{message}")


def malformed(message):
    return ApiError(400, "MALFORMED_QUERY", message)


class Parser:
    def __init__(self, org, text):
        self.org, self.text, self.tokens, self.next = org, text, [], 0
        at = 0
        while at < len(text.rstrip()):
            found = TOKEN.match(text, at)
            if not found:
                rest = text[at:].lstrip()
                raise malformed(f"unexpected char: '{rest[:1]}'" if rest[:1] != "'" else "expecting a closing quote, found: '<EOF>'")
            self.tokens.append((found.lastgroup, found.group(found.lastgroup), found.start(found.lastgroup)))
            at = found.end()

    # Tokens

    def peek(self):
        return self.tokens[self.next] if self.next < len(self.tokens) else ("end", "<EOF>", len(self.text))

    def word(self, *words):
        kind, text, _ = self.peek()
        if kind in ("word", "sign") and text.upper() in words:
            self.next += 1
            return text.upper()
        return None

    def unexpected(self):
        kind, text, _ = self.peek()
        if kind == "word" and text.upper() in REFUSED:
            return malformed(f"{text.upper()} is not in the stand-in's subset of SOQL")
        return malformed(f"unexpected token: '{text}'" if kind != "end" else "unexpected token: '<EOF>'")

    def need(self, *words):
        found = self.word(*words)
        if not found:
            raise self.unexpected()
        return found

    def take(self, *kinds):
        kind, text, at = self.peek()
        if kind not in kinds or kind == "word" and text.upper() in WORDS:
            raise self.unexpected()
        self.next += 1
        return text, at

    # Grammar

    def parse(self):
        query = Query()
        self.need("SELECT")
        selected = self.selection(query)
        self.need("FROM")
        name, at = ("Order", self.tokens[self.next - 1][2]) if self.word("ORDER") else self.take("word")   # an object like any other here
        query.object_type = self.org.object_type(name)
        if query.object_type is None:
            raise trouble(self.text, at, "INVALID_TYPE", f"sObject type '{name}' is not supported. If you are attempting to use a custom "
                          "object, be sure to append the '__c' after the entity name. Please reference your WSDL or the describe call "
                          "for the appropriate names.")
        self.object_type = query.object_type
        query.fields = [self.path(text, at) for text, at in selected]
        if len({tuple(f.name for f in path) for path in query.fields}) < len(query.fields):
            raise malformed("duplicate field selected: " + next(t for i, (t, _) in enumerate(selected)
                            if t.lower() in [o.lower() for o, _ in selected[:i]]))
        if self.word("WHERE"):
            query.where = self.conditions()
        if self.word("ORDER"):
            self.need("BY")
            query.order.append(self.ordering())
            while self.word(","):
                query.order.append(self.ordering())
        if self.word("LIMIT"):
            query.limit = self.count()
        if self.word("OFFSET"):
            query.offset = self.count()
            if query.offset > 2000:
                raise ApiError(400, "NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed is 2000")
        if self.peek()[0] != "end":
            raise self.unexpected()
        return query

    def selection(self, query):
        selected = [self.take("word")]
        if selected[0][0].upper() == "COUNT" and self.word("("):
            self.need(")")
            query.count = True
            return []
        while self.word(","):
            selected.append(self.take("word"))
        if self.peek()[1] == "(":
            raise malformed("functions and subqueries are not in the stand-in's subset of SOQL")
        return selected

    def count(self):
        text, _ = self.take("number")
        if not text.isdigit():
            raise malformed(f"unexpected token: '{text}'")
        return int(text)

    def path(self, text, at):
        """Account.Owner.Name -> the fields walked, the last one being the value."""
        parts, object_type, walked = text.split("."), self.object_type, []
        if len(parts) > 1 and parts[0].lower() == object_type.name.lower() and not object_type.by_relationship(parts[0]):
            parts = parts[1:]
        for part in parts[:-1]:
            field = object_type.by_relationship(part)
            if field is None or len(field.targets) > 1:
                raise trouble(self.text, at, "INVALID_FIELD", f"Didn't understand relationship '{part}' in field path. If you are attempting to "
                              "use a custom relationship, be sure to append the '__r' after the custom relationship name. Please "
                              "reference your WSDL or the describe call for the appropriate names.")
            walked.append(field)
            object_type = self.org.object_type(field.targets[0])
        field = object_type.field(parts[-1])
        if field is None:
            raise trouble(self.text, at, "INVALID_FIELD", f"No such column '{parts[-1]}' on entity '{object_type.name}'. If you are attempting to "
                          "use a custom field, be sure to append the '__c' after the custom field name. Please reference your WSDL or "
                          "the describe call for the appropriate names.")
        return walked + [field]

    def conditions(self):
        first = self.condition()
        joiner, parts = None, [first]
        while word := self.word("AND", "OR"):
            if joiner not in (None, word):
                raise malformed(f"unexpected token: '{word}'")   # mixed without brackets: the org refuses that too
            joiner = word
            parts.append(self.condition())
        if len(parts) == 1:
            return first
        return (lambda r: all(p(r) for p in parts)) if joiner == "AND" else (lambda r: any(p(r) for p in parts))

    def condition(self):
        if self.word("NOT"):
            inner = self.condition()
            return lambda r: not inner(r)
        if self.word("("):
            inner = self.conditions()
            self.need(")")
            return inner
        name, at = self.take("word")
        path = self.path(name, at)
        field = path[-1]
        if field.type == "address" or field.type == "textarea" and field.length > 255:
            raise trouble(self.text, at, "INVALID_FIELD", f"field '{field.name}' can not be filtered in a query call")
        negated = bool(self.word("NOT"))
        sign = self.need("IN") if negated else self.need("=", "!=", "<>", "<", "<=", ">", ">=", "LIKE", "IN")
        if sign == "IN":
            self.need("(")
            values = [plain(self.literal(field, at))]
            while self.word(","):
                values.append(plain(self.literal(field, at)))
            self.need(")")
            return lambda r: (self.read(path, r) in values) != negated
        value = self.literal(field, at)
        return self.comparison(path, field, sign, value, at)

    def comparison(self, path, field, sign, value, at):
        if sign == "LIKE":
            if field.type in ("boolean", "date", "datetime", "id", "reference", "int", "double", "currency"):
                raise trouble(self.text, at, "INVALID_FIELD", f"invalid operator on {field.type} field")
            pattern = re.compile(like_pattern(value or ""), re.S)
            return lambda r: pattern.fullmatch(self.read(path, r) or "") is not None
        value = plain(value)
        if sign in ("=", "!=", "<>"):
            return lambda r: (self.read(path, r) == value) == (sign == "=")
        if field.type == "boolean":
            raise trouble(self.text, at, "INVALID_FIELD", "invalid operator on boolean field")
        if value is None:
            raise trouble(self.text, at, "INVALID_FIELD", f"invalid operator on {field.type} field: null is compared with = and != only")
        ask = {"<": lambda a: a < value, "<=": lambda a: a <= value, ">": lambda a: a > value, ">=": lambda a: a >= value}[sign]
        return lambda r: (a := self.read(path, r)) is not None and ask(a)

    def ordering(self):
        name, at = self.take("word")
        path = self.path(name, at)
        if path[-1].type in ("address",) or path[-1].type == "textarea" and path[-1].length > 255:
            raise trouble(self.text, at, "INVALID_FIELD", f"field '{path[-1].name}' can not be sorted in a query call")
        down = self.word("ASC", "DESC") == "DESC"
        last = self.need("FIRST", "LAST") == "LAST" if self.word("NULLS") else False
        return path, down, last

    # Values

    def literal(self, field, at):
        kind, text, _ = self.peek()
        quoted = kind == "text"
        wanted = {"date": "date", "datetime": "time", "boolean": "word", "int": "number", "double": "number", "currency": "number"}
        if kind == "word" and text.upper() == "NULL":
            self.next += 1
            return None
        if kind == "word" and text.upper() not in ("TRUE", "FALSE"):
            raise malformed(f"the date literal or name {text} is not in the stand-in's subset of SOQL") if field.type in ("date", "datetime") \
                else self.unexpected()
        text, _ = self.take("text", "time", "date", "number", "word")
        if kind != wanted.get(field.type, "text"):
            shown_type = {"datetime": "dateTime", "reference": "id"}.get(field.type, field.type)
            raise trouble(self.text, at, "INVALID_FIELD", f"value of filter criterion for field '{field.name}' must be of type {shown_type} and "
                          f"should {'not ' if quoted else ''}be enclosed in quotes")
        return self.typed(field, kind, text, at)

    def typed(self, field, kind, text, at):
        if kind == "number":
            return Decimal(text)
        if kind == "word":
            return text.upper() == "TRUE"
        if kind in ("date", "time"):
            value = parse_date(text) if kind == "date" else parse_time(text)
            if value is None:
                raise trouble(self.text, at, "MALFORMED_QUERY", f"invalid {'date' if kind == 'date' else 'dateTime'}: {text}")
            return value
        value = unquoted(text)
        if field.type in ("id", "reference"):
            whole = normal_id(value)
            if whole is None and value != "":
                raise trouble(self.text, at, "INVALID_QUERY_FILTER_OPERATOR", f"invalid ID field: {value}")
            return whole
        return value.lower() or None   # '' and null are one to the org; LIKE folds case as well

    def read(self, path, record):
        """The value at the end of a path, folded for comparing; a missing parent is null."""
        for field in path[:-1]:
            record = follow(self.org, field, record)
            if record is None:
                return None
        value = record[path[-1].name]
        return value.lower() if isinstance(value, str) and path[-1].type not in ("id", "reference") else value


def unquoted(text):
    result, rest = "", text[1:-1]
    at = 0
    while at < len(rest):
        if rest[at] != "\\":
            result, at = result + rest[at], at + 1
            continue
        follower = rest[at + 1]
        if follower in "_%":
            result += KEPT[follower]           # LIKE takes them for themselves
        elif follower.lower() == "u" and re.fullmatch(r"[0-9A-Fa-f]{4}", rest[at + 2:at + 6]):
            result, at = result + chr(int(rest[at + 2:at + 6], 16)), at + 4
        elif follower in ESCAPES:
            result += ESCAPES[follower]
        else:
            raise malformed(f"Invalid string literal {text}. Illegal character sequence '\\{follower}' in string literal.")
        at += 2
    return result


def plain(value):
    return value.replace(KEPT["_"], "_").replace(KEPT["%"], "%") if isinstance(value, str) else value


def like_pattern(value):
    return "".join({"%": ".*", "_": ".", KEPT["_"]: "_", KEPT["%"]: "%"}.get(char, re.escape(char)) for char in value)


def follow(org, field, record):
    whole = record[field.name]
    target = org.type_of_id(whole) if whole else None
    return org.tables[target.name].get(whole) if target else None


def run(org, text, deleted=False, shuffle=None):
    """-> (query, ids in order). Rows are read again when a page is made, as the org does."""
    parser = Parser(org, text)
    query = parser.parse()
    rows = [r for r in org.tables[query.object_type.name].values() if (deleted or not r["IsDeleted"]) and (not query.where or query.where(r))]
    if shuffle is not None:
        shuffle(rows)   # without ORDER BY no order is promised

    def compare(a, b):
        for path, down, last in query.order:
            x, y = parser.read(path, a), parser.read(path, b)
            if x == y:
                continue
            if x is None or y is None:
                return (1 if last else -1) * (1 if x is None else -1)
            return (-1 if x < y else 1) * (-1 if down else 1)
        return 0
    rows.sort(key=functools.cmp_to_key(compare))
    rows = rows[query.offset:]
    if query.limit is not None:
        rows = rows[:query.limit]
    return query, [r["Id"] for r in rows]


def attributes(object_type, record, base):
    return {"type": object_type.name, "url": f"{base}/sobjects/{object_type.name}/{record['Id']}"}


def shaped(org, object_type, record, paths, base):
    """One record with its attributes, parents nested, null fields present."""
    result = {"attributes": attributes(object_type, record, base)}
    parents = {}
    for path in paths:
        if len(path) == 1:
            result[path[0].name] = org.value(path[0], record)
        else:
            parents.setdefault(path[0].relationship, (path[0], []))[1].append(path[1:])
            result.setdefault(path[0].relationship, None)
    for name, (field, inner) in parents.items():
        parent = follow(org, field, record)
        if parent is not None:
            result[name] = shaped(org, org.type_of_id(parent["Id"]), parent, inner, base)
    return result
