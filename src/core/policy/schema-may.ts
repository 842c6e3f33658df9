// The schema of `may`: kinds of scans in the words of the plan.
// Loads zod: never imported on the path of an allowed scan.
import * as z from "zod";
import type { Feature, Technique } from "../plan/scan-plan.ts";
import { nearest } from "./nearest.ts";
import { closed, hasKeys, listOf, notEmpty, oneOf, wanted, withHint } from "./schema-blocks.ts";

// As records, so that they do not compile when the plan learns a word that a policy can't say.
function keysOf<K extends string>(record: Readonly<Record<K, true>>): readonly [K, ...K[]] {
  return Object.keys(record) as [K, ...K[]];
}

const techniques = keysOf({
  list: true,
  ping: true,
  connect: true,
  syn: true,
  udp: true,
  ack: true,
  window: true,
  maimon: true,
  null: true,
  fin: true,
  xmas: true,
  "sctp-init": true,
  "sctp-cookie-echo": true,
  "ip-protocol": true,
} satisfies Record<Technique, true>);

const features = keysOf({
  "service-version": true,
  "os-detection": true,
  traceroute: true,
  "default-scripts": true,
  fragments: true,
  "source-port": true,
  "custom-flags": true,
  payload: true,
  "bad-checksum": true,
  ttl: true,
  interface: true,
  "raw-ethernet": true,
  "all-ports": true,
} satisfies Record<Feature, true>);

const category = oneOf(
  [
    "auth",
    "broadcast",
    "brute",
    "default",
    "discovery",
    "dos",
    "exploit",
    "external",
    "fuzzer",
    "intrusive",
    "malware",
    "safe",
    "version",
    "vuln",
  ],
  "a category of scripts",
);

const scriptName = z
  .string(wanted('the name of a script, such as http-title or "http-*",'))
  .regex(/^[A-Za-z0-9_*][A-Za-z0-9_.*-]*$/, "a script's name is letters, digits, dashes, dots and *")
  .refine((name) => !name.endsWith(".nse"), "a script is named without .nse");

const mayList = closed({
  techniques: listOf(oneOf(techniques, "a scan technique")).optional(),
  features: listOf(oneOf(features, "a feature")).optional(),
  scripts: closed({
    categories: listOf(category).optional(),
    names: listOf(scriptName).optional(),
    never: listOf(scriptName).optional(),
  })
    .refine((scripts) => scripts.categories ?? scripts.names, "scripts need categories or names to begin with")
    .optional(),
})
  .refine(hasKeys, "an empty list names nothing")
  .meta(notEmpty);

export const may = z.union([z.literal(["ordinary", "anything"]), mayList], {
  error: ({ input }) => {
    const near = typeof input === "string" ? nearest(input, ["ordinary", "anything"]) : undefined;
    return withHint(
      "may is ordinary, anything, or a list { techniques: […], features: […], scripts: … }",
      near && `did you mean ${near}?`,
    );
  },
});
