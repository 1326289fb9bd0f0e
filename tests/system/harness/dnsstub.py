"""A DNS server on 127.0.0.1:53 of a namespace, answering from a dictionary.

    dns = Dns(ns)
    dns["example.net"] = {"MX": [(10, "mx.example.net")], "A": ["198.51.100.7"], "TXT": ["v=spf1 -all"]}
    dns["broken.example"] = SERVFAIL        # also NXDOMAIN, TIMEOUT
    dns["nomail.example"] = {"MX": [(0, "")]}           # null MX
    dns.host("example.org", "198.51.100.8")             # MX, A and PTR in one call

Names that are absent do not exist. Entries may be changed at any time; dns.asked counts queries.
"""

import collections
import ipaddress
import socket
import struct
import threading

SERVFAIL, NXDOMAIN, TIMEOUT = "SERVFAIL", "NXDOMAIN", "TIMEOUT"
TYPES = {1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 12: "PTR", 15: "MX", 16: "TXT", 28: "AAAA"}
NUMBERS = {name: number for number, name in TYPES.items()}


def encode_name(name):
    labels = [label.encode("utf-8") for label in name.rstrip(".").split(".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def decode_name(packet, at):
    labels = []
    while packet[at]:
        labels.append(packet[at + 1:at + 1 + packet[at]].decode("utf-8", "replace"))
        at += packet[at] + 1
    return ".".join(labels).lower(), at + 1


def encode_data(kind, value):
    if kind in ("A", "AAAA"):
        return ipaddress.ip_address(value).packed
    if kind == "MX":
        return struct.pack("!H", value[0]) + encode_name(value[1])
    if kind == "TXT":
        raw = value.encode("utf-8")
        parts = [raw[i:i + 255] for i in range(0, len(raw), 255)] or [b""]
        return b"".join(bytes([len(part)]) + part for part in parts)
    return encode_name(value)


class Dns:
    def __init__(self, ns):
        self.records = {}
        self.asked = collections.Counter()
        self.udp = ns.socket(socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", 53))
        self.closing = False
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()
        self[ns.hostname] = {"A": ["192.0.2.1"]}

    def __setitem__(self, name, entry):
        self.records[name.rstrip(".").lower()] = entry

    def __delitem__(self, name):
        del self.records[name.rstrip(".").lower()]

    def host(self, domain, *addresses, mx=None, reverse=True):
        """Mail for domain goes to the server named mx (default mx.DOMAIN) at these addresses."""
        mx = mx or f"mx.{domain}"
        self[domain] = {"MX": [(10, mx)]}
        self[mx] = {"A": list(addresses)}
        for address in addresses if reverse else ():
            self[ipaddress.ip_address(address).reverse_pointer] = {"PTR": [mx]}

    def close(self):
        self.closing = True
        try:
            self.udp.shutdown(socket.SHUT_RDWR)         # wakes the thread; "not connected" is usual
        except OSError:
            pass
        self.thread.join()
        self.udp.close()

    def _serve(self):
        while not self.closing:
            try:
                packet, peer = self.udp.recvfrom(4096)
                answer = self._answer(packet)
                if answer:
                    self.udp.sendto(answer, peer)
            except OSError:
                return
            except (IndexError, struct.error):
                continue                                # not a query that we can read

    def _answer(self, packet):
        number, flags = struct.unpack("!HH", packet[:4])
        name, at = decode_name(packet, 12)
        kind = TYPES.get(struct.unpack("!H", packet[at:at + 2])[0], "?")
        self.asked[name, kind] += 1
        entry = self.records.get(name)
        if entry == TIMEOUT:
            return None
        values, code = [], 0
        if entry == SERVFAIL:
            code = 2
        elif isinstance(entry, dict):
            values = entry.get(kind, [])
        elif entry == NXDOMAIN or not any(other.endswith("." + name) for other in self.records):
            code = 3
        body = b"".join(self._record(kind, value) for value in values)
        # QR, AA, RA and the query's opcode and RD; no EDNS, no additional records.
        head = struct.pack("!HHHHHH", number, 0x8480 | (flags & 0x7900) | code, 1, len(values), 0, 0)
        return head + packet[12:at + 4] + body

    @staticmethod
    def _record(kind, value):
        data = encode_data(kind, value)
        return b"\xc0\x0c" + struct.pack("!HHIH", NUMBERS[kind], 1, 1, len(data)) + data
