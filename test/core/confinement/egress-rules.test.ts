import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { confine } from "../../../src/core/confinement/confinement.ts";
import {
  admissionRules,
  readmissionRules,
  rulesByTable,
  sessionRules,
  withdrawalRules,
} from "../../../src/core/confinement/egress-rules.ts";
import { baseRules, chainOf, deviceOf, deviceRules } from "../../../src/core/confinement/standing-rules.ts";
import { AddressSet, type AddressRange } from "../../../src/core/sets/address-set.ts";
import { planOf } from "../plan/plans.ts";

const RANGE = { first: 1_900_000_000, count: 1000 };
const UID = 1_900_000_007;
const MACHINE = { addresses: ["10.99.1.1", "127.0.0.0/8", "fd99:1::1", "::1", "fe80::/10"] };
const ID = "s0000000001";

/** Line, its golden file, and what beside the plan the rules say. */
const GOLDEN: readonly (readonly [line: string, file: string, egress: readonly string[] | undefined])[] = [
  ["-sS -p 22,80-90 10.99.1.2 10.99.2.0/24", "syn-two-ranges", undefined],
  ["-sn 10.99.1.0/28", "ping", undefined],
  ["-sS -sU -p T:22,U:53,161 -f 10.99.1.2", "fragments", undefined],
  ["-sT -Pn -p 443 10.99.1.2", "connect", undefined],
  ["-6 -sS -p 22 fd99:1::2 fd99:1::10/124", "ipv6", undefined],
  ["-sO -p 1,47 10.99.1.2", "ip-protocol", undefined],
  ["-sS -O -p 22 10.99.1.2", "any-port", undefined],
  ["-sS -p 22 --script broadcast-ping 10.99.1.2", "beyond", ["10.99.1.255", "fd99:1::5-fd99:1::9"]],
];

const ruleText = (line: string, egress?: readonly string[]): string => {
  const { reach } = confine(planOf(line), egress === undefined ? {} : { egress });
  const { add, remove } = sessionRules(ID, reach, MACHINE);
  return `# jit-nmap ${line}\n${add}${admissionRules(ID, UID, 5000)}# and at its end\n${withdrawalRules(ID, UID)}${remove}`;
};

describe("the rules of a session", () => {
  it.each(GOLDEN)("of %s are those in rules/%s.nft", (line, file, egress) => {
    const golden = join(import.meta.dirname, "rules", `${file}.nft`);
    const text = ruleText(line, egress);
    if (process.env["UPDATE_GOLDEN"] !== undefined) writeFileSync(golden, text);
    expect(text).toBe(readFileSync(golden, "utf8"));
  });

  it("of the standing tables are those in rules/base.nft", () => {
    const golden = join(import.meta.dirname, "rules", "base.nft");
    const text = baseRules(RANGE) + deviceRules(["lo", "eth0.5"], RANGE);
    if (process.env["UPDATE_GOLDEN"] !== undefined) writeFileSync(golden, text);
    expect(text).toBe(readFileSync(golden, "utf8"));
  });

  it("fall into those of one table and those of the other", () => {
    const { add } = sessionRules(ID, confine(planOf("-sS -p 22 10.0.0.1"), {}).reach, MACHINE);
    const [inet = "", netdev = ""] = rulesByTable(add);
    expect(inet + netdev).toBe(add);
    expect([inet.includes(" netdev "), netdev.includes(" inet ")]).toEqual([false, false]);
  });

  it("name a device's chain so that the device can be read from it", () => {
    for (const device of ["lo", "eth0.5", "br-1_a@x"]) expect(deviceOf(chainOf(device))).toBe(device);
    expect(deviceOf("eph")).toBeUndefined();
    expect(deviceOf("egr_abc")).toBeUndefined();
  });

  it("refuse a device whose name could end the text that it stands in", () => {
    expect(() => deviceRules(['a"; drop'], RANGE)).toThrow("odd name");
  });

  it("let nothing out of an unprivileged session but TCP to its ports", () => {
    const { reach } = confine(planOf("-sT -p 80 10.0.0.1", { privileged: false }), {});
    const accepts = sessionRules(ID, reach, MACHINE)
      .add.split("\n")
      .filter((rule) => rule.includes(` p_${ID} `) && rule.endsWith("accept"));
    expect(new Set(accepts.map((rule) => rule.replace(/^.* p_\w+ /, "")))).toEqual(
      new Set(["tcp dport { 80, 443 } accept"]),
    );
  });
});

const namespace = (script: string, input: string): ReturnType<typeof spawnSync> =>
  spawnSync("unshare", ["-n", "sh", "-c", script], { input, encoding: "utf8" });
const canMakeNamespaces = namespace("nft -f -", "add table netdev t\n").status === 0;

describe.skipIf(!canMakeNamespaces)("the kernel, in a namespace of its own", () => {
  it.each(GOLDEN)("takes the rules of %s, and has nothing left of them at their end", (line, _, egress) => {
    const { reach } = confine(planOf(line), egress === undefined ? {} : { egress });
    const { add, remove } = sessionRules(ID, reach, MACHINE);
    const again = readmissionRules(ID, UID, 60_000);
    const parts = [
      baseRules(RANGE) + deviceRules(["lo"], RANGE),
      add + admissionRules(ID, UID, 50_000),
      again,
      withdrawalRules(ID, UID) + remove,
      // What is gone already can be withdrawn again only where its chain is left.
    ];
    const files = parts.map(
      (part, index) => `cat >"$d/${index}" <<'END'\n${part}END\nnft -f "$d/${index}" || exit 1\n`,
    );
    const whole = `d=$(mktemp -d); trap 'rm -r "$d"' EXIT\n${files.join("nft list ruleset >/dev/null\n")}nft list ruleset`;
    const { status, stdout, stderr } = namespace("sh", whole);
    expect([status, stderr]).toEqual([0, ""]);
    expect(String(stdout)).toContain("jump eph");
    expect(String(stdout)).not.toContain(ID);
  });

  it("gives no more time to a session whose way out was withdrawn, in whatever order the two come", () => {
    const { add } = sessionRules(ID, confine(planOf("-sS -p 22 10.0.0.1"), {}).reach, MACHINE);
    const files = {
      begin: baseRules(RANGE) + deviceRules(["lo"], RANGE) + add + admissionRules(ID, UID, 50_000),
      again: readmissionRules(ID, UID, 60_000),
      withdraw: withdrawalRules(ID, UID),
    };
    const put = Object.entries(files).map(([name, text]) => `cat >"$d/${name}" <<'END'\n${text}END\n`);
    const elements = "nft list map inet jit_nmap disp; nft list map netdev jit_nmap disp";
    const steps = `nft -f "$d/begin"; nft -f "$d/again"; echo "again $?"; ${elements}; echo "=="
nft -f "$d/withdraw"; nft -f "$d/again" 2>/dev/null; echo "again $?"; ${elements}`;
    const { stdout } = namespace("sh", `d=$(mktemp -d); trap 'rm -r "$d"' EXIT\n${put.join("")}${steps}`);
    const [before = "", after = ""] = String(stdout).split("==");
    expect(before).toContain("again 0");
    expect(before.match(/timeout 1m expires/g)).toHaveLength(2);
    expect(after).toContain("again 1");
    expect(after).not.toContain(String(UID));
  });

  it("takes a long list of networks and ranges, for targets, ARP, neighbours and others, and has nothing left of it", () => {
    const range = (family: 4 | 6, first: bigint, more: bigint): AddressRange => ({ family, first, last: first + more });
    const many = (family: 4 | 6, start: bigint): AddressSet =>
      AddressSet.ofRanges(
        Array.from({ length: 200 }, (_, n) =>
          range(family, start + BigInt(n * 256), [0n, 15n, 100n, 127n][n % 4] ?? 0n),
        ),
      );
    const both = (v4: bigint, v6: bigint): AddressSet => many(4, v4).union(many(6, v6));
    const reach = { ...confine(planOf("-sS -p 22 10.0.0.1"), {}).reach };
    const long = {
      ...reach,
      targets: both(0x0a00_0000n, 0xfd99n << 112n),
      beyond: both(0x0b00_0000n, 0xfd98n << 112n),
    };
    const { add, remove } = sessionRules(ID, long, MACHINE);
    expect(add).toContain("arp daddr ip & 255.255.255.240 @v4p28_");
    expect(add).toContain("ip6 daddr & ffff:ffff:ffff:ffff:ffff:ffff:ffff:ff80 @v6p121_");
    const base = baseRules(RANGE) + deviceRules(["lo"], RANGE);
    const script = `d=$(mktemp -d); trap 'rm -r "$d"' EXIT; cat >"$d/all"; csplit -s -f "$d/" "$d/all" '/^#$/' '{1}'
for part in 00 01 02; do nft -f "$d/$part" || exit 1; nft list ruleset >"$d/now"; done; cat "$d/now"`;
    const { status, stdout, stderr } = namespace(
      script,
      `${base}#\n${add}${admissionRules(ID, UID, 50_000)}#\n${withdrawalRules(ID, UID)}${remove}`,
    );
    expect([status, stderr]).toEqual([0, ""]);
    expect(String(stdout)).toContain("jump eph");
    expect(String(stdout)).not.toContain(ID);
  });

  it("takes the standing tables once: a second load changes nothing", () => {
    const text = baseRules(RANGE) + deviceRules(["lo"], RANGE);
    const script = `d=$(mktemp -d); trap 'rm -r "$d"' EXIT; cat >"$d/r"; nft -f "$d/r"; nft list ruleset >"$d/1"; nft -f "$d/r" 2>&1 | grep -o 'File exists' | head -1; nft list ruleset | cmp - "$d/1" && echo same`;
    expect(namespace(script, text).stdout).toBe("File exists\nsame\n");
  });
});
