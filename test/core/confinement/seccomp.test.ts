// The filter, run: a small interpreter of classic BPF stands in for the kernel, so that both architectures are tested.
import { hash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { seccompProgram, type Architecture } from "../../../src/core/confinement/seccomp.ts";

/** Offset in seccomp_data to its 32-bit word. */
type Data = ReadonlyMap<number, number>;

function run(program: Uint8Array, data: Data): number {
  const view = new DataView(program.buffer, program.byteOffset, program.byteLength);
  let accumulator = 0;
  for (let at = 0; at < program.length / 8; at++) {
    const code = view.getUint16(at * 8, true);
    const value = view.getUint32(at * 8 + 4, true);
    const jump = (holds: boolean): void => {
      at += view.getUint8(at * 8 + (holds ? 2 : 3));
    };
    if (code === 0x20) accumulator = data.get(value) ?? 0;
    else if (code === 0x15) jump(accumulator === value);
    else if (code === 0x35) jump(accumulator >= value);
    else if (code === 0x45) jump((accumulator & value) !== 0);
    else if (code === 0x06) return value;
    else throw new Error(`instruction ${code}`);
  }
  throw new Error("the program ends without an answer");
}

const AUDIT = { x64: 0xc000_003e, arm64: 0xc000_00b7 } as const;
const call = (
  architecture: Architecture,
  number: number,
  first = 0,
  second = 0,
  third = 0,
  audit: number = AUDIT[architecture],
): number =>
  run(
    seccompProgram(architecture),
    new Map([
      [0, number],
      [4, audit],
      [16, first],
      [24, second],
      [32, third],
    ]),
  );

const ALLOW = 0x7fff_0000;
const EPERM = 0x0005_0001;
const KILL = 0x8000_0000;

describe("the system call filter", () => {
  it.each([
    ["x64", 41, 53, 54, 56, 16, [101, 165, 272, 308, 321, 425, 434], [0, 1, 59, 60, 57, 231]],
    ["arm64", 198, 199, 208, 220, 29, [117, 40, 97, 268, 280, 425, 434], [63, 64, 221, 93, 94]],
  ] as const)("of %s", (architecture, socket, pair, setsockopt, clone, ioctl, denied, allowed) => {
    for (const family of [2, 10, 16, 17]) expect(call(architecture, socket, family)).toBe(ALLOW);
    expect([call(architecture, pair, 1), call(architecture, pair, 2)]).toEqual([ALLOW, 0x0005_0061]);
    // Protocols of IP; MPTCP and SMC are not. A packet socket's protocol is an ethertype.
    for (const protocol of [1, 6, 17, 132, 255]) expect(call(architecture, socket, 2, 3, protocol)).toBe(ALLOW);
    for (const protocol of [256, 262]) {
      for (const family of [2, 10]) expect(call(architecture, socket, family, 1, protocol)).toBe(0x0005_005d);
    }
    expect(call(architecture, socket, 17, 3, 0x0300)).toBe(ALLOW);
    // PACKET_TX_RING, PACKET_VNET_HDR, its size, SO_TXTIME, SO_MAX_PACING_RATE, TCP_ULP, TCP_TX_DELAY; beside what nmap and libpcap set.
    for (const [level, option] of [
      [263, 13],
      [263, 15],
      [263, 24],
      [1, 61],
      [1, 47],
      [6, 31],
      [6, 37],
    ] as const) {
      expect(call(architecture, setsockopt, 3, level, option)).toBe(EPERM);
    }
    for (const [level, option] of [
      [263, 1],
      [263, 5],
      [263, 10],
      [1, 2],
      [1, 25],
      [1, 26],
      [0, 3],
      [6, 1],
      [41, 15],
    ] as const) {
      expect(call(architecture, setsockopt, 3, level, option)).toBe(ALLOW);
    }
    // UNIX, AF_XDP, VSOCK, ALG, NETROM, TIPC and one that does not exist.
    for (const family of [1, 44, 40, 38, 6, 30, 999]) expect(call(architecture, socket, family)).toBe(0x0005_0061);
    for (const number of denied) expect([number, call(architecture, number)]).toEqual([number, EPERM]);
    for (const number of allowed) expect([number, call(architecture, number)]).toEqual([number, ALLOW]);
    for (const flags of [0x120_0011, 0x3d_0f00]) expect(call(architecture, clone, flags)).toBe(ALLOW);
    for (const bit of [0x2_0000, 0x200_0000, 0x400_0000, 0x800_0000, 0x1000_0000, 0x2000_0000, 0x4000_0000]) {
      expect(call(architecture, clone, bit)).toBe(EPERM);
    }
    expect(call(architecture, 435)).toBe(0x0005_0026);
    expect(call(architecture, ioctl, 0, 0x5412)).toBe(EPERM);
    expect(call(architecture, ioctl, 0, 0x541c)).toBe(EPERM);
    expect(call(architecture, ioctl, 0, 0x5401)).toBe(ALLOW);
    expect(call(architecture, 1, 0, 0, 0, 0x4000_0003)).toBe(KILL);
  });

  it("kills what calls by the numbers of x32", () => {
    expect(call("x64", 0x4000_0029, 44)).toBe(KILL);
  });

  it("is the same program until somebody changes it knowingly", () => {
    expect((["x64", "arm64"] as const).map((one) => hash("sha256", seccompProgram(one), "hex").slice(0, 16))).toEqual([
      "c2c85955a4a62265",
      "25e7337b98f64c19",
    ]);
  });
});
