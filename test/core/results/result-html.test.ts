import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { resultHtml } from "../../../src/core/results/result-html.ts";

const inXml = (text: string): string =>
  text.replace(/[&<>"]/g, (one) => `&#${one.charCodeAt(0)};`).replace(/[^\x20-\x7e]/g, "");
const document = (words: string, end = "</nmaprun>"): Uint8Array =>
  new TextEncoder().encode(
    `<?xml version="1.0"?><nmaprun args="${inXml(words)}" startstr="then" version="7.93"><host><status state="up" reason="x"/>` +
      `<address addr="10.0.0.1" addrtype="ipv4"/><address addr="00:11" addrtype="mac" vendor="${inXml(words)}"/>` +
      `<hostnames><hostname name="${inXml(words)}"/></hostnames><ports><port protocol="tcp" portid="80"><state state="open"/>` +
      `<service name="${inXml(words)}" product="${inXml(words)}"/><script id="probe" output="${inXml(words)}"/></port></ports>` +
      `<os><osmatch name="${inXml(words)}" accuracy="90"/></os><hostscript><script id="host" output="${inXml(words)}"/></hostscript></host>` +
      `<runstats><finished time="2" elapsed="1.5" exit="success"/><hosts up="1" down="0" total="1"/></runstats>${end}`,
  );
const tagsOf = (html: string): readonly string[] => Array.from(html.matchAll(/<[^>]*>/g), ([tag]) => tag);

describe("a result as a page", () => {
  it("has the same tags whatever the network said", () => {
    const harmless = tagsOf(resultHtml(document("words")));
    expect(harmless).toContain('<td class="open">');
    fc.assert(
      fc.property(fc.stringMatching(/^[<>&"'\/=ab script!-]*$/), (words) => {
        expect(tagsOf(resultHtml(document(words)))).toEqual(harmless);
      }),
    );
    const evil = `</title><script>alert(1)</script><img src=x onerror="alert(1)">`;
    expect(tagsOf(resultHtml(document(evil)))).toEqual(harmless);
    expect(resultHtml(document(evil))).toContain("&lt;script&gt;alert(1)");
  });

  it("loads nothing and says so itself", () => {
    const html = resultHtml(document("https://example.org/x.js"));
    expect(html).toContain("default-src 'none'");
    expect(tagsOf(html).join("")).not.toMatch(/src=|href=|<script|<link|url\(/i);
  });

  it("says that a cut result is cut", () => {
    expect(resultHtml(document("x"))).toContain("1 address, 1 up, in 1.50 s.");
    expect(resultHtml(document("x", ""))).toContain("it was cut");
  });
});
