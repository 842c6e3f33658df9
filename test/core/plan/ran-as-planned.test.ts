import { describe, expect, it } from "vitest";
import { differences, type Account } from "../../../src/core/plan/ran-as-planned.ts";
import { renderArgv } from "../../../src/core/plan/render.ts";
import { addressOf, readNmapXml } from "../../../src/core/results/nmap-xml.ts";
import { nmapInNamespace, runNmap } from "../../compliance/installed-nmap.ts";
import { planOf } from "./plans.ts";

const files = { xml: "-", normal: "/dev/null", grepable: "/dev/null" };

function accountOf(xml: string): Account {
  const hosts: Account["hosts"][number][] = [];
  const {
    scans,
    args,
    hosts: counts,
  } = readNmapXml(Buffer.from(xml), (host) => {
    hosts.push({ address: addressOf(host), ports: host.ports });
  });
  return { scans, hosts, total: counts.total, ...(args === undefined ? {} : { args }) };
}

describe("differences between a plan and nmap's account of the run", () => {
  const plan = planOf("-sS -p 22,80 10.0.0.0/30");
  const argv = ["/usr/bin/nmap", "-sS"];
  const fine: Account = {
    args: "/usr/bin/nmap -sS",
    scans: [{ type: "syn", protocol: "tcp", services: "22,80" }],
    total: 4,
    hosts: [{ address: "10.0.0.1", ports: [{ protocol: "tcp", port: 80 }] }],
  };

  it("are none where they agree, or where the account is cut", () => {
    expect(differences(plan, argv, fine)).toEqual([]);
    expect(differences(plan, argv, { scans: [], hosts: [] })).toEqual([]);
  });

  it.each<[Partial<Account>, RegExp]>([
    [{ args: "/usr/bin/nmap -sS 10.0.0.9" }, /another command/],
    [{ scans: [{ type: "udp", protocol: "udp", services: "53" }] }, /a udp scan/],
    [{ scans: [{ type: "syn", protocol: "tcp", services: "22,80,443" }] }, /other tcp ports/],
    [{ scans: [{ type: "syn", protocol: "tcp", services: "22" }] }, /other tcp ports/],
    [{ scans: [{ type: "syn", protocol: "tcp", services: "rubbish" }] }, /other tcp ports/],
    [{ total: 5 }, /5 hosts/],
    [{ hosts: [{ address: "10.0.0.4", ports: [] }] }, /10\.0\.0\.4/],
    [{ hosts: [{ address: "2001:db8::1", ports: [] }] }, /2001:db8::1/],
    [{ hosts: [{ address: "", ports: [] }] }, /not in the plan/],
    [{ hosts: [{ address: "10.0.0.1", ports: [{ protocol: "tcp", port: 443 }] }] }, /tcp\/443/],
    [{ hosts: [{ address: "10.0.0.1", ports: [{ protocol: "udp", port: 80 }] }] }, /udp\/80/],
  ])("%j is told", (change, sentence) => {
    expect(differences(plan, argv, { ...fine, ...change })).toEqual([expect.stringMatching(sentence)]);
  });

  it("are told in ten sentences at most", () => {
    const hosts = Array.from({ length: 100_000 }, (_, index) => ({ address: `11.0.0.${index & 255}`, ports: [] }));
    expect(differences(plan, argv, { ...fine, hosts })).toHaveLength(10);
  });

  it.skipIf(!nmapInNamespace)("are none for what the installed nmap really did, odd words included", () => {
    const lines = [
      "-sT -p 1,5-9 127.0.0.1-3",
      "-sU -sS -p T:1,U:2 --max-retries 0 -v 127.0.0.1",
      "-sY -sZ -p 1 --max-retries 0 127.0.0.1",
      "-sO -p 1,2 --max-retries 0 127.0.0.1",
      "-sX -p 1-100 127.0.0.1",
      "-sn 127.0.0.0/28 -v",
      "-sL -6 ::1",
      "-6 -sT -p 1 ::1",
      "-sS --scanflags SYNFIN -p 1 127.0.0.1",
    ];
    const plans = lines.map((line) => planOf(`${line} -oX - -oN x`));
    const odd = { ...files, normal: '/tmp/jit-nmap "odd\\ ü&<.txt' };
    const argvs = plans.map((built, index) => renderArgv(built, index % 2 === 0 ? files : odd));
    for (const [index, run] of runNmap(argvs).entries()) {
      const built = plans[index];
      if (built === undefined) throw new Error("a run too many");
      const account = accountOf(run.stdout);
      expect(account.args, run.stderr).toBeDefined();
      expect([lines[index], differences(built, argvs[index] ?? [], account)]).toEqual([lines[index], []]);
    }
  });
});
