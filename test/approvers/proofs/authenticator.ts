// A passkey in software, for tests: makes keys and assertions as an authenticator does, right ones and wrong ones.
// Written from the standard, with nothing of the program's own.
import { createHash, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import type { Passkey } from "../../../src/core/approval/access.ts";
import type { PasskeyProof } from "../../../src/core/approval/proof.ts";

export interface Touch {
  /** base64url. */
  readonly challenge: string;
  readonly origin?: string;
  readonly rpId?: string;
  readonly type?: string;
  /** Bit 0: present; bit 2: verified. */
  readonly flags?: number;
  readonly counter?: number;
}

type Kind = "ES256" | "EdDSA" | "RS256";

const bytes = (text: string): Buffer => Buffer.from(text, "base64url");
const integer = (value: number): Buffer => {
  const [major, size] = value < 0 ? [0x20, -1 - value] : [0, value];
  if (size < 24) return Buffer.from([major | size]);
  return size < 256 ? Buffer.from([major | 24, size]) : Buffer.from([major | 25, size >> 8, size & 255]);
};
const text = (value: Buffer): Buffer =>
  Buffer.concat([
    value.length < 24
      ? Buffer.from([0x40 | value.length])
      : value.length < 256
        ? Buffer.from([0x58, value.length])
        : Buffer.from([0x59, value.length >> 8, value.length & 255]),
    value,
  ]);

/** A map of COSE, labels and values in order. */
function cose(fields: readonly (readonly [number, number | Buffer])[]): string {
  const parts = fields.flatMap(([label, value]) => [
    integer(label),
    typeof value === "number" ? integer(value) : text(value),
  ]);
  return Buffer.concat([Buffer.from([0xa0 | fields.length]), ...parts]).toString("base64url");
}

export class Authenticator {
  readonly id: string;
  readonly publicKey: string;
  readonly #key: KeyObject;
  readonly #digest: "sha256" | null;

  constructor(id = "credential", kind: Kind = "ES256") {
    this.id = Buffer.from(id).toString("base64url");
    if (kind === "ES256") {
      const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
      const { x = "", y = "" } = publicKey.export({ format: "jwk" });
      this.publicKey = cose([
        [1, 2],
        [3, -7],
        [-1, 1],
        [-2, bytes(x)],
        [-3, bytes(y)],
      ]);
      this.#key = privateKey;
    } else if (kind === "EdDSA") {
      const { privateKey, publicKey } = generateKeyPairSync("ed25519");
      this.publicKey = cose([
        [1, 1],
        [3, -8],
        [-1, 6],
        [-2, bytes(publicKey.export({ format: "jwk" }).x ?? "")],
      ]);
      this.#key = privateKey;
    } else {
      const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
      const { n = "", e = "" } = publicKey.export({ format: "jwk" });
      this.publicKey = cose([
        [1, 3],
        [3, -257],
        [-1, bytes(n)],
        [-2, bytes(e)],
      ]);
      this.#key = privateKey;
    }
    this.#digest = kind === "EdDSA" ? null : "sha256";
  }

  passkey(person: string): Passkey {
    return { id: this.id, person, publicKey: this.publicKey, counter: 0, transports: ["internal"], addedAt: 0 };
  }

  touch({
    challenge,
    origin = "http://localhost:8420",
    rpId = "localhost",
    type = "webauthn.get",
    flags = 5,
    counter = 0,
  }: Touch): PasskeyProof {
    const client = Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }));
    const data = Buffer.concat([createHash("sha256").update(rpId).digest(), Buffer.from([flags]), Buffer.alloc(4)]);
    data.writeUInt32BE(counter, 33);
    const signed = Buffer.concat([data, createHash("sha256").update(client).digest()]);
    return {
      kind: "passkey",
      credential: this.id,
      publicKey: this.publicKey,
      rpId,
      origin,
      authenticatorData: data.toString("base64url"),
      clientDataJSON: client.toString("base64url"),
      signature: sign(this.#digest, signed, this.#key).toString("base64url"),
    };
  }
}
