// The session's system call filter as a classic BPF program, the form that bwrap and the kernel take. It closes what
// needs no capability that the session lacks and would still lead past the packet rules or out of the cage: other
// socket families (AF_XDP above all), namespaces, other processes, the terminal's input.
//
// A deny list beside an allow list of socket families: nmap, its interpreter and the C library are too many versions for
// a list of every call that they may make. exec stays possible, because the filter stands before setpriv does.

export type Architecture = "x64" | "arm64";

interface Calls {
  /** AUDIT_ARCH_* of linux/audit.h. */
  readonly audit: number;
  readonly socket: number;
  readonly socketpair: number;
  readonly setsockopt: number;
  readonly clone: number;
  readonly ioctl: number;
  readonly denied: Readonly<Record<string, number>>;
}

/** Numbers that both architectures have in common: all calls added since 2019. */
const COMMON = {
  pidfd_send_signal: 424,
  io_uring_setup: 425,
  io_uring_enter: 426,
  io_uring_register: 427,
  open_tree: 428,
  move_mount: 429,
  fsopen: 430,
  fsconfig: 431,
  fsmount: 432,
  fspick: 433,
  pidfd_open: 434,
  pidfd_getfd: 438,
  mount_setattr: 442,
};
const CLONE3 = 435;

/** Source: arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h of Linux. */
const CALLS: Readonly<Record<Architecture, Calls>> = {
  x64: {
    audit: 0xc000_003e,
    socket: 41,
    socketpair: 53,
    setsockopt: 54,
    clone: 56,
    ioctl: 16,
    denied: {
      ...COMMON,
      ptrace: 101,
      syslog: 103,
      pivot_root: 155,
      chroot: 161,
      acct: 163,
      mount: 165,
      umount2: 166,
      swapon: 167,
      swapoff: 168,
      reboot: 169,
      init_module: 175,
      delete_module: 176,
      kexec_load: 246,
      add_key: 248,
      request_key: 249,
      keyctl: 250,
      unshare: 272,
      perf_event_open: 298,
      setns: 308,
      process_vm_readv: 310,
      process_vm_writev: 311,
      finit_module: 313,
      kexec_file_load: 320,
      bpf: 321,
      userfaultfd: 323,
    },
  },
  arm64: {
    audit: 0xc000_00b7,
    socket: 198,
    socketpair: 199,
    setsockopt: 208,
    clone: 220,
    ioctl: 29,
    denied: {
      ...COMMON,
      umount2: 39,
      mount: 40,
      pivot_root: 41,
      chroot: 51,
      acct: 89,
      unshare: 97,
      kexec_load: 104,
      init_module: 105,
      delete_module: 106,
      syslog: 116,
      ptrace: 117,
      reboot: 142,
      add_key: 217,
      request_key: 218,
      keyctl: 219,
      swapon: 224,
      swapoff: 225,
      perf_event_open: 241,
      setns: 268,
      process_vm_readv: 270,
      process_vm_writev: 271,
      finit_module: 273,
      bpf: 280,
      userfaultfd: 282,
      kexec_file_load: 294,
    },
  },
};

/** INET and INET6, whose protocols are looked at too; NETLINK and PACKET. UNIX would reach services of the machine: names that are no files know no cage. */
const IP_FAMILIES = [2, 10];
const OTHER_FAMILIES = [16, 17];
/** Both ends are one's own. */
const UNIX = 1;
/** Protocols from here on are none of IP's but the kernel's own, MPTCP among them, which opens connections by itself. */
const BEYOND_IP = 256;
/** Options by level, of include/uapi/linux. */
const DENIED_OPTIONS: readonly (readonly [level: number, options: readonly number[]])[] = [
  // SO_MAX_PACING_RATE and SO_TXTIME: what was let out would leave later, when the time is over.
  [1, [47, 61]],
  // TCP_ULP gives the connection to another protocol of the kernel's; TCP_TX_DELAY is a delay once more.
  [6, [31, 37]],
  // PACKET_VNET_HDR and its _SZ: the device then writes a checksum anywhere in the frame, after the rules have seen it.
  // PACKET_TX_RING: frames are sent from where the sender can still change them, while the rules look at them and after.
  [263, [13, 15, 24]],
];
/** CLONE_NEWNS, CGROUP, UTS, IPC, USER, PID and NET of linux/sched.h. */
const NEW_NAMESPACES = 0x7e02_0000;
/** TIOCSTI types into the terminal for somebody else, TIOCLINUX pastes into it. */
const TERMINAL_INPUT = [0x5412, 0x541c];

const ALLOW = 0x7fff_0000;
const KILL = 0x8000_0000;
const error = (errno: number): number => 0x0005_0000 | errno;
const EPERM = error(1);
/** glibc then takes the older clone, whose flags can be looked at. */
const ENOSYS = error(38);
const EPROTONOSUPPORT = error(93);
const EAFNOSUPPORT = error(97);

const LOAD = 0x20;
const EQUAL = 0x15;
const AT_LEAST = 0x35;
const ANY_BIT = 0x45;
const RETURN = 0x06;
/** Offsets in struct seccomp_data; arguments in little-endian halves. */
const NUMBER = 0;
const AUDIT = 4;
const FIRST_ARGUMENT = 16;
const SECOND_ARGUMENT = 24;
const THIRD_ARGUMENT = 32;

type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, value: number];

/** The program, 8 bytes an instruction, as `struct sock_filter` on a little-endian machine. */
export function seccompProgram(architecture: Architecture): Uint8Array {
  const program = instructions(CALLS[architecture], architecture);
  const bytes = new DataView(new ArrayBuffer(program.length * 8));
  program.forEach(([code, ifTrue, ifFalse, value], index) => {
    bytes.setUint16(index * 8, code, true);
    bytes.setUint8(index * 8 + 2, ifTrue);
    bytes.setUint8(index * 8 + 3, ifFalse);
    bytes.setUint32(index * 8 + 4, value, true);
  });
  return new Uint8Array(bytes.buffer);
}

function instructions(calls: Calls, architecture: Architecture): readonly Instruction[] {
  const give = (value: number): Instruction => [RETURN, 0, 0, value];
  const load = (offset: number): Instruction => [LOAD, 0, 0, offset];
  /** Runs the next instructions, so many, where the test holds, and passes over them where it does not. */
  const when = (code: number, value: number, then: readonly Instruction[]): Instruction[] => [
    [code, 0, then.length, value],
    ...then,
  ];
  // Every block ends in a return, so the call's number is still loaded where the next one begins.
  const protocols = [load(THIRD_ARGUMENT), ...when(AT_LEAST, BEYOND_IP, [give(EPROTONOSUPPORT)]), give(ALLOW)];
  const families = [
    load(FIRST_ARGUMENT),
    ...IP_FAMILIES.flatMap((family) => when(EQUAL, family, protocols)),
    ...OTHER_FAMILIES.flatMap((family) => when(EQUAL, family, [give(ALLOW)])),
    give(EAFNOSUPPORT),
  ];
  const options = [
    load(SECOND_ARGUMENT),
    ...DENIED_OPTIONS.flatMap(([level, denied]) =>
      when(EQUAL, level, [
        load(THIRD_ARGUMENT),
        ...denied.flatMap((option) => when(EQUAL, option, [give(EPERM)])),
        give(ALLOW),
      ]),
    ),
    give(ALLOW),
  ];
  return [
    load(AUDIT),
    [EQUAL, 1, 0, calls.audit],
    give(KILL),
    load(NUMBER),
    // The x32 calls of x86-64 have the same numbers with this bit.
    ...(architecture === "x64" ? when(AT_LEAST, 0x4000_0000, [give(KILL)]) : []),
    ...Object.values(calls.denied).flatMap((number) => when(EQUAL, number, [give(EPERM)])),
    ...when(EQUAL, CLONE3, [give(ENOSYS)]),
    ...when(EQUAL, calls.clone, [load(FIRST_ARGUMENT), ...when(ANY_BIT, NEW_NAMESPACES, [give(EPERM)]), give(ALLOW)]),
    ...when(EQUAL, calls.ioctl, [
      load(SECOND_ARGUMENT),
      ...TERMINAL_INPUT.flatMap((request) => when(EQUAL, request, [give(EPERM)])),
      give(ALLOW),
    ]),
    ...when(EQUAL, calls.socket, families),
    ...when(EQUAL, calls.socketpair, [load(FIRST_ARGUMENT), ...when(EQUAL, UNIX, [give(ALLOW)]), give(EAFNOSUPPORT)]),
    ...when(EQUAL, calls.setsockopt, options),
    give(ALLOW),
  ];
}
