// From the text of config.yaml to a configuration: the same reading, and the same care for mistakes, as for policies.
// Loads yaml and zod: only when something is sent, served or checked.
import { readYaml } from "../policy/read-yaml.ts";
import type { Path, YamlData } from "../policy/read-yaml.ts";
import { problemAt, schemaProblems } from "../policy/schema-problems.ts";
import { SourceText } from "../policy/source-text.ts";
import { err, ok } from "../result.ts";
import type { Problem, Result } from "../result.ts";
import { parseNetwork } from "../sets/address-set.ts";
import { isAddress, isLoopback } from "./addresses.ts";
import { unconfigured } from "./configuration.ts";
import type { Configuration, SigningKey, Smtp, WebhookService } from "./configuration.ts";
import { configFile } from "./schema.ts";
import { urlProblem } from "./service-url.ts";
import type { ConfigFile } from "./schema.ts";

export interface ConfigText {
  /** The file, as people are told it. */
  readonly name: string;
  readonly text: string;
  /** Makes a path that is written in it absolute. */
  readonly resolve: (path: string) => string;
}

/** Every mistake is listed with its place. */
export function parseConfiguration({ name, text, resolve }: ConfigText): Result<Configuration, readonly Problem[]> {
  const yaml = readYaml(new SourceText(name, text));
  if (!yaml.ok) return yaml;
  if (yaml.value.value === null || yaml.value.value === undefined) return ok(unconfigured(name));
  const data = configFile.safeParse(yaml.value.value);
  if (!data.success) return err(schemaProblems(yaml.value, data.error.issues));
  const builder = new Builder(yaml.value, resolve);
  const configuration = builder.build(name, data.data);
  return builder.problems.length > 0 ? err(builder.problems) : ok(configuration);
}

const defaultPort = { starttls: 587, implicit: 465, none: 25 } as const;
const longestExchangeSeconds = 10;

class Builder {
  readonly problems: Problem[] = [];
  readonly #yaml: YamlData;
  readonly #resolve: (path: string) => string;

  constructor(yaml: YamlData, resolve: (path: string) => string) {
    this.#yaml = yaml;
    this.#resolve = resolve;
  }

  build(origin: string, data: ConfigFile): Configuration {
    const plain = unconfigured(origin);
    const publicUrl = data["public-url"] === undefined ? undefined : this.#publicUrl(data["public-url"]);
    for (const [index, network] of (data["trusted-proxy"] ?? []).entries())
      this.#network(["trusted-proxy", index], network);
    return {
      origin,
      ...(publicUrl !== undefined && { publicUrl }),
      listen: data.listen === undefined ? plain.listen : this.#listen(data.listen),
      trustedProxy: data["trusted-proxy"] ?? [],
      ...(data.smtp !== undefined && { smtp: this.#smtp(data.smtp) }),
      ...(data.metrics !== undefined && { metricsTokenFile: this.#resolve(data.metrics["token-file"]) }),
      webhooks: new Map(
        Object.entries(data.webhooks ?? {}).map(([name, service]) => [name, this.#webhook(name, service)]),
      ),
      ...(data.retention !== undefined && { retentionSeconds: data.retention }),
    };
  }

  #wrong(path: Path, message: string, hint?: string, what: "key" | "value" = "value"): void {
    const text = hint === undefined ? message : `${message}\n${hint}`;
    this.problems.push(problemAt(this.#yaml, path, what, "config-value", text));
  }

  #network(path: Path, network: string): void {
    const parsed = parseNetwork(network);
    if (!parsed.ok) this.#wrong(path, parsed.error.message, parsed.error.hint);
  }

  #publicUrl(written: string): string | undefined {
    const url = URL.canParse(written) ? new URL(written) : undefined;
    const isPlace = url?.username === "" && url.password === "" && url.search === "" && url.hash === "";
    const isSafe = url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback(url.hostname));
    if (url !== undefined && isPlace && isSafe) return url.href.replace(/\/+$/, "");
    const hint = "such as https://jit-nmap.corp.example; http only for this machine itself";
    this.#wrong(["public-url"], "this is not how people could reach the page", hint);
    return undefined;
  }

  #listen(written: string): Configuration["listen"] {
    const [, bracketed, plain, digits = ""] = /^(?:\[([0-9A-Fa-f:.]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(written) ?? [];
    const host = bracketed ?? plain ?? "";
    const port = Number(digits);
    const isHost = isAddress(host) || host === "localhost";
    if (!isHost || !(port >= 1 && port <= 65535))
      this.#wrong(["listen"], "an address and a port are wanted here", "such as 127.0.0.1:8420 or [::1]:8420");
    return { host, port };
  }

  #smtp(written: NonNullable<ConfigFile["smtp"]>): Smtp {
    const tls = written.tls ?? "starttls";
    if (tls === "none" && !isLoopback(written.host)) {
      const hint = "only a mail server on this machine itself (127.0.0.1, ::1, localhost) goes without";
      this.#wrong(["smtp", "tls"], "mail that leaves this machine needs TLS", hint);
    }
    const { user, "password-file": password } = written;
    if ((user === undefined) !== (password === undefined)) {
      const has = user === undefined ? "password-file" : "user";
      this.#wrong(["smtp", has], "user and password-file go together", undefined, "key");
    }
    const hasLogin = user !== undefined && password !== undefined;
    return {
      host: written.host,
      port: written.port ?? defaultPort[tls],
      tls,
      ...(hasLogin && { login: { user, passwordFile: this.#resolve(password) } }),
      from: written.from,
      ...(written["ca-file"] !== undefined && { caFile: this.#resolve(written["ca-file"]) }),
    };
  }

  #webhook(name: string, written: NonNullable<ConfigFile["webhooks"]>[string]): WebhookService {
    const path = ["webhooks", name];
    const shape = written.shape ?? "standard";
    const seconds = written.timeout ?? longestExchangeSeconds;
    if (seconds > longestExchangeSeconds)
      this.#wrong([...path, "timeout"], `an exchange takes at most ${longestExchangeSeconds}s`);
    for (const [index, network] of (written["allow-internal"] ?? []).entries())
      this.#network([...path, "allow-internal", index], network);
    if (shape === "standard" && written.sign === undefined) {
      const hint = "add sign: { key-file: PATH } or { secret-file: PATH }";
      this.#wrong(path, "a service of shape standard needs to know that we are asking", hint, "key");
    }
    if (shape !== "standard" && written.sign !== undefined)
      this.#wrong([...path, "sign"], `${shape} checks no signature of ours`, "leave sign out", "key");
    if (shape !== "standard" && shape !== "slack" && written.verify !== undefined)
      this.#wrong([...path, "verify"], `${shape} only brings messages: nobody votes there`, "leave it out", "key");
    if (shape === "slack" && written.verify !== undefined && "key-file" in written.verify)
      this.#wrong([...path, "verify"], "Slack has a signing secret, no key", "write verify: { secret-file: PATH }");
    const samePath = fileOf(written.sign) !== undefined && fileOf(written.sign) === fileOf(written.verify);
    if (samePath) {
      const hint = "with one for both, what we send could be sent back to us as an answer";
      this.#wrong([...path, "verify"], "each direction has a key of its own", hint, "key");
    }
    return {
      name,
      shape,
      url: this.#url(path, written),
      ...(written.sign !== undefined && { sign: this.#key(written.sign) }),
      ...(written.verify !== undefined && { verify: this.#key(written.verify) }),
      ...(written["token-file"] !== undefined && { tokenFile: this.#resolve(written["token-file"]) }),
      timeoutSeconds: seconds,
      allowInternal: written["allow-internal"] ?? [],
      ...(written["ca-file"] !== undefined && { caFile: this.#resolve(written["ca-file"]) }),
    };
  }

  #url(path: Path, { url, "url-file": file }: NonNullable<ConfigFile["webhooks"]>[string]): WebhookService["url"] {
    if ((url === undefined) === (file === undefined)) {
      this.#wrong(path, "a service has a url, or a url-file where its address is a secret", undefined, "key");
    }
    if (file !== undefined) return { kind: "file", file: this.#resolve(file) };
    const because = urlProblem(url ?? "");
    if (url !== undefined && because !== undefined) this.#wrong([...path, "url"], because);
    return { kind: "plain", url: url ?? "" };
  }

  #key(written: NonNullable<NonNullable<ConfigFile["webhooks"]>[string]["sign"]>): SigningKey {
    return "secret-file" in written
      ? { kind: "secret", file: this.#resolve(written["secret-file"]) }
      : { kind: "key", file: this.#resolve(written["key-file"]) };
  }
}

const fileOf = (key: { "secret-file": string } | { "key-file": string } | undefined): string | undefined =>
  key === undefined ? undefined : "secret-file" in key ? key["secret-file"] : key["key-file"];
