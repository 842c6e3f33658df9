// Every known way in which a command line leaves its scope or attacks the host: refused, or contained by what is
// rendered in its place.
import { describe, expect, it } from "vitest";
import { environment, renderArgv } from "../../src/core/plan/render.ts";
import { plan, planOf, refusalOf } from "../core/plan/plans.ts";
import { saidFiles } from "../core/plan/said.ts";

const rendered = (line: string): readonly string[] => renderArgv(planOf(line), saidFiles);

describe("code on our host", () => {
  it.each([
    ["--script /tmp/x.nse 10.0.0.1", /^input-file$/],
    ["--script ./x.nse 10.0.0.1", /^input-file$/],
    ["--script +./x.nse 10.0.0.1", /^script/],
    ["--script ./lib.lua 10.0.0.1", /^script/],
    ["--script-help ./x.nse", /^option-conflict$/],
    ["--script /dev/stdin 10.0.0.1", /^script/],
    ["--script ../x 10.0.0.1", /^script/],
    ["--script scripts/ 10.0.0.1", /^script/],
    ["--script nosuch-script 10.0.0.1", /^script/],
    ["--script +banner 10.0.0.1", /^script/],
    ["--datadir /tmp 10.0.0.1", /^option-refused$/],
    ["--datadi=/tmp 10.0.0.1", /^option-refused$/],
    ["-datadir /tmp 10.0.0.1", /^option-refused$/],
    ["--servicedb /tmp/x 10.0.0.1", /^option-refused$/],
    ["--versiondb /tmp/x 10.0.0.1", /^option-refused$/],
    ["--script-updatedb", /^option-refused$/],
    ["--resume /tmp/x", /^option-refused$/],
    ["--stylesheet /tmp/x.xsl 10.0.0.1", /^option-refused$/],
    ["--webxml 10.0.0.1", /^option-refused$/],
    ["--interactive", /^unknown-option$/],
  ])("%s is refused", (line, code) => {
    expect(refusalOf(line)).toMatch(code);
  });

  it("a script expression that does not parse or matches nothing is refused, never opened as a file", () => {
    for (const expression of ["default and", "(banner", "banner and vuln", "not", "or", ",", "", "banner,/dev/stdin"]) {
      const built = plan(["--script", expression, "10.0.0.1"]);
      expect([expression, built.ok]).toEqual([expression, false]);
    }
  });

  it("nothing of the requester's environment reaches nmap", () => {
    expect(Object.keys(environment()).sort()).toEqual(["LC_ALL", "PATH"]);
  });
});

describe("files read and written", () => {
  it.each([
    ["-oMfoo 10.0.0.1", "option-refused"],
    ["-oplog 10.0.0.1", "option-refused"],
    ["-on 10.0.0.1", "option-refused"],
    ["-oS x 10.0.0.1", "option-refused"],
    ["-m x 10.0.0.1", "option-refused"],
    ["-iLfile", "option-refused"],
    ["-i file", "option-refused"],
  ])("%s is refused", (line, code) => {
    expect(refusalOf(line)).toBe(code);
  });

  it("no name of a file that was typed is rendered", () => {
    for (const option of ["-oN", "-oX", "-oG", "-oA"]) {
      for (const path of ["/etc/passwd", "../x", "%T", "$(id)", "a b"]) {
        const built = plan([option, path, "-p", "1", "10.0.0.1"]);
        if (!built.ok) throw new Error(built.error.message);
        expect(renderArgv(built.value, saidFiles).join(" ")).not.toContain(path);
      }
    }
  });

  it("a line feed or an escape in any word is refused: it would forge lines of nmap's own logs", () => {
    for (const word of ["a\nb", "a\rb", "\u001b[2J", "a\u0000b", "a\u009bb", "a\u007fb"]) {
      for (const words of [
        [word],
        ["-oN", word, "10.0.0.1"],
        ["--exclude", word, "10.0.0.1"],
        ["--data-string", word, "10.0.0.1"],
        ["--script-args", word, "10.0.0.1"],
        [`--exclude=${word}`, "10.0.0.1"],
        ["-e", word, "10.0.0.1"],
      ]) {
        expect(plan(words)).toMatchObject({ ok: false, error: { code: "unreadable-word" } });
      }
    }
  });
});

describe("other hosts", () => {
  it.each([
    "-sI zombie 10.0.0.1",
    "-sI zombie:80 10.0.0.1",
    "-b user:pw@ftp 10.0.0.1",
    "--proxies http://p:1 10.0.0.1",
    "--proxy socks4://p:1 10.0.0.1",
    "-D RND:10 10.0.0.1",
    "-D 10.0.0.9,ME 10.0.0.1",
    "-DRND:5 10.0.0.1",
    "-S 10.0.0.9 10.0.0.1",
    "--spoof-mac 0 10.0.0.1",
    "--ip-options L10.0.0.9 10.0.0.1",
    "--ip-options S 10.0.0.1",
    "--dns-servers 10.0.0.53 10.0.0.1",
    "--route-dst host 10.0.0.1",
    "-iR 5",
    "-iR 0",
    "-R 10.0.0.1",
  ])("%s is refused for good, with what to do instead", (line) => {
    const built = plan(line.split(" "));
    expect(built).toMatchObject({ ok: false, error: { code: "option-refused" } });
    expect(!built.ok && built.error.hint).toMatch(/\w{4}/);
  });

  it.each([
    "newtargets",
    "newtargets=0",
    "newtargets=",
    "max-newtargets=5",
    "a=1,newtargets",
    "http.x=1,newtargets=no",
  ])("the script argument %s is refused", (argument) => {
    const built = plan(["--script", "banner", "--script-args", argument, "-p", "1", "10.0.0.1"]);
    expect([argument, built.ok]).toEqual([argument, false]);
  });

  it("no name and no look-up is left to nmap", () => {
    for (const line of [
      "-p 1 two.test",
      "-sn localhost --exclude one.test",
      "-sL --system-dns two.test",
      "-6 dual.test",
    ]) {
      const words = rendered(line);
      expect(words).toContain("-n");
      expect(words.join(" ")).not.toMatch(/\.test|localhost/);
    }
  });

  it("probes to other ports than those of -p are in the plan: typed ones by number, chosen ones by name", () => {
    expect(planOf("-sn -PS1-3 10.0.0.1").discovery).toEqual([{ kind: "tcp-syn", ports: "1-3", typed: true }]);
    expect(planOf("-p 22 -PU161 10.0.0.1").discovery).toEqual([{ kind: "udp", ports: "161", typed: true }]);
    expect(planOf("-A -p 22 10.0.0.1").otherPorts).toEqual(["os-detection", "traceroute", "scripts"]);
    expect(planOf("--traceroute -p 22 10.0.0.1").otherPorts).toEqual(["traceroute"]);
    // nmap would scan nothing for this, and yet ping the host and run scripts.
    expect(refusalOf("-sS -p U:53 10.0.0.1")).toBe("port-protocol");
  });

  it("whatever changes packets is a feature, which ordinary scans do not have", () => {
    const features: readonly (readonly [string, string])[] = [
      ["-f", "fragments"],
      ["--mtu 16", "fragments"],
      ["-g 53", "source-port"],
      ["--data 0xAB", "payload"],
      ["--data-string x", "payload"],
      ["--data-length 9", "payload"],
      ["--badsum", "bad-checksum"],
      ["--ttl 3", "ttl"],
      ["--scanflags URGPSH", "custom-flags"],
      ["-e eth1", "interface"],
      ["--send-eth", "raw-ethernet"],
      ["-sV --allports", "all-ports"],
    ];
    for (const [line, feature] of features) {
      expect(planOf(`${line} -p 1 10.0.0.1`).features).toContain(feature);
    }
  });
});

describe("load", () => {
  it.each([
    "-T11 10.0.0.1",
    "-T6 10.0.0.1",
    "-T5 -T3 10.0.0.1",
    "--min-rate inf 10.0.0.1",
    "--max-rate nan 10.0.0.1",
    "--min-rate 1e9 10.0.0.1",
    "--max-hostgroup -1 10.0.0.1",
    "--max-hostgroup 0 10.0.0.1",
    "--min-parallelism 0 10.0.0.1",
    "--max-rtt-timeout 1ms 10.0.0.1",
    "-d99 10.0.0.1",
    "--data-length 65435 10.0.0.1",
  ])("%s is refused", (line) => {
    expect(refusalOf(line)).toMatch(/^(?:option-|value-)/);
  });

  it("an exclusion named twice, which eats all memory of nmap 7.93, is a set like any other", () => {
    expect(rendered("-sL 10.0.0.0/30 --exclude 10.0.0.1,10.0.0.1").join(" ")).not.toContain("--exclude");
  });
});

describe("keys at run time", () => {
  it("are never read", () => {
    for (const line of ["-p 1 10.0.0.1", "-sL 10.0.0.1", "-6 -sn 2001:db8::1"]) {
      expect(rendered(line)).toContain("--noninteractive");
    }
  });
});

describe("lines of two megabytes", () => {
  it.each<[string, readonly string[]]>([
    ["one word", ["x".repeat(2_000_000)]],
    ["one option", [`--${"x".repeat(2_000_000)}`]],
    ["one cluster", [`-${"v".repeat(2_000_000)}`, "10.0.0.1"]],
    ["one port list", ["-p", "1,".repeat(1_000_000), "10.0.0.1"]],
    ["one list of services", ["-sTUY", "-p", "*,[-],".repeat(10_000), "10.0.0.1"]],
    ["one list of names", ["-p", Array.from({ length: 9000 }, () => "http*").join(), "10.0.0.1"]],
    ["one list of ranges", ["-sTUY", "-p", Array.from({ length: 9000 }, (_, port) => `${port}-`).join(), "10.0.0.1"]],
    ["one exclusion", ["--exclude", "10.0.0.1,".repeat(200_000), "10.0.0.0/24"]],
    ["one octet", [`10.0.0.${"1,".repeat(900_000)}1`]],
    [
      "many targets",
      Array.from({ length: 140_000 }, (_, index) => `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`),
    ],
    ["many flags", [...Array.from({ length: 600_000 }, () => "-v"), "10.0.0.1"]],
    ["many script expressions", ["--script", "(banner),".repeat(200_000), "10.0.0.1"]],
    ["many options", [...Array.from({ length: 150_000 }, () => "--script=banner"), "10.0.0.1"]],
  ])("%s gives a plan or a short refusal", (_, words) => {
    const built = plan(words);
    if (!built.ok) expect(built.error.message.length + (built.error.hint?.length ?? 0)).toBeLessThan(1000);
    else expect(built.value.targets.isEmpty).toBe(false);
  });
});
