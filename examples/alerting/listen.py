#!/usr/bin/env python3
"""Prints what the example's receivers are told: webhooks on port 7119, mails on port 7120."""
import http.server
import json
import socketserver
import threading


class Webhook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        names = ", ".join(f"{a['labels']['alertname']} {a['status']}" for a in told["alerts"])
        print(f"webhook {self.path}: {names}", flush=True)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


class Mail(socketserver.StreamRequestHandler):
    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")

    def handle(self):
        self.say("220 listen.py")
        for line in self.rfile:
            word = line.split()[0].upper() if line.split() else b""
            if word == b"DATA":
                self.say("354 go on")
                text = b"".join(iter(self.rfile.readline, b".\r\n")).decode(errors="replace")
                print("mail: " + text.replace("\r\n", "\n      "), flush=True)
            self.say("221 bye" if word == b"QUIT" else "250 ok")
            if word == b"QUIT":
                return


socketserver.ThreadingTCPServer.allow_reuse_address = True
mails = socketserver.ThreadingTCPServer(("127.0.0.1", 7120), Mail)
threading.Thread(target=mails.serve_forever, daemon=True).start()
http.server.ThreadingHTTPServer(("127.0.0.1", 7119), Webhook).serve_forever()
