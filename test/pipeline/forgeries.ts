// Votes that nobody gave (security.md, promise 7): signatures, keys, digests, voters, versions and codes that are not
// what they should be, and true votes used again. For the gate in a small number, for the soak in a large one.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createProofs } from "../../src/approvers/proofs/index.ts";
import { castVote } from "../../src/broker/votes.ts";
import type { SshProof } from "../../src/core/approval/proof.ts";
import { voteText } from "../../src/core/approval/vote-text.ts";
import type { Request } from "../../src/core/approval/request.ts";
import type { Ballot } from "../../src/messages.ts";
import { file } from "../../src/pipeline.ts";
import { policyOf, World } from "./world.ts";

const policyText = (keys: Readonly<Record<string, string>>): string => `version: 1
people:
  leads: { carol: { keys: ["${keys["carol"] ?? ""}"] }, dave: { keys: ["${keys["dave"] ?? ""}"] }, bob: { keys: ["${keys["bob"] ?? ""}"] } }
  robots: ["service:ci"]
approvers: { desk: { type: prompt }, mail: { type: email } }
rules:
  - { name: signed, effect: ask, targets: [10.0.0.0/8], strength: signed, ask: { votes: { leads: 1 }, via: [desk] } }
  - { name: coded, effect: ask, targets: [11.0.0.0/8], ask: { votes: { leads: 1 }, via: [desk, mail] } }
`;

/** Numbers that look random and are the same for the same seed (mulberry32). */
function numbers(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

export interface Forged {
  readonly tried: number;
  /** Those that counted, as they were given: there must be none. */
  readonly accepted: readonly Ballot[];
  /** How often each problem was the answer. */
  readonly refused: ReadonlyMap<string, number>;
  /** The same door lets the true votes in: else nothing was tried. */
  readonly trueVotesCount: boolean;
}

interface Scene {
  readonly world: World;
  readonly request: Request;
  readonly code: string | undefined;
}

async function opened(text: string, line: string, nonce: number): Promise<Scene> {
  const world = new World(text);
  // The bytes of a world are the same each time: these requests have to be different ones.
  world.effects.random.bytes(nonce);
  const proofs = createProofs({
    ssh: { environment: {}, home: undefined },
    config: world.effects.config,
    passkey: () => Promise.resolve(undefined),
  });
  const check = world.effects.proofs as { check: typeof proofs.check };
  check.check = (proof, claim) => proofs.check(proof, claim);
  const filed = await file(world.ask(line), world.effects);
  if (filed.kind !== "opened") throw new Error(JSON.stringify(filed));
  return { world, request: filed.request, code: filed.code };
}

/**
 * @param signatures  how many go through ssh-keygen, which takes some milliseconds for each.
 * @param cheap  how many are refused before that: voters, digests, claims, codes.
 */
export async function forge(signatures: number, cheap: number, seed: number): Promise<Forged> {
  const folder = mkdtempSync(join(tmpdir(), "jit-nmap-forge-"));
  try {
    const keys: Record<string, string> = {};
    for (const name of ["carol", "dave", "bob", "mallory"]) {
      execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", join(folder, name)]);
      keys[name] = readFileSync(join(folder, `${name}.pub`), "utf8").trim();
    }
    const sign = (name: string, text: string, namespace = "jit-nmap-vote@v1"): SshProof => {
      const args = ["-q", "-Y", "sign", "-n", namespace, "-f", join(folder, name)];
      return {
        kind: "sshsig",
        key: keys[name] ?? "",
        signature: execFileSync("ssh-keygen", args, { input: text, encoding: "utf8" }),
      };
    };
    return await forgeWith({ signatures, cheap, next: numbers(seed) }, policyText(keys), keys, sign);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface Amount {
  readonly signatures: number;
  readonly cheap: number;
  readonly next: (below: number) => number;
}

async function forgeWith(
  { signatures, cheap, next }: Amount,
  text: string,
  keys: Readonly<Record<string, string>>,
  sign: (name: string, text: string, namespace?: string) => SshProof,
): Promise<Forged> {
  if (!policyOf(text).ok) throw new Error("the policy of the forgeries is wrong");
  const signed = await opened(text, "-sL -n 10.0.0.1", 1);
  const other = await opened(text, "-sL -n 10.0.0.1", 2);
  const coded = await opened(text, "-sL -n 11.0.0.1", 3);
  const words = { voter: "carol", answer: "approve" } as const;
  const of = ({ request }: Scene, more: Partial<Ballot> = {}): Ballot => ({
    ...words,
    request: request.id,
    digest: request.digest,
    strength: "signed",
    via: "command",
    ...more,
  });
  const truth = sign("carol", voteText(signed.request, words));
  // True signatures, each for something else than this vote.
  const strangers = [
    sign("carol", voteText(other.request, words)),
    sign("carol", voteText(coded.request, words)),
    sign("carol", voteText(signed.request, { ...words, answer: "deny" })),
    sign("carol", voteText(signed.request, { ...words, voter: "dave" })),
    sign("carol", voteText({ ...signed.request, version: 2 }, words)),
    sign("carol", voteText(signed.request, words), "git"),
    sign("carol", voteText(signed.request, words), "jit-nmap-vote@v2"),
    sign("dave", voteText(signed.request, words)),
    sign("bob", voteText(signed.request, { ...words, voter: "bob" })),
    sign("mallory", voteText(signed.request, words)),
    { ...sign("mallory", voteText(signed.request, words)), key: keys["carol"] ?? "" },
  ];
  const pick = <T>(from: readonly T[]): T => from[next(from.length)] as T;
  const flipped = (armour: string): string => {
    const lines = armour.split("\n");
    const at = 1 + next(lines.length - 3);
    const line = lines[at] ?? "";
    const place = next(line.length);
    const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    lines[at] =
      `${line.slice(0, place)}${pick(Array.from(letters).filter((letter) => letter !== line[place]))}${line.slice(place + 1)}`;
    return lines.join("\n");
  };
  const withSignature = [
    (): Ballot => of(signed, { proof: { ...truth, signature: flipped(truth.signature) } }),
    (): Ballot => of(signed, { proof: pick(strangers) }),
    (): Ballot => of(signed, { proof: truth, reason: `because ${next(1e9)}` }),
    (): Ballot => of(signed, { proof: truth, answer: "deny", reason: "no" }),
    (): Ballot => of(signed, { proof: truth, narrow: { ttlSeconds: 1 } }),
    (): Ballot => of(signed, { proof: pick(strangers), voter: pick(["carol", "dave"]) }),
  ];
  const voters = [
    "bob",
    "BOB",
    "bob@corp",
    "CORP\\bob",
    "uid:1001",
    "#1001",
    "ci",
    "mallory",
    "carol\u200b",
    "Carol",
    "",
  ];
  const wrong = (): string => {
    const guess = String(next(1_000_000)).padStart(6, "0");
    return guess === coded.code ? "no" : guess;
  };
  const before = [
    (): Ballot =>
      of(signed, {
        proof: truth,
        digest: `sha256:${next(2 ** 31)
          .toString(16)
          .padStart(64, "0")}`,
      }),
    (): Ballot => of(signed, { proof: truth, voter: pick(voters) }),
    (): Ballot => of(signed, { strength: pick(["signed", "account", "asserted"] as const) }),
    (): Ballot => of(signed, { proof: { ...truth, key: pick([keys["mallory"] ?? "", "", "ssh-ed25519 AAAA", "*"]) } }),
    (): Ballot =>
      of(signed, { proof: { ...truth, signature: pick(["", "yes", truth.signature.slice(1 + next(200))]) } }),
    (): Ballot => of(signed, { proof: { kind: "code" } }),
    (): Ballot => of(signed, { proof: truth, narrow: pick([{}, { ttlSeconds: 1 }, { only: ["10.0.0.2"] }]) }),
  ];
  const withCode = [
    (): Ballot => of(coded, { strength: "asserted", via: "mail", code: wrong() }),
    (): Ballot => of(coded, { strength: "asserted", via: "mail", code: pick(["", "12345", "1234567", "०००००० "]) }),
    (): Ballot => of(coded, { strength: "asserted", via: pick(["mail", "page", "email", "webhook", "constructor"]) }),
    (): Ballot => of(coded, { strength: "asserted", via: "command", voter: pick(voters) }),
  ];
  const accepted: Ballot[] = [];
  const refused = new Map<string, number>();
  const attempt = async ({ world }: Scene, ballot: Ballot): Promise<boolean> => {
    const counted = await castVote(ballot, world.effects);
    if (counted.kind === "counted") return true;
    const why = counted.kind === "refused" ? counted.problem.code : counted.kind;
    refused.set(why, (refused.get(why) ?? 0) + 1);
    return false;
  };
  const wrongly = async (scene: Scene, ballot: Ballot): Promise<void> => {
    if (await attempt(scene, ballot)) accepted.push(ballot);
  };
  for (let count = 0; count < cheap; count++)
    await (next(2) === 0 ? wrongly(coded, pick(withCode)()) : wrongly(signed, pick(before)()));
  // A denial by somebody entitled, signed as such, would end the request: then nothing more would be tried.
  for (let count = 0; count < signatures; count++) await wrongly(signed, pick(withSignature)());
  const first = await attempt(signed, of(signed, { proof: truth }));
  // And again, now that it is spent: here and on the same line filed anew.
  for (let count = 0; count < Math.ceil(cheap / 10); count++) {
    await wrongly(signed, of(signed, { proof: truth, ...(next(2) === 0 && { narrow: { ttlSeconds: 1 } }) }));
  }
  const third = sign("carol", voteText(other.request, words));
  await wrongly(other, of(other, { proof: truth }));
  const second = await castVote(of(other, { proof: third }), other.world.effects);
  const tried = signatures + cheap + Math.ceil(cheap / 10) + 1;
  return { tried, accepted, refused, trueVotesCount: first && second.kind === "counted" };
}
