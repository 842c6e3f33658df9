// Figure 7 for the doors of services, whole: calls that nobody signed, 100,000 of each scheme, and 10,000 replays. Not one
// may be counted, and none may be more than the constant answer. Prints one line for each; ends with 1 when one got in.
import { createCallbacks } from "../../src/approvers/webhook/read-call.ts";
import { requestFixture } from "../cli/request-fixture.ts";
import { answerTo, config, now, serviceAt, signedBy, slackSigned, stranger } from "../approvers/service-fixture.ts";

const rounds = Number(process.argv[2] ?? 100_000);
const replays = Math.ceil(rounds / 10);
const request = requestFixture();
const callbacks = createCallbacks(config);

let seed = 0x2026_1122;
/** The same numbers at every run. */
function random(below: number): number {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return seed % below;
}

/** The text with one of its characters changed, taken away or doubled. */
function changed(text: string): string {
  const at = random(text.length);
  const other = String.fromCharCode(33 + random(94));
  const middle = [other === text[at] ? "!" : other, "", `${text[at] ?? ""}${text[at] ?? ""}`][random(3)] ?? "";
  const made = text.slice(0, at) + middle + text.slice(at + 1);
  return made === text ? `${text}!` : made;
}

const slackBody = (): string => {
  const actions = [{ action_id: "approve", value: `${request.id} ${request.digest} ${request.nonce}` }];
  return new URLSearchParams({
    payload: JSON.stringify({ type: "block_actions", user: { id: "U1" }, actions }),
  }).toString();
};

const slackService = serviceAt("https://chat.example/", "v1", {
  shape: "slack",
  verify: { kind: "secret", file: "/keys/slack" },
});

const doors = [
  ...(["v1", "v1a"] as const).map((scheme) => ({
    name: scheme,
    service: serviceAt("https://soc.example/", scheme),
    body: answerTo(request),
    headers: (body: string) => signedBy(body, { scheme }),
    forged: (body: string) =>
      scheme === "v1"
        ? signedBy(body, { scheme, secret: `whsec_${Buffer.alloc(32, random(256)).toString("base64")}` })
        : signedBy(body, { scheme, key: stranger.privateKey }),
  })),
  {
    name: "slack",
    service: slackService,
    body: slackBody(),
    headers: (body: string) => slackSigned(body),
    forged: (body: string) => slackSigned(body, `${random(1 << 30)}`.padStart(32, "0")),
  },
];

let accepted = 0;
for (const { name, service, body, headers, forged } of doors) {
  const read = async (given: Record<string, string>, text: string, at = now): Promise<boolean> =>
    (await callbacks.read(service, { header: (header) => given[header], body: text }, at)) !== undefined;
  const right = headers(body);
  if (!(await read(right, body))) throw new Error(`${name}: the right call is refused, so the others prove nothing`);
  let inHere = 0;
  const parts = Object.keys(right).filter((part) => part !== "content-type");
  for (let round = 0; round < rounds; round += 1) {
    const way = random(3);
    const part = parts[random(parts.length)] ?? "";
    if (way === 0) inHere += Number(await read(right, changed(body)));
    else if (way === 1 && part !== "") {
      const value = right[part] ?? "";
      // Bits that base64 leaves unused, or blanks around a signature, make no other signature.
      const other = part.endsWith("signature") ? value.replace(/[=,]/, "") : changed(value);
      inHere += Number(await read({ ...right, [part]: other }, body));
    } else inHere += Number(await read(forged(body), body));
  }
  let again = 0;
  for (let round = 0; round < replays; round += 1) {
    const late = now + 300_001 + random(86_400_000);
    again += Number(await read(right, body, round % 2 === 0 ? late : now - 300_001 - random(86_400_000)));
  }
  accepted += inHere + again;
  console.log(`${name}: ${rounds} forged calls, ${inHere} accepted; ${replays} replayed, ${again} accepted`);
}
process.exit(accepted === 0 ? 0 : 1);
