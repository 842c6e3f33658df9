// What config.yaml says, as closed plain data: everything that is not policy. How people and services are reached, and
// where the page is. Secrets are named here by their files and never held.

/** A file with a secret: an absolute path. */
export type SecretFile = string;

export interface Smtp {
  readonly host: string;
  readonly port: number;
  /** `none` only for this machine itself: nothing that leaves it goes unencrypted. */
  readonly tls: "starttls" | "implicit" | "none";
  readonly login?: { readonly user: string; readonly passwordFile: SecretFile };
  /** One address, without a name. */
  readonly from: string;
  /** PEM with the authorities that the server's certificate is checked against, in place of the system's. */
  readonly caFile?: string;
}

/** `secret`: shared, HMAC-SHA256 (v1), which proves no more than a name; `key`: Ed25519 (v1a), which anyone can check. */
export interface SigningKey {
  readonly kind: "secret" | "key";
  readonly file: SecretFile;
}

export type WebhookShape = "standard" | "slack" | "teams" | "ntfy";

export interface WebhookService {
  readonly name: string;
  readonly shape: WebhookShape;
  /** Where it is: the address itself, or the file that holds it where it is a secret (Slack, Teams). */
  readonly url: { readonly kind: "plain"; readonly url: string } | { readonly kind: "file"; readonly file: SecretFile };
  /** What we sign with, our private key or the secret of this direction; a `standard` service has one. */
  readonly sign?: SigningKey;
  /** What its answers are checked with: its public key or the secret of that direction. Without it, it can't vote. */
  readonly verify?: SigningKey;
  /** A bearer token (ntfy). */
  readonly tokenFile?: SecretFile;
  /** For one exchange as a whole, at most 10. */
  readonly timeoutSeconds: number;
  /** Networks of this house in which the service may stand; none is reached otherwise. */
  readonly allowInternal: readonly string[];
  /** PEM with the authorities that its certificate is checked against, in place of the system's. */
  readonly caFile?: string;
}

export interface Configuration {
  /** The file, as people are told it; it need not exist. */
  readonly origin: string;
  /** How people reach the page: `https://host[:port][/path]`, without a slash at its end. */
  readonly publicUrl?: string;
  /** Where `serve` listens. */
  readonly listen: { readonly host: string; readonly port: number };
  /** Addresses and networks of the proxies whose `Forwarded` headers are believed. */
  readonly trustedProxy: readonly string[];
  readonly smtp?: Smtp;
  /** What a scrape of `/metrics` has to bring; without it this machine alone may, and nobody where a proxy stands before. */
  readonly metricsTokenFile?: SecretFile;
  readonly webhooks: ReadonlyMap<string, WebhookService>;
  /** How long results are kept, in seconds; for ever when absent. */
  readonly retentionSeconds?: number;
}

/** What holds where there is no config.yaml. */
export const unconfigured = (origin: string): Configuration => ({
  origin,
  listen: { host: "127.0.0.1", port: 8420 },
  trustedProxy: [],
  webhooks: new Map(),
});
