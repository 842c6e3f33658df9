// The keys of a service, from the files that config.yaml names.
import type { SigningKey, WebhookService } from "../../core/configuration/configuration.ts";
import type { ConfigSource } from "../../effects.ts";
import { CouldNotAsk } from "../could-not-ask.ts";
import { keyOf, secretOf, type Key } from "./signing.ts";

type Secrets = Pick<ConfigSource, "secret">;

/** What we sign with. Rejects with one sentence when it can't be used. */
export const ourKey = (service: WebhookService, secrets: Secrets): Promise<Key | undefined> =>
  read(service, service.sign, "private", secrets);

/** What the service's answers are checked with; undefined where none is configured. */
export const theirKey = (service: WebhookService, secrets: Secrets): Promise<Key | undefined> =>
  read(service, service.verify, "public", secrets);

async function read(
  { name, shape }: WebhookService,
  key: SigningKey | undefined,
  half: "private" | "public",
  secrets: Secrets,
): Promise<Key | undefined> {
  if (key === undefined) return undefined;
  const found = await secrets.secret(key.file);
  if (!found.ok) throw new CouldNotAsk(found.error.message);
  const text = Buffer.from(found.value).toString("utf8");
  // Slack makes its secrets itself, of 32 hexadecimal digits; they are used as text.
  const made = key.kind === "key" ? keyOf(text, half) : shape === "slack" ? slackSecret(text) : secretOf(text);
  if (made !== undefined) return made;
  const what = key.kind === "key" ? `an Ed25519 ${half} key` : "a secret of at least 32 bytes";
  throw new CouldNotAsk(`the file ${key.file} of the service ${name} does not hold ${what}`);
}

function slackSecret(text: string): Key | undefined {
  const secret = Buffer.from(text.trim(), "utf8");
  return secret.length < 32 ? undefined : { kind: "secret", secret };
}
