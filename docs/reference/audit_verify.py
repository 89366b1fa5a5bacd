#!/usr/bin/env python3
"""Verifies an export of owed's audit trail without owed's code (docs/reference/audit-format.md).
    audit_verify.py EXPORT.jsonl [HEAD]      HEAD: the hash that an anchor, kept elsewhere, names as the last
Ends 0 when the chain holds; otherwise 1, naming the first record that does not fit."""
import base64, hashlib, json, struct, sys

def field(raw):
    return struct.pack("<I", len(raw)) + raw

def fields(raw):
    at, out = 13, []
    while at + 4 <= len(raw):
        size, = struct.unpack_from("<I", raw, at)
        out.append(raw[at + 4:at + 4 + size])
        at += 4 + size
    return out if at == len(raw) and raw.startswith(b"owed-audit/1\0") else []

def verify(lines, head=None):
    first = json.loads(next(lines))
    last = hashlib.sha256(field(first["installation_id"].encode()) + field(struct.pack("<q", first["created_at"]))).digest()
    seq = 0
    for line in lines:
        seq, record = seq + 1, json.loads(line)
        raw, prev = base64.b64decode(record["bytes"], validate=True), bytes.fromhex(record["prev"])
        parsed = fields(raw)
        own = hashlib.sha256(last + field(raw)).digest()
        if len(parsed) != 20 or parsed[0] != struct.pack("<q", seq) or record["seq"] != seq or prev != last or own.hex() != record["hash"]:
            return f"record {seq} does not fit"
        last = own
    return None if head in (None, last.hex()) else f"the last record {seq} is not the anchored one"

if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as export:
        fault = verify(export, *sys.argv[2:3])
    print(fault or "the chain holds")
    sys.exit(1 if fault else 0)
