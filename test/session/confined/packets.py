# Ways past packet rules, one a name: what a hostile script in the place of nmap would try. Sends and prints what failed.
import ctypes, mmap, os, socket, struct, sys, time

SRC, OK, NO = "10.99.1.1", "10.99.1.2", "10.99.1.3"
way, args = sys.argv[1], sys.argv[2:]

def checksum(data):
    if len(data) % 2: data += b"\0"
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16: total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff

def ip(src, dst, proto, payload, options=b"", hops=64):
    words = (20 + len(options)) // 4
    def head(sum): return struct.pack("!BBHHHBBH4s4s", 0x40 | words, 0, 20 + len(options) + len(payload), 7, 0, hops, proto, sum, socket.inet_aton(src), socket.inet_aton(dst)) + options
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

SRC6, OK6, NO6 = "fd99:1::1", "fd99:1::2", "fd99:1::3"
def six(text): return socket.inet_pton(socket.AF_INET6, text)
def ip6(src, dst, proto, payload, hops=64): return struct.pack("!IHBB", 6 << 28, len(payload), proto, hops) + src + dst + payload
def icmp6(src, dst, body):  # its checksum stands at 2
    sum = checksum(src + dst + struct.pack("!II", len(body), 58) + body)
    return body[:2] + struct.pack("!H", sum) + body[4:]
def fragment(data, offset, more):
    data = bytearray(data)
    data[6:8] = struct.pack("!H", offset | (0x2000 if more else 0)); data[10:12] = b"\0\0"; data[10:12] = struct.pack("!H", checksum(bytes(data[:20])))
    return bytes(data)
def mac(address):  # of a neighbour that may be spoken to
    for _ in range(50):
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.sendto(b"x", (address, 9))
        for line in open("/proc/net/arp"):
            if line.startswith(address + " ") and "00:00:00:00:00:00" not in line: return bytes.fromhex(line.split()[3].replace(":", ""))
        time.sleep(0.02)

plain = ip(SRC, NO, 17, udp(9))
if way == "packet": packet(frame(plain))
elif way == "bypass": packet(frame(plain), bypass=True)
elif way == "other-protocol": packet(frame(plain), protocol=0x88b5)
elif way == "vlan": packet(frame(struct.pack("!HH", 5, 0x0800) + plain, 0x8100), protocol=0x8100)
elif way == "odd": packet(frame(plain, 0x88b5), protocol=0x88b5)
elif way == "port": packet(frame(ip(SRC, OK, 17, udp(7))))
elif way == "later-fragment": packet(frame(fragment(ip(SRC, OK, 17, udp(22)), 185, False)))
elif way == "six-as-four":  # read as IPv4, its addresses are own and approved: they are part of the source of what it is
    src = six("2001:db8::")[:4] + socket.inet_aton(SRC) + socket.inet_aton(OK) + b"\0" * 4
    packet(frame(ip6(src, six(NO6), 0, b"\x11\0\1\4\0\0\0\0" + udp(9), 0), 0x86dd))
elif way == "four-as-six":  # read as IPv6, its source is link-local and its destination approved
    packet(frame(ip(SRC, NO, 0x84, b"\0" * 4 + six(OK6) + b"\0" * 8, hops=0xfe)), protocol=0x86dd)
elif way == "tag-as-six":  # a VLAN's tag, read as the beginning of IPv6
    packet(frame(b"\x60\x05\x08\x00" + b"\x45\0\0\x30" + six("fe80::1") + six(OK6) + b"\0" * 32, 0x8100), protocol=0x86dd)
elif way == "source-route-frame": packet(mac(OK) + frame(ip(SRC, OK, 17, udp(9), b"\x83\x07\x04" + socket.inet_aton(NO) + b"\0"))[6:])
elif way == "source-route-second": raw(ip(SRC, OK, 17, udp(9), b"\x83\x0b\x08" + socket.inet_aton(OK) + socket.inet_aton(NO) + b"\0"), OK)
elif way == "spoofed-solicitation":
    src, dst = six(NO6), six("ff02::1:ff00:2")
    packet(frame(ip6(src, dst, 58, icmp6(src, dst, b"\x87\0\0\0\0\0\0\0" + six(OK6)), 255), 0x86dd), protocol=0x86dd)
elif way == "link-local": packet(frame(ip6(six("fe80::bad"), six(OK6), 17, udp(9)), 0x86dd), protocol=0x86dd)
elif way == "checksum":  # the device writes a checksum where the destination's last half stands, after the rules
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW); s.setsockopt(263, 15, 1)  # PACKET_VNET_HDR
    want, head = 0x0103, struct.pack("<BBHHHH", 1, 0, 0, 0, 20, 12)  # NEEDS_CSUM from byte 20 on, to 20 + 12
    data = bytearray(frame(plain + b"\0\0")); data[30:34] = socket.inet_aton(OK)
    data[46:48] = struct.pack("!H", (checksum(bytes(data[20:])) - want) % 0xffff)
    for _ in range(5): attempt(lambda: s.sendto(head + bytes(data), ("lan0", 0x0800)))
elif way == "in-ip": raw(ip(SRC, OK, 4, plain), OK)
elif way == "marked":
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.setsockopt(socket.SOL_SOCKET, 36, 7)
    for _ in range(5): attempt(lambda: s.sendto(b"x", (OK, 4501)))
elif way == "spoofed-frame": packet(frame(ip(NO, OK, 1, echo())))
elif way == "raw-ports":
    for proto, port, rest in (6, 23, b"\0" * 8 + b"\x50\2\4\0\0\0\0\0"), (17, 7, b"\0\x08\0\0"), (132, 7, b"\0" * 8):
        raw(ip(SRC, OK, proto, struct.pack("!HH", 4000, port) + rest), OK); packet(frame(ip(SRC, OK, proto, struct.pack("!HH", 4000, port) + rest)))
elif way == "connect":
    s = socket.socket(socket.AF_INET, socket.SOCK_STREAM); s.settimeout(0.3); attempt(lambda: s.connect((OK, 23)))
elif way == "udp-port":
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for _ in range(5): attempt(lambda: s.sendto(b"x", (OK, 7)))
elif way == "other-protocol-ip": raw(ip(SRC, OK, 50, b"\0" * 16), OK)
elif way == "first-fragment": packet(frame(fragment(ip(SRC, OK, 17, udp(7, 16)), 0, True)))
elif way == "fragments-elsewhere":
    packet(frame(fragment(ip(SRC, NO, 17, udp(22, 16)), 0, True))); packet(frame(fragment(ip(SRC, NO, 17, udp(22, 16)), 3, False)))
elif way in ("six-fragments", "six-route", "six-port", "six-elsewhere", "six-advertisement"):
    datagram = struct.pack("!HHHH", 4000, 7, 12, 0) + b"xxxx"
    dst, proto, body, hops = {
        "six-fragments": (OK6, 44, b"\x11\0\0\1\0\0\0\7" + datagram, 64),
        "six-route": (OK6, 43, b"\x11\2\2\1\0\0\0\0" + six(NO6) + datagram, 64),  # type 2, one address left
        "six-port": (OK6, 60, b"\x11\0\1\4\0\0\0\0" + datagram, 64),  # behind destination options
        "six-elsewhere": (NO6, 0, b"\x11\0\1\4\0\0\0\0" + datagram, 64),  # behind hop-by-hop options
        "six-advertisement": ("ff02::1", 58, icmp6(six(SRC6), six("ff02::1"), b"\x88\0\0\0\x20\0\0\0" + six(OK6)), 255),
    }[way]
    packet(frame(ip6(six(SRC6), six(dst), proto, body, hops), 0x86dd), protocol=0x86dd)
    s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW)
    for _ in range(5): attempt(lambda: s.sendto(ip6(six(SRC6), six(dst), proto, body, hops), (dst, 0, 0, socket.if_nametoindex("lan0"))))
elif way == "everybody":
    for family, address in (2, "10.99.1.255"), (2, "255.255.255.255"), (2, "224.0.0.251"), (10, "ff02::fb"):
        s = socket.socket(family, socket.SOCK_DGRAM); s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1); s.setsockopt(socket.SOL_SOCKET, 25, b"lan0\0")
        for _ in range(5): attempt(lambda: s.sendto(b"x", (address, 5353)))
elif way == "lookup": attempt(lambda: socket.getaddrinfo("elsewhere.test", 80))
elif way == "ring":  # what is sent is looked at where it lies, and another process changes it there meanwhile
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    s.setsockopt(263, 10, 1)  # TPACKET_V2
    s.setsockopt(263, 13, struct.pack("IIII", 4096, 32, 2048, 64))  # PACKET_TX_RING
    ring = mmap.mmap(s.fileno(), 4096 * 32)
    s.bind(("lan0", 0x0800))
    data = frame(ip(SRC, OK, 17, udp(9)))
    for at in range(0, 4096 * 32, 2048): ring[at + 32:at + 32 + len(data)] = data
    ok, no = data[24:34], plain[10:20]  # from the checksum to the destination's end
    child = os.fork()
    while child == 0:
        for at in range(56, 4096 * 32, 2048): ring[at:at + 10] = no; ring[at:at + 10] = ok
    for _ in range(200):
        for at in range(0, 4096 * 32, 2048):
            struct.pack_into("II", ring, at + 4, len(data), len(data)); struct.pack_into("I", ring, at, 1)
        try: s.sendto(b"", ("lan0", 0x0800))
        except OSError: pass
    os.kill(child, 9)
elif way == "xdp":
    libc, umem = ctypes.CDLL(None), mmap.mmap(-1, 1 << 16)
    s = socket.socket(44, socket.SOCK_RAW, 0)
    s.setsockopt(283, 4, struct.pack("QQIIII", ctypes.addressof(ctypes.c_char.from_buffer(umem)), 1 << 16, 4096, 0, 0, 0))  # XDP_UMEM_REG
    for ring in 5, 6, 3: s.setsockopt(283, ring, struct.pack("I", 8))  # fill, completion, transmit
    producer, _, desc, _ = struct.unpack_from("QQQQ", s.getsockopt(283, 1, 128), 32)
    ring = mmap.mmap(s.fileno(), desc + 8 * 16, offset=0x80000000)
    address = struct.pack("HHIII", 44, 2, socket.if_nametoindex("lan0"), 0, 0)  # XDP_COPY
    if libc.bind(s.fileno(), address, len(address)) != 0: sys.exit("bind")
    data = frame(plain)
    umem[:len(data)] = data
    for at in range(5): struct.pack_into("QII", ring, desc + 16 * at, 0, len(data), 0)
    struct.pack_into("I", ring, producer, 5)
    libc.sendto(s.fileno(), None, 0, 0x40, None, 0)
    time.sleep(0.05)
elif way == "calls":  # what leads out of the cage in other ways than packets: each with the kernel's answer
    libc = ctypes.CDLL(None, use_errno=True)
    def answer(name, act):
        try: result = act()
        except OSError as error: result = error.errno
        print(name, result, flush=True)
    def call(*words): return ctypes.get_errno() if libc.syscall(*words) == -1 else 0
    def netlink(kind, body):
        s = socket.socket(16, 3, 0)
        s.send(struct.pack("IHHII", 16 + len(body), kind, 0x605, 1, 0) + body)
        return -struct.unpack_from("i", s.recv(4096), 16)[0]
    def unix():
        s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM); s.connect("\0" + args[0]); return "connected"
    lan0, home = socket.if_nametoindex("lan0"), socket.inet_aton("10.99.1.77")
    answer("io_uring", lambda: call(425, 8, ctypes.create_string_buffer(120)))
    answer("bpf", lambda: call(321, 0, ctypes.create_string_buffer(120), 72))
    answer("an address", lambda: netlink(20, struct.pack("BBBBI", 2, 24, 0, 0, lan0) + struct.pack("HH4s", 8, 2, home)))
    answer("a route", lambda: netlink(24, struct.pack("BBBBBBBBI", 2, 32, 0, 0, 254, 4, 253, 1, 0) + struct.pack("HH4s", 8, 1, home) + struct.pack("HHI", 8, 4, lan0)))
    answer("MPTCP", lambda: socket.socket(2, 1, 262).close())
    answer("a checksum anywhere", lambda: socket.socket(17, 3).setsockopt(263, 15, 1))
    answer("a service of the machine", unix)
    answer("user namespace", lambda: call(272, 0x10000000))
    answer("network namespace", lambda: call(272, 0x40000000))
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
