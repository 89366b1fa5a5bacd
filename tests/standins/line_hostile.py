#!/usr/bin/python3
"""FTP and IMAP servers that mean harm, in plain text on loopback.

    line_hostile.py JOURNAL WHAT

WHAT  what it does
ftp-endless-list      sends lines for ever when asked for a list
ftp-stall-list        begins a list and falls silent
ftp-stall-quit        answers all but QUIT
ftp-elsewhere         names another address for its data line
ftp-no-answer-rename  takes RNTO and closes
ftp-torn-reply        begins its reply to RNTO and to DELE, and closes
ftp-folded-reply      refuses DELE in several lines, two of them without a code
ftp-silent            says nothing at all
ftp-busy              greets with 421
ftp-endless-reply     never ends a reply to USER
imap-endless-list     sends mailboxes for ever
imap-endless-line     a line that never ends
imap-huge-literal     announces a message of 4 GB
imap-number-literal   announces a message of more bytes than a number can hold
imap-stall            greets, takes the login, and falls silent
imap-spoof            a message whose lines look like answers
imap-no-answer-move   takes MOVE and closes
imap-half-store       sets flags, and takes none away
imap-unavailable      refuses the login for now
imap-strange          answers a tag that nobody sent
JOURNAL gets {"event": "command", "line"} for each line but PASS and LOGIN. Prints "ready PORT".
"""
import json
import socket
import sys
import threading
import time

journal = open(sys.argv[1], "a", encoding="utf-8")
what = sys.argv[2]
server = socket.create_server(("127.0.0.1", 0))


def note(line):
    if not line.upper().startswith("PASS") and " LOGIN " not in line.upper():
        journal.write(json.dumps({"event": "command", "line": line}) + "\n")
        journal.flush()


def ftp(line, say, data):
    verb = line.split(" ")[0].upper()
    if verb == "USER":
        if what == "ftp-endless-reply":
            while True:
                say("331-and more")
        say("331 password")
    elif verb == "PASS":
        say("230 in")
    elif verb == "PWD":
        say('257 "/" is it')
    elif verb in ("EPSV", "PASV"):
        if verb == "EPSV" and what == "ftp-elsewhere":
            say("500 no")
            return
        data[0] = socket.create_server(("127.0.0.1", 0))
        port = data[0].getsockname()[1]
        if verb == "EPSV":
            say("229 here (|||%d|)" % port)
        else:
            say("227 there (169,254,169,254,%d,%d)" % (port >> 8, port & 255))
    elif verb == "RETR" and what == "ftp-torn-reply":
        say("550 no such file")
    elif verb == "STOR":
        say("150 send it")
        line, _ = data[0].accept()
        while line.recv(4096):
            pass
        say("226 done")
    elif verb in ("RNTO", "DELE") and what == "ftp-torn-reply":
        say("250-Renaming" if verb == "RNTO" else "550-Cannot delete:")
        say(" wait")
        raise ConnectionError
    elif verb == "DELE" and what == "ftp-folded-reply":
        for text in ("550-Cannot delete:", " in use", "550-by another", "", "550 no"):
            say(text)
    elif verb in ("MLSD", "RETR"):
        say("150 coming")
        line, _ = data[0].accept()
        if what == "ftp-endless-list":
            while True:
                line.sendall(b"type=file;size=1;modify=20260101000000; x\r\n" * 100)
        line.sendall(b"type=file;size=1;modify=20260101000000; a\r\n")
        if what == "ftp-stall-list":
            time.sleep(3600)
        line.close()
        say("226 done")
    elif verb == "TYPE":
        say("200 fine")
    elif verb == "RNFR":
        say("350 and to?")
    elif verb == "RNTO":
        raise ConnectionError
    elif verb == "QUIT" and what == "ftp-stall-quit":
        time.sleep(3600)
    elif verb == "SIZE":
        say("550 no such file")
    else:
        say("502 no")


SPOOF = b"From: a@b.example\r\nSubject: spoof\r\n\r\nA3 NO hidden\r\n* BYE going\r\n* 1 FETCH (UID 9 BODY[] {3}\r\nabc)\r\n)\r\nA3 OK done\r\n"


def imap(line, say, send):
    tag, verb = (line + "  ").split(" ")[:2]
    verb = verb.upper()
    if verb == "CAPABILITY":
        say("* CAPABILITY IMAP4rev1 MOVE")
    elif verb == "LOGIN":
        if what == "imap-unavailable":
            say(tag + " NO [UNAVAILABLE] later")
            return
    elif what == "imap-stall":
        time.sleep(3600)
    elif what == "imap-strange":
        say("ZZ9 OK who is that")
    elif verb in ("EXAMINE", "SELECT"):
        say("* 1 EXISTS")
        say("* OK [UIDVALIDITY 7] fine")
    elif verb == "LIST":
        while what == "imap-endless-list":
            say('* LIST () "/" box')
        while what == "imap-endless-line":
            send(b"* LIST () " + b"x" * 4000)
    elif verb == "UID" and " FETCH " in line.upper():
        if "BODY" not in line:
            say("* 1 FETCH (UID 3 FLAGS ())")
        elif what == "imap-huge-literal":
            send(b"* 1 FETCH (UID 3 BODY[] {4294967290}\r\n" + b"x" * 1000)
            time.sleep(3600)
        elif what == "imap-number-literal":
            send(b"* 1 FETCH (UID 3 BODY[] {99999999999999999999999999}\r\n")
            time.sleep(3600)
        else:
            send(b"* 1 FETCH (FLAGS (\\Recent) UID 3 BODY[] {%d}\r\n%s)\r\n" % (len(SPOOF), SPOOF))
    elif verb == "UID" and " -FLAGS " in line.upper():
        say(tag + " NO the mailbox is read only for you")
        return
    elif verb == "UID" and " MOVE " in line.upper():
        raise ConnectionError
    say(tag + " OK done")


def serve(line):
    try:
        file = line.makefile("rb")
        send, data = line.sendall, [None]

        def say(text):
            send(text.encode() + b"\r\n")

        if what == "ftp-silent":
            time.sleep(3600)
        if what == "ftp-busy":
            say("421 too many of you")
            return
        say("220 hello" if what.startswith("ftp") else "* OK hello")
        for raw in file:
            text = raw.decode("utf-8", "replace").rstrip("\r\n")
            note(text)
            if what.startswith("ftp"):
                ftp(text, say, data)
            else:
                imap(text, say, send)
    except (OSError, ConnectionError):
        pass
    finally:
        line.close()


print("ready", server.getsockname()[1], flush=True)
while True:
    threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()
