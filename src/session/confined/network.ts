// What this machine's network is, as far as a session's rules depend on it: devices, own addresses, routes. Read from
// /proc of this very process: /sys may show another network namespace.
import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import type { Route } from "../../core/confinement/tunnels.ts";
import { AddressSet } from "../../core/sets/address-set.ts";

/** Names of all network devices, up or down. */
export function networkDevices(): readonly string[] {
  const lines = readFileSync("/proc/self/net/dev", "latin1").split("\n").slice(2);
  return lines.flatMap((line) => /^\s*([^:\s]+):/.exec(line)?.[1] ?? []);
}

/** Addresses that packets of this machine may carry as their source. */
export function ownAddresses(): readonly string[] {
  const found = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const single = found.flatMap(({ address, internal }) =>
    internal && address.startsWith("127.") ? [] : [address.replace(/%.*/, "")],
  );
  return [...new Set(["127.0.0.0/8", "::1", ...single])];
}

/** The routes of the main table, of both families. */
export function routes(): readonly Route[] {
  return [...routes4(), ...routes6()];
}

function routes4(): readonly Route[] {
  const little = (hex: string): number => Buffer.from(hex, "hex").readUInt32LE();
  return rows("/proc/self/net/route", 1).flatMap(([device, destination, , , , , , mask]) => {
    if (device === undefined || destination === undefined || mask === undefined) return [];
    const first = BigInt(little(destination));
    const prefix = little(mask).toString(2).replaceAll("0", "").length;
    return [route(4, first, prefix, device)];
  });
}

function routes6(): readonly Route[] {
  return rows("/proc/self/net/ipv6_route", 0).flatMap((row) => {
    const [destination, length] = row;
    const device = row.at(-1);
    if (destination === undefined || length === undefined || device === undefined) return [];
    return [route(6, BigInt(`0x${destination}`), Number.parseInt(length, 16), device)];
  });
}

function route(family: 4 | 6, first: bigint, prefix: number, device: string): Route {
  const hosts = (1n << BigInt((family === 4 ? 32 : 128) - prefix)) - 1n;
  return { network: AddressSet.ofRanges([{ family, first, last: first | hosts }]), prefix, device };
}

function rows(path: string, skipped: number): readonly (readonly string[])[] {
  let text: string;
  try {
    text = readFileSync(path, "latin1");
  } catch {
    return []; // a kernel without that family
  }
  const lines = text.split("\n").slice(skipped);
  return lines.filter((line) => line.trim() !== "").map((line) => line.trim().split(/\s+/));
}
