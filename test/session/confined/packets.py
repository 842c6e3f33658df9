# Ways past packet rules, one a name: what a hostile script in the place of nmap would try. Sends and prints what failed.
import os, socket, struct, sys, time

SRC, OK, NO = "10.99.1.1", "10.99.1.2", "10.99.1.3"
way, args = sys.argv[1], sys.argv[2:]

def checksum(data):
    if len(data) % 2: data += b"\0"
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16: total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff

def ip(src, dst, proto, payload, options=b""):
    words = (20 + len(options)) // 4
    def head(sum): return struct.pack("!BBHHHBBH4s4s", 0x40 | words, 0, 20 + len(options) + len(payload), 7, 0, 64, proto, sum, socket.inet_aton(src), socket.inet_aton(dst)) + options
    return head(checksum(head(0))) + payload

def udp(port, size=4): return struct.pack("!HHHH", 4000, port, 8 + size, 0) + b"x" * size
def echo():
    body = struct.pack("!BBHHH", 8, 0, 0, 1, 1)
    return struct.pack("!BBHHH", 8, 0, checksum(body), 1, 1)
def frame(payload, kind=0x0800): return b"\xff" * 6 + bytes.fromhex("020000000001") + struct.pack("!H", kind) + payload
def attempt(act):
    try: act()
    except OSError as error: print(error.strerror)

def packet(data, device="lan0", protocol=0x0800, bypass=False):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    if bypass: s.setsockopt(263, 20, 1)  # SOL_PACKET, PACKET_QDISC_BYPASS
    for _ in range(5): attempt(lambda: s.sendto(data, (device, protocol)))

def raw(data, dst):
    s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    for _ in range(5): attempt(lambda: s.sendto(data, (dst, 0)))

plain = ip(SRC, NO, 17, udp(9))
if way == "packet": packet(frame(plain))
elif way == "bypass": packet(frame(plain), bypass=True)
elif way == "other-protocol": packet(frame(plain), protocol=0x88b5)
elif way == "vlan": packet(frame(struct.pack("!HH", 5, 0x0800) + plain, 0x8100), protocol=0x8100)
elif way == "odd": packet(frame(plain, 0x88b5), protocol=0x88b5)
elif way == "port": packet(frame(ip(SRC, OK, 17, udp(7))))
elif way == "later-fragment":
    data = bytearray(ip(SRC, OK, 17, udp(22)))
    data[6:8] = struct.pack("!H", 185); data[10:12] = b"\0\0"; data[10:12] = struct.pack("!H", checksum(bytes(data[:20])))
    packet(frame(bytes(data)))
elif way == "arp": packet(frame(struct.pack("!HHBBH6s4s6s4s", 1, 0x0800, 6, 4, 1, bytes.fromhex("020000000001"), socket.inet_aton(SRC), b"\0" * 6, socket.inet_aton(NO)), 0x0806), protocol=0x0806)
elif way == "into-lo": packet(b"\0" * 12 + struct.pack("!H", 0x0800) + ip(NO, SRC, 1, echo()), device="lo")
elif way == "spoofed": raw(ip(NO, OK, 1, echo()), OK)
elif way == "source-route": raw(ip(SRC, OK, 17, udp(9), b"\x83\x07\x04" + socket.inet_aton(NO) + b"\0"), OK)
elif way == "raw": raw(plain, NO)
elif way == "sendto-exit":
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for _ in range(5): attempt(lambda: s.sendto(b"x", (NO, 9)))
    os._exit(0)
elif way == "ask":
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for _ in range(5): attempt(lambda: s.sendto(b"\0" * 12, ("10.99.1.53", 53)))
elif way == "udp6":
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    for _ in range(5): attempt(lambda: s.sendto(b"x", ("fd99:1::3", 9)))
elif way == "forked":
    if os.fork() == 0:
        os.setsid()
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for _ in range(5): attempt(lambda: s.sendto(b"x", (NO, 9)))
        os._exit(0)
    os.wait()
elif way == "families":
    for family in range(50):
        try: socket.socket(family, socket.SOCK_RAW if family in (17, 44) else socket.SOCK_DGRAM, 0).close(); print("open", family)
        except OSError: pass
elif way == "always":  # frames to everybody on every device, until it is ended
    while True:
        for _, device in socket.if_nameindex():
            if device == "lo": continue
            try: s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW); s.sendto(frame(plain), (device, 0x0800)); s.close()
            except OSError: pass
        time.sleep(0.002)
elif way == "knock":  # says to the approved host, often, that it is there, and when
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    while True:
        try: s.sendto(b"%s %d" % (args[0].encode(), time.time() * 1000), (OK, 162))
        except OSError: pass
        time.sleep(0.02)
elif way == "bomb":
    count = 0
    try:
        while True:
            if os.fork() == 0:
                os.setsid(); time.sleep(60); os._exit(0)
            count += 1
    except OSError: print(count)
    time.sleep(60)
else: sys.exit("no such way: " + way)
