// The built program asks a service over HTTP: it waits, the service answers signed, and the scan runs on that vote.
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { answerTo, isOurs, keyFiles, signedBy, startService } from "../approvers/service-fixture.ts";

const program = join(import.meta.dirname, "../../bin/jit-nmap");

function jitNmap(home: string, ...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const env = { PATH: process.env["PATH"] ?? "", JIT_NMAP_HOME: home };
    execFile(program, args, { env }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : error === null ? 0 : -1, stdout, stderr });
    });
  });
}

it("waits for a service's signed yes, and runs; the vote's proof is in the trail", async () => {
  const service = await startService((heard, response) => {
    const { type, data } = JSON.parse(heard.body) as {
      type: string;
      data: { request: string; digest: string; nonce: string };
    };
    if (type !== "jit-nmap.question") {
      response.writeHead(204).end();
      return;
    }
    const { request, digest, nonce } = data;
    const body = answerTo({ id: request, digest, nonce } as Parameters<typeof answerTo>[0], { reason: "CHG-118" });
    response.writeHead(200, signedBy(body, { at: Date.now() })).end(body);
  });
  onTestFinished(() => service.close());
  const home = mkdtempSync(join(tmpdir(), "jit-nmap-webhook-"));
  onTestFinished(() => {
    rmSync(home, { recursive: true, force: true });
  });
  mkdirSync(join(home, "policies"));
  writeFileSync(
    join(home, "policies", "lab.yaml"),
    `version: 1
people: { leads: [carol] }
approvers: { soc: { type: webhook, service: soc, voters: { jsmith: carol } } }
rules:
  - name: lab
    effect: ask
    strength: signed
    targets: [127.0.0.0/8]
    ask: { votes: { leads: 1 }, via: [soc] }
    notify: { on: [started, ended], via: [soc] }
`,
  );
  writeFileSync(join(home, "ours.pem"), keyFiles.ours, { mode: 0o600 });
  writeFileSync(join(home, "soc.pem"), keyFiles.theirs, { mode: 0o600 });
  const keys = "sign: { key-file: ours.pem }, verify: { key-file: soc.pem }";
  writeFileSync(join(home, "config.yaml"), `webhooks: { soc: { url: "${service.url}", ${keys} } }\n`, { mode: 0o600 });

  const ran = await jitNmap(home, "--jit-wait", "60s", "-sL", "-n", "127.0.0.1");
  expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining("Nmap done") as string });
  expect(service.heard.every((heard) => isOurs(heard, "v1a"))).toBe(true);
  // A message that was cut off on the way comes again under the same id, and is the same one.
  const heard = new Map(service.heard.map(({ headers, body }) => [headers["webhook-id"], body]));
  const types = [...heard.values()].map((body) => (JSON.parse(body) as { type: string }).type);
  expect(types.toSorted()).toEqual(["jit-nmap.decided", "jit-nmap.ended", "jit-nmap.question", "jit-nmap.started"]);
  const shown = JSON.parse((await jitNmap(home, "show", "--json")).stdout) as { votes: object[]; deliveries: object[] };
  expect(shown.votes).toMatchObject([
    { voter: "carol", strength: "signed", via: "soc", reason: "CHG-118", proof: { kind: "webhook", service: "soc" } },
  ]);
  expect(await jitNmap(home, "audit", "verify")).toMatchObject({ code: 0 });
});
