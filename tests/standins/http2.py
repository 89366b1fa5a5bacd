#!/usr/bin/python3
"""An HTTP/2 server over TLS (python3-h2 of Debian) that answers each request with its path.

    http2.py JOURNAL --cert FILE --key FILE

Prints "ready PORT". JOURNAL gets {"event": "connection"} and {"event": "request", "method", "path"} lines.
"""
import argparse
import json
import socket
import ssl
import threading

import h2.config
import h2.connection
import h2.events

LOCK = threading.Lock()


def note(**event):
    with LOCK:
        JOURNAL.write(json.dumps(event) + "\n")
        JOURNAL.flush()


def serve(raw, context):
    line = context.wrap_socket(raw, server_side=True)
    note(event="connection", protocol=line.selected_alpn_protocol())
    connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
    connection.initiate_connection()
    line.sendall(connection.data_to_send())
    heads = {}
    while data := line.recv(65536):
        for event in connection.receive_data(data):
            if isinstance(event, h2.events.RequestReceived):
                heads[event.stream_id] = dict(event.headers)
            elif isinstance(event, h2.events.StreamEnded):
                head = heads.pop(event.stream_id)
                note(event="request", method=head[":method"], path=head[":path"])
                connection.send_headers(event.stream_id, [(":status", "200"), ("content-type", "text/plain")])
                connection.send_data(event.stream_id, head[":path"].encode(), end_stream=True)
        line.sendall(connection.data_to_send())


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("journal")
    for name in ("--cert", "--key"):
        parser.add_argument(name, required=True)
    options = parser.parse_args()
    JOURNAL = open(options.journal, "a", encoding="utf-8")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(options.cert, options.key)
    tls.set_alpn_protocols(["h2"])
    listener = socket.create_server(("127.0.0.1", 0))
    print("ready", listener.getsockname()[1], flush=True)
    while True:
        accepted, _ = listener.accept()
        threading.Thread(target=serve, args=(accepted, tls), daemon=True).start()
