// Which addresses are inside: against the registries of IANA, by one address of each special block and its neighbours.
import { describe, expect, it } from "vitest";
import { isAddress, isIn, isInternal, isLoopback } from "../../../src/core/configuration/addresses.ts";

describe("an address", () => {
  it.each([
    ...["0.0.0.0", "10.0.0.1", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255"],
    ...["192.0.0.8", "192.0.2.1", "192.168.1.1", "198.18.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.1"],
    ...["240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1"],
    ...["100::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "3fff::1", "fc00::1", "fd12::1", "fe80::1", "ff02::1"],
    ...["", "localhost", "0x7f.1", "127.1", "2130706433", "10.0.0.0/8", "fe80::1%eth0"],
  ])("%s is inside, or none at all", (address) => {
    expect(isInternal(address)).toBe(true);
  });

  it.each([
    "1.1.1.1",
    "9.255.255.255",
    "11.0.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "193.0.0.1",
    "2606:4700::1111",
    "::ffff:8.8.8.8",
  ])("%s is outside", (address) => {
    expect([isInternal(address), isAddress(address)]).toEqual([false, true]);
  });

  it("is in a named network whatever family it is written in", () => {
    expect(isIn("10.1.2.3", ["10.1.2.0/24"])).toBe(true);
    expect(isIn("::ffff:10.1.2.3", ["10.1.2.0/24"])).toBe(true);
    expect(isIn("10.1.3.3", ["10.1.2.0/24", "fd00::/8"])).toBe(false);
    expect(isIn("nonsense", ["0.0.0.0/0"])).toBe(false);
    expect(isIn("10.1.2.3", ["nonsense"])).toBe(false);
  });

  it("is this machine itself only where nothing else can be", () => {
    expect(["127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost"].every(isLoopback)).toBe(true);
    expect(["localhost.example", "0.0.0.0", "128.0.0.1", "::2", ""].some(isLoopback)).toBe(false);
  });
});
