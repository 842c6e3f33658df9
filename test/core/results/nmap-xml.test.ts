import { execFileSync } from "node:child_process";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readNmapXml } from "../../../src/core/results/nmap-xml.ts";
import { resultText } from "../../../src/core/results/result-text.ts";
import { HOSTS_LISTED, PORTS_PER_HOST } from "../../../src/core/results/summary.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const host = (address: string, ports: string, more = ""): string =>
  `<host><status state="up" reason="syn-ack" reason_ttl="64"/><address addr="${address}" addrtype="ipv4"/>` +
  `<hostnames></hostnames><ports>${ports}</ports>${more}<times srtt="122" rttvar="1" to="100000"/></host>`;
const port = (number: number, state = "open", inner = `<service name="http" method="table" conf="3"/>`): string =>
  `<port protocol="tcp" portid="${number}"><state state="${state}" reason="syn-ack" reason_ttl="64"/>${inner}</port>`;
const document = (hosts: string, up: number): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE nmaprun>\n<nmaprun scanner="nmap" args="nmap -sT" start="1" startstr="then" version="7.93">` +
  `<scaninfo type="connect" protocol="tcp" numservices="2" services="80-81"/>` +
  `<hosthint><status state="up" reason="x" reason_ttl="0"/><address addr="10.9.9.9" addrtype="ipv4"/></hosthint>${hosts}` +
  `<runstats><finished time="2" timestr="now" summary="" elapsed="1.50" exit="success"/><hosts up="${up}" down="3" total="${up + 3}"/></runstats>\n</nmaprun>\n`;

describe("a result of the installed nmap", () => {
  const server = createServer((socket) => socket.on("error", () => undefined));
  let open = 0;
  const scan = (...args: readonly string[]): Buffer =>
    execFileSync("nmap", ["-n", "-oX", "-", ...args], { stdio: ["ignore", "pipe", "ignore"] });
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    open = (server.address() as AddressInfo).port;
  });
  afterAll(() => {
    server.close();
  });

  it("is summarised and shown with its open port", () => {
    const xml = scan("-Pn", "-sT", `-p1,${open}`, "127.0.0.1");
    expect(readNmapXml(xml)).toMatchObject({
      complete: true,
      exit: "success",
      hosts: { up: 1, down: 0, total: 1 },
      openPorts: 1,
      shortened: false,
      scans: [{ type: "connect", protocol: "tcp", ports: 2, services: `1,${open}` }],
      open: [{ address: "127.0.0.1", openPorts: 1, open: [{ protocol: "tcp", port: open }] }],
    });
    const text = resultText(xml);
    expect(text).toContain("Nmap scan report for 127.0.0.1\nHost is up");
    expect(text).toMatch(new RegExp(`^${open}/tcp +open +\\S+ +syn-ack$`, "m"));
    expect(text).toMatch(/Nmap done: 1 IP address \(1 host up\) scanned in \d+\.\d\d seconds\n$/);
  });

  it("counts what nmap counted, also of hosts and ports that it does not list", () => {
    const many = readNmapXml(scan("-sL", "127.0.0.0/30"));
    expect(many.hosts).toEqual({ up: 0, down: 4, total: 4 });
    expect(resultText(scan("-Pn", "-sT", "-p1-300", "--exclude-ports", String(open), "127.0.0.1"))).toMatch(
      /Not shown: \d+ closed tcp ports \(conn-refused\)/,
    );
  });

  it("that is a refusal has nmap's reason", () => {
    const summary = readNmapXml(
      execFileSync("sh", ["-c", "nmap -n -p70000 -oX - 127.0.0.1; true"], { stdio: ["ignore", "pipe", "ignore"] }),
    );
    expect(summary).toMatchObject({
      complete: true,
      exit: "error",
      errorMessage: expect.stringContaining("65535") as string,
    });
  });

  it("cut anywhere is not complete, and has exactly the hosts that were closed before the cut", () => {
    const xml = scan("-Pn", "-sT", `-p${open}`, "127.0.0.1-3");
    const text = xml.toString();
    const end = text.lastIndexOf("</nmaprun>") + "</nmaprun>".length;
    fc.assert(
      fc.property(fc.integer({ min: 0, max: end - 1 }), (at) => {
        const summary = readNmapXml(xml.subarray(0, at));
        expect(summary.complete).toBe(false);
        const finished = text.slice(0, at).split("</host>").length - 1;
        if (!text.slice(0, at).includes("<hosts ")) expect(summary.hosts.total).toBe(finished);
        expect(summary.openPorts).toBe(Math.min(finished, 1));
        expect(resultText(xml.subarray(0, at))).toContain("it was cut");
      }),
    );
  });
});

describe("a result", () => {
  it("has the first address that was scanned, not the MAC address or a hint", () => {
    const xml = document(
      host("10.0.0.1", port(80), "").replace(
        "<hostnames>",
        `<address addr="00:11:22:33:44:55" addrtype="mac" vendor="Acme"/><hostnames>`,
      ),
      1,
    );
    expect(readNmapXml(encode(xml))).toMatchObject({
      complete: true,
      hosts: { up: 1, down: 3, total: 4 },
      open: [{ address: "10.0.0.1" }],
    });
    expect(resultText(encode(xml))).toContain("MAC Address: 00:11:22:33:44:55 (Acme)");
  });

  it("has the service with its tunnel and version", () => {
    const service = `<service name="http" product="nginx" version="1.2" extrainfo="Debian" tunnel="ssl" method="probed" conf="10"/>`;
    const xml = encode(document(host("10.0.0.1", port(443, "open", service) + port(80, "closed")), 1));
    expect(readNmapXml(xml).open[0]?.open).toEqual([
      { protocol: "tcp", port: 443, service: "ssl/http", version: "nginx 1.2 (Debian)" },
    ]);
    expect(resultText(xml)).toContain(
      "\nPORT    STATE  SERVICE  REASON  VERSION\n443/tcp open   ssl/http syn-ack nginx 1.2 (Debian)\n80/tcp  closed http     syn-ack\n",
    );
  });

  it("keeps lists short and counts right", () => {
    const ports = Array.from({ length: PORTS_PER_HOST + 5 }, (_, index) => port(index + 1)).join("");
    const hosts = Array.from({ length: HOSTS_LISTED + 3 }, (_, index) =>
      host(`10.1.${index >> 8}.${index & 255}`, index === 0 ? ports : port(1)),
    ).join("");
    const summary = readNmapXml(encode(document(hosts, HOSTS_LISTED + 3)));
    expect(summary.open).toHaveLength(HOSTS_LISTED);
    expect(summary.open[0]).toMatchObject({ openPorts: PORTS_PER_HOST + 5 });
    expect(summary.open[0]?.open).toHaveLength(PORTS_PER_HOST);
    expect(summary.openPorts).toBe(PORTS_PER_HOST + 5 + HOSTS_LISTED + 2);
    expect(summary.shortened).toBe(true);
  });

  it.each([
    ["an unknown entity", `<host>&owned;</host>`],
    ["an entity of its own", `<!ENTITY x "y">`],
    ["a stray end", `</host></host>`],
    ["a control character", `\u0001`],
  ])("with %s counts up to there and is not complete", (_, damage) => {
    const summary = readNmapXml(encode(document(host("10.0.0.1", port(80)) + damage + host("10.0.0.2", port(80)), 2)));
    expect(summary.complete).toBe(false);
    expect(summary.open.map(({ address }) => address)).toEqual(["10.0.0.1"]);
  });

  it("of any bytes is an answer", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(readNmapXml(bytes).complete).toBe(false);
        expect(resultText(bytes)).toContain("it was cut");
      }),
    );
  });

  it("shows no text of others raw, whatever it holds", () => {
    const hostile = "\u202eevil\u200b&#9;&#10;&#13;x\u0085y\u2028\ue000";
    const inner = `<service name="${hostile}" product="${hostile}" version="${hostile}" extrainfo="${hostile}" method="probed" conf="10"/><script id="${hostile}" output="${hostile}"/>`;
    const more = `<os><osmatch name="${hostile}" accuracy="100" line="1"/></os><hostscript><script id="s" output="${hostile}"/></hostscript><distance value="${hostile}"/><trace><hop ttl="${hostile}" ipaddr="${hostile}" rtt="${hostile}" host="${hostile}"/></trace>`;
    const xml = document(
      host("10.0.0.1", port(80, "open", inner), more).replace(
        "<hostnames>",
        `<hostnames><hostname name="${hostile}" type="PTR"/>`,
      ),
      1,
    ).replace(`args="nmap -sT"`, `args="${hostile}"`);
    const text = resultText(encode(xml));
    expect(readNmapXml(encode(xml)).complete).toBe(true);
    expect(text).toContain("\\u{202e}evil");
    expect(text.replaceAll("\n", "").replaceAll("\t", "")).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
  });
});
