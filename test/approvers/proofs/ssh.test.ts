// Votes signed by real keys and the real ssh-keygen: what is signed holds, and nothing else does.
import { execFileSync, spawn } from "node:child_process";
import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createProofs } from "../../../src/approvers/proofs/index.ts";
import type { SshProof } from "../../../src/core/approval/proof.ts";
import { voteNamespace, voteText } from "../../../src/core/approval/vote-text.ts";
import type { Claim } from "../../../src/effects.ts";
import { requestFixture } from "../../cli/request-fixture.ts";
import { configFixture } from "../config-fixture.ts";
import { policyFixture } from "../policy-fixture.ts";

const folder = mkdtempSync(join(tmpdir(), "jit-nmap-keys-"));
const home = join(folder, "home");
const config = configFixture();
const passkey = (): Promise<undefined> => Promise.resolve(undefined);
const proofs = createProofs({ ssh: { environment: {}, home }, config, passkey });

function key(name: string, ...args: string[]): string {
  execFileSync("ssh-keygen", ["-q", "-N", "", "-C", `${name} at home`, "-f", join(folder, name), ...args]);
  return readFileSync(join(folder, `${name}.pub`), "utf8").trim();
}

let carols: string;
let daves: string;

beforeAll(() => {
  carols = key("carol", "-t", "ed25519");
  daves = key("dave", "-t", "ecdsa");
  mkdirSync(join(home, ".ssh"), { recursive: true });
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A string of SSH's wire format (RFC 4251). */
function string(bytes: string | Uint8Array): Buffer {
  const content = Buffer.from(bytes);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  return Buffer.concat([length, content]);
}
const sha256 = (bytes: string | Uint8Array): Buffer => createHash("sha256").update(bytes).digest();

const claim = (more: Partial<Claim["vote"]> = {}): Claim => ({
  request: requestFixture({}),
  vote: { voter: "carol", answer: "approve", via: "command", ...more },
  policy: policyFixture(
    `version: 1\npeople: { leads: { carol: { keys: ["${carols}"] }, dave: { keys: ["${daves}"] } } }\n`,
  ),
});
const textOf = ({ request, vote }: Claim): string => voteText(request, vote);

async function signed(what: Claim, by = carols, file = join(folder, "carol")): Promise<SshProof> {
  const proof = await proofs.sign(textOf(what), [by], file);
  if (!proof.ok || proof.value === undefined) throw new Error("not signed");
  return proof.value;
}

const worth = async (proof: SshProof, what: Claim): Promise<string> => {
  const checked = await proofs.check(proof, what);
  return checked.ok ? checked.value : checked.error.code;
};

describe("a vote signed with an SSH key", () => {
  it("is signed where the policy gives the voter that key", async () => {
    expect(await worth(await signed(claim()), claim())).toBe("signed");
    const nistp = await signed(claim({ voter: "dave" }), daves, join(folder, "dave"));
    expect(await worth(nistp, claim({ voter: "dave" }))).toBe("signed");
  });

  it("proves nothing else: another answer, voter, reason, version, digest or nonce", async () => {
    const proof = await signed(claim());
    expect(await worth(proof, claim({ answer: "deny" }))).toBe("proof-wrong");
    expect(await worth(proof, claim({ voter: "dave" }))).toBe("proof-wrong");
    expect(await worth(proof, claim({ reason: "fine" }))).toBe("proof-wrong");
    const given = claim();
    const { request } = given;
    for (const other of [
      { ...request, version: 2 },
      { ...request, digest: `sha256:${"0".repeat(64)}` as typeof request.digest },
      { ...request, nonce: "0".repeat(32) },
      { ...request, id: "r0000000000" as typeof request.id },
    ]) {
      expect(await worth(proof, { ...given, request: other })).toBe("proof-wrong");
    }
  });

  it("is refused with another person's key, whoever it names", async () => {
    const daveSigns = await signed(claim(), daves, join(folder, "dave"));
    expect(await worth(daveSigns, claim())).toBe("proof-wrong");
    expect(await worth({ ...daveSigns, key: carols.split(" ").slice(0, 2).join(" ") }, claim())).toBe("proof-wrong");
  });

  it("is refused once the policy has the key no more", async () => {
    const proof = await signed(claim());
    const later = policyFixture(`version: 1\npeople: { leads: { carol: { keys: ["${daves}"] } } }\n`);
    expect(await worth(proof, { ...claim(), policy: later })).toBe("proof-wrong");
  });

  it("is refused when it was made for another purpose, as a commit of git is", async () => {
    const args = ["-Y", "sign", "-n", "git", "-f", join(folder, "carol")];
    const signature = execFileSync("ssh-keygen", args, { input: textOf(claim()), encoding: "utf8", stdio: "pipe" });
    const bare = carols.split(" ").slice(0, 2).join(" ");
    expect(await worth({ kind: "sshsig", key: bare, signature }, claim())).toBe("proof-wrong");
  });

  it("takes no text for a signature", async () => {
    const proof = await signed(claim());
    for (const signature of ["", "yes", proof.signature.slice(0, 100), `${proof.signature}${proof.signature}`]) {
      expect(await worth({ ...proof, signature }, claim())).toBe("proof-wrong");
    }
  });

  it("may be a hardware key's, which somebody must have touched", async () => {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    const raw = publicKey.export({ format: "der", type: "spki" }).subarray(-32);
    const type = "sk-ssh-ed25519@openssh.com";
    const blob = Buffer.concat([string(type), string(raw), string("ssh:")]);
    const hardware = `${type} ${blob.toString("base64")}`;
    const policy = policyFixture(`version: 1\npeople: { leads: { carol: { keys: ["${hardware} carol"] } } }\n`);
    const what = { ...claim(), policy };
    // What a FIDO authenticator signs (PROTOCOL.u2f of OpenSSH), made without one.
    const made = (flags: number, text: string): SshProof => {
      const digest = createHash("sha512").update(text).digest();
      const data = Buffer.concat([Buffer.from("SSHSIG"), ...[voteNamespace, "", "sha512", digest].map(string)]);
      const counted = Buffer.from([flags, 0, 0, 0, 7]);
      const signedData = Buffer.concat([sha256("ssh:"), counted, sha256(data)]);
      const signature = Buffer.concat([string(type), string(sign(null, signedData, privateKey)), counted]);
      const whole = [Buffer.from("SSHSIG\0\0\0\x01"), ...[blob, voteNamespace, "", "sha512", signature].map(string)];
      const armour = Buffer.concat(whole).toString("base64").replaceAll(/.{70}/g, "$&\n");
      const armoured = `-----BEGIN SSH SIGNATURE-----\n${armour}\n-----END SSH SIGNATURE-----\n`;
      return { kind: "sshsig", key: hardware, signature: armoured };
    };
    expect(await worth(made(1, textOf(what)), what)).toBe("signed");
    expect(await worth(made(1, textOf(what).replace("approve", "deny")), what)).toBe("proof-wrong");
    expect(await worth(made(0, textOf(what)), what)).toBe("proof-wrong");
  });
});

describe("the key of the person at the keyboard", () => {
  it("is found in the home folder by its public half, and is not asked for where there is none", async () => {
    expect(await proofs.sign("text", [carols])).toEqual({ ok: true, value: undefined });
    execFileSync("cp", [join(folder, "carol"), join(folder, "carol.pub"), join(home, ".ssh")]);
    const proof = await proofs.sign(textOf(claim()), [daves, carols]);
    expect(proof.ok && proof.value !== undefined && (await worth(proof.value, claim()))).toBe("signed");
    rmSync(join(home, ".ssh", "carol"));
    expect(await proofs.sign("text", [carols])).toEqual({ ok: true, value: undefined });
  });

  it("is used through the agent", async () => {
    const socket = join(folder, "agent");
    const agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: ["ignore", "pipe", "ignore"] });
    try {
      await new Promise((resolve) => agent.stdout.once("data", resolve));
      const environment = { SSH_AUTH_SOCK: socket };
      execFileSync("ssh-add", ["-q", join(folder, "carol")], { env: environment, stdio: "ignore" });
      const withAgent = createProofs({ ssh: { environment, home }, config, passkey });
      const proof = await withAgent.sign(textOf(claim()), [carols]);
      expect(proof.ok && proof.value !== undefined && (await worth(proof.value, claim()))).toBe("signed");
    } finally {
      agent.kill();
    }
  });

  it("is not taken from a file of somebody else's", async () => {
    const proof = await proofs.sign("text", [carols], join(folder, "dave"));
    expect(proof).toMatchObject({ ok: false, error: { code: "not-signed" } });
    expect(await proofs.sign("text", [carols], join(folder, "dave.pub"))).toMatchObject({ ok: false });
  });
});
