// config.yaml for tests: what it says, and the secrets it names, by path.
import { unconfigured, type Configuration } from "../../src/core/configuration/configuration.ts";
import { err, ok } from "../../src/core/result.ts";
import type { ConfigSource } from "../../src/effects.ts";

export function configFixture(
  says: Partial<Configuration> = {},
  secrets: Readonly<Record<string, string>> = {},
): ConfigSource {
  const known = new Map(Object.entries(secrets));
  return {
    load: () => Promise.resolve(ok({ ...unconfigured("/etc/config.yaml"), ...says })),
    secret: (file) => {
      const secret = known.get(file);
      const message = `the secret ${file} is not there`;
      return Promise.resolve(
        secret === undefined ? err({ code: "secret-unusable", message }) : ok(Buffer.from(secret)),
      );
    },
  };
}
