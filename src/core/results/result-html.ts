// A stored result as one HTML page that needs nothing else: no script, no style from elsewhere, and nothing in it that
// came over the network is markup. The text of result-text.ts in a form that can be sent on and printed.
import { addressOf } from "./nmap-xml.ts";
import { readNmapRun, type NmapHost, type NmapPort, type NmapScript } from "./nmap-run.ts";
import { NOT_AS_PLANNED } from "./result-text.ts";
import { escapeText } from "../escape.ts";

/** The whole page, of a cut result with its finished hosts and a word that it is cut. */
export function resultHtml(xml: Uint8Array, asPlanned = true): string {
  const hosts: string[] = [];
  const run = readNmapRun(xml, (host) => hosts.push(hostHtml(host)));
  const { up = 0, total = 0 } = run.hosts ?? {};
  const end = run.complete
    ? `<p>${total} ${total === 1 ? "address" : "addresses"}, ${up} up, in ${run.finished?.elapsedSeconds?.toFixed(2) ?? "?"} s.</p>`
    : `<p class="cut">The result ends here: it was cut, hosts that were not finished are missing.</p>`;
  const doubt = asPlanned ? "" : `\n<p class="cut">${NOT_AS_PLANNED}</p>`;
  const title = `nmap ${text(run.version ?? "")}, ${text(run.startedText ?? "at an unknown time")}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${title}</h1>
<p><code>${text(run.args ?? "")}</code></p>
${hosts.join("\n")}
${end}${doubt}
</body>
</html>
`;
}

const STYLE = `
:root { color-scheme: light dark; font: 15px/1.45 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.3rem; } h2 { font-size: 1.05rem; margin: 1.6rem 0 .3rem; }
table { border-collapse: collapse; width: 100%; } th { text-align: left; font-weight: 600; }
td, th { padding: .15rem .8rem .15rem 0; vertical-align: top; overflow-wrap: anywhere; }
tr { border-top: 1px solid color-mix(in srgb, currentColor 20%, transparent); }
.open { font-weight: 600; } .cut { color: #c33; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: .1rem 0; } code { overflow-wrap: anywhere; }
@media print { body { margin: 0; } h2 { break-after: avoid; } tr { break-inside: avoid; } }
`;

/** Controls and invisible characters spelled out, then HTML's own five. */
function text(words: string, keep?: "tab-and-newline"): string {
  const entities: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  const shown = escapeText(words, keep === undefined ? {} : { keep });
  return shown.replace(/[&<>"']/g, (character) => entities[character] ?? "");
}

function hostHtml(host: NmapHost): string {
  const { names, ports, extraPorts, scripts, osMatches, addresses } = host;
  const name = names.length === 0 ? "" : ` (${names.map((one) => text(one)).join(", ")})`;
  const hidden = extraPorts.map(({ count, state, protocol }) => `${count} ${text(state)} ${text(protocol)}`.trim());
  const mac = addresses.flatMap(({ address, type, vendor }) =>
    type === "mac" ? [`<p>MAC address ${text(address)}${vendor === "" ? "" : ` (${text(vendor)})`}</p>`] : [],
  );
  return [
    `<h2>${text(addressOf(host))}${name}: ${text(host.state)}${host.timedOut ? ", its host time was over" : ""}</h2>`,
    ...(hidden.length === 0 ? [] : [`<p>Not shown: ${hidden.join(", ")}</p>`]),
    ...(ports.length === 0 ? [] : [portsHtml(ports)]),
    ...mac,
    ...(osMatches.length === 0
      ? []
      : [`<p>System: ${osMatches.map((one) => `${text(one.name)} (${one.accuracy}%)`).join(", ")}</p>`]),
    ...scripts.map(scriptHtml),
  ].join("\n");
}

function portsHtml(ports: readonly NmapPort[]): string {
  const rows = ports.map(({ protocol, port, state, service, version, scripts }) => {
    const place = protocol === "ip" ? String(port) : `${port}/${text(protocol)}`;
    const found = `${text(version)}${scripts.map(scriptHtml).join("")}`;
    const open = state === "open" ? ' class="open"' : "";
    return `<tr><td>${place}</td><td${open}>${text(state)}</td><td>${text(service)}</td><td>${found}</td></tr>`;
  });
  return `<table>\n<tr><th>Port</th><th>State</th><th>Service</th><th>Found</th></tr>\n${rows.join("\n")}\n</table>`;
}

function scriptHtml({ id, output }: NmapScript): string {
  return `<pre>${text(id)}: ${text(output, "tab-and-newline")}</pre>`;
}
