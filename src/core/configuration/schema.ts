// The one definition of what config.yaml may say, key by key.
// Loads zod: only when something is sent, served or checked.
import * as z from "zod";
import { closed, duration, listOf, nameOf, oneOf, recordOf, text, wanted } from "../policy/schema-blocks.ts";

/** An absolute path, or one from the folder of config.yaml. */
const file = text.regex(/^[^\0]+$/, "the path of a file is wanted here");

const key = z.union([closed({ "secret-file": file }), closed({ "key-file": file })], {
  error: "a key is { secret-file: PATH } (shared, v1) or { key-file: PATH } (Ed25519, v1a)",
});

const network = text.regex(
  /^[0-9A-Fa-f:.]+(?:\/[0-9]{1,3})?$/,
  "an address or network such as 10.1.0.0/16 is wanted here",
);

const webhook = closed({
  url: text.optional(),
  "url-file": file.optional(),
  shape: oneOf(["standard", "slack", "teams", "ntfy"], "the shape").optional(),
  sign: key.optional(),
  verify: key.optional(),
  "token-file": file.optional(),
  "ca-file": file.optional(),
  timeout: duration.optional(),
  "allow-internal": listOf(network).optional(),
});

const port = z.int(wanted("a port")).min(1, "a port is at least 1").max(65535, "a port is at most 65535");

/** config.yaml as data, before its paths and addresses are looked at. Durations are seconds already. */
export const configFile = closed({
  version: z.literal(1, { error: "config.yaml says version: 1, the only one there is" }).optional(),
  "public-url": text.optional(),
  listen: text.optional(),
  "trusted-proxy": listOf(network).optional(),
  smtp: closed({
    host: text.regex(/^[A-Za-z0-9][A-Za-z0-9.:-]*$/, "the name or address of a mail server is wanted here"),
    port: port.optional(),
    tls: oneOf(["starttls", "implicit", "none"], "tls").optional(),
    user: text.optional(),
    "password-file": file.optional(),
    from: z
      .string(wanted("a mail address"))
      .regex(/^[^\s@,;<>"]+@[A-Za-z0-9.-]+$/, "a mail address without a name is wanted here"),
    "ca-file": file.optional(),
  }).optional(),
  metrics: closed({ "token-file": file }).optional(),
  webhooks: recordOf(nameOf("a service"), webhook).optional(),
  retention: duration.optional(),
});

export type ConfigFile = z.output<typeof configFile>;
